#include "mycelium/config/duration.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "mycelium/config/diagnostic.hpp"

namespace mycelium {
namespace {

using std::chrono::nanoseconds;

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds_each;
};

constexpr std::array<Unit, 6> kUnits{{
    {"ns", 1},
    {"us", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
}};

std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

const Unit* find_unit(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

std::unexpected<Error> refuse(std::string_view text, std::string_view why) {
  return fail("bad_duration", fmt::format("{}, got {}", why, quote(text)));
}

/// `digits` times `each`, or nothing when 64 bits do not hold it.
std::optional<std::int64_t> scale(std::string_view digits, std::int64_t each) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  std::int64_t whole = 0;
  for (const char digit : digits) {
    const std::int64_t value = digit - '0';
    if (whole > (kMost - value) / 10) return std::nullopt;
    whole = whole * 10 + value;
  }
  if (whole > kMost / each) return std::nullopt;
  return whole * each;
}

/// The nanoseconds in `0.digits` units of `each` nanoseconds, or nothing when they are not whole.
std::optional<std::int64_t> scale_fraction(std::string_view digits, std::int64_t each) {
  // An hour is 2^13 * 3^2 * 5^11 ns, so no whole result has more than 13 digits after the point.
  constexpr std::size_t kDigitsMax = 13;
  __extension__ using Wide = unsigned __int128;  // 10^13 * an hour needs 85 bits.
  while (!digits.empty() && digits.back() == '0') digits.remove_suffix(1);
  if (digits.size() > kDigitsMax) return std::nullopt;
  Wide numerator = 0;
  Wide divisor = 1;
  for (const char digit : digits) {
    numerator = numerator * 10 + static_cast<Wide>(digit - '0');
    divisor *= 10;
  }
  numerator *= static_cast<Wide>(each);
  if (numerator % divisor != 0) return std::nullopt;
  return static_cast<std::int64_t>(numerator / divisor);
}

}  // namespace

Result<nanoseconds> parse_duration(std::string_view text) {
  constexpr std::string_view kForm =
      "expected a duration such as \"50ms\", \"1.5s\" or \"2h\" (units ns, us, ms, s, m, h)";
  std::string_view rest = text;
  const std::string_view whole_digits = take_digits(rest);
  std::string_view fraction_digits;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction_digits = take_digits(rest);
    if (fraction_digits.empty()) return refuse(text, kForm);
  }
  const Unit* unit = find_unit(rest);
  if (whole_digits.empty() || unit == nullptr) return refuse(text, kForm);

  const auto whole = scale(whole_digits, unit->nanoseconds_each);
  if (!whole) return refuse(text, "expected a duration of at most 292 years");
  const auto fraction = scale_fraction(fraction_digits, unit->nanoseconds_each);
  if (!fraction) return refuse(text, "expected a duration in whole nanoseconds");
  if (*whole > std::numeric_limits<std::int64_t>::max() - *fraction) {
    return refuse(text, "expected a duration of at most 292 years");
  }
  return nanoseconds{*whole + *fraction};
}

std::string format_duration(nanoseconds duration) {
  const Unit* largest = &kUnits.front();
  for (const Unit& unit : kUnits) {
    if (duration.count() != 0 && duration.count() % unit.nanoseconds_each == 0) largest = &unit;
  }
  return fmt::format("{}{}", duration.count() / largest->nanoseconds_each, largest->name);
}

}  // namespace mycelium
