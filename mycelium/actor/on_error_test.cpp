#include <gtest/gtest.h>

#include <exception>
#include <stdexcept>
#include <string>

#include "mycelium/actor/supervision_test.hpp"

namespace mycelium::testing {
namespace {

struct Throw {
  int value;
};
MYCELIUM_MESSAGE(Throw, 882, "test.on_error.throw", value)
struct Slowly {
  int value;
};
MYCELIUM_MESSAGE(Slowly, 883, "test.on_error.slowly", value)

// Fails with a number, and decides by that number; -1: it does not know.
class Judge {
 public:
  using Handles = Messages<Throw, Slowly>;
  explicit Judge(Lines& lines) : lines_{&lines} {}

  void on_stop(Context&) { lines_->push_back("stop with " + std::to_string(handled_)); }
  void handle(const Throw& order) { act(order.value); }
  Task<> handle(const Slowly& order, Context& context) {
    co_await context.sleep(std::chrono::seconds{1});
    act(order.value);
  }
  Decision on_error(const Failure& failure, Context& context) {
    lines_->push_back(context.name() + " failed in " +
                      std::string{failure.message != nullptr ? failure.message->name : "on_start"} +
                      " with " + std::string{failure.what});
    try {
      std::rethrow_exception(failure.exception);
    } catch (const std::runtime_error& error) {
      const int value = std::stoi(error.what());  // Throws for what is no number.
      return static_cast<Decision>(value);
    }
  }

 private:
  void act(int value) {
    ++handled_;
    if (value == -1) throw std::runtime_error{"no number"};
    if (value >= 0) throw std::runtime_error{std::to_string(value)};
  }

  Lines* lines_;
  int handled_ = 0;
};

class OnErrorTest : public SupervisionTest {
 protected:
  void start(Restart type = Restart::permanent) {
    test_.supervise(supervisor(
        "top", {.restart = {.max_restarts = 0}},
        child("judge", [&](Context&) { return Judge{lines_}; }, {.restart = {.restart = type}})));
    test_.run_until_idle();
  }
  template <typename M = Throw>
  Lines after(int value) {
    lines_.clear();
    test_.send(system_.lookup<Judge>("judge").value(), M{value});
    test_.advance(std::chrono::seconds{2});
    return lines_;
  }
  std::uint64_t restarts() { return system_.restarts(); }
  bool judge_lives() { return system_.lookup<Judge>("judge").has_value(); }

  Lines& lines_ = story_.lines;  // Outlives the system.
};

// Promises: S8
TEST_F(OnErrorTest, RestartIsANewObject) {
  start();
  EXPECT_EQ(after(0), (Lines{"judge failed in Throw with 0", "stop with 1"}));
  EXPECT_EQ(after(0), (Lines{"judge failed in Throw with 0", "stop with 1"}));
  EXPECT_EQ(restarts(), 2U);
}

// Promises: S8
TEST_F(OnErrorTest, ResumeKeepsTheObjectAndLosesTheMessage) {
  start();
  EXPECT_EQ(after(1), (Lines{"judge failed in Throw with 1"}));
  EXPECT_EQ(after<Slowly>(1), (Lines{"judge failed in Slowly with 1"}));
  EXPECT_EQ(after(0).back(), "stop with 3");
  EXPECT_EQ(restarts(), 1U);
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::poison), 3U);
}

// Promises: S8
TEST_F(OnErrorTest, StopIsFinalAlthoughTheActorIsPermanent) {
  start();
  EXPECT_EQ(after(2).back(), "stop with 1");
  EXPECT_FALSE(judge_lives());
  EXPECT_EQ(failure(), "");
}

// Promises: S8, S5
TEST_F(OnErrorTest, EscalateFailsTheSupervisor) {
  start();
  EXPECT_EQ(after(3).back(), "stop with 1");
  EXPECT_EQ(failure(),
            "supervisor \"top\" failed more than 0 times within 10 s, the last time with: actor "
            "\"judge\" escalated: 3");
}

