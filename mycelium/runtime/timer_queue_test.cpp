#include "mycelium/runtime/timer_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <tuple>
#include <vector>

#include "mycelium/base/random.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

Instant at(nanoseconds since_start) { return Instant{since_start}; }

// The cells stand for the timers: a queue only hands them back.
using Cells = std::vector<Cell>;

std::vector<std::ptrdiff_t> pop_all_due(TimerQueue& timers, const Cells& cells, Instant now) {
  std::vector<std::ptrdiff_t> due;
  while (const auto timer = timers.pop_due(now)) due.push_back(timer->cell - cells.data());
  return due;
}

// Promises: T1
TEST(TimerQueue, EqualDeadlinesComeDueInArmingOrder) {
  // Given timers that share a deadline
  Cells cells(20);
  TimerQueue timers;
  std::vector<std::ptrdiff_t> armed;
  for (auto& cell : cells) {
    timers.arm(at(milliseconds{10}), cell, nullptr);
    armed.push_back(&cell - cells.data());
  }
  // When time stands a nanosecond short of it, then reaches it
  EXPECT_TRUE(pop_all_due(timers, cells, at(milliseconds{10} - nanoseconds{1})).empty());
  const auto due = pop_all_due(timers, cells, at(milliseconds{10}));
  // Then nothing was early, and arming order decides
  EXPECT_EQ(due, armed);
  EXPECT_TRUE(timers.empty());
}

// Promises: T1
TEST(TimerQueue, APastDeadlineIsDueAtOnce) {
  Cells cells(1);
  TimerQueue timers;
  timers.arm(at(milliseconds{-5}), cells[0], nullptr);
  EXPECT_EQ(timers.next_deadline(), at(milliseconds{-5}));
  EXPECT_EQ(pop_all_due(timers, cells, at(nanoseconds{0})).size(), 1U);
}

// Promises: T1
TEST(TimerQueue, AgreesWithASortedListUnderRandomUse) {
  struct Armed {
    Instant deadline;
    std::ptrdiff_t cell;
  };
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Random random{seed};
    Cells cells(1000);
    TimerQueue timers;
    std::vector<Armed> model;  // In arming order.
    std::size_t armed = 0;
    Instant now{};
    while (armed < cells.size()) {
      if (random.below(3) != 0) {
        const Instant deadline = now + nanoseconds{random.between(-3, 40)};
        timers.arm(deadline, cells[armed], nullptr);
        model.push_back({deadline, static_cast<std::ptrdiff_t>(armed++)});
        continue;
      }
      now += nanoseconds{random.between(0, 10)};
      std::sort(model.begin(), model.end(), [](const Armed& left, const Armed& right) {
        return std::tie(left.deadline, left.cell) < std::tie(right.deadline, right.cell);
      });
      std::vector<std::ptrdiff_t> expected;
      while (!model.empty() && model.front().deadline <= now) {
        expected.push_back(model.front().cell);
        model.erase(model.begin());
      }
      ASSERT_EQ(pop_all_due(timers, cells, now), expected) << "seed " << seed;
      ASSERT_EQ(timers.empty(), model.empty());
      if (model.empty()) continue;
      ASSERT_EQ(timers.next_deadline(), model.front().deadline);
    }
    std::size_t left = 0;
    while (timers.pop_any()) ++left;
    EXPECT_EQ(left, model.size());
  }
}

}  // namespace
}  // namespace mycelium
