#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Job {
  int number;
  std::shared_ptr<int> owned;
};
MYCELIUM_MESSAGE(Job, 131, "test.job", number, owned)
struct Quit {};
MYCELIUM_MESSAGE(Quit, 132, "test.quit")

using Lines = std::vector<std::string>;

// Notes what it does under its name; hands each job on to the next, and says goodbye to it.
class Stage {
 public:
  using Handles = Messages<Job, Quit>;
  Stage(std::string name, Lines& lines, RefTo<Job> next)
      : name_{std::move(name)}, lines_{&lines}, next_{next} {}
  void on_start(Context&) { lines_->push_back("start " + name_); }
  void on_stop(Context&) {
    lines_->push_back("stop " + name_);
    static_cast<void>(next_.try_send(Job{-1, nullptr}));
  }
  void handle(const Job& job) {
    lines_->push_back(name_ + " " + std::to_string(job.number));
    static_cast<void>(next_.try_send(job));
  }
  void handle(const Quit&, Context& context) { context.stop(); }

 private:
  std::string name_;
  Lines* lines_;
  RefTo<Job> next_;
};

class StopTest : public ::testing::Test {
 protected:
  RefTo<Job, Quit> spawn(const std::string& name, RefTo<Job> next = {}, std::uint16_t worker = 0) {
    return system_.spawn(name, [=, this](Context&) { return Stage{name, lines_, next}; },
                         {.worker = worker});
  }
  void settle() {
    while (system_.step() > 0) {
    }
  }
  std::uint64_t dead(DeadLetterReason reason) { return system_.dead_letters().count(reason); }

  ManualClock clock_;
  Lines lines_;
  System system_{{.workers = 2, .actors_max = 8, .clock = &clock_, .drive = Drive::manual}};
};

// Promises: X1, X2
TEST_F(StopTest, ShutdownGoesInReverseStartOrderAndEachHandlesWhatWaits) {
  // Given a chain over two workers, the last stage started first
  const auto sink = spawn("sink", {}, 1);
  const auto source = spawn("source", sink, 0);
  ASSERT_EQ(source.try_send(Job{1, nullptr}), SendResult::ok);
  ASSERT_EQ(source.try_send(Job{2, nullptr}), SendResult::ok);
  // When the system stops before anything was handled
  EXPECT_TRUE(system_.shutdown().empty());
  // Then all that was accepted has gone through the whole chain, the goodbye of the source's stop
  // included
  const auto sources_stop = std::find(lines_.begin(), lines_.end(), "stop source");
  const auto sinks_stop = std::find(lines_.begin(), lines_.end(), "stop sink");
  EXPECT_LT(sources_stop, sinks_stop);
  Lines sinks;
  std::copy_if(
      lines_.begin(), lines_.end(), std::back_inserter(sinks),
      [](const std::string& line) { return line.ends_with("sink") || line.starts_with("sink"); });
  EXPECT_EQ(sinks, (Lines{"start sink", "sink 1", "sink 2", "sink -1", "stop sink"}));
  EXPECT_EQ(system_.dead_letters().total(), 0U);
}

// Promises: X1, X2
TEST_F(StopTest, ShutdownOfActorsOfOneWorkerGoesInThatOrderAndHandlesWhatWaitsToo) {
  const auto sink = spawn("sink");
  const auto source = spawn("source", sink);
  ASSERT_EQ(source.try_send(Job{1, nullptr}), SendResult::ok);
  ASSERT_EQ(source.try_send(Job{2, nullptr}), SendResult::ok);
  EXPECT_TRUE(system_.shutdown().empty());
  EXPECT_EQ(lines_, (Lines{"start sink", "start source", "source 1", "source 2", "stop source",
                           "sink 1", "sink 2", "sink -1", "stop sink"}));
  EXPECT_EQ(system_.dead_letters().total(), 0U);
}

// Promises: X1
TEST_F(StopTest, AfterItNobodyTakesMessagesAndASecondOneDoesNothing) {
  const auto stage = spawn("stage");
  EXPECT_TRUE(system_.shutdown().empty());
  EXPECT_TRUE(system_.shutdown().empty());
  EXPECT_EQ(stage.try_send(Job{1, nullptr}), SendResult::closed);
  EXPECT_EQ(lines_, (Lines{"start stage", "stop stage"}));
  EXPECT_TRUE(system_.actors().empty());
}