// Promises: S8
TEST_F(OnErrorTest, WhatItThrowsItselfEscalates) {
  start();
  EXPECT_EQ(after(-1).back(), "stop with 1");
  EXPECT_NE(failure().find("actor \"judge\" escalated: no number"), std::string::npos);
}

// Promises: S8, S2
TEST_F(OnErrorTest, ItNeverWidensTheRestartType) {
  start(Restart::temporary);
  EXPECT_EQ(after(0).back(), "stop with 1");
  EXPECT_FALSE(judge_lives());
  EXPECT_EQ(restarts(), 0U);
}

// Promises: S8, L2
TEST_F(OnErrorTest, AnObjectThatDidNotStartCannotResume) {
  class Late {
   public:
    using Handles = Messages<Throw>;
    explicit Late(int& starts) : starts_{&starts} {}
    void on_start(Context&) {
      if (++*starts_ < 3) throw std::runtime_error{"not yet"};
    }
    void handle(const Throw&) {}
    Decision on_error(const Failure& failure, Context&) {
      EXPECT_EQ(failure.message, nullptr);
      return Decision::resume;
    }

   private:
    int* starts_;
  };
  int starts = 0;
  test_.spawn("late", [&](Context&) { return Late{starts}; });
  test_.run_until_idle();
  EXPECT_EQ(starts, 3);
  EXPECT_EQ(system_.supervision_tree().front().state, ActorState::running);
}

// State that is handed over: a sum, and how it can fail.
class Sum {
 public:
  using Handles = Messages<Throw, Slowly>;
  Sum(Lines& lines, int& bad_restores) : lines_{&lines}, bad_restores_{&bad_restores} {}

  void on_start(Context&) { lines_->push_back("from " + std::to_string(sum_)); }
  int snapshot() const { return sum_; }
  void restore(const int& sum) {
    if ((*bad_restores_)-- > 0) throw std::runtime_error{"cannot restore"};
    sum_ = sum;
  }
  void handle(const Throw& order) {
    sum_ += order.value;  // Before it fails: half done.
    if (order.value < 0) throw std::runtime_error{"negative"};
  }
  Task<> handle(const Slowly& order, Context& context) {
    co_await context.sleep(std::chrono::milliseconds{1});
    sum_ += order.value;
  }

 private:
  Lines* lines_;
  int* bad_restores_;
  int sum_ = 0;
};

class SnapshotTest : public SupervisionTest {
 protected:
  void send(int value) {
    test_.send(system_.lookup<Sum>("sum").value(), Throw{value});
    test_.run_until_idle();
  }
  void start() {
    test_.spawn("sum", [&](Context&) { return Sum{lines_, bad_restores_}; });
    test_.run_until_idle();
  }

  Lines& lines_ = story_.lines;
  int bad_restores_ = 0;
};

// Promises: L4
TEST_F(SnapshotTest, ARestartResumesFromTheStateAfterTheLastMessageThatWasHandled) {
  start();
  send(1);
  send(2);
  send(-100);  // What this one has changed is not good.
  EXPECT_EQ(lines_, (Lines{"from 0", "from 3"}));
  send(-100);  // Nothing was handled since.
  test_.send(system_.lookup<Sum>("sum").value(), Slowly{4});
  test_.advance(std::chrono::milliseconds{1});
  send(-100);
  EXPECT_EQ(lines_, (Lines{"from 0", "from 3", "from 3", "from 7"}));
}

// Promises: L4, S6
TEST_F(SnapshotTest, AStateThatCannotBeRestoredIsAFailureAndGivenUp) {
  start();
  send(5);
  bad_restores_ = 1;
  send(-1);
  EXPECT_EQ(lines_, (Lines{"from 0", "from 0"}));
  EXPECT_EQ(system_.restarts(), 2U);
}

}  // namespace
}  // namespace mycelium::testing
