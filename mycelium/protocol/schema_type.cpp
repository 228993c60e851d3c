// Types as text, and back.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include "mycelium/protocol/schema.hpp"

namespace mycelium {
namespace {

constexpr std::array<std::string_view, 20> kBuiltIn{
    "bool", "u8",   "i8",   "u16",  "i16",  "u32",   "i32",      "u64",    "i64",     "f32",
    "f64",  "char", "byte", "text", "list", "array", "optional", "choice", "nothing", "decimal"};

bool is_name_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '_';
}

/// Reads `name`, `name<part, ...>`, `name<part, count>` and `name<count>`.
class TypeReader {
 public:
  explicit TypeReader(std::string_view text) : text_{text} {}

  bool read(TypeDescription& type, std::size_t nesting) {
    type.name = std::string{word()};
    if (type.name.empty() || nesting > Schema::kNestingMax) return false;
    if (!take('<')) return fits(type);
    do {
      skip_spaces();
      if (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
        if (!read_count(type.count)) return false;
        break;
      }
      if (type.parts.size() == 255 || !read(type.parts.emplace_back(), nesting + 1)) return false;
    } while (take(','));
    return take('>') && fits(type);
  }
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }

 private:
  // Whether a type of this name has such parts.
  static bool fits(const TypeDescription& type) {
    const std::size_t parts = type.parts.size();
    if (type.name == "text") return parts == 0;
    if (type.name == "decimal") return parts == 0 && type.count >= 1 && type.count <= 18;
    if (type.name == "list") return parts == 1;
    if (type.name == "array") return parts == 1;
    if (type.name == "optional") return parts == 1 && type.count == 0;
    if (type.name == "choice") return parts >= 1 && type.count == 0;
    return parts == 0 && type.count == 0;
  }
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char letter) {
    if (at_ == text_.size() || text_[at_] != letter) return false;
    ++at_;
    return true;
  }
  std::string_view word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name_letter(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  bool read_count(std::uint64_t& count) {
    const std::string_view digits = word();
    const char* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, count);
    return read.ec == std::errc{} && read.ptr == end && count <= UINT32_MAX;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool is_built_in(std::string_view name) noexcept {
  return std::ranges::find(kBuiltIn, name) != kBuiltIn.end() || name.starts_with("time_");
}

std::string text_of(const TypeDescription& type) {
  std::string text = type.name;
  if (type.parts.empty() && type.count == 0) return text;
  text += '<';
  for (const TypeDescription& part : type.parts) {
    if (&part != type.parts.data()) text += ", ";
    text += text_of(part);
  }
  if (type.count > 0 || type.name == "array")
    text += fmt::format("{}{}", type.parts.empty() ? "" : ", ", type.count);
  return text += '>';
}

Result<TypeDescription> parse_type(std::string_view text) {
  constexpr std::size_t kShownMax = 80;
  TypeDescription type;
  TypeReader reader{text};
  if (reader.read(type, 0) && reader.at_end()) return type;
  return fail("bad_schema", fmt::format("\"{}\" is no type; write i64, text<16>, list<Level> or "
                                        "the like",
                                        text.substr(0, kShownMax)));
}

}  // namespace mycelium
