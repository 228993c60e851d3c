#include "mycelium/testing/probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace mycelium::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Order {
  std::int64_t amount;
};
MYCELIUM_MESSAGE(Order, 711, "test.order", amount)
struct Limit {
  std::int64_t most;
};
MYCELIUM_MESSAGE(Limit, 712, "test.limit", most)
struct GetLimit {
  using Reply = Limit;
  std::string account;
};
MYCELIUM_MESSAGE(GetLimit, 713, "test.get_limit", account)
struct Parcel {
  std::unique_ptr<int> content;
};
MYCELIUM_MESSAGE(Parcel, 714, "test.parcel", content)

std::string failure_of(const std::function<void()>& test) {
  try {
    test();
  } catch (const TestFailure& failure) {
    return failure.what();
  }
  ADD_FAILURE() << "the test has not failed";
  return {};
}

TEST(Probe, ExpectTakesTheFirstOfItsTypeAndLeavesTheOthers) {
  TestSystem system;
  Probe<Order, Limit> probe{system};
  for (const std::int64_t amount : {1, 2, 3}) {
    ASSERT_EQ(probe.ref().try_send(Order{amount}), SendResult::ok);
    ASSERT_EQ(probe.ref().try_send(Limit{amount * 100}), SendResult::ok);
  }
  EXPECT_EQ(probe.expect<Limit>().most, 100);
  EXPECT_EQ(probe.expect<Order>().amount, 1);
  EXPECT_EQ(probe.expect<Order>([](const Order& order) { return order.amount > 2; }).amount, 3);
  EXPECT_EQ(probe.expect<Order>().amount, 2);
  EXPECT_EQ(probe.expect<Limit>().most, 200);
  EXPECT_EQ(probe.expect<Limit>().most, 300);
  probe.expect_no_message();
  const std::vector<Order> all = probe.messages<Order>();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[2].amount, 3);
}

TEST(Probe, AFailedExpectationSaysWhatCameInstead) {
  TestSystem system;
  Probe<Order, Limit> probe{system, "desk"};
  EXPECT_THAT(failure_of([&] { probe.expect<Order>(); }),
              HasSubstr("the probe \"desk\" expected Order, and got nothing (at 0s)"));
  for (const std::int64_t amount : {7, 8}) {
    ASSERT_EQ(probe.ref().try_send(Limit{amount}), SendResult::ok);
  }
  EXPECT_THAT(failure_of([&] { probe.expect<Order>(); }),
              HasSubstr("expected Order, and got Limit{most = 7}, Limit{most = 8} ("));
  const auto wants_nine = [&] { probe.expect<Limit>([](const Limit& l) { return l.most == 9; }); };
  EXPECT_THAT(failure_of(wants_nine),
              HasSubstr("expected Limit that matches, and got Limit{most = 7}, Limit{most = 8}"));
  probe.expect<Limit>();
  EXPECT_THAT(failure_of([&] { probe.expect_no_message(); }),
              HasSubstr("the probe \"desk\" expected no message, and got Limit{most = 8} ("));
}

TEST(Probe, ALongListOfOthersEnds) {
  TestSystem system;
  Probe<Order, Limit> probe{system};
  for (std::int64_t amount = 1; amount <= 15; ++amount)
    ASSERT_EQ(probe.ref().try_send(Order{amount}), SendResult::ok);
  EXPECT_THAT(failure_of([&] { probe.expect<Limit>(); }),
              AllOf(HasSubstr("Order{amount = 10} and 5 more ("), Not(HasSubstr("= 11"))));
}

// Sends an order to the exchange some time after it was told to.
class Desk {
 public:
  using Handles = Messages<Order, Limit>;
  explicit Desk(RefTo<Order> exchange) : exchange_{exchange} {}
  void handle(const Limit& limit, Context& context) {
    context.after(milliseconds{5}, Order{limit.most});
    EXPECT_NE(context.sender().try_send(Limit{-1}), SendResult::full);
  }
  void handle(const Order& order) { EXPECT_EQ(exchange_.try_send(order), SendResult::ok); }

 private:
  RefTo<Order> exchange_;
};

