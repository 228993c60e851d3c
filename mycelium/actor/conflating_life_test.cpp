#include <gtest/gtest.h>

#include "mycelium/actor/conflating_subscription_test.hpp"

// What becomes of conflated messages when their reader, or its subscription, changes.
namespace mycelium::conflating_test {
namespace {

// Promises: D6, L4
TEST_F(ConflatingSubscriptionTest, ARestartKeepsWhatWaitsAndItsKeys) {
  spawn_conflating();
  at_once(0, [&] {
    publish(1, -1);
    publish(2, 20);
  });
  EXPECT_EQ(heard_, (Heard{"1=-1", "2=20"}));
  EXPECT_EQ(status().restarts, 1U);
  heard_.clear();
  at_once(0, [&] {
    publish(1, 10);
    publish(1, 11);
  });
  EXPECT_EQ(heard_, (Heard{"1=11"}));
}

// Promises: D6
TEST_F(ConflatingSubscriptionTest, ABehaviourGetsWhatIsConflatedByItsClass) {
  const auto screen = spawn_conflating();
  EXPECT_EQ(screen.try_send(Do{7}), SendResult::ok);
  settle();
  at_once(0, [&] {
    publish(1, 10);
    publish(1, 11);
  });
  EXPECT_EQ(heard_, (Heard{"do 7", "quiet 11"}));
}

// Promises: D6, D7
TEST_F(ConflatingSubscriptionTest, ASecondSubscriptionChangesThePolicyOfWhatComes) {
  const auto screen = spawn_conflating();
  const auto subscribe = [&](const SubscriptionOptions& options) {
    prices_.subscribe(*screen.cell(), screen.id(), options, true);
  };
  at_once(0, [&] {
    publish(1, 10);
    publish(1, 11);
    // From now on each counts, and the oldest is dropped.
    subscribe({Overflow::drop_oldest, 3});
    for (const int number : {12, 13, 14}) publish(1, number);
    // And from now on the last again: of those that come.
    subscribe(kConflate);
    publish(1, 15);
    publish(2, 20);
    publish(1, 16);
  });
  EXPECT_EQ(heard_, (Heard{"gap 3", "1=14", "1=16", "2=20"}));
  EXPECT_EQ(status().conflated, 2U);
}

// Promises: D2, D6
TEST_F(ConflatingSubscriptionTest, NothingOvertakesWhatCameWhileTheSubscriptionWantedAll) {
  const auto screen = spawn_conflating();
  at_once(0, [&] {
    publish(1, 10);
    prices_.subscribe(*screen.cell(), screen.id(), {Overflow::block}, true);
    publish(1, 11);
    prices_.subscribe(*screen.cell(), screen.id(), kConflate, true);
    publish(1, 12);
    prices_.unsubscribe(screen.id());
    prices_.subscribe(*screen.cell(), screen.id(), kConflate, true);
    publish(1, 13);
  });
  EXPECT_EQ(heard_, (Heard{"1=10", "1=11", "1=12", "1=13"}));
}

// Promises: D6
TEST_F(ConflatingSubscriptionTest, WhatIsTakenOutForACoroutineThatWaitsIsReplacedNoMore) {
  class Waiter {
   public:
    using Handles = Messages<Do, Price>;
    using Interleaved = Messages<Price>;
    explicit Waiter(Heard& heard) : heard_{&heard} {}
    static std::uint64_t conflation_key(const Price& price) noexcept { return price.pair; }
    void on_start(Context& context) { context.subscribe<Price>("prices", kConflate); }
    Task<> handle(const Do&, Context& context) {
      co_await context.sleep(std::chrono::seconds{1});
      heard_->push_back("done");
    }
    void handle(const Price& price) { heard_->push_back(std::to_string(price.number)); }

   private:
    Heard* heard_;
  };
  const auto waiter =
      system_.spawn("screen", [this](Context&) { return Waiter{heard_}; }, {.worker = 0});
  settle();
  at_once(0, [&] {
    publish(1, 10);
    EXPECT_EQ(waiter.try_send(Do{1}), SendResult::ok);
    publish(2, 20);
    publish(2, 21);
  });
  at_once(0, [&] { publish(2, 22); });
  EXPECT_EQ(heard_, (Heard{"10", "21", "22"}));
}

// Promises: D6
TEST_F(ConflatingSubscriptionTest, AReaderThatStandsStillKeepsOneMessageOfEachKey) {
  class Stuck {
   public:
    using Handles = Messages<Price>;
    static std::uint64_t conflation_key(const Price& price) noexcept { return price.pair; }
    void on_start(Context& context) { context.subscribe<Price>("prices", kConflate); }
    Task<> handle(const Price&, Context& context) { co_await context.sleep(std::chrono::hours{1}); }
  };
  const auto stuck = system_.spawn("screen", [](Context&) { return Stuck{}; }, {.worker = 0});
  settle();
  for (int number = 0; number < 1'000; ++number)
    at_once(0, [&] { publish(static_cast<std::uint64_t>(number % 2), number); });
  EXPECT_EQ(owned_.use_count(), 1 + 1 + 2);
  EXPECT_EQ(status().conflated, 997U);
  system_.stop(stuck, StopMode::discard);
  settle();
  EXPECT_EQ(owned_.use_count(), 1);
}

}  // namespace
}  // namespace mycelium::conflating_test
