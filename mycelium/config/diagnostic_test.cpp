#include "mycelium/config/diagnostic.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mycelium {
namespace {

TEST(Diagnostic, IsOneLineWithFileLineColumnKeyAndMessage) {
  EXPECT_EQ(format(Diagnostic{{3, 7}, "bundles.mode", "expected a mode"}, "t.toml"),
            "t.toml:3:7: bundles.mode: expected a mode");
}

TEST(Diagnostic, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ(format(Diagnostic{{}, "", "is a directory"}, "t.toml"), "t.toml: is a directory");
  EXPECT_EQ(format(Diagnostic{{3, 7}, "", "bad"}, "t.toml"), "t.toml:3:7: bad");
  EXPECT_EQ(format(Diagnostic{{3, 7}, "k", "bad"}, ""), "3:7: k: bad");
  EXPECT_EQ(format(Diagnostic{{}, "k", "bad"}, ""), "k: bad");
}

TEST(Diagnostic, SeveralAreALineEach) {
  const std::vector<Diagnostic> both{{{1, 1}, "a", "x"}, {{2, 1}, "b", "y"}};
  EXPECT_EQ(format(both, "t"), "t:1:1: a: x\nt:2:1: b: y\n");
}

TEST(Quote, MakesControlCharactersVisible) {
  EXPECT_EQ(quote("a\x1b[31m\n\x7f"), "\"a\\x1b[31m\\x0a\\x7f\"");
}

TEST(Quote, CutsLongTextAtACodePoint) {
  EXPECT_EQ(quote(std::string(128, 'x')), "\"" + std::string(128, 'x') + "\"");
  EXPECT_EQ(quote(std::string(129, 'x')), "\"" + std::string(128, 'x') + "...\"");
  // Given a two-byte letter across the limit, then it is left out as a whole
  EXPECT_EQ(quote(std::string(127, 'x') + "\xc3\xa9z"), "\"" + std::string(127, 'x') + "...\"");
}

}  // namespace
}  // namespace mycelium
