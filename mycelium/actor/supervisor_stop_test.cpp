#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>

#include "mycelium/actor/supervision_test.hpp"

namespace mycelium::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SupervisorStopTest : public SupervisionTest {};

// Promises: S7, X1
TEST_F(SupervisorStopTest, AChildHandlesWhatWaitsWithinItsShutdown) {
  const auto top = test_.supervise(supervisor("top", {}, member("a")));
  test_.run_until_idle();
  static_cast<void>(story_.take());
  for (const int number : {1, 2}) tell("a", Deed::nothing, number);
  system_.stop(top);
  test_.run_until_idle();
  EXPECT_EQ(story_.take(), (Lines{"a handles 1", "a handles 2", "stop a"}));
}

// Promises: S7, L3
TEST_F(SupervisorStopTest, OneThatTakesTooLongIsKilledWithoutItsOnStopAndTheOthersStopAfterIt) {
  const auto top = test_.supervise(
      supervisor("top", {}, member("a"), member("b", {.shutdown = seconds{2}}), member("c")));
  test_.run_until_idle();
  static_cast<void>(after("b", Deed::hang));
  system_.stop(top);
  test_.advance(seconds{2} - milliseconds{1});
  EXPECT_EQ(story_.take(), (Lines{"stop c"}));
  test_.advance(milliseconds{1});
  EXPECT_EQ(story_.take(), (Lines{"stop a"}));
  EXPECT_TRUE(system_.actors().empty());
  EXPECT_FALSE(test_.next_timer().has_value() && *test_.next_timer() < test_.now() + seconds{60});
}

// Promises: S7, L3
TEST_F(SupervisorStopTest, OneThatGetsNoTimeIsKilledAtOnce) {
  const auto top = test_.supervise(
      supervisor("top", {}, member("a"), member("b", {.shutdown = kKill}),
                 supervisor("inner", {.shutdown = kKill}, member("c"), member("d"))));
  test_.run_until_idle();
  static_cast<void>(story_.take());
  tell("b", Deed::nothing, 1);
  system_.stop(top);
  test_.run_until_idle();
  const Lines lines = story_.take();
  EXPECT_EQ(lines.back(), "stop a");
  EXPECT_LE(lines.size(), 2U);  // "b" may have handled its message before.
  EXPECT_TRUE(system_.actors().empty());
}

// Promises: S7
TEST_F(SupervisorStopTest, AnUnlimitedShutdownWaitsAsLongAsItTakes) {
  const auto top = test_.supervise(supervisor("top", {}, member("a", {.shutdown = kUnlimited})));
  test_.run_until_idle();
  static_cast<void>(after("a", Deed::hang));
  system_.stop(top);
  test_.advance(std::chrono::minutes{59});
  EXPECT_EQ(story_.take(), Lines{});
  test_.advance(std::chrono::minutes{2});
  EXPECT_EQ(story_.take(), (Lines{"stop a"}));
}

// Promises: X2, S3
TEST_F(SupervisorStopTest, ASystemsShutdownStopsTreesFromRightToLeftAndTheOutermostLast) {
  test_.spawn("first", [this](Context&) { return Member{story_, "first"}; });
  test_.supervise(
      supervisor("top", {}, member("a"), supervisor("inner", {}, member("b")), member("c")));
  test_.spawn("last", [this](Context&) { return Member{story_, "last"}; });
  test_.run_until_idle();
  static_cast<void>(story_.take());
  EXPECT_TRUE(system_.shutdown().empty());
  EXPECT_EQ(story_.take(), (Lines{"stop last", "stop c", "stop b", "stop a", "stop first"}));
}

// Promises: X2, S9
TEST_F(SupervisorStopTest, FailuresWhileTheSystemStopsRestartNobody) {
  test_.supervise(supervisor("top", {.strategy = Strategy::one_for_all}, member("a"), member("b")));
  test_.run_until_idle();
  static_cast<void>(story_.take());
  tell("a", Deed::fail);
  tell("b", Deed::fail);
  EXPECT_TRUE(system_.shutdown().empty());
  EXPECT_EQ(story_.count("start a") + story_.count("start b"), 0U);
  EXPECT_TRUE(system_.actors().empty());
}

