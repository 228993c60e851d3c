#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "arbitrage/view/screen.hpp"

namespace arbitrage {

/// What a piece of text means; the colour follows from it.
enum class Tone : std::uint8_t {
  plain,
  quiet,    ///< Labels and what is as it should be.
  strong,   ///< What one looks for first.
  heading,  ///< Of a table.
  gain,     ///< Bids, profits, what is done.
  loss,     ///< Asks, losses.
  warning,  ///< What is not as it should be.
};

/// One line of a picture: pieces of text with their tones.
///
/// Text from outside may hold anything: bytes that are no UTF-8 and control characters become `?`,
/// so no text can move the cursor. A code point counts as one cell. Thread-safety: none.
class TextLine {
 public:
  TextLine() = default;
  TextLine(std::string_view text, Tone tone) { add(text, tone); }

  TextLine& add(std::string_view text, Tone tone = Tone::plain);
  TextLine& add(const TextLine& other);
  /// Blanks up to this width.
  TextLine& pad_to(std::size_t columns);

  /// Takes away what is beyond this width; the last cell then is an ellipsis.
  TextLine& cut_to(std::size_t columns);

  /// In cells.
  [[nodiscard]] std::size_t width() const noexcept { return width_; }

  /// The line cut to `columns`, the last of them an ellipsis where something is missing, with the
  /// escape sequences of the style; always ends in the terminal's normal colours.
  [[nodiscard]] std::string render(std::size_t columns, ScreenStyle style) const;

 private:
  struct Piece {
    std::u32string text;
    Tone tone;
  };

  std::vector<Piece> pieces_;
  std::size_t width_ = 0;
};

/// `left`, cut where it must be, and `right` at the right end; `left` alone where little of it
/// would be left.
[[nodiscard]] TextLine justify(TextLine left, const TextLine& right, std::size_t columns);

}  // namespace arbitrage
