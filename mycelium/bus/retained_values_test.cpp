#include "mycelium/bus/retained_values.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace mycelium {
namespace {

struct Level {
  std::uint64_t instrument;
  std::string text;
  static std::uint64_t retain_key(const Level& level) { return level.instrument; }
};
MYCELIUM_MESSAGE(Level, 95, "test.level", instrument, text)
struct Plain {
  int number;
};
MYCELIUM_MESSAGE(Plain, 96, "test.plain", number)

std::vector<std::string> texts(const RetainedValues<Level>& values) {
  std::vector<std::string> all;
  values.for_each([&](const Level& level) { all.push_back(level.text); });
  return all;
}

// Promises: R4
TEST(RetainedValues, KeepsTheLastOfEachKeyInTheOrderOfPublication) {
  RetainedValues<Level> values{10};
  values.keep({1, "one"});
  values.keep({2, "two"});
  values.keep({3, "three"});
  values.keep({1, "one again"});
  EXPECT_EQ(texts(values), (std::vector<std::string>{"two", "three", "one again"}));
  EXPECT_EQ(values.size(), 3U);
}

// Promises: R4
TEST(RetainedValues, ForgetsTheKeyThatWasPublishedOnLongestAgo) {
  RetainedValues<Level> values{2};
  values.keep({1, "one"});
  values.keep({2, "two"});
  values.keep({1, "one again"});
  values.keep({3, "three"});
  EXPECT_EQ(texts(values), (std::vector<std::string>{"one again", "three"}));
  values.keep({3, "three again"});
  values.keep({2, "two again"});
  EXPECT_EQ(texts(values), (std::vector<std::string>{"three again", "two again"}));
  values.allow(3);
  values.keep({4, "four"});
  EXPECT_EQ(values.size(), 3U);
}

// Promises: R4
TEST(RetainedValues, KeepsOneOfAMessageWithoutAKey) {
  RetainedValues<Plain> values{10};
  for (const int number : {1, 2, 3}) values.keep({number});
  std::vector<int> numbers;
  values.for_each([&](const Plain& plain) { numbers.push_back(plain.number); });
  EXPECT_EQ(numbers, std::vector{3});
}

TEST(RetainedValuesDeathTest, ALimitOfNoKeysEndsTheProcess) {
  EXPECT_DEATH(RetainedValues<Plain>{0}, "has room for one key at least");
}

}  // namespace
}  // namespace mycelium
