#include "mycelium/bus/subscriber.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace mycelium {
namespace {

struct Tick {
  int number;
};
MYCELIUM_MESSAGE(Tick, 51, "test.tick", number)

// Calls out when it is copied and when it ends.
struct Watched {
  static inline std::function<void()> on_copy;
  static inline std::function<void()> on_end;
  static void call(const std::function<void()>& out) {
    if (out) out();
  }

  Watched() = default;
  Watched(const Watched& other) : is_there{other.is_there} { call(on_copy); }
  Watched(Watched&& other) noexcept : is_there{std::exchange(other.is_there, false)} {}
  Watched& operator=(const Watched&) = delete;
  Watched& operator=(Watched&&) = delete;
  ~Watched() {
    if (is_there) call(on_end);
  }
  bool is_there = true;
};
struct Book {
  int number;
  Watched watched;
};
MYCELIUM_MESSAGE(Book, 52, "test.book", number, watched)

std::vector<int> take_all(Subscriber<Tick>& subscriber) {
  std::vector<int> all;
  while (const auto tick = subscriber.try_next()) all.push_back(tick->number);
  return all;
}

TEST(Subscriber, GetsWhatIsPublishedInOrder) {
  Topic<Tick> topic{"ticks"};
  Subscriber<Tick> subscriber{topic};
  EXPECT_FALSE(subscriber.try_next().has_value());
  for (const int number : {1, 2, 3}) EXPECT_EQ(topic.publish(Tick{number}).delivered, 1U);
  EXPECT_EQ(take_all(subscriber), (std::vector{1, 2, 3}));
  EXPECT_EQ(subscriber.missed(), 0U);
}

TEST(Subscriber, DropOldestKeepsTheNewestAndCountsWhatItMissed) {
  Topic<Tick> topic{"ticks"};
  Subscriber<Tick> subscriber{topic, {.capacity = 2, .overflow = Overflow::drop_oldest}};
  for (const int number : {1, 2, 3, 4, 5}) static_cast<void>(topic.publish(Tick{number}));
  EXPECT_EQ(take_all(subscriber), (std::vector{4, 5}));
  EXPECT_EQ(subscriber.missed(), 3U);
}

// Promises: D7
TEST(Subscriber, DropNewestKeepsTheOldestAndThePublisherHears) {
  Topic<Tick> topic{"ticks"};
  Subscriber<Tick> subscriber{topic, {.capacity = 2, .overflow = Overflow::drop_newest}};
  for (const int number : {1, 2}) EXPECT_EQ(topic.publish(Tick{number}).delivered, 1U);
  const PublishResult third = topic.publish(Tick{3});
  EXPECT_EQ(third.delivered, 0U);
  EXPECT_EQ(third.dropped, 1U);
  EXPECT_EQ(take_all(subscriber), (std::vector{1, 2}));
  EXPECT_EQ(subscriber.missed(), 1U);
  EXPECT_EQ(topic.dropped(), 1U);
}

// Promises: D7
TEST(Subscriber, BlockWithoutRoomMeansThatNobodyGetsTheMessage) {
  Topic<Tick> topic{"ticks"};
  Subscriber<Tick> slow{topic, {.capacity = 1, .overflow = Overflow::block}};
  Subscriber<Tick> fast{topic};
  EXPECT_EQ(topic.publish(Tick{1}).delivered, 2U);
  const PublishResult second = topic.publish(Tick{2});
  EXPECT_EQ(second.full, 1U);
  EXPECT_EQ(second.delivered, 0U);
  EXPECT_EQ(take_all(slow), (std::vector{1}));
  EXPECT_EQ(topic.publish(Tick{2}).delivered, 2U);
  EXPECT_EQ(take_all(slow), (std::vector{2}));
  EXPECT_EQ(take_all(fast), (std::vector{1, 2}));  // The retry duplicated nothing.
}

// Promises: D7
TEST(Subscriber, LearnsWhereItMissedMessages) {
  Topic<Tick> topic{"ticks"};
  Subscriber<Tick> oldest{topic, {.capacity = 2}};
  Subscriber<Tick> newest{topic, {.capacity = 2, .overflow = Overflow::drop_newest}};
  for (const int number : {1, 2, 3, 4, 5}) static_cast<void>(topic.publish(Tick{number}));
  using Seen = std::vector<std::pair<std::uint64_t, int>>;
  const auto take = [](Subscriber<Tick>& from) {
    Seen seen;
    while (const auto tick = from.try_next()) seen.emplace_back(from.gap(), tick->number);
    return seen;
  };
  EXPECT_EQ(take(oldest), (Seen{{3, 4}, {0, 5}}));
  EXPECT_EQ(take(newest), (Seen{{0, 1}, {0, 2}}));
  for (const int number : {6, 7, 8}) static_cast<void>(topic.publish(Tick{number}));
  EXPECT_EQ(take(oldest), (Seen{{1, 7}, {0, 8}}));
  EXPECT_EQ(take(newest), (Seen{{3, 6}, {0, 7}}));
}

// Promises: D7
TEST(Subscriber, OfOneMessageLearnsWhatItMissedToo) {
  Topic<Tick> topic{"ticks"};
  Subscriber<Tick> last{topic, {.capacity = 1}};
  for (const int number : {1, 2, 3}) static_cast<void>(topic.publish(Tick{number}));
  EXPECT_EQ(last.try_next()->number, 3);
  EXPECT_EQ(last.gap(), 2U);
  EXPECT_FALSE(last.try_next().has_value());
  EXPECT_EQ(last.missed(), 2U);
}

TEST(Subscriber, ItsLoopEndsWhenItIsClosedAndEverythingTaken) {
  Topic<Tick> topic{"ticks"};
  Subscriber<Tick> subscriber{topic};
  constexpr int kTicks = 1000;
  std::vector<int> taken;
  {
    const std::jthread puller{[&] {
      for (auto tick : subscriber) taken.push_back(tick->number);
    }};
    for (int number = 0; number < kTicks; ++number)
      EXPECT_EQ(topic.publish(Tick{number}).delivered, 1U);
    subscriber.close();
  }
  ASSERT_EQ(taken.size(), static_cast<std::size_t>(kTicks));
  for (int number = 0; number < kTicks; ++number)
    EXPECT_EQ(taken[static_cast<std::size_t>(number)], number);
}

TEST(Subscriber, TakesNothingMoreOnceClosedAndHoldsNobodyUp) {
  Topic<Tick> topic{"ticks"};
  Subscriber<Tick> subscriber{topic, {.capacity = 1, .overflow = Overflow::block}};
  EXPECT_EQ(topic.publish(Tick{1}).delivered, 1U);
  subscriber.close();
  EXPECT_EQ(topic.publish(Tick{2}).full, 0U);
  EXPECT_EQ(topic.dropped(), 0U);  // It is nobody's loss any more.
  EXPECT_EQ(take_all(subscriber), (std::vector{1}));
  EXPECT_FALSE(subscriber.next().has_value());
}

TEST(Subscriber, EndsItsSubscriptionWithItsLife) {
  Topic<Tick> topic{"ticks"};
  {
    Subscriber<Tick> first{topic};
    Subscriber<Tick> moved{std::move(first)};
    EXPECT_EQ(topic.subscriber_count(), 1U);
    EXPECT_EQ(topic.publish(Tick{1}).delivered, 1U);
    EXPECT_EQ(take_all(moved), (std::vector{1}));
  }
  EXPECT_EQ(topic.subscriber_count(), 0U);
  EXPECT_EQ(topic.publish(Tick{2}).delivered, 0U);
}

// Whoever copies or ends a message may take as long as it likes: here another publishes meanwhile,
// which would wait for ever if the subscriber's lock were held.
class BusySubscriber : public ::testing::Test {
 protected:
  ~BusySubscriber() override { Watched::on_copy = Watched::on_end = nullptr; }
  // At the next copy, or end, of a message.
  void publish_once_at(std::function<void()>& moment) {
    moment = [this, &moment] {
      moment = nullptr;
      const std::jthread other{[this] { static_cast<void>(topic_.publish(made_before_)); }};
    };
  }

