#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;
using Log = std::vector<std::string>;

struct Open {};
MYCELIUM_MESSAGE(Open, 501, "test.open")
struct Close {};
MYCELIUM_MESSAGE(Close, 502, "test.close")
struct Knock {
  int number;
};
MYCELIUM_MESSAGE(Knock, 503, "test.knock", number)
struct CountKnocks {
  using Reply = Knock;
};
MYCELIUM_MESSAGE(CountKnocks, 504, "test.count_knocks")
struct Break {};
MYCELIUM_MESSAGE(Break, 505, "test.break")

// A door that puts knocks aside while it is closed.
class Door {
 public:
  using Handles = Messages<Open, Close, Knock, CountKnocks, Break>;
  explicit Door(Log& log) : log_{&log} {}

  void handle(const Open&, Context& context) {
    log_->push_back("open");
    context.become(Opened{*this});
    context.unstash_all();
  }
  void handle(const Close&) { log_->push_back("closed already"); }
  void handle(const Knock& knock, Context& context) {
    if (!context.stash()) log_->push_back("no room for " + std::to_string(knock.number));
  }
  Knock handle(const CountKnocks&) { return Knock{knocks_}; }
  void handle(const Break&) { throw std::runtime_error{"broken"}; }

 private:
  struct Opened {
    using Handles = Messages<Knock, Close>;
    Door& door;
    void handle(const Knock& knock) {
      ++door.knocks_;
      door.log_->push_back("knock " + std::to_string(knock.number));
    }
    void handle(const Close&, Context& context) {
      door.log_->push_back("close");
      context.unbecome();
    }
  };

  Log* log_;
  int knocks_ = 0;
};

class BehaviourTest : public ::testing::Test {
 protected:
  void settle() {
    while (system_.step() > 0) {
    }
  }

  Log log_;
  ManualClock clock_;
  System system_{{.workers = 2, .clock = &clock_, .drive = Drive::manual}};
  RefTo<Open, Close, Knock, CountKnocks, Break> door_ =
      system_.spawn("door", [this](Context&) { return Door{log_}; }, {.mailbox = {.capacity = 4}});
};

TEST_F(BehaviourTest, AnotherBehaviourHandlesWhatItNamesAndTheActorTheRest) {
  for (const auto send : {true, false}) {
    static_cast<void>(send);
    ASSERT_EQ(door_.try_send(Open{}), SendResult::ok);
    ASSERT_EQ(door_.try_send(Knock{1}), SendResult::ok);
    ASSERT_EQ(door_.try_send(Close{}), SendResult::ok);
    ASSERT_EQ(door_.try_send(Close{}), SendResult::ok);
    settle();
    EXPECT_EQ(log_, (Log{"open", "knock 1", "close", "closed already"}));
    log_.clear();
  }
}

TEST_F(BehaviourTest, WhatWasPutAsideComesFirstAndInItsOrder) {
  for (int number = 1; number <= 3; ++number)
    ASSERT_EQ(door_.try_send(Knock{number}), SendResult::ok);
  settle();
  EXPECT_EQ(log_, Log{});
  ASSERT_EQ(door_.try_send(Open{}), SendResult::ok);
  ASSERT_EQ(door_.try_send(Knock{4}), SendResult::ok);
  settle();
  EXPECT_EQ(log_, (Log{"open", "knock 1", "knock 2", "knock 3", "knock 4"}));
}

TEST_F(BehaviourTest, AsManyArePutAsideAsTheMailboxHolds) {
  for (int number = 1; number <= 5; ++number) {
    ASSERT_EQ(door_.try_send(Knock{number}), SendResult::ok);
    settle();
  }
  EXPECT_EQ(log_, Log{"no room for 5"});
}

// Promises: L4
TEST_F(BehaviourTest, ARestartEndsTheBehaviourAndKeepsWhatWasPutAside) {
  ASSERT_EQ(door_.try_send(Knock{1}), SendResult::ok);
  ASSERT_EQ(door_.try_send(Break{}), SendResult::ok);
  settle();
  ASSERT_EQ(door_.try_send(Open{}), SendResult::ok);
  settle();
  EXPECT_EQ(log_, (Log{"open", "knock 1"}));
  ASSERT_EQ(door_.try_send(Break{}), SendResult::ok);
  ASSERT_EQ(door_.try_send(Close{}), SendResult::ok);
  settle();
  EXPECT_EQ(log_, (Log{"open", "knock 1", "closed already"}));
  EXPECT_EQ(system_.restarts(), 2U);
}

// Promises: L4
TEST_F(BehaviourTest, WhatWasPutAsideWaitsAgainAfterARestartBeforeAllElse) {
  struct Hesitant {
    using Handles = Messages<Knock, Break>;
    Log* log;
    void handle(const Knock& knock, Context& context) {
      if (context.restarts() > 0) return log->push_back("knock " + std::to_string(knock.number));
      EXPECT_TRUE(context.stash());
    }
    void handle(const Break&) { throw std::runtime_error{"broken"}; }
  };
  const auto hesitant = system_.spawn([this](Context&) { return Hesitant{&log_}; });
  ASSERT_EQ(hesitant.try_send(Knock{1}), SendResult::ok);
  ASSERT_EQ(hesitant.try_send(Break{}), SendResult::ok);
  ASSERT_EQ(hesitant.try_send(Knock{2}), SendResult::ok);
  settle();
  EXPECT_EQ(log_, (Log{"knock 1", "knock 2"}));
}

