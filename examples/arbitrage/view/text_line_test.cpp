#include "arbitrage/view/text_line.hpp"

#include <gtest/gtest.h>

#include "arbitrage/view/screen_test.hpp"

namespace arbitrage {
namespace {

constexpr ScreenStyle kPlain{.colour = false, .unicode = true};
constexpr ScreenStyle kAscii{.colour = false, .unicode = false};
constexpr ScreenStyle kColour{.colour = true, .unicode = true};

std::string plain(std::string_view text, std::size_t columns = 80) {
  return TextLine{text, Tone::plain}.render(columns, kPlain);
}

TEST(TextLine, ACodePointIsOneCell) {
  EXPECT_EQ(TextLine("feed → book", Tone::plain).width(), 11U);
  EXPECT_EQ(plain("feed → book"), "feed → book");
  EXPECT_EQ(plain("\xF0\x9F\x8D\x84"), "\xF0\x9F\x8D\x84");
}

TEST(TextLine, WhatIsTooLongEndsWithAnEllipsis) {
  EXPECT_EQ(plain("abcdef", 6), "abcdef");
  EXPECT_EQ(plain("abcdef", 5), "abcd…");
  EXPECT_EQ(plain("abcdef", 1), "…");
  EXPECT_EQ(plain("abcdef", 0), "");
  TextLine line{"abc", Tone::strong};
  line.add("def", Tone::loss).cut_to(4);
  EXPECT_EQ(line.width(), 4U);
  EXPECT_EQ(line.render(80, kPlain), "abc…");
}

TEST(TextLine, NoControlCharacterGetsThrough) {
  EXPECT_EQ(plain("a\x1b[2Jb\nc\td\x7f"), "a?[2Jb?c d?");
  EXPECT_EQ(plain("\xC2\x9B"
                  "2J"),
            "?2J");  // The one-byte form of ESC [.
}

TEST(TextLine, BytesThatAreNoUtf8BecomeQuestionMarks) {
  EXPECT_EQ(plain("a\xFF\x80z"), "a??z");
  EXPECT_EQ(plain("\xE2\x86"), "?");          // Cut short.
  EXPECT_EQ(plain("\xC0\xAF"), "?");          // Longer than needed.
  EXPECT_EQ(plain("\xED\xA0\x80"), "?");      // A surrogate.
  EXPECT_EQ(plain("\xF4\x90\x80\x80"), "?");  // Beyond the last code point.
}

TEST(TextLine, AsciiScreensGetAscii) {
  EXPECT_EQ(TextLine("━╸─ → é", Tone::plain).render(80, kAscii), "#>- > ?");
  EXPECT_EQ(TextLine("abcdef", Tone::plain).render(4, kAscii), "abc~");
}

TEST(TextLine, ColoursEndWhereTheirPieceEnds) {
  TextLine line{"gain", Tone::gain};
  line.add(" and ").add("loss", Tone::loss);
  EXPECT_EQ(line.render(80, kColour), "\x1b[32mgain\x1b[0m and \x1b[31mloss\x1b[0m");
  EXPECT_EQ(line.render(80, kPlain), "gain and loss");
  EXPECT_EQ(testing::without_escapes(line.render(6, kColour)), "gain …");
}

TEST(TextLine, JustifyCutsTheLeftBeforeTheRight) {
  const TextLine right{"RIGHT", Tone::plain};
  EXPECT_EQ(justify({"left", Tone::plain}, right, 12).render(80, kPlain), "left   RIGHT");
  EXPECT_EQ(justify({"a long source of frames", Tone::plain}, right, 20).render(80, kPlain),
            "a long sourc…  RIGHT");
  EXPECT_EQ(justify({"a long source of frames", Tone::plain}, right, 10).render(10, kPlain),
            "a long so…");
}

}  // namespace
}  // namespace arbitrage