  Topic<Book> topic_{"books"};
  Subscriber<Book> subscriber_{topic_, {.capacity = 2}};
  const Shared<Book> made_before_ = Shared<Book>::make(Book{9, {}});
};

// Promises: D7
TEST_F(BusySubscriber, HoldsUpNoPublisherWhileItCopiesAMessageOut) {
  static_cast<void>(topic_.publish(Shared<Book>::make(Book{1, {}})));
  publish_once_at(Watched::on_copy);
  EXPECT_EQ(subscriber_.try_next()->number, 1);
  EXPECT_EQ(subscriber_.try_next()->number, 9);
}

// Promises: D7
TEST_F(BusySubscriber, HoldsUpNoPublisherWhileAnotherCopiesAMessageIn) {
  publish_once_at(Watched::on_copy);
  static_cast<void>(topic_.publish(Book{1, {}}));
  EXPECT_EQ(subscriber_.try_next()->number, 9);
  EXPECT_EQ(subscriber_.try_next()->number, 1);
}

// Promises: D7
TEST_F(BusySubscriber, HoldsUpNoPublisherWhileADroppedMessageEnds) {
  for (const int number : {1, 2}) static_cast<void>(topic_.publish(Book{number, {}}));
  publish_once_at(Watched::on_end);
  static_cast<void>(topic_.publish(Book{3, {}}));
  EXPECT_EQ(subscriber_.try_next()->number, 3);
  EXPECT_EQ(subscriber_.gap(), 2U);
  EXPECT_EQ(subscriber_.try_next()->number, 9);
}

constexpr ConflationKeyOf<Tick> kTens = [](const Tick& tick) noexcept {
  return static_cast<std::uint64_t>(tick.number / 10);
};
constexpr SubscriberOptions kConflate{.capacity = 3, .overflow = Overflow::conflate};

// Promises: D6
TEST(Subscriber, ConflatingKeepsTheLastOfEachKeyInThePlaceOfTheFirst) {
  Topic<Tick> topic{"ticks"};
  Subscriber<Tick> subscriber{topic, kConflate, kTens};
  for (const int number : {11, 21, 31, 22, 12, 13})
    EXPECT_EQ(topic.publish(Tick{number}).delivered, 1U);
  EXPECT_EQ(take_all(subscriber), (std::vector{13, 22, 31}));
  EXPECT_EQ(subscriber.conflated(), 3U);
  EXPECT_EQ(subscriber.missed(), 0U);
  // What was taken is replaced no more.
  for (const int number : {32, 14}) static_cast<void>(topic.publish(Tick{number}));
  EXPECT_EQ(take_all(subscriber), (std::vector{32, 14}));
  EXPECT_EQ(topic.dropped(), 0U);
}

// Promises: D6
TEST(Subscriber, ConflatingMoreKeysThanItHasRoomForDropsTheOldestAndTells) {
  Topic<Tick> topic{"ticks"};
  Subscriber<Tick> subscriber{topic, kConflate, kTens};
  for (const int number : {11, 21, 31, 41, 51, 12}) static_cast<void>(topic.publish(Tick{number}));
  EXPECT_EQ(subscriber.try_next()->number, 41);
  EXPECT_EQ(subscriber.gap(), 3U);
  EXPECT_EQ(take_all(subscriber), (std::vector{51, 12}));
  EXPECT_EQ(subscriber.missed(), 3U);
  EXPECT_EQ(subscriber.conflated(), 0U);
}

// Promises: D6
TEST(Subscriber, ConflatingAPatternLooksAtTheKeyAloneWhateverTheTopic) {
  TopicRegistry registry;
  Subscriber<Tick> subscriber{registry, TopicPattern{"ticks.*"}, kConflate, kTens};
  static_cast<void>(registry.topic<Tick>("ticks.eu").publish(Tick{11}));
  static_cast<void>(registry.topic<Tick>("ticks.us").publish(Tick{12}));
  EXPECT_EQ(take_all(subscriber), (std::vector{12}));
}

// Promises: D6
TEST(Subscriber, ConflatingEndsTheReplacedMessageAndKeepsSharedOnes) {
  Topic<Tick> topic{"ticks"};
  Subscriber<Tick> subscriber{topic, kConflate, kTens};
  const auto first = Shared<Tick>::make(Tick{11});
  static_cast<void>(topic.publish(first));
  static_cast<void>(topic.publish(Tick{12}));
  EXPECT_EQ(first.use_count(), 1U);
  const auto last = Shared<Tick>::make(Tick{13});
  static_cast<void>(topic.publish(last));
  EXPECT_EQ(subscriber.next_shared().operator->(), last.operator->());
}

// Promises: D6, D7
TEST(Subscriber, OneThatFailsHasAPublicationRefusedAtOnce) {
  Topic<Tick> topic{"ticks"};
  Subscriber<Tick> subscriber{topic, {.capacity = 1, .overflow = Overflow::fail}};
  EXPECT_EQ(topic.publish(Tick{1}).delivered, 1U);
  EXPECT_EQ(topic.publish(Tick{2}).full, 1U);
  EXPECT_FALSE(topic.find_hindrance(nullptr).may_wait);
  EXPECT_EQ(take_all(subscriber), (std::vector{1}));
  EXPECT_EQ(subscriber.missed(), 0U);
}

TEST(Subscriber, RefusesOptionsThatMeanNothing) {
  Topic<Tick> topic{"ticks"};
  EXPECT_THROW((Subscriber<Tick>{topic, kConflate}), std::invalid_argument);
  EXPECT_THROW((Subscriber<Tick>{topic, {.capacity = 0}}), std::invalid_argument);
  EXPECT_EQ(topic.subscriber_count(), 0U);
}

}  // namespace
}  // namespace mycelium
