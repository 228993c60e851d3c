#include "mycelium/actor/conflating_subscription_test.hpp"

#include <gtest/gtest.h>

// Subscriptions of which only the last message of each key matters.
namespace mycelium::conflating_test {
namespace {

// Promises: D6
TEST_F(ConflatingSubscriptionTest, TheLastOfEachKeyTakesThePlaceOfTheOneThatWaits) {
  const auto screen = spawn_conflating();
  at_once(0, [&] {
    publish(1, 10);
    EXPECT_EQ(screen.try_send(Do{1}), SendResult::ok);
    publish(2, 20);
    publish(1, 11);
    publish(2, 21);
    publish(1, 12);
    EXPECT_EQ(owned_.use_count(), 1 + 2);
  });
  EXPECT_EQ(heard_, (Heard{"1=12", "do 1", "2=21"}));
  EXPECT_EQ(status().conflated, 3U);
  EXPECT_EQ(status().dropped, 0U);
  EXPECT_EQ(prices_.dropped(), 0U);
  EXPECT_EQ(owned_.use_count(), 1);
  // What has been handled is replaced no more.
  heard_.clear();
  at_once(0, [&] { publish(1, 13); });
  EXPECT_EQ(heard_, (Heard{"1=13"}));
}

// Promises: D6
TEST_F(ConflatingSubscriptionTest, OfMoreKeysThanThereIsRoomForTheOldestIsDroppedAndTold) {
  spawn_conflating();
  at_once(0, [&] {
    for (const int pair : {1, 2, 3, 4, 5}) publish(static_cast<std::uint64_t>(pair), pair * 10);
    publish(1, 11);
    publish(4, 41);
  });
  EXPECT_EQ(heard_, (Heard{"gap 3", "4=41", "5=50", "1=11"}));
  EXPECT_EQ(status().conflated, 1U);
  EXPECT_EQ(status().dropped, 3U);
  EXPECT_EQ(prices_.dropped(), 3U);
}

// Promises: D6
TEST_F(ConflatingSubscriptionTest, ItsKeysAreItsOwn) {
  // Given two topics with one key, and another message of it
  const auto screen = spawn([](Context& context) {
    context.subscribe<Price>("prices", kConflate);
    context.subscribe<Price>("others", kConflate);
    context.subscribe<Book>("books", {.overflow = Overflow::conflate});
  });
  at_once(0, [&] {
    publish(1, 10);
    EXPECT_EQ(system_.topic<Price>("others").publish(Price{1, 20}).delivered, 1U);
    EXPECT_EQ(system_.topic<Book>("books").publish(Book{1, 30}).delivered, 1U);
    EXPECT_EQ(screen.try_send(Price{1, 40}), SendResult::ok);  // No subscription's.
    publish(1, 11);
    EXPECT_EQ(system_.topic<Book>("books").publish(Book{1, 31}).delivered, 1U);
  });
  EXPECT_EQ(heard_, (Heard{"1=11", "1=20", "book 1=31", "1=40"}));
}

// Promises: D6
TEST_F(ConflatingSubscriptionTest, WhatComesFromElsewhereIsConflatedToo) {
  const auto books = [](Context& context) {
    context.subscribe<Price>("prices", kConflate);
    context.subscribe<Book>("books", kConflate);
  };
  spawn(books, 1);
  const auto publish_all = [&] {
    for (int number = 0; number < 20; ++number) {
      publish(1, number);
      EXPECT_EQ(system_.topic<Book>("books").publish(Book{2, number}).delivered, 1U);
    }
  };
  at_once(0, publish_all);
  EXPECT_EQ(heard_, (Heard{"1=19", "book 2=19"}));
  heard_.clear();
  publish_all();  // A foreign thread: no actor's.
  settle();
  EXPECT_EQ(heard_, (Heard{"1=19", "book 2=19"}));
  EXPECT_EQ(status().conflated, 4U * 19U);
}

// Promises: D6
TEST_F(ConflatingSubscriptionTest, TheOldestIsTheOneWhosePlaceIs) {
  spawn_conflating();
  at_once(0, [&] {
    for (const int pair : {1, 2, 3}) publish(static_cast<std::uint64_t>(pair), pair * 10);
    publish(1, 11);
    publish(4, 40);
    publish(1, 12);  // Which has no place any more, and gets a new one.
  });
  EXPECT_EQ(heard_, (Heard{"gap 2", "3=30", "4=40", "1=12"}));
}

// Promises: D6
TEST_F(ConflatingSubscriptionTest, ALowerBoundHoldsForWhatIsReplacedToo) {
  const auto screen = spawn_conflating();
  at_once(0, [&] {
    for (const int pair : {1, 2, 3}) publish(static_cast<std::uint64_t>(pair), pair * 10);
    prices_.subscribe(*screen.cell(), screen.id(), {Overflow::conflate, 1}, true);
    publish(3, 31);
  });
  EXPECT_EQ(heard_, (Heard{"gap 2", "3=31"}));
}

// Sleeps when it is told to, and writes down what it hears when it wakes.
class Sleeper {
 public:
  using Handles = Messages<Price, Do, Gap>;
  explicit Sleeper(Heard& heard) : heard_{&heard} {}
  static std::uint64_t conflation_key(const Price& price) noexcept { return price.pair; }
  void on_start(Context& context) { context.subscribe<Price>("prices", kConflate); }
  Task<> handle(const Do&, Context& context) { co_await context.sleep(std::chrono::seconds{1}); }
  void handle(const Price& price) { heard_->push_back(std::to_string(price.number)); }
  void handle(const Gap& gap) { heard_->push_back("gap " + std::to_string(gap.missed)); }