// Promises: L3, D9
TEST_F(StopTest, WhoStopsItselfGivesUpWhatWaits) {
  const auto owned = std::make_shared<int>(0);
  const auto stage = spawn("stage");
  ASSERT_EQ(stage.try_send(Job{1, owned}), SendResult::ok);
  ASSERT_EQ(stage.try_send(Quit{}), SendResult::ok);
  ASSERT_EQ(stage.try_send(Job{2, owned}), SendResult::ok);
  ASSERT_EQ(stage.try_send(Job{3, owned}), SendResult::ok);
  settle();
  EXPECT_EQ(lines_, (Lines{"start stage", "stage 1", "stop stage"}));
  EXPECT_EQ(dead(DeadLetterReason::stopped), 2U);
  EXPECT_EQ(owned.use_count(), 1);
}

// Promises: D9
TEST_F(StopTest, AMessageToAnActorThatStoppedOnTheWayIsADeadLetter) {
  // Given a message of a foreign thread behind one that stops its receiver
  const auto owned = std::make_shared<int>(0);
  const auto stage = spawn("stage", {}, 1);
  settle();
  ASSERT_EQ(stage.try_send(Quit{}), SendResult::ok);
  // And one that is in a lane when its receiver stops
  const auto relay = spawn("relay", stage, 0);
  ASSERT_EQ(relay.try_send(Job{2, owned}), SendResult::ok);
  // When worker 0 sends, and then the receiver's worker sees the stop first
  settle();
  // Then it is counted, and its memory returned
  EXPECT_EQ(owned.use_count(), 1);
  const auto handled = std::count(lines_.begin(), lines_.end(), "stage 2");
  EXPECT_EQ(dead(DeadLetterReason::stale_ref) + dead(DeadLetterReason::stopped) +
                static_cast<std::uint64_t>(handled),
            1U);
}

// Promises: D9
TEST_F(StopTest, AForeignThreadsMessageThatCameTooLateIsCountedAsADeadLetter) {
  const auto stage = spawn("stage");
  const auto owned = std::make_shared<int>(0);
  settle();
  ASSERT_EQ(stage.try_send(Quit{}), SendResult::ok);
  settle();
  // Given a ref that was good when the thread looked: as if it had been overtaken by the stop
  spawn("again");
  settle();
  ASSERT_TRUE(detail::inject_message(*stage.cell(), stage.id(), Job{1, owned}));
  settle();
  EXPECT_EQ(dead(DeadLetterReason::stale_ref), 1U);
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_EQ(lines_, (Lines{"start stage", "stop stage", "start again"}));
}

// Promises: D9, D4
TEST_F(StopTest, AStaleRefNeverReachesTheNextHolderOfThePlace) {
  // Given refs to many actors that have come and gone on a few places
  std::vector<RefTo<Job, Quit>> stale;
  for (int round = 0; round < 100; ++round) {
    const auto stage = spawn("stage", {}, static_cast<std::uint16_t>(round % 2));
    ASSERT_EQ(stage.try_send(Quit{}), SendResult::ok);
    settle();
    stale.push_back(stage);
  }
  std::vector<RefTo<Job, Quit>> live{spawn("left", {}, 0), spawn("right", {}, 1)};
  settle();
  EXPECT_LT(live.front().id().slot(), 8U);
  EXPECT_GT(live.front().id().generation(), 1U);  // A place that was used before.
  lines_.clear();
  // When all of them are used, by an actor and from outside
  for (const auto& ref : stale) {
    EXPECT_EQ(ref.try_send(Job{1, nullptr}), SendResult::closed);
    const auto relay = spawn("relay", ref, 0);
    ASSERT_EQ(relay.try_send(Job{2, nullptr}), SendResult::ok);
    ASSERT_EQ(relay.try_send(Quit{}), SendResult::ok);
    settle();
  }
  // Then the living have got nothing
  EXPECT_EQ(std::count_if(lines_.begin(), lines_.end(),
                          [](const std::string& line) {
                            return line.starts_with("left") || line.starts_with("right");
                          }),
            0);
}

// Arms a timer that stops belonging to anybody.
class Sleeper {
 public:
  using Handles = Messages<Job, Quit>;
  explicit Sleeper(Lines& lines) : lines_{&lines} {}
  // Too late for itself: nobody may get it.
  void on_stop(Context& context) { context.after(seconds{1}, Job{8, nullptr}); }
  void handle(const Job& job, Context& context) {
    if (job.number == 0) {
      context.after(seconds{1}, Job{7, job.owned});
      context.stop();
    }
    lines_->push_back("sleeper " + std::to_string(job.number));
  }
  void handle(const Quit&) {}

 private:
  Lines* lines_;
};