TEST(Probe, TimePassesOnlyWhereATestSaysSo) {
  TestSystem system;
  Probe<Order> exchange{system};
  const auto desk = system.spawn([&](Context&) { return Desk{exchange.ref()}; });
  ASSERT_EQ(desk.try_send(Limit{10}), SendResult::ok);
  EXPECT_THAT(failure_of([&] { exchange.expect<Order>(); }),
              HasSubstr("and got nothing (at 0s); the next timer is due at 5ms"));
  exchange.expect_no_message(milliseconds{4});
  EXPECT_EQ(exchange.expect<Order>(milliseconds{10}).amount, 10);
  EXPECT_EQ(system.now(), Instant{milliseconds{5}});
  ASSERT_EQ(desk.try_send(Limit{11}), SendResult::ok);
  EXPECT_THAT(failure_of([&] { exchange.expect_no_message(milliseconds{5}); }),
              HasSubstr("expected no message, and got Order{amount = 11}"));
}

TEST(Probe, WhatItSendsNamesItAsTheSender) {
  TestSystem system;
  Probe<Limit, Order> probe{system};
  const auto desk = system.spawn([&](Context&) { return Desk{probe.ref()}; });
  EXPECT_EQ(probe.try_send(desk, Limit{10}), SendResult::ok);
  EXPECT_EQ(probe.expect<Limit>().most, -1);
}

// Asks for the limit before it orders.
class Careful {
 public:
  using Handles = Messages<Order>;
  Careful(RefTo<GetLimit> limits, RefTo<Order> exchange) : limits_{limits}, exchange_{exchange} {}
  Task<> handle(const Order& order, Context& context) {
    GetLimit request{"main"};
    const Result<Limit> limit = co_await context.ask(limits_, std::move(request), milliseconds{10});
    if (!limit) throw std::runtime_error{limit.error().code};
    if (limit->most < order.amount) co_return;
    EXPECT_EQ(exchange_.try_send(order), SendResult::ok);
  }

 private:
  RefTo<GetLimit> limits_;
  RefTo<Order> exchange_;
};

TEST(Probe, AnswersAsksInTheirOrderWhenItIsToldTo) {
  TestSystem system;
  Probe<GetLimit> limits{system, "limits"};
  Probe<Order> exchange{system};
  for (int count = 0; count < 2; ++count) {
    const auto desk = system.spawn([&](Context&) { return Careful{limits.ref(), exchange.ref()}; });
    ASSERT_EQ(desk.try_send(Order{50}), SendResult::ok);
  }
  EXPECT_EQ(limits.expect<GetLimit>().account, "main");
  limits.reply<GetLimit>(Limit{100});
  limits.expect<GetLimit>();
  limits.reply<GetLimit>(Limit{10});
  exchange.expect<Order>();
  exchange.expect_no_message();
  EXPECT_THAT(failure_of([&] { limits.reply<GetLimit>(Limit{10}); }),
              HasSubstr("the probe \"limits\" has no ask GetLimit to answer"));
}

TEST(Probe, AnAskThatIsNeverAnsweredEndsWithTheSystemAtTheLatest) {
  std::optional<Probe<GetLimit>> limits;
  {
    TestSystem system;
    limits.emplace(system);
    const auto answer = system.ask(limits->ref(), GetLimit{"a"}, milliseconds{3});
    EXPECT_EQ(answer.error().code, "timeout");
  }
  EXPECT_EQ(limits->messages<GetLimit>().size(), 1U);
}

TEST(Probe, HearsTopicsAndEndsOfActors) {
  TestSystem system;
  Probe<Order, Down> probe{system};
  probe.subscribe<Order>("orders");
  EXPECT_EQ(system.system().topic<Order>("orders").publish(Order{3}).delivered, 1U);
  EXPECT_EQ(probe.expect<Order>().amount, 3);
  const auto desk = system.spawn([&](Context&) { return Desk{probe.ref()}; });
  probe.watch(desk);
  system.run_until_idle();
  system.system().stop(desk);
  EXPECT_EQ(probe.expect<Down>().reason, DownReason::stopped);
}

TEST(Probe, KeepsMessagesThatCannotBeCopied) {
  TestSystem system;
  Probe<Parcel> probe{system};
  ASSERT_EQ(probe.ref().try_send(Parcel{std::make_unique<int>(7)}), SendResult::ok);
  EXPECT_EQ(*probe.expect<Parcel>().content, 7);
  ASSERT_EQ(probe.ref().try_send(Parcel{}), SendResult::ok);
  EXPECT_THAT(failure_of([&] { probe.expect_no_message(); }), HasSubstr("Parcel{content = ...}"));
}

TEST(Probe, AStoppedProbeSaysSo) {
  TestSystem system;
  Probe<Order> probe{system};
  system.system().stop(probe.ref());
  system.run_until_idle();
  EXPECT_THAT(failure_of([&] { probe.subscribe<Order>(); }), HasSubstr("has been stopped"));
}

}  // namespace
}  // namespace mycelium::testing
