#include "mycelium/runtime/completion_table.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include "mycelium/base/random.hpp"

namespace mycelium {
namespace {

// Promises: A2
TEST(CompletionTable, FindsWhatWaitsByItsNumberOnce) {
  CompletionTable table;
  Completion first;
  Completion second;
  const std::uint64_t one = table.enter(first);
  const std::uint64_t two = table.enter(second);
  EXPECT_NE(one, 0U);
  EXPECT_NE(one, two);
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(table.take(two), &second);
  EXPECT_EQ(table.take(two), nullptr);
  EXPECT_EQ(table.take(one), &first);
  EXPECT_EQ(table.size(), 0U);
}

TEST(CompletionTable, FindsNothingByANumberItNeverGave) {
  CompletionTable table;
  EXPECT_EQ(table.take(0), nullptr);
  EXPECT_EQ(table.take(~std::uint64_t{0}), nullptr);
  Completion waiting;
  const std::uint64_t number = table.enter(waiting);
  EXPECT_EQ(table.take(0), nullptr);
  EXPECT_EQ(table.take(number + 1), nullptr);
  EXPECT_EQ(table.take(~std::uint64_t{0}), nullptr);
  EXPECT_EQ(table.take(number), &waiting);
  EXPECT_EQ(table.take(0), nullptr);
}

// Promises: A2
TEST(CompletionTable, ANumberNeverComesTwiceAndALateOneFindsNoOther) {
  CompletionTable table;
  Random random{7};
  std::vector<Completion> completions(64);
  std::vector<Completion*> idle;
  for (Completion& completion : completions) idle.push_back(&completion);
  std::map<std::uint64_t, Completion*> waiting;
  std::set<std::uint64_t> ever;
  std::vector<std::uint64_t> ended;
  for (int turn = 0; turn < 100'000; ++turn) {
    switch (random.below(3)) {
      case 0: {
        if (idle.empty()) break;
        const std::uint64_t number = table.enter(*idle.back());
        ASSERT_TRUE(ever.insert(number).second) << number;
        waiting.emplace(number, idle.back());
        idle.pop_back();
        break;
      }
      case 1: {
        if (waiting.empty()) break;
        const auto next =
            std::next(waiting.begin(), static_cast<std::ptrdiff_t>(random.below(waiting.size())));
        ASSERT_EQ(table.take(next->first), next->second);
        idle.push_back(next->second);
        ended.push_back(next->first);
        waiting.erase(next);
        break;
      }
      default:
        if (ended.empty()) break;
        ASSERT_EQ(table.take(ended[random.below(ended.size())]), nullptr);
    }
    ASSERT_EQ(table.size(), waiting.size());
  }
  EXPECT_GT(ever.size(), 30'000U);
}

}  // namespace
}  // namespace mycelium
