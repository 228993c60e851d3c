#include "mycelium/bus/topic_registry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "mycelium/bus/subscriber.hpp"

namespace mycelium {
namespace {

struct Trade {
  int number;
};
MYCELIUM_MESSAGE(Trade, 61, "market.trade", number)
struct Order {
  int number;
};
MYCELIUM_MESSAGE(Order, 62, "market.order", number)

TEST(TopicRegistry, ATopicIsItsName) {
  TopicRegistry registry;
  Topic<Trade>& own = registry.topic<Trade>();
  EXPECT_EQ(own.name(), "market.trade");
  EXPECT_EQ(&registry.topic<Trade>("market.trade"), &own);
  EXPECT_NE(&registry.topic<Trade>("market.trade.eu"), &own);
}

TEST(TopicRegistry, RefusesASecondTypeOfOneNameAndSaysBoth) {
  TopicRegistry registry;
  static_cast<void>(registry.topic<Trade>("prices"));
  try {
    static_cast<void>(registry.topic<Order>("prices"));
    FAIL() << "a second type was accepted";
  } catch (const std::invalid_argument& error) {
    EXPECT_EQ(std::string{error.what()},
              "topic \"prices\" carries Trade, not Order; give one of them another name");
  }
  EXPECT_EQ(registry.topic<Trade>("prices").name(), "prices");  // Unharmed.
}

TEST(TopicRegistry, AddsUpWhatItsTopicsDropped) {
  TopicRegistry registry;
  const Subscriber<Trade> trades{registry.topic<Trade>(),
                                 {.capacity = 1, .overflow = Overflow::drop_newest}};
  const Subscriber<Order> orders{registry.topic<Order>(),
                                 {.capacity = 1, .overflow = Overflow::drop_newest}};
  for (int number = 0; number < 3; ++number) {
    static_cast<void>(registry.topic<Trade>().publish(Trade{number}));
    static_cast<void>(registry.topic<Order>().publish(Order{number}));
  }
  EXPECT_EQ(registry.dropped(), 4U);
}

std::vector<int> take_all(Subscriber<Trade>& subscriber) {
  std::vector<int> numbers;
  while (const auto trade = subscriber.try_next()) numbers.push_back(trade->number);
  return numbers;
}

void publish(TopicRegistry& registry, const std::string& topic, int number) {
  static_cast<void>(registry.topic<Trade>(topic).publish(Trade{number}));
}

// Promises: R3
TEST(TopicRegistry, APatternMeansTopicsThatAreThereAndThoseThatComeLater) {
  TopicRegistry registry;
  publish(registry, "trade.eu", 0);
  Subscriber<Trade> all{registry, TopicPattern{"trade.*"}};
  publish(registry, "trade.eu", 1);
  publish(registry, "trade.us", 2);
  publish(registry, "trade.us.otc", 3);
  publish(registry, "other.eu", 4);
  EXPECT_EQ(take_all(all), (std::vector{1, 2}));
}

// Promises: R3
TEST(TopicRegistry, APatternMeansTopicsOfItsMessageOnly) {
  TopicRegistry registry;
  static_cast<void>(registry.topic<Order>("prices.order"));
  Subscriber<Trade> all{registry, TopicPattern{"prices.>"}};
  static_cast<void>(registry.topic<Order>("prices.later"));
  publish(registry, "prices.trade", 1);
  EXPECT_EQ(registry.topic<Order>("prices.order").subscriber_count(), 0U);
  EXPECT_EQ(registry.topic<Order>("prices.later").subscriber_count(), 0U);
  EXPECT_EQ(take_all(all), std::vector{1});
}

// Promises: R3
TEST(TopicRegistry, APatternEndsWithItsSubscriber) {
  TopicRegistry registry;
  publish(registry, "trade.eu", 0);
  {
    const Subscriber<Trade> all{registry, TopicPattern{"trade.*"}};
    EXPECT_EQ(registry.topic<Trade>("trade.eu").subscriber_count(), 1U);
  }
  EXPECT_EQ(registry.topic<Trade>("trade.eu").subscriber_count(), 0U);
  EXPECT_EQ(registry.topic<Trade>("trade.us").subscriber_count(), 0U);
}

// Promises: R3
TEST(TopicRegistry, RefusesToPublishOnAPattern) {
  TopicRegistry registry;
  try {
    static_cast<void>(registry.topic<Trade>("market.*"));
    FAIL() << "a pattern was taken for a topic";
  } catch (const std::invalid_argument& error) {
    EXPECT_EQ(std::string{error.what()},
              "\"market.*\" is a pattern of topics, and no topic: one may subscribe to it, and "
              "publish on a topic whose name has no * and no >");
  }
  EXPECT_TRUE(registry.status().empty());
}

// Promises: R2
TEST(TopicRegistry, RefusesWhatIsNoNameOfATopicAndSaysWhy) {
  const auto refusal = [](std::string_view name) -> std::string {
    TopicRegistry registry;
    try {
      static_cast<void>(registry.topic<Trade>(name));
    } catch (const std::invalid_argument& error) {
      EXPECT_TRUE(registry.status().empty()) << name;
      return error.what();
    }
    return {};
  };
  EXPECT_EQ(refusal("trades."),
            "\"trades.\" is no name of a destination: one of the parts between its dots is empty; "
            "the name of a topic is words of letters, digits, _ and - between dots, as "
            "market.quotes, of which the first is not \"actor\" and the last of several is no "
            "number");
  // No pattern would match the first, and the others would be names of two kinds.
  for (const char* const name : {"a..b", ".a", "trade 1", "trade.2024", "actor", "actor.desk"})
    EXPECT_TRUE(refusal(name).starts_with("\"" + std::string{name} + "\" is no name")) << name;
  for (const char* const name : {"2024", "trade.y2024", "trade.2024.eu", "actors.a", "EUR-USD_1"})
    EXPECT_EQ(refusal(name), "");
}

TEST(TopicRegistry, RefusesAPolicyForAPatternBeforeAnyTopicIsThere) {
  TopicRegistry registry;
  const auto subscribe = [&] {
    return Subscriber<Trade>{registry, TopicPattern{"trade.*"}, {.overflow = Overflow::conflate}};
  };
  EXPECT_THROW(subscribe(), std::invalid_argument);
  publish(registry, "trade.eu", 1);  // And it did not stay.
}

TEST(TopicRegistry, TellsWhatEachTopicHasDone) {
  TopicRegistry registry;
  const Subscriber<Trade> trades{registry.topic<Trade>("trade.eu", {.retain = Retain::last}),
                                 {.capacity = 1, .overflow = Overflow::drop_newest}};
  const Subscriber<Trade> others{registry.topic<Trade>("trade.eu")};
  for (int number = 0; number < 3; ++number) publish(registry, "trade.eu", number);
  publish(registry, "trade.us", 1);
  const std::vector<TopicStatus> status = registry.status();
  ASSERT_EQ(status.size(), 2U);
  EXPECT_EQ(status[0].name, "trade.eu");
  EXPECT_EQ(status[0].message, "Trade");
  EXPECT_EQ(status[0].published, 3U);
  EXPECT_EQ(status[0].delivered, 4U);
  EXPECT_EQ(status[0].dropped, 2U);
  EXPECT_EQ(status[0].retained, 1U);
  EXPECT_EQ(status[0].subscribers, 2U);
  EXPECT_EQ(status[1].name, "trade.us");
  EXPECT_EQ(status[1].published, 1U);
  EXPECT_EQ(status[1].delivered, 0U);
  EXPECT_EQ(status[1].retained, 0U);
}

TEST(TopicRegistry, WhatIsRefusedCountsAsNothing) {
  TopicRegistry registry;
  Topic<Trade>& topic = registry.topic<Trade>("trade.eu", {.retain = Retain::last});
  const Subscriber<Trade> full{topic, {.capacity = 1, .overflow = Overflow::block}};
  EXPECT_EQ(topic.publish(Trade{1}).full, 0U);
  EXPECT_EQ(topic.publish(Trade{2}).full, 1U);
  EXPECT_EQ(topic.status().published, 1U);
  Subscriber<Trade> late{topic};
  EXPECT_EQ(take_all(late), std::vector{1});
}

// Promises: R4
TEST(TopicRegistry, ALateSubscriberGetsTheRetainedValueFirstAndOnce) {
  TopicRegistry registry;
  Topic<Trade>& topic = registry.topic<Trade>();
  static_cast<void>(topic.publish(Trade{1}));  // Before anybody asked for it to be kept.
  static_cast<void>(registry.topic<Trade>({}, {.retain = Retain::last}));
  Subscriber<Trade> early{topic};
  EXPECT_TRUE(take_all(early).empty());
  for (const int number : {2, 3}) static_cast<void>(topic.publish(Trade{number}));
  Subscriber<Trade> late{topic};
  static_cast<void>(topic.publish(Trade{4}));
  EXPECT_EQ(take_all(early), (std::vector{2, 3, 4}));
  EXPECT_EQ(take_all(late), (std::vector{3, 4}));
}

// Promises: R3, R4
TEST(TopicRegistry, APatternBringsWhatIsRetainedOfEveryTopicItMatches) {
  TopicRegistry registry;
  static_cast<void>(registry.topic<Trade>("trade.eu", {.retain = Retain::last}));
  static_cast<void>(registry.topic<Trade>("trade.us", {.retain = Retain::last}));
  publish(registry, "trade.eu", 1);
  publish(registry, "trade.us", 2);
  Subscriber<Trade> all{
      registry, TopicPattern{"trade.>"}, {.capacity = 1, .overflow = Overflow::block}};
  EXPECT_EQ(take_all(all), (std::vector{1, 2}));  // Whatever its capacity.
}

// Promises: R4
TEST(TopicRegistry, NothingIsLostOrDoubledBetweenRetainedAndLive) {
  TopicRegistry registry;
  Topic<Trade>& topic = registry.topic<Trade>({}, {.retain = Retain::last});
  constexpr int kTrades = 20'000;
  std::atomic<int> published{0};
  const std::jthread publisher{[&] {
    for (int number = 0; number < kTrades; ++number) {
      static_cast<void>(topic.publish(Trade{number}));
      published.store(number + 1);
    }
  }};
  while (published.load() == 0) {
  }
  // Whoever subscribes meanwhile sees an unbroken sequence from one that was the last.
  for (int round = 0; published.load() < kTrades; ++round) {
    const int before = published.load();
    Subscriber<Trade> late{topic, {.capacity = kTrades, .overflow = Overflow::block}};
    const int after = published.load();
    while (published.load() < std::min(kTrades, after + 10)) {
    }
    const std::vector<int> numbers = take_all(late);
    ASSERT_FALSE(numbers.empty());
    EXPECT_GE(numbers.front(), before - 1);
    EXPECT_LE(numbers.front(), after);
    for (std::size_t index = 1; index < numbers.size(); ++index)
      ASSERT_EQ(numbers[index], numbers[index - 1] + 1);
  }
}

}  // namespace
}  // namespace mycelium
