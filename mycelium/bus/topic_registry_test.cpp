#include "mycelium/bus/topic_registry.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

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

}  // namespace
}  // namespace mycelium
