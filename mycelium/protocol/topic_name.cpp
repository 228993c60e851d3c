#include "mycelium/protocol/topic_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace mycelium {
namespace {

constexpr std::string_view kActor = "actor";

std::unexpected<Error> refuse(std::string_view name, std::string_view why) {
  constexpr std::size_t kShownMax = 80;
  return fail("bad_name",
              fmt::format("\"{}{}\" is no name of a destination: {}", name.substr(0, kShownMax),
                          name.size() > kShownMax ? "..." : "", why));
}

constexpr bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

constexpr bool is_name_letter(char letter) {
  return is_digit(letter) || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         letter == '_' || letter == '-';
}

// What every name keeps to, whatever its kind; nothing when all is well.
std::optional<std::string> what_is_wrong(std::string_view name) {
  if (name.empty()) return "it is empty";
  if (name.size() > TopicName::kLettersMax)
    return fmt::format("it has {} characters, at most {}", name.size(), TopicName::kLettersMax);
  if (name.front() == '.' || name.back() == '.' || name.find("..") != std::string_view::npos)
    return "one of the parts between its dots is empty";
  for (const char letter : name) {
    if (letter != '.' && !is_name_letter(letter)) {
      return fmt::format("'{}' is not among letters, digits, '_', '-' and '.'",
                         letter >= ' ' && letter <= '~'
                             ? std::string{letter}
                             : fmt::format("\\x{:02x}", static_cast<unsigned char>(letter)));
    }
  }
  return std::nullopt;
}

std::string_view first_segment(std::string_view name) { return name.substr(0, name.find('.')); }

// What stands behind the last dot when that is all digits; nothing: there is no dot, or no number.
std::optional<std::string_view> last_number(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view last = name.substr(dot + 1);
  if (last.empty() || !std::all_of(last.begin(), last.end(), is_digit)) return std::nullopt;
  return last;
}

// The whole of `digits` as a number in base `Base`.
template <typename Number>
std::optional<Number> read_number(std::string_view digits, int base) {
  Number number = 0;
  const char* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, number, base);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

}  // namespace

Result<TopicName> TopicName::broadcast(std::string_view name) {
  if (const auto wrong = what_is_wrong(name)) return refuse(name, *wrong);
  if (first_segment(name) == kActor)
    return refuse(name, "names that begin with \"actor\" are those of actors");
  if (last_number(name)) return refuse(name, "a number behind the last dot makes it a partition");
  return TopicName{Kind::broadcast, std::string{name}};
}

TopicName TopicName::mailbox(ActorId actor) {
  TopicName name{Kind::mailbox, fmt::format("{}.{:016x}", kActor, actor.value())};
  name.actor_ = actor;
  return name;
}

Result<TopicName> TopicName::partition(std::string_view base, std::uint32_t number) {
  const Result<TopicName> checked = broadcast(base);
  if (!checked) return std::unexpected{checked.error()};
  std::string text = fmt::format("{}.{}", base, number);
  if (text.size() > kLettersMax)
    return refuse(text, fmt::format("it has more than {} characters", kLettersMax));
  TopicName name{Kind::partition, std::move(text)};
  name.base_length_ = base.size();
  name.number_ = number;
  return name;
}

Result<TopicName> TopicName::parse(std::string_view text) {
  if (const auto wrong = what_is_wrong(text)) return refuse(text, *wrong);
  if (first_segment(text) == kActor) {
    const std::string_view digits = text.substr(std::min(text.size(), kActor.size() + 1));
    const auto value = read_number<std::uint64_t>(digits, 16);
    if (!value || *value == 0 || mailbox(ActorId::from_value(*value)).text() != text) {
      return refuse(text,
                    "an actor's is \"actor.\" and its id in 16 hexadecimal digits, lower case");
    }
    return mailbox(ActorId::from_value(*value));
  }
  const auto digits = last_number(text);
  if (!digits) return broadcast(text);
  const auto number = read_number<std::uint32_t>(*digits, 10);
  if (!number || (digits->size() > 1 && digits->front() == '0'))
    return refuse(text, "a partition's number is 0 to 4294967295, without leading zeros");
  return partition(text.substr(0, text.size() - digits->size() - 1), *number);
}

}  // namespace mycelium