// Promises: T1, L4
TEST(Stop, ATimerOfAnEarlierHolderNeverReachesTheNextHolderOfItsPlace) {
  // Given a place whose holder armed a timer and stopped
  ManualClock clock;
  Lines lines;
  System system{{.actors_max = 1, .clock = &clock, .drive = Drive::manual}};
  const auto settle = [&] {
    while (system.step() > 0) {
    }
  };
  const auto owned = std::make_shared<int>(0);
  const auto first = system.spawn("first", [&](Context&) { return Sleeper{lines}; });
  ASSERT_EQ(first.try_send(Job{0, owned}), SendResult::ok);
  settle();
  // When the timer comes due in the very step that starts the next holder
  const auto second = system.spawn("second", [&](Context&) { return Sleeper{lines}; });
  ASSERT_EQ(second.id().slot(), first.id().slot());
  clock.advance(seconds{2});
  settle();
  // Then it is gone
  EXPECT_EQ(lines, (Lines{"sleeper 0"}));
  EXPECT_EQ(owned.use_count(), 1);
}

// Promises: X1, D2
TEST(Stop, WhatForeignThreadsSendDuringAShutdownIsHandledOrRefusedOrADeadLetter) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<std::uint64_t> accepted{0};
    const auto owned = std::make_shared<int>(0);
    Lines lines;
    System system{{.workers = 2}};
    const auto stage =
        system.spawn("stage", [&](Context&) { return Stage{"stage", lines, {}}; }, {.worker = 1});
    std::latch flowing{3};
    {
      std::vector<std::jthread> senders;
      for (int sender = 0; sender < 3; ++sender) {
        senders.emplace_back([&] {
          for (int number = 0;; ++number) {
            if (number == 10) flowing.count_down();
            const SendResult result = stage.try_send(Job{1, owned});
            if (result == SendResult::closed) break;
            if (result == SendResult::ok) accepted.fetch_add(1);
          }
        });
      }
      flowing.wait();
      EXPECT_TRUE(system.shutdown().empty());
    }
    const auto handled =
        static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), "stage 1"));
    EXPECT_EQ(handled + system.dead_letters().total(), accepted.load());
    EXPECT_EQ(owned.use_count(), 1);
  }
}

// A handler that does not return before the test lets it.
class Stubborn {
 public:
  using Handles = Messages<Job>;
  Stubborn(std::latch& entered, std::latch& released, int& destroyed)
      : entered_{&entered}, released_{&released}, end_{&destroyed, [](int* count) { ++*count; }} {}
  void handle(const Job&) {
    entered_->count_down();
    released_->wait();
  }

 private:
  std::latch* entered_;
  std::latch* released_;
  std::unique_ptr<int, void (*)(int*)> end_;
};

// Promises: X2
TEST(Stop, ShutdownNamesWhoDidNotStopInTime) {
  std::latch entered{1};
  std::latch released{1};
  int destroyed = 0;
  const auto owned = std::make_shared<int>(0);
  Lines lines;
  {
    System system{{.workers = 2}};
    system.spawn("prompt", [&](Context&) { return Stage{"prompt", lines, {}}; }, {.worker = 0});
    const auto stubborn =
        system.spawn("stubborn", [&](Context&) { return Stubborn{entered, released, destroyed}; },
                     {.worker = 1});
    ASSERT_EQ(stubborn.try_send(Job{1, owned}), SendResult::ok);
    ASSERT_EQ(stubborn.try_send(Job{2, owned}), SendResult::ok);
    entered.wait();
    const auto late = system.shutdown(milliseconds{1});
    ASSERT_EQ(late.size(), 1U);
    EXPECT_TRUE(late.front().starts_with("actor \"stubborn\" did not stop in time: running"))
        << late.front();
    // When the handler returns after all, the system's end is an orderly one
    released.count_down();
  }
  EXPECT_EQ(lines, (Lines{"start prompt", "stop prompt"}));
  EXPECT_EQ(destroyed, 1);
  EXPECT_EQ(owned.use_count(), 1);
}

// Stops as soon as it starts.
class Mayfly {
 public:
  using Handles = Messages<Job>;
  explicit Mayfly(std::atomic<int>& handled) : handled_{&handled} {}
  void on_start(Context& context) { context.stop(); }
  void handle(const Job&) { handled_->fetch_add(1); }

 private:
  std::atomic<int>* handled_;
};

// Promises: D4
TEST(Stop, ARefToAnActorThatStopsAtOnceIsStillAGoodRef) {
  // Given actors that stop while their spawn is returning
  System system{{.workers = 2, .idle = Idle::spin, .actors_max = 64}};
  std::atomic<int> handled{0};
  for (int round = 0; round < 200; ++round) {
    const auto ref =
        system.spawn("mayfly" + std::to_string(round), [&](Context&) { return Mayfly{handled}; });
    ASSERT_NE(ref.id(), ActorId{}) << "round " << round;
    system.await_started(*ref.cell());
    while (!system.actors().empty()) {
    }
    ASSERT_EQ(ref.try_send(Job{1, nullptr}), SendResult::closed);
  }
  EXPECT_EQ(handled.load(), 0);
}

}  // namespace
}  // namespace mycelium
