#include "mycelium/bus/topic_pattern.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace mycelium {
namespace {

bool matches(const std::string& pattern, const std::string& name) {
  return TopicPattern{pattern}.matches(name);
}

// Promises: R3
TEST(TopicPattern, AStarStandsForOneWord) {
  EXPECT_TRUE(matches("market.*", "market.swap"));
  EXPECT_FALSE(matches("market.*", "market"));
  EXPECT_FALSE(matches("market.*", "market.swap.eu"));
  EXPECT_FALSE(matches("market.*", "markets.swap"));
  EXPECT_TRUE(matches("*.swap.*", "market.swap.eu"));
  EXPECT_FALSE(matches("*.swap.*", "market.trade.eu"));
  EXPECT_TRUE(matches("*", "market"));
  EXPECT_FALSE(matches("*", "market.swap"));
  EXPECT_FALSE(matches("market.*", "market."));
}

// Promises: R3
TEST(TopicPattern, AGreaterSignStandsForOneOrMoreWordsAtTheEnd) {
  EXPECT_TRUE(matches("market.>", "market.swap"));
  EXPECT_TRUE(matches("market.>", "market.swap.eu.otc"));
  EXPECT_FALSE(matches("market.>", "market"));
  EXPECT_FALSE(matches("market.>", "marke.swap"));
  EXPECT_TRUE(matches(">", "market"));
  EXPECT_TRUE(matches(">", "market.swap"));
  EXPECT_TRUE(matches("*.swap.>", "market.swap.eu"));
  EXPECT_FALSE(matches("*.swap.>", "market.swap"));
}

TEST(TopicPattern, WithoutThemIsTheNameItself) {
  EXPECT_TRUE(matches("market.swap", "market.swap"));
  EXPECT_FALSE(matches("market.swap", "market.swaps"));
  EXPECT_FALSE(matches("market.swap", "market"));
  EXPECT_FALSE(TopicPattern::is_one("market.swap"));
  EXPECT_TRUE(TopicPattern::is_one("market.*"));
  EXPECT_TRUE(TopicPattern::is_one(">"));
}

std::string refusal(const std::string& pattern) {
  try {
    const TopicPattern accepted{pattern};
    return accepted.text();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

// Promises: R3
TEST(TopicPattern, SaysWhatIsWrongWithAnInvalidOne) {
  for (const char* const empty : {"", "market..*", ".*", "market.*."}) {
    EXPECT_EQ(refusal(empty), "topic pattern \"" + std::string{empty} +
                                  "\": there is an empty word; words stand between dots");
  }
  for (const char* const partial : {"market.sw*", "market.**", "mar>.swap"}) {
    EXPECT_EQ(refusal(partial),
              "topic pattern \"" + std::string{partial} +
                  "\": a * or a > is a word of its own, as in market.* and market.>");
  }
  EXPECT_EQ(
      refusal("market.>.eu"),
      "topic pattern \"market.>.eu\": a > stands for all that follows, so it is the last word");
}

}  // namespace
}  // namespace mycelium
