#include "mycelium/runtime/read_mark.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace mycelium {
namespace {

// Runs on another thread, and has ended on return.
template <typename Run>
void elsewhere(Run&& run) {
  const std::jthread thread{std::forward<Run>(run)};
}

TEST(GracePeriod, IsOverAtOnceWhenNobodyReads) {
  elsewhere([] { const ReadSection section; });
  EXPECT_TRUE(GracePeriod::begin().is_over());
}

TEST(GracePeriod, WaitsForWhoReadsAndForNobodyWhoBeginsLater) {
  auto early = std::make_unique<ReadSection>();
  GracePeriod period = GracePeriod::begin();
  EXPECT_FALSE(period.is_over());
  early.reset();
  const ReadSection late;
  EXPECT_TRUE(period.is_over());
  EXPECT_FALSE(GracePeriod::begin().is_over());
}

TEST(GracePeriod, SectionsWithinEachOtherEndWithTheOutermost) {
  auto outer = std::make_unique<ReadSection>();
  {
    const ReadSection inner;
  }
  GracePeriod period = GracePeriod::begin();
  EXPECT_FALSE(period.is_over());
  outer.reset();
  EXPECT_TRUE(period.is_over());
}

TEST(GracePeriod, WaitsForEveryThreadThatReads) {
  std::atomic<bool> reads{false};
  std::atomic<bool> may_end{false};
  std::jthread reader{[&] {
    const ReadSection section;
    reads = true;
    reads.notify_all();
    may_end.wait(false);
  }};
  reads.wait(false);
  GracePeriod period = GracePeriod::begin();
  EXPECT_FALSE(period.is_over());
  may_end = true;
  may_end.notify_all();
  reader.join();
  EXPECT_TRUE(period.is_over());
}

TEST(ReadMark, IsUsedAgainWhenItsThreadHasEnded) {
  const ReadMark* first = nullptr;
  const ReadMark* second = nullptr;
  elsewhere([&] { first = &ReadMark::of_this_thread(); });
  elsewhere([&] { second = &ReadMark::of_this_thread(); });
  EXPECT_EQ(first, second);
}

TEST(Retired, KeepsWhatIsReadAndNoMoreThanIsInUseOtherwise) {
  constexpr std::size_t kInUse = std::size_t{1} << 20;
  Retired retired;
  std::size_t freed = 0;
  const auto replace = [&](int times) {
    for (int time = 0; time < times; ++time) {
      retired.make_room();
      retired.add(std::make_shared<int>(time), kInUse / 4);
      freed += retired.take_free(kInUse).size();
    }
  };
  replace(100);
  EXPECT_LE(retired.count(), 4U);
  auto reading = std::make_unique<ReadSection>();
  const std::size_t freed_before = freed;
  replace(100);
  EXPECT_EQ(freed, freed_before);
  reading.reset();
  replace(2);
  EXPECT_LE(retired.count(), 4U);
}

// Whoever reads finds what is alive, whenever others replace it.
TEST(Retired, FreesNothingUnderItsReaders) {
  struct Value {
    explicit Value(std::size_t given) : number{given} {}
    ~Value() { number = 0; }
    std::size_t number;
  };
  constexpr std::size_t kTimes = 20'000;
  std::shared_ptr<Value> owned = std::make_shared<Value>(1);
  std::atomic<Value*> current{owned.get()};
  std::atomic<bool> done{false};
  std::atomic<std::size_t> wrong{0};
  std::atomic<std::size_t> reading{0};
  std::vector<std::jthread> readers;
  for (int count = 0; count < 2; ++count) {
    readers.emplace_back([&] {
      reading.fetch_add(1);
      while (!done.load()) {
        const ReadSection section;
        // Acquire: pairs with the store below.
        if (current.load(std::memory_order_acquire)->number == 0) wrong.fetch_add(1);
      }
    });
  }
  while (reading.load() < 2) {
  }
  Retired retired;
  std::size_t freed = 0;
  for (std::size_t number = 2; number < kTimes; ++number) {
    auto next = std::make_shared<Value>(number);
    retired.make_room();
    current.store(next.get(), std::memory_order_release);  // Pairs with the load above.
    retired.add(std::exchange(owned, std::move(next)), std::size_t{16} << 10);
    freed += retired.take_free(0).size();
  }
  done = true;
  readers.clear();
  freed += retired.take_free(0).size();  // One may have been held up within its section all along.
  EXPECT_EQ(wrong.load(), 0U);
  EXPECT_GT(freed, 0U);
}

}  // namespace
}  // namespace mycelium
