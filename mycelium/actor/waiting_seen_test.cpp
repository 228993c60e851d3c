// How much waits for an actor, as others see it: subscriptions' and urgent messages too.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "mycelium/actor/group.hpp"
#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

struct News {
  int number;
};
MYCELIUM_MESSAGE(News, 396, "test.waiting.news", number)
struct Stand {};
MYCELIUM_MESSAGE(Stand, 397, "test.waiting.stand")

/// Stands still when it is told to, and reads what has come when time has gone by.
class Reader {
 public:
  using Handles = Messages<News, Stand>;
  Reader(std::vector<int>& read, std::uint32_t capacity) : read_{&read}, capacity_{capacity} {}
  void on_start(Context& context) { context.subscribe<News>("news", {.capacity = capacity_}); }
  void handle(const News& news) { read_->push_back(news.number); }
  Task<> handle(const Stand&, Context& context) {
    co_await context.sleep(std::chrono::milliseconds{1});
  }

 private:
  std::vector<int>* read_;
  std::uint32_t capacity_;
};
using ReaderRef = Ref<Reader::Handles>;

class WaitingSeenTest : public ::testing::Test {
 protected:
  void settle() {
    while (system_.step() > 0) {
    }
  }
  ReaderRef spawn_standing(const std::string& name, std::uint32_t capacity = 8) {
    const auto reader = system_.spawn(
        name, [this, capacity](Context&) { return Reader{read_, capacity}; }, {.worker = 0});
    settle();
    EXPECT_EQ(reader.try_send(Stand{}), SendResult::ok);
    settle();
    return reader;
  }
  void publish(int first, int last) {
    for (int number = first; number <= last; ++number)
      EXPECT_EQ(system_.topic<News>("news").publish(News{number}).full, 0U);
    settle();
  }
  ActorStatus status(const std::string& name) {
    for (const ActorStatus& status : system_.actors()) {
      if (status.name == name) return status;
    }
    ADD_FAILURE() << name << " is not there";
    return {};
  }

  std::vector<int> read_;
  ManualClock clock_;
  System system_{{.workers = 2, .clock = &clock_, .drive = Drive::manual}};
};

// Promises: R5, X2
TEST_F(WaitingSeenTest, WhatWaitsOfASubscriptionIsSeenAndWhatItHasDroppedIsNot) {
  spawn_standing("reader");
  publish(1, 5);
  EXPECT_EQ(status("reader").depth, 5U);
  EXPECT_EQ(status("reader").depth_high_water, 5U);
  publish(6, 100);
  EXPECT_EQ(status("reader").depth, 8U);
  EXPECT_EQ(status("reader").dropped, 92U);
  clock_.advance(std::chrono::milliseconds{1});
  settle();
  EXPECT_EQ(status("reader").depth, 0U);
  EXPECT_EQ(read_, (std::vector<int>{93, 94, 95, 96, 97, 98, 99, 100}));
  EXPECT_EQ(status("reader").depth_high_water, 8U);
}

TEST_F(WaitingSeenTest, WhatWaitsBesideOrdinaryMessagesIsCountedWithThem) {
  const ReaderRef reader = spawn_standing("reader");
  EXPECT_EQ(reader.try_send(News{1}), SendResult::ok);
  EXPECT_EQ(reader.try_send_urgent(News{2}), SendResult::ok);
  EXPECT_EQ(reader.try_send_urgent(News{3}), SendResult::ok);
  settle();
  publish(4, 4);
  EXPECT_EQ(reader.cell()->waiting_exactly(), 4U);
  EXPECT_EQ(status("reader").depth, 3U) << "others see ordinary messages by the eighth";
  EXPECT_EQ(status("reader").depth_high_water, 4U);
  clock_.advance(std::chrono::milliseconds{1});
  settle();
  EXPECT_EQ(read_, (std::vector<int>{2, 3, 1, 4}));
  EXPECT_EQ(status("reader").depth, 0U);
}

TEST_F(WaitingSeenTest, ANewHolderOfAPlaceBeginsWithNothing) {
  const ReaderRef first = spawn_standing("first");
  publish(1, 5);
  system_.stop(first, StopMode::discard);
  settle();
  EXPECT_EQ(first.cell()->waiting_seen(), 0U);
}

// Promises: R5
TEST_F(WaitingSeenTest, TheLeastLoadedIsNotTheOneWhoseSubscriptionHasPiledUp) {
  const ReaderRef piled = spawn_standing("piled");
  publish(1, 8);
  const ReaderRef idle = spawn_standing("idle");
  auto group = system_.group<News>("readers", Routing::least_loaded);
  ASSERT_TRUE(group.join(piled));
  ASSERT_TRUE(group.join(idle));
  for (int number = 20; number < 24; ++number)
    EXPECT_EQ(group.try_send(News{number}), SendResult::ok);
  settle();
  EXPECT_EQ(status("piled").depth, 8U);
  EXPECT_EQ(idle.cell()->waiting_exactly(), 4U);
}

// Promises: X2
TEST(WaitingSeen, WhoDoesNotStopInTimeIsNamedWithAllThatWaits) {
  std::vector<int> read;
  ManualClock clock;
  System system{{.clock = &clock, .drive = Drive::manual}};
  const auto reader = system.spawn("reader", [&](Context&) { return Reader{read, 8}; });
  while (system.step() > 0) {
  }
  ASSERT_EQ(reader.try_send(Stand{}), SendResult::ok);
  while (system.step() > 0) {
  }
  for (int number = 0; number < 5; ++number)
    EXPECT_EQ(system.topic<News>("news").publish(News{number}).delivered, 1U);
  const std::vector<std::string> late = system.shutdown(std::chrono::nanoseconds{0});
  ASSERT_EQ(late.size(), 1U);
  EXPECT_TRUE(late[0].ends_with(", 5 messages wait")) << late[0];
}

}  // namespace
}  // namespace mycelium
