#include "mycelium/config/nearest_name.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "mycelium/base/random.hpp"

namespace mycelium {
namespace {

char fold(char letter) { return letter < 'a' ? static_cast<char>(letter - 'A' + 'a') : letter; }

/// The whole table of the textbook, without bands or limits. Letters only.
std::size_t naive_distance(const std::string& left, const std::string& right) {
  std::vector<std::vector<std::size_t>> table(left.size() + 1,
                                              std::vector<std::size_t>(right.size() + 1));
  for (std::size_t i = 0; i <= left.size(); ++i) {
    for (std::size_t j = 0; j <= right.size(); ++j) {
      if (i == 0 || j == 0) {
        table[i][j] = i + j;
        continue;
      }
      const auto same = [&](std::size_t a, std::size_t b) {
        return fold(left[a]) == fold(right[b]);
      };
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1,
                              table[i - 1][j - 1] + (same(i - 1, j - 1) ? 0 : 1)});
      if (i > 1 && j > 1 && same(i - 1, j - 2) && same(i - 2, j - 1)) {
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
      }
    }
  }
  return table[left.size()][right.size()];
}

TEST(EditDistance, EqualsTheTextbookTableUpToTheLimit) {
  constexpr std::uint64_t kSeed = 20240808;
  Random random{kSeed};
  const auto word = [&random] {
    std::string letters(random.below(12), ' ');
    for (char& letter : letters) letter = "abcABC"[random.below(6)];
    return letters;
  };
  for (int round = 0; round < 20'000; ++round) {
    const std::string left = word();
    const std::string right = word();
    const std::size_t limit = random.below(9);
    const std::size_t expected = naive_distance(left, right);
    const auto distance = edit_distance(left, right, limit);
    ASSERT_EQ(distance, expected <= limit ? std::optional{expected} : std::nullopt)
        << "seed " << kSeed << ", round " << round << ": " << left << " / " << right;
  }
}

TEST(EditDistance, CountsASwapOfNeighboursOnce) {
  EXPECT_EQ(edit_distance("acotrs", "actors", 3), 1U);
}

TEST(EditDistanceDeathTest, RefusesALimitBeyondItsBand) {
  EXPECT_DEATH(static_cast<void>(edit_distance("a", "b", 9)), "compares up to 8 edits");
}

TEST(NearestName, IsTheClosest) {
  constexpr std::array<std::string_view, 3> kNames{"capacity", "overflow", "capacities"};
  EXPECT_EQ(nearest_name("capcity", kNames), "capacity");
  EXPECT_EQ(nearest_name("Overflow", kNames), "overflow");
}

TEST(NearestName, IsTheFirstOfEquals) {
  constexpr std::array<std::string_view, 2> kNames{"feed.b", "feed.c"};
  EXPECT_EQ(nearest_name("feed.a", kNames), "feed.b");
}

TEST(NearestName, IsNothingWhenNoneIsClose) {
  constexpr std::array<std::string_view, 2> kNames{"spin", "sleep"};
  EXPECT_EQ(nearest_name("adaptive", kNames), std::nullopt);
  EXPECT_EQ(nearest_name("", kNames), std::nullopt);
  EXPECT_EQ(nearest_name("x", std::array<std::string_view, 0>{}), std::nullopt);
}

TEST(NearestName, EndsAMessageAsAQuestion) {
  EXPECT_EQ(suggestion("spin"), "; did you mean \"spin\"?");
  EXPECT_EQ(suggestion(std::nullopt), "");
}

}  // namespace
}  // namespace mycelium
