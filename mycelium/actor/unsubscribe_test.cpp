#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/testing/test_system.hpp"

// An actor ends its own subscriptions.
namespace mycelium {
namespace {

struct Trade {
  int number;
};
MYCELIUM_MESSAGE(Trade, 851, "trade.own", number)
struct Do {
  int what;
};
MYCELIUM_MESSAGE(Do, 852, "test.unsubscribe.do", what)

constexpr SubscriptionOptions kBlock{.overflow = Overflow::block};

class Reader {
 public:
  using Handles = Messages<Trade, Do>;
  using Acts = std::vector<std::function<void(Context&)>>;
  Reader(std::vector<int>& heard, Acts acts) : heard_{heard}, acts_{std::move(acts)} {}
  void handle(const Trade& trade) { heard_.push_back(trade.number); }
  void handle(const Do& order, Context& context) {
    acts_[static_cast<std::size_t>(order.what)](context);
  }

 private:
  std::vector<int>& heard_;
  Acts acts_;
};

class UnsubscribeTest : public ::testing::Test {
 protected:
  using Numbers = std::vector<int>;
  // Does these one after the other, when it is told to.
  void spawn(Reader::Acts acts, SpawnOptions options = {}) {
    reader_ =
        test_.spawn("reader", [this, acts](Context&) { return Reader{heard_, acts}; }, options);
    test_.run_until_idle();
    next();
  }
  void next() {
    test_.send(reader_, Do{next_++});
    test_.run_until_idle();
  }
  std::uint32_t publish(const std::string& topic, int number) {
    const PublishResult result = test_.system().topic<Trade>(topic).publish(Trade{number});
    test_.run_until_idle();
    return result.delivered;
  }

  Numbers heard_;
  int next_ = 0;
  testing::TestSystem test_{{.workers = 2}};
  RefTo<Trade, Do> reader_;
};

// Promises: R3
TEST_F(UnsubscribeTest, WhatIsPublishedAfterwardsDoesNotComeAndWhatWaitsIsHandled) {
  Topic<Trade>& topic = test_.system().topic<Trade>();
  spawn({[](Context& context) { context.subscribe<Trade>(); },
         [&](Context& context) {
           EXPECT_EQ(topic.publish(Trade{2}).delivered, 1U);
           context.unsubscribe<Trade>();
           EXPECT_EQ(topic.publish(Trade{3}).delivered, 0U);
           context.unsubscribe<Trade>();
           context.unsubscribe<Trade>("trade.never");
         },
         [](Context& context) { context.subscribe<Trade>(); }});
  EXPECT_EQ(publish({}, 1), 1U);
  next();
  EXPECT_EQ(publish({}, 4), 0U);
  EXPECT_EQ(heard_, (Numbers{1, 2}));
  next();
  EXPECT_EQ(publish({}, 5), 1U);
  EXPECT_EQ(heard_, (Numbers{1, 2, 5}));
}

// Promises: R3
TEST_F(UnsubscribeTest, APatternEndsWithAllThatItBrought) {
  spawn({[](Context& context) { context.subscribe<Trade>("trade.*", kBlock); },
         [](Context& context) { context.unsubscribe<Trade>("trade.*"); }});
  EXPECT_EQ(publish("trade.eu", 1), 1U);
  next();
  EXPECT_EQ(publish("trade.eu", 2), 0U);
  EXPECT_EQ(publish("trade.us", 3), 0U);
  EXPECT_EQ(heard_, Numbers{1});
}

// Promises: R3
TEST_F(UnsubscribeTest, ATopicStaysWhileAnotherSubscriptionMatchesIt) {
  spawn({[](Context& context) {
           context.subscribe<Trade>("trade.eu");
           context.subscribe<Trade>("trade.*", kBlock);
         },
         [](Context& context) { context.unsubscribe<Trade>("trade.*"); },
         [](Context& context) {
           context.subscribe<Trade>("trade.>");
           context.unsubscribe<Trade>("trade.eu");
         },
         [](Context& context) { context.unsubscribe<Trade>("trade.>"); }});
  for (const char* const topic : {"trade.eu", "trade.us"}) EXPECT_EQ(publish(topic, 1), 1U);
  next();
  EXPECT_EQ(publish("trade.eu", 2), 1U);
  EXPECT_EQ(publish("trade.us", 3), 0U);
  next();
  EXPECT_EQ(publish("trade.eu", 4), 1U);
  EXPECT_EQ(publish("trade.us", 5), 1U);
  next();
  for (const char* const topic : {"trade.eu", "trade.us"}) EXPECT_EQ(publish(topic, 6), 0U);
  EXPECT_EQ(heard_, (Numbers{1, 1, 2, 4, 5}));
}

// Promises: R3
TEST_F(UnsubscribeTest, TheOptionsOfTheSubscriptionThatIsLeftHoldAgain) {
  Topic<Trade>& topic = test_.system().topic<Trade>("trade.eu");
  const auto publish_three = [&] {
    std::vector<std::uint32_t> full;
    for (int number = 1; number <= 3; ++number) full.push_back(topic.publish(Trade{number}).full);
    test_.run_until_idle();
    return full;
  };
  spawn({[](Context& context) {
           context.subscribe<Trade>("trade.eu", {.capacity = 2});
           context.subscribe<Trade>("trade.*", kBlock);
         },
         [](Context& context) { context.unsubscribe<Trade>("trade.*"); }});
  static_cast<void>(publish_three());
  EXPECT_EQ(heard_, (Numbers{1, 2, 3}));
  next();
  EXPECT_EQ(publish_three(), (std::vector<std::uint32_t>{0, 0, 0}));
  EXPECT_EQ(heard_, (Numbers{1, 2, 3, 2, 3}));
}

// Promises: R3
TEST_F(UnsubscribeTest, ASecondSubscriptionToTheSameTopicEndsWithTheFirst) {
  spawn({[](Context& context) { context.subscribe<Trade>("trade.eu", kBlock); },
         [](Context& context) { context.subscribe<Trade>("trade.eu", kBlock); },
         [](Context& context) { context.unsubscribe<Trade>("trade.eu"); }});
  next();
  EXPECT_EQ(publish("trade.eu", 1), 1U);
  next();
  EXPECT_EQ(publish("trade.eu", 2), 0U);
  EXPECT_EQ(heard_, Numbers{1});
}

}  // namespace
}  // namespace mycelium