 private:
  Heard* heard_;
};

// Promises: D6
TEST_F(ConflatingSubscriptionTest, WhatFoundNoWayIsToldWithTheMessageThatReplaces) {
  const auto sleeper =
      system_.spawn("screen", [this](Context&) { return Sleeper{heard_}; }, {.worker = 1});
  EXPECT_EQ(sleeper.try_send(Do{1}), SendResult::ok);
  settle();
  // When more comes than the lane carries, and then one that gets through
  constexpr int kPublished = 10'000;
  std::uint64_t lost = 0;
  at_once(0, [&] {
    for (int number = 0; number < kPublished; ++number)
      lost += prices_.publish(Price{1, number}).dropped;
  });
  at_once(0, [&] { publish(1, kPublished); });
  clock_.advance(std::chrono::seconds{1});
  settle();
  // Then the one that waited in its place tells of those that did not come
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(heard_, (Heard{"gap " + std::to_string(lost), std::to_string(kPublished)}));
  EXPECT_EQ(status().conflated + lost, static_cast<std::uint64_t>(kPublished));
}

// Promises: D6
TEST_F(ConflatingSubscriptionTest, IsRefusedWhereTheClassTellsNoKeyOfTheMessage) {
  class Keyless {
   public:
    using Handles = Messages<Price, Do>;
    explicit Keyless(std::string& why) : why_{&why} {}
    static std::uint64_t conflation_key(const Do& what) noexcept {
      return static_cast<std::uint64_t>(what.what);
    }
    void on_start(Context& context) {
      context.subscribe<Do>("orders", kConflate);
      try {
        context.subscribe<Price>("prices", kConflate);
      } catch (const std::invalid_argument& error) {
        *why_ = error.what();
      }
    }
    void handle(const Price&) {}
    void handle(const Do&) {}

   private:
    std::string* why_;
  };
  std::string why;
  system_.spawn("keyless", [&](Context&) { return Keyless{why}; });
  settle();
  EXPECT_EQ(why,
            "actor \"keyless\" subscribes to Price with `conflate`, but its class does not say the "
            "key of one: `static std::uint64_t conflation_key(const Price&) noexcept`");
  EXPECT_EQ(prices_.subscriber_count(), 0U);
  EXPECT_EQ(system_.topic<Do>("orders").subscriber_count(), 1U);
}

}  // namespace
}  // namespace mycelium::conflating_test
