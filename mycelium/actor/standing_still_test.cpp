#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

// A reader that stands still, and those beside it.
namespace mycelium {
namespace {

struct News {
  std::shared_ptr<int> owned;
};
MYCELIUM_MESSAGE(News, 961, "test.standing_still.news", owned)
struct Publish {};
MYCELIUM_MESSAGE(Publish, 962, "test.standing_still.publish")

class Stuck {
 public:
  using Handles = Messages<News>;
  void on_start(Context& context) { context.subscribe<News>({.capacity = 4}); }
  Task<> handle(const News&, Context& context) { co_await context.sleep(std::chrono::hours{1}); }
};

// Counts who has the news while it reads them.
class Counting {
 public:
  using Handles = Messages<News>;
  explicit Counting(long& holders) : holders_{holders} {}
  void on_start(Context& context) { context.subscribe<News>(); }
  void handle(const News& news) { holders_ = news.owned.use_count(); }

 private:
  long& holders_;
};

class Author {
 public:
  using Handles = Messages<Publish>;
  Author(Context& context, const std::shared_ptr<int>& owned)
      : news_{context.publisher<News>()}, owned_{owned} {}
  void handle(const Publish&) { EXPECT_EQ(news_.publish(News{owned_}).delivered, 2U); }

 private:
  Publisher<News> news_;
  const std::shared_ptr<int>& owned_;
};

// Promises: D7
TEST(StandingStill, WhatItDropsIsNoReasonForOthersToWait) {
  // Given one that reads nothing more and is at its bound, and one that comes behind it
  const auto owned = std::make_shared<int>(0);
  long holders = 0;
  ManualClock clock;
  System system{{.workers = 1, .clock = &clock, .drive = Drive::manual}};
  const auto settle = [&] {
    while (system.step() > 0) {
    }
  };
  system.spawn("stuck", [](Context&) { return Stuck{}; });
  system.spawn("counting", [&](Context&) { return Counting{holders}; });
  const auto author =
      system.spawn("author", [&](Context& context) { return Author{context, owned}; });
  settle();
  const auto publish = [&] {
    ASSERT_EQ(author.try_send(Publish{}), SendResult::ok);
    settle();
  };
  for (int number = 1; number <= 5; ++number) publish();
  // When a message more is published
  publish();
  // Then it is read before the one that it drops has gone: that, ours, the one that is handled and
  // the four that wait, and the reader's own
  EXPECT_EQ(holders, 1 + 1 + 1 + 4 + 1);
  EXPECT_EQ(owned.use_count(), 1 + 1 + 4);
}

}  // namespace
}  // namespace mycelium
