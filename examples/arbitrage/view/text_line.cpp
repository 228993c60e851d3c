#include "arbitrage/view/text_line.hpp"

#include <algorithm>
#include <utility>

namespace arbitrage {
namespace {

constexpr char32_t kUnreadable = U'?';

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

// Takes one code point off the front of `text`. Requires: text is not empty.
char32_t take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  std::size_t more = 0;
  char32_t least = 0;  // Longer forms than needed are refused.
  char32_t point = first;
  if (first >= 0x80) {
    if ((first & 0xE0U) == 0xC0U) {
      more = 1, least = 0x80, point = first & 0x1FU;
    } else if ((first & 0xF0U) == 0xE0U) {
      more = 2, least = 0x800, point = first & 0x0FU;
    } else if ((first & 0xF8U) == 0xF0U) {
      more = 3, least = 0x10000, point = first & 0x07U;
    } else {
      return kUnreadable;
    }
  }
  for (; more > 0; --more) {
    if (text.empty() || !is_continuation(text.front())) return kUnreadable;
    point = (point << 6U) | (static_cast<unsigned char>(text.front()) & 0x3FU);
    text.remove_prefix(1);
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < least || surrogate || point > 0x10FFFF) return kUnreadable;
  if (point == U'\t') return U' ';
  const bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
  return control ? kUnreadable : point;
}

void append_utf8(std::string& out, char32_t point) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80U | ((point >> shift) & 0x3FU));
  };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0U | (point >> 6U));
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0U | (point >> 12U));
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xF0U | (point >> 18U));
    tail(12), tail(6), tail(0);
  }
}

// Where there is no UTF-8, the few symbols that pictures are drawn with have plain twins.
char32_t to_ascii(char32_t point) {
  switch (point) {
    case U'━':
      return U'#';
    case U'╸':
      return U'>';
    case U'─':
      return U'-';
    case U'→':
      return U'>';
    case U'…':
      return U'~';
    case U'·':
      return U'|';
    default:
      return point < 0x80 ? point : kUnreadable;
  }
}

std::string_view colour_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::quiet:
      return "\x1b[90m";
    case Tone::strong:
      return "\x1b[1m";
    case Tone::heading:
      return "\x1b[1;36m";
    case Tone::gain:
      return "\x1b[32m";
    case Tone::loss:
      return "\x1b[31m";
    case Tone::warning:
      return "\x1b[1;33m";
  }
  return "";
}

constexpr std::string_view kNormal = "\x1b[0m";

}  // namespace

TextLine& TextLine::add(std::string_view text, Tone tone) {
  Piece piece{{}, tone};
  while (!text.empty()) piece.text += take_code_point(text);
  width_ += piece.text.size();
  if (!piece.text.empty()) pieces_.push_back(std::move(piece));
  return *this;
}

TextLine& TextLine::add(const TextLine& other) {
  pieces_.insert(pieces_.end(), other.pieces_.begin(), other.pieces_.end());
  width_ += other.width_;
  return *this;
}

TextLine& TextLine::pad_to(std::size_t columns) {
  if (columns > width_) add(std::string(columns - width_, ' '));
  return *this;
}

TextLine& TextLine::cut_to(std::size_t columns) {
  if (width_ <= columns) return *this;
  std::size_t room = columns == 0 ? 0 : columns - 1;
  std::vector<Piece> kept;
  for (Piece& piece : pieces_) {
    if (room == 0) break;
    piece.text.resize(std::min(room, piece.text.size()));
    room -= piece.text.size();
    kept.push_back(std::move(piece));
  }
  if (columns > 0) kept.push_back({U"…", Tone::quiet});
  pieces_ = std::move(kept);
  width_ = columns;
  return *this;
}

std::string TextLine::render(std::size_t columns, ScreenStyle style) const {
  if (width_ > columns) return TextLine{*this}.cut_to(columns).render(columns, style);
  std::string out;
  for (const Piece& piece : pieces_) {
    const std::string_view colour = style.colour ? colour_of(piece.tone) : std::string_view{};
    out += colour;
    for (const char32_t point : piece.text)
      append_utf8(out, style.unicode ? point : to_ascii(point));
    if (!colour.empty()) out += kNormal;
  }
  return out;
}

TextLine justify(TextLine left, const TextLine& right, std::size_t columns) {
  constexpr std::size_t kGap = 2;
  constexpr std::size_t kLeftMin = 12;
  const std::size_t taken = kGap + right.width();
  if (columns < taken + std::min(left.width(), kLeftMin)) return left;
  left.cut_to(columns - taken).pad_to(columns - right.width());
  return left.add(right);
}

}  // namespace arbitrage
