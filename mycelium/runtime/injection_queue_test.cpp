#include "mycelium/runtime/injection_queue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <utility>
#include <vector>

namespace mycelium {
namespace {

TEST(InjectionQueue, KeepsTheOrderAndEmptiesAtATake) {
  InjectionQueue queue;
  std::vector<int> ran;
  for (int task = 0; task < 5; ++task)
    ASSERT_TRUE(queue.push([&ran, task] { ran.push_back(task); }));
  EXPECT_FALSE(queue.empty());
  std::vector<InjectionQueue::Task> taken;
  queue.take(taken);
  EXPECT_TRUE(queue.empty());
  for (auto& task : taken) task();
  EXPECT_EQ(ran, (std::vector{0, 1, 2, 3, 4}));
  queue.take(taken);
  EXPECT_TRUE(taken.empty());
}

TEST(InjectionQueue, HasRoomUpToItsBound) {
  InjectionQueue queue;
  for (std::size_t task = 0; task < InjectionQueue::kTasksMax; ++task) {
    ASSERT_TRUE(queue.has_room());
    ASSERT_TRUE(queue.push([] {}));
  }
  EXPECT_FALSE(queue.has_room());
  std::vector<InjectionQueue::Task> taken;
  queue.take(taken);
  EXPECT_EQ(taken.size(), InjectionQueue::kTasksMax);
  EXPECT_TRUE(queue.has_room());
}

// Promises: D4
TEST(InjectionQueue, OnceClosedItRefusesWithoutMakingTheTaskAndKeepsWhatWaits) {
  InjectionQueue queue;
  int ran = 0;
  ASSERT_TRUE(queue.push([&] { ++ran; }));
  queue.close();
  bool made = false;
  EXPECT_FALSE(queue.push_made([&] {
    made = true;
    return InjectionQueue::Task{[] {}};
  }));
  EXPECT_FALSE(made);
  std::vector<InjectionQueue::Task> taken;
  queue.take(taken);
  ASSERT_EQ(taken.size(), 1U);
  taken.front()();
  EXPECT_EQ(ran, 1);
}

// Promises: D1, D2
TEST(InjectionQueue, TakesFromFourThreadsEachInItsOrderAndNothingTwice) {
  constexpr std::uint64_t kEach = 20'000;
  constexpr std::size_t kThreads = 4;
  InjectionQueue queue;
  std::array<std::uint64_t, kThreads> next{};
  std::uint64_t disorder = 0;
  std::vector<std::jthread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::uint64_t number = 0; number < kEach; ++number) {
        static_cast<void>(queue.push([&, thread, number] {
          if (next.at(thread) != number) ++disorder;
          next.at(thread) = number + 1;
        }));
      }
    });
  }
  std::uint64_t ran = 0;
  std::vector<InjectionQueue::Task> taken;
  while (ran < kEach * kThreads) {
    queue.take(taken);
    for (auto& task : taken) task();
    ran += taken.size();
  }
  EXPECT_EQ(disorder, 0U);
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace mycelium