// Promises: L3, S9
TEST_F(SupervisorStopTest, WhatOnStopThrowsHoldsUpNoRestartAndNoStop) {
  class Stubborn {
   public:
    using Handles = Messages<Order>;
    explicit Stubborn(int& ends) : ends_{&ends} {}
    Stubborn(Stubborn&& other) noexcept : ends_{std::exchange(other.ends_, nullptr)} {}
    ~Stubborn() {
      if (ends_ != nullptr) ++*ends_;
    }
    void on_stop(Context&) { throw std::runtime_error{"no stop"}; }
    void handle(const Order&) { throw std::runtime_error{"broken"}; }

   private:
    int* ends_;
  };
  int ends = 0;
  const auto top =
      test_.supervise(supervisor("top", {.strategy = Strategy::one_for_all}, member("a"),
                                 child("stubborn", [&](Context&) { return Stubborn{ends}; })));
  test_.run_until_idle();
  EXPECT_EQ(after("stubborn", Deed::nothing), (Lines{"stop a", "start a"}));
  EXPECT_EQ(ends, 1);
  system_.stop(top);
  test_.run_until_idle();
  EXPECT_EQ(ends, 2);
  EXPECT_EQ(failure(), "");
}

// Promises: S7, X2
TEST(SupervisorThreads, AChildWhoseHandlerDoesNotReturnIsGivenUpAndNamedByTheShutdown) {
  class Hung {
   public:
    using Handles = Messages<Order>;
    Hung(std::atomic<bool>& entered, std::atomic<bool>& released)
        : entered_{entered}, released_{released} {}
    void handle(const Order&) {
      entered_.store(true);
      entered_.notify_all();
      released_.wait(false);
    }

   private:
    std::atomic<bool>& entered_;
    std::atomic<bool>& released_;
  };
  Story story;
  std::atomic<bool> entered{false};
  std::atomic<bool> released{false};
  std::vector<std::string> late;
  {
    System system{{.workers = 2}};
    const auto top = system.supervise(
        supervisor("top", {.worker = 0},
                   child("a", [&](Context&) { return Member{story, "a"}; }, {.worker = 0}),
                   child("hung", [&](Context&) { return Hung{entered, released}; },
                         {.shutdown = kKill, .worker = 1})));
    const auto hung = system.lookup<Order>("hung").value();
    ASSERT_EQ(hung.try_send(Order{}), SendResult::ok);
    entered.wait(false);
    system.stop(top);
    // The supervisor goes on without it.
    EXPECT_TRUE(system.await_stopped(top, seconds{60}));
    EXPECT_EQ(story.lines.back(), "stop a");
    EXPECT_EQ(to_text(system.supervision_tree()), "hung: running\n");
    late = system.shutdown(milliseconds{1});
    released.store(true);
    released.notify_all();
  }
  EXPECT_TRUE(late.empty() || late.front().find("\"hung\"") != std::string::npos);
}

// Promises: S1, S5
TEST(SupervisorThreads, GroupsAcrossWorkersRestartWhileForeignThreadsSend) {
  class Fragile {
   public:
    using Handles = Messages<Order>;
    void handle(const Order& order) {
      if (order.number % 10 == 0) throw std::runtime_error{"fragile"};
    }
  };
  System system{{.workers = 3, .stall_limit = {}}};
  const RestartOptions often{.max_restarts = kRestartsMax};
  SupervisorSpec spec =
      supervisor("top", {.strategy = Strategy::one_for_all, .intensity = {kRestartsMax}});
  for (std::uint16_t worker = 0; worker < 3; ++worker) {
    spec.children.push_back(child("m" + std::to_string(worker), [](Context&) { return Fragile{}; },
                                  {.restart = often, .worker = worker}));
  }
  const auto top = system.supervise(std::move(spec));
  for (int number = 1; number <= 300; ++number) {
    const auto to = system.lookup<Order>("m" + std::to_string(number % 3)).value();
    ASSERT_EQ(to.send_blocking(Order{Deed::nothing, number}, seconds{60}), SendResult::ok);
    if (number % 50 == 0) {
      for (const SupervisionNode& node : system.supervision_tree()) EXPECT_EQ(node.name, "top");
    }
  }
  while (system.restarts() < 9) system.wait_for(milliseconds{1});  // Thirty fail, three restart.
  system.stop(top);
  EXPECT_TRUE(system.await_stopped(top, seconds{60}));
  EXPECT_TRUE(system.shutdown(seconds{60}).empty());
  EXPECT_FALSE(system.failure().has_value());
}

}  // namespace
}  // namespace mycelium::testing
