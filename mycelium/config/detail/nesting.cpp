#include "mycelium/config/detail/nesting.hpp"

#include <fmt/format.h>

#include <cstddef>

#include "mycelium/config/toml_loader.hpp"

namespace mycelium::detail {
namespace {

/// Walks over a TOML text and counts what is open.
class NestingScan {
 public:
  explicit NestingScan(std::string_view text) : text_{text} {}

  std::optional<Diagnostic> run() {
    while (next_ < text_.size()) {
      switch (text_[next_]) {
        case '#':
          skip_comment();
          continue;
        case '"':
        case '\'':
          skip_string(text_[next_]);
          continue;
        case '[':
        case '{':
          dots_ = 0;
          if (++depth_ > kNestingMax) return too_deep("values within each other");
          break;
        case ']':
        case '}':
          dots_ = 0;
          if (depth_ > 0) --depth_;
          break;
        case '.':
          if (++dots_ > kNestingMax) return too_deep("dots in one key");
          break;
        case '=':
        case ',':
        case '\n':
          dots_ = 0;
          break;
        default:
          break;
      }
      advance(1);
    }
    return std::nullopt;
  }

 private:
  void advance(std::size_t bytes) {
    for (; bytes > 0 && next_ < text_.size(); --bytes, ++next_) {
      if (text_[next_] == '\n') {
        ++at_.line;
        at_.column = 1;
      } else if ((static_cast<unsigned char>(text_[next_]) & 0xC0U) != 0x80U) {
        ++at_.column;
      }
    }
  }

  void skip_comment() {
    while (next_ < text_.size() && text_[next_] != '\n') advance(1);
  }

  [[nodiscard]] std::size_t run_of(char quote) const {
    std::size_t count = 0;
    while (next_ + count < text_.size() && text_[next_ + count] == quote) ++count;
    return count;
  }

  // Three quotes open a string over several lines; its end may carry up to two quotes of content.
  void skip_string(char quote) {
    const bool multi_line = run_of(quote) >= 3;
    advance(multi_line ? 3 : 1);
    while (next_ < text_.size()) {
      const char character = text_[next_];
      if (character == '\\' && quote == '"') {
        advance(2);
      } else if (character == quote) {
        const std::size_t quotes = run_of(quote);
        if (!multi_line) return advance(1);
        if (quotes >= 3) return advance(quotes < 5 ? quotes : 5);
        advance(quotes);
      } else if (character == '\n' && !multi_line) {
        return;  // Malformed; the parser stops here.
      } else {
        advance(1);
      }
    }
  }

  [[nodiscard]] Diagnostic too_deep(std::string_view what) const {
    return {at_, "",
            fmt::format("expected at most {} {}; make the file flatter", kNestingMax, what)};
  }

  std::string_view text_;
  std::size_t next_ = 0;
  std::size_t depth_ = 0;
  std::size_t dots_ = 0;
  SourcePosition at_{1, 1};
};

}  // namespace

std::optional<Diagnostic> find_too_deep(std::string_view text) { return NestingScan{text}.run(); }

}  // namespace mycelium::detail