// Promises: D9
TEST_F(BehaviourTest, WhatIsAsideWhenTheActorStopsIsADeadLetter) {
  ASSERT_EQ(door_.try_send(Knock{1}), SendResult::ok);
  settle();
  system_.stop(door_);
  settle();
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::stopped), 1U);
}

TEST_F(BehaviourTest, MessagesFromAnotherWorkerFollowTheBehaviourToo) {
  struct Sender {
    using Handles = Messages<Open>;
    RefTo<Open, Close, Knock, CountKnocks, Break> door;
    void handle(const Open&) {
      EXPECT_EQ(door.try_send(Knock{1}), SendResult::ok);
      EXPECT_EQ(door.try_send(Open{}), SendResult::ok);
      EXPECT_EQ(door.try_send(Knock{2}), SendResult::ok);
    }
  };
  const auto sender =
      system_.spawn("sender", [&](Context&) { return Sender{door_}; }, {.worker = 1});
  ASSERT_EQ(sender.try_send(Open{}), SendResult::ok);
  settle();
  EXPECT_EQ(log_, (Log{"open", "knock 1", "knock 2"}));
}

struct Work {
  int number;
};
MYCELIUM_MESSAGE(Work, 506, "test.work", number)
struct KillSwitch {
  int number;
};
MYCELIUM_MESSAGE(KillSwitch, 507, "test.kill_switch", number)

// Works for a while, and hears the kill switch meanwhile.
class Machine {
 public:
  using Handles = Messages<Work, KillSwitch>;
  using Interleaved = Messages<KillSwitch>;
  explicit Machine(Log& log) : log_{&log} {}

  Task<> handle(const Work& work, Context& context) {
    log_->push_back("begin " + std::to_string(work.number));
    co_await context.sleep(milliseconds{10});
    log_->push_back("end " + std::to_string(work.number));
  }
  void handle(const KillSwitch& kill, Context& context) {
    log_->push_back("kill " + std::to_string(kill.number));
    if (kill.number == kFinal) context.stop();
    if (kill.number == kBroken) throw std::runtime_error{"broken"};
  }
  static constexpr int kFinal = 100;
  static constexpr int kBroken = 101;

 private:
  Log* log_;
};

class InterleavedTest : public ::testing::Test {
 protected:
  void settle() {
    while (system_.step() > 0) {
    }
  }
  void pass(milliseconds time) {
    clock_.advance(time);
    settle();
  }

  Log log_;
  ManualClock clock_;
  System system_{{.clock = &clock_, .drive = Drive::manual}};
  RefTo<Work, KillSwitch> machine_ =
      system_.spawn("machine", [this](Context&) { return Machine{log_}; });
};

TEST_F(InterleavedTest, RunsWhileAnotherHandlerWaitsAndTheRestDoesNot) {
  ASSERT_EQ(machine_.try_send(Work{1}), SendResult::ok);
  ASSERT_EQ(machine_.try_send(Work{2}), SendResult::ok);
  ASSERT_EQ(machine_.try_send(KillSwitch{1}), SendResult::ok);
  settle();
  EXPECT_EQ(log_, (Log{"begin 1", "kill 1"}));
  ASSERT_EQ(machine_.try_send(KillSwitch{2}), SendResult::ok);
  settle();
  EXPECT_EQ(log_, (Log{"begin 1", "kill 1", "kill 2"}));
  pass(milliseconds{10});
  pass(milliseconds{10});
  EXPECT_EQ(log_, (Log{"begin 1", "kill 1", "kill 2", "end 1", "begin 2", "end 2"}));
}

// More than its room of 64 wait in the mailbox and are still handled in their order.
TEST_F(InterleavedTest, KeepsTheOrderOfItsOwnBeyondItsRoom) {
  ASSERT_EQ(machine_.try_send(Work{1}), SendResult::ok);
  settle();
  Log expected{"begin 1"};
  for (int number = 1; number <= 99; ++number) {
    ASSERT_EQ(machine_.try_send(KillSwitch{number}), SendResult::ok);
    expected.push_back("kill " + std::to_string(number));
  }
  settle();
  pass(milliseconds{10});
  expected.push_back("end 1");
  Log sorted = log_;
  EXPECT_EQ(log_.size(), expected.size());
  std::erase_if(sorted, [](const std::string& line) { return !line.starts_with("kill"); });
  std::erase_if(expected, [](const std::string& line) { return !line.starts_with("kill"); });
  EXPECT_EQ(sorted, expected);
}

// Promises: L4
TEST_F(InterleavedTest, MayStopOrBreakTheActorWhoseHandlerWaits) {
  ASSERT_EQ(machine_.try_send(Work{1}), SendResult::ok);
  ASSERT_EQ(machine_.try_send(KillSwitch{Machine::kBroken}), SendResult::ok);
  settle();
  EXPECT_EQ(system_.restarts(), 1U);
  ASSERT_EQ(machine_.try_send(Work{2}), SendResult::ok);
  ASSERT_EQ(machine_.try_send(KillSwitch{Machine::kFinal}), SendResult::ok);
  settle();
  pass(milliseconds{20});
  EXPECT_EQ(log_, (Log{"begin 1", "kill 101", "begin 2", "kill 100"}));
  EXPECT_EQ(machine_.try_send(Work{3}), SendResult::closed);
  // The poison, and the two whose handlers never ended.
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::poison), 1U);
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::stopped), 2U);
}

}  // namespace
}  // namespace mycelium
