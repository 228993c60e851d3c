#include "mycelium/actor/pull.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "mycelium/testing/test_system.hpp"

namespace mycelium {
namespace {

struct News {
  int number;
};
MYCELIUM_MESSAGE(News, 731, "test.pull.news", number)
struct Go {};
MYCELIUM_MESSAGE(Go, 732, "test.pull.go")
struct Ping {};
MYCELIUM_MESSAGE(Ping, 733, "test.pull.ping")

// A loop over what is published, in a coroutine.
class Loop {
 public:
  using Handles = Messages<Go, Ping>;
  using Interleaved = Messages<Ping>;
  Loop(std::vector<std::string>& heard, Context& context)
      : heard_{heard}, news_{context.subscriber<News>("news", {.capacity = 2})} {}
  Task<> handle(const Go&, Context& context) {
    while (auto news = co_await context.next(news_)) {
      if (news_.gap() > 0) heard_.push_back("gap " + std::to_string(news_.gap()));
      heard_.push_back(std::to_string(news->number));
      if (news->number < 0) news_.close();
    }
    heard_.push_back("end");
  }
  void handle(const Ping&) { heard_.push_back("ping"); }

 private:
  std::vector<std::string>& heard_;
  Subscriber<News> news_;
};

class PullTest : public ::testing::Test {
 protected:
  RefTo<Go, Ping> start() {
    const auto loop =
        test_.spawn("loop", [this](Context& context) { return Loop{heard_, context}; });
    test_.send(loop, Go{});
    test_.run_until_idle();
    return loop;
  }
  void publish(std::initializer_list<int> numbers) {
    for (const int number : numbers) EXPECT_EQ(topic_.publish(News{number}).full, 0U);
    test_.run_until_idle();
  }

  std::vector<std::string> heard_;
  testing::TestSystem test_{{.workers = 2}};
  Topic<News>& topic_ = test_.system().topic<News>("news");
};

// Promises: D7
TEST_F(PullTest, ACoroutineTakesWhatIsPublishedInOrderAndSeesItsGaps) {
  start();
  publish({1});
  publish({2, 3});
  publish({4, 5, 6, 7});
  EXPECT_EQ(heard_, (std::vector<std::string>{"1", "2", "3", "gap 2", "6", "7"}));
}

TEST_F(PullTest, ClosingEndsTheLoop) {
  start();
  publish({1, -1});
  EXPECT_EQ(heard_, (std::vector<std::string>{"1", "-1", "end"}));
  publish({2});
  EXPECT_EQ(heard_.back(), "end");
}

TEST_F(PullTest, InterleavedMessagesAreHandledWhileItWaits) {
  const auto loop = start();
  test_.send(loop, Ping{});
  test_.run_until_idle();
  publish({1});
  EXPECT_EQ(heard_, (std::vector<std::string>{"ping", "1"}));
}

TEST_F(PullTest, AStopEndsACoroutineThatWaits) {
  const auto loop = start();
  test_.system().stop(loop, StopMode::discard);
  test_.run_until_idle();
  publish({1});
  EXPECT_TRUE(heard_.empty());
  EXPECT_EQ(topic_.subscriber_count(), 0U);
}

TEST_F(PullTest, ADrainingStopEndsTheLoop) {
  const auto loop = start();
  publish({1});
  test_.system().stop(loop, StopMode::drain);
  test_.run_until_idle();
  EXPECT_EQ(heard_, (std::vector<std::string>{"1", "end"}));
  EXPECT_EQ(topic_.subscriber_count(), 0U);
}

TEST_F(PullTest, WhatHasArrivedBeforeTheStopIsTaken) {
  const auto loop = start();
  EXPECT_EQ(topic_.publish(News{1}).delivered, 1U);
  test_.system().stop(loop, StopMode::drain);
  EXPECT_EQ(topic_.publish(News{2}).delivered, 1U);
  test_.run_until_idle();
  EXPECT_EQ(heard_, (std::vector<std::string>{"1", "2", "end"}));
}

TEST_F(PullTest, TheSystemsShutdownEndsTheLoop) {
  start();
  EXPECT_TRUE(test_.system().shutdown(std::chrono::seconds{5}).empty());
  EXPECT_EQ(heard_, (std::vector<std::string>{"end"}));
}

TEST_F(PullTest, ItsOwnStopEndsTheLoop) {
  class Once {
   public:
    using Handles = Messages<Go>;
    Once(bool& ended, Context& context) : ended_{ended}, news_{context.subscriber<News>("news")} {}
    Task<> handle(const Go&, Context& context) {
      context.stop();
      ended_ = !(co_await context.next(news_)).has_value();
    }

   private:
    bool& ended_;
    Subscriber<News> news_;
  };
  bool ended = false;
  test_.send(test_.spawn("once", [&](Context& context) { return Once{ended, context}; }), Go{});
  test_.run_until_idle();
  EXPECT_TRUE(ended);
}

TEST_F(PullTest, ACloseFromElsewhereWakesIt) {
  std::optional<Subscriber<News>> news{test_.system().subscriber<News>("news")};
  bool ended = false;
  class Reader {
   public:
    using Handles = Messages<Go>;
    Reader(Subscriber<News>& news, bool& ended) : news_{news}, ended_{ended} {}
    Task<> handle(const Go&, Context& context) {
      ended_ = !(co_await context.next(news_)).has_value();
    }

   private:
    Subscriber<News>& news_;
    bool& ended_;
  };
  test_.send(test_.spawn("reader", [&](Context&) { return Reader{*news, ended}; }), Go{});
  test_.run_until_idle();
  EXPECT_FALSE(ended);
  news->close();
  test_.run_until_idle();
  EXPECT_TRUE(ended);
}

// Promises: D7
TEST(Pull, LosesNothingBetweenThreads) {
  constexpr int kNews = 20'000;
  std::atomic<bool> done{false};
  std::uint64_t sum = 0;
  class Adder {
   public:
    using Handles = Messages<Go>;
    Adder(std::uint64_t& sum, std::atomic<bool>& done, Context& context)
        : sum_{sum},
          done_{done},
          news_{context.subscriber<News>({}, {.capacity = 8, .overflow = Overflow::block})} {}
    Task<> handle(const Go&, Context& context) {
      while (auto news = co_await context.next(news_)) {
        if (news->number == 0) break;
        sum_ += static_cast<std::uint64_t>(news->number);
      }
      done_ = true;
      done_.notify_all();
    }

   private:
    std::uint64_t& sum_;
    std::atomic<bool>& done_;
    Subscriber<News> news_;
  };
  System system{{.workers = 1}};
  const auto adder = system.spawn([&](Context& context) { return Adder{sum, done, context}; });
  ASSERT_TRUE(system.await_started(*adder.cell()));
  ASSERT_EQ(adder.try_send(Go{}), SendResult::ok);
  Topic<News>& topic = system.topic<News>();
  for (int number = kNews; number >= 0; --number) {
    while (topic.publish(News{number}).full > 0) {
    }
  }
  done.wait(false);
  EXPECT_EQ(sum, std::uint64_t{kNews} * (kNews + 1) / 2);
}

}  // namespace
}  // namespace mycelium
