#include "mycelium/testing/capture.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace mycelium::testing {
namespace {

struct Price {
  int cents;
};
MYCELIUM_MESSAGE(Price, 1, "test.price", cents)
struct Alarm {
  int cents;
};
MYCELIUM_MESSAGE(Alarm, 2, "test.alarm", cents)

// A handler class as a user writes it: plain, with a publisher handed in.
class Watchdog {
 public:
  using Handles = Messages<Price>;
  explicit Watchdog(Publisher<Alarm> alarms) : alarms_{alarms} {}
  void handle(const Price& price) {
    if (price.cents > 100 && alarms_.publish(Alarm{price.cents}).full > 0) ++refused_;
  }
  [[nodiscard]] int refused() const { return refused_; }

 private:
  Publisher<Alarm> alarms_;
  int refused_ = 0;
};

std::vector<int> cents_of(const Capture<Alarm>& alarms) {
  std::vector<int> cents;
  for (const Alarm& alarm : alarms.messages()) cents.push_back(alarm.cents);
  return cents;
}

TEST(Capture, KeepsWhatAHandlerClassPublishesInOrder) {
  auto alarms = capture<Alarm>();
  Watchdog watchdog{alarms.publisher()};
  for (const int cents : {50, 150, 99, 101}) watchdog.handle(Price{cents});
  EXPECT_EQ(cents_of(alarms), (std::vector{150, 101}));
  EXPECT_EQ(alarms.publisher().topic(), "test.alarm");
  alarms.clear();
  EXPECT_TRUE(alarms.messages().empty());
}

TEST(Capture, MayBeMovedUnderItsPublishers) {
  auto first = capture<Alarm>();
  Watchdog watchdog{first.publisher()};
  watchdog.handle(Price{200});
  const auto second = std::move(first);
  watchdog.handle(Price{300});
  EXPECT_EQ(cents_of(second), (std::vector{200, 300}));
}

TEST(Capture, TwoCapturesOfOneMessageAreApart) {
  const auto left = capture<Alarm>();
  const auto right = capture<Alarm>();
  EXPECT_EQ(left.publisher().publish(Alarm{1}).delivered, 1U);
  EXPECT_TRUE(right.messages().empty());
}

TEST(Capture, PlaysASubscriberWithoutRoom) {
  auto alarms = capture<Alarm>();
  Watchdog watchdog{alarms.publisher()};
  alarms.refuse();
  watchdog.handle(Price{200});
  EXPECT_EQ(watchdog.refused(), 1);
  EXPECT_TRUE(alarms.messages().empty());
  alarms.refuse(false);
  watchdog.handle(Price{300});
  EXPECT_EQ(cents_of(alarms), (std::vector{300}));
}

}  // namespace
}  // namespace mycelium::testing
