#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/testing/test_system.hpp"

namespace mycelium {
namespace {

using std::chrono::seconds;

// What the probe does with a message.
struct Act {
  int number;
  int what;
  std::shared_ptr<int> owned;
};
MYCELIUM_MESSAGE(Act, 121, "test.act", number, what, owned)
constexpr int kHandle = 0;
constexpr int kThrow = 1;
constexpr int kThrowInt = 2;
constexpr int kArmTimer = 3;
constexpr int kStop = 4;
constexpr int kStopAndThrow = 5;

// Says in plain words what happens to it, and fails where it is told to.
struct Story {
  std::vector<std::string> lines;
  int factory_failures = 0;
  int start_failures = 0;
  bool stop_fails = false;
  int objects = 0;

  void tell(std::string line) { lines.push_back(std::move(line)); }
};

void fail_some(int& failures, const char* what) {
  if (failures-- > 0) throw std::runtime_error{what};
}

class Probe {
 public:
  using Handles = Messages<Act>;
  explicit Probe(Story& story) : story_{&story}, object_{++story.objects} {}

  void on_start(Context& context) {
    story_->tell("start " + std::to_string(object_));
    context.subscribe<Act>("acts");
    fail_some(story_->start_failures, "no start");
  }
  void on_stop(Context&) {
    story_->tell("stop " + std::to_string(object_));
    if (story_->stop_fails) throw std::runtime_error{"no stop"};
  }
  void handle(const Act& act, Context& context) {
    story_->tell(std::to_string(object_) + " handles " + std::to_string(act.number));
    if (act.what == kArmTimer) context.after(seconds{1}, Act{100 + act.number, kHandle, act.owned});
    if (act.what == kStop || act.what == kStopAndThrow) context.stop();
    if (act.what == kThrow || act.what == kStopAndThrow)
      throw std::runtime_error{"bad act " + std::to_string(act.number)};
    if (act.what == kThrowInt) throw 42;  // NOLINT: a type that is no std::exception is the point.
  }

 private:
  Story* story_;
  int object_;
};

using Lines = std::vector<std::string>;

class RestartTest : public ::testing::Test {
 protected:
  RefTo<Act> spawn(const std::string& name, Story& story, const RestartOptions& restart = {}) {
    return system_.spawn(name,
                         [&story](Context&) {
                           fail_some(story.factory_failures, "no factory");
                           return Probe{story};
                         },
                         {.restart = restart, .worker = 1});
  }
  void settle() { test_.run_until_idle(); }
  // Sends from outside, so that all wait in the mailbox together.
  static void send(const RefTo<Act>& ref, std::initializer_list<Act> acts) {
    for (const Act& act : acts) ASSERT_EQ(ref.try_send(act), SendResult::ok);
  }
  std::uint64_t poison() { return system_.dead_letters().count(DeadLetterReason::poison); }

  Story story_;
  testing::TestSystem test_{{.workers = 2}};
  System& system_ = test_.system();
};

// Promises: L3, L4, S9
TEST_F(RestartTest, AHandlerThatThrowsCostsOneMessageAndTheOldObject) {
  const auto ref = spawn("probe", story_);
  send(ref, {{1, kHandle, {}}, {2, kThrow, {}}, {3, kHandle, {}}});
  settle();
  EXPECT_EQ(story_.lines,
            (Lines{"start 1", "1 handles 1", "1 handles 2", "stop 1", "start 2", "2 handles 3"}));
  EXPECT_EQ(poison(), 1U);
  // The ref is as good as before.
  send(ref, {{4, kHandle, {}}});
  settle();
  EXPECT_EQ(story_.lines.back(), "2 handles 4");
  const ActorStatus status = system_.actors().front();
  EXPECT_EQ(status.restarts, 1U);
  EXPECT_EQ(status.handled, 3U);
  EXPECT_EQ(status.dead_letters, 1U);
  EXPECT_EQ(status.state, ActorState::running);
}

// Promises: L4, S9
TEST_F(RestartTest, AMessageThatComesThroughALaneIsPoisonAloneToo) {
  class Feeder {
   public:
    using Handles = Messages<Act>;
    explicit Feeder(RefTo<Act> target) : target_{target} {}
    void handle(const Act&) {
      for (const int number : {1, 2, 3, 4}) {
        EXPECT_EQ(target_.try_send(Act{number, number == 2 ? kThrow : kHandle, nullptr}),
                  SendResult::ok);
      }
    }

   private:
    RefTo<Act> target_;
  };
  const auto ref = spawn("probe", story_);
  settle();
  const auto feeder = system_.spawn("feeder", [=](Context&) { return Feeder{ref}; }, {.worker = 0});
  ASSERT_EQ(feeder.try_send(Act{}), SendResult::ok);
  settle();
  EXPECT_EQ(story_.lines, (Lines{"start 1", "1 handles 1", "1 handles 2", "stop 1", "start 2",
                                 "2 handles 3", "2 handles 4"}));
  EXPECT_EQ(poison(), 1U);
}

// Promises: S9
TEST_F(RestartTest, AnExceptionOfAnyTypeIsAFailure) {
  const auto ref = spawn("probe", story_);
  send(ref, {{1, kThrowInt, {}}, {2, kHandle, {}}});
  settle();
  EXPECT_EQ(story_.lines, (Lines{"start 1", "1 handles 1", "stop 1", "start 2", "2 handles 2"}));
}

// Promises: L4
TEST_F(RestartTest, APoisonMessageIsDestroyedOnce) {
  const auto owned = std::make_shared<int>(0);
  const auto ref = spawn("probe", story_);
  send(ref, {{1, kThrow, owned}, {2, kThrow, owned}, {3, kHandle, owned}});
  settle();
  EXPECT_EQ(owned.use_count(), 1);
}

// Promises: L4
TEST_F(RestartTest, SubscriptionsSurviveARestartOnce) {
  const auto ref = spawn("probe", story_);
  send(ref, {{1, kThrow, {}}});
  settle();
  EXPECT_EQ(system_.topic<Act>("acts").subscriber_count(), 1U);
  EXPECT_EQ(system_.topic<Act>("acts").publish(Act{2, kHandle, {}}).delivered, 1U);
  settle();
  EXPECT_EQ(std::count(story_.lines.begin(), story_.lines.end(), "2 handles 2"), 1);
}

// Promises: L4, T1
TEST_F(RestartTest, TimersOfTheOldIncarnationNeverFireInTheNewOne) {
  const auto owned = std::make_shared<int>(0);
  const auto ref = spawn("probe", story_);
  send(ref, {{1, kArmTimer, owned}, {2, kThrow, {}}, {3, kArmTimer, owned}});
  settle();
  test_.jump(seconds{10});
  settle();
  EXPECT_EQ(story_.lines, (Lines{"start 1", "1 handles 1", "1 handles 2", "stop 1", "start 2",
                                 "2 handles 3", "2 handles 103"}));
  EXPECT_EQ(owned.use_count(), 1);
}

// Promises: L2, L3, S5
TEST_F(RestartTest, AnOnStartThatThrowsIsAFailureAndGetsNoOnStop) {
  story_.start_failures = 2;
  const auto ref = spawn("probe", story_);
  send(ref, {{1, kHandle, {}}});
  settle();
  EXPECT_EQ(story_.lines, (Lines{"start 1", "start 2", "start 3", "3 handles 1"}));
  EXPECT_EQ(system_.actors().front().restarts, 2U);
}

// Promises: S5, S9
TEST_F(RestartTest, AFactoryThatThrowsCountsAsARestart) {
  // Given a factory that fails twice after the failure of a handler: three restarts
  const auto ref = spawn("probe", story_, {.max_restarts = 3});
  settle();
  story_.factory_failures = 2;
  send(ref, {{1, kThrow, {}}, {2, kHandle, {}}});
  settle();
  EXPECT_EQ(story_.lines, (Lines{"start 1", "1 handles 1", "stop 1", "start 2", "2 handles 2"}));
  EXPECT_FALSE(system_.failure().has_value());
  // When one more is needed, it is one too many
  send(ref, {{3, kThrow, {}}});
  settle();
  EXPECT_TRUE(system_.failure().has_value());
}

// Promises: L3
TEST_F(RestartTest, AnOnStopThatThrowsIsReportedAndIgnored) {
  story_.stop_fails = true;
  const auto ref = spawn("probe", story_);
  send(ref, {{1, kThrow, {}}, {2, kHandle, {}}});
  settle();
  EXPECT_EQ(story_.lines.back(), "2 handles 2");
  EXPECT_EQ(system_.actors().front().restarts, 1U);
  EXPECT_TRUE(system_.shutdown().empty());
  EXPECT_FALSE(system_.failure().has_value());
}

// Promises: S5
TEST_F(RestartTest, SoManyFailuresAreAllowedWithinThePeriodAndNotOneMore) {
  const auto ref = spawn("probe", story_, {.max_restarts = 3, .period = seconds{10}});
  for (int failure = 1; failure <= 3; ++failure) {
    send(ref, {{failure, kThrow, {}}});
    settle();
    ASSERT_EQ(story_.objects, failure + 1);
    ASSERT_FALSE(system_.failure().has_value());
  }
  send(ref, {{4, kThrow, {}}, {5, kHandle, {}}});
  settle();
  // The fourth failure is final: it names the actor and the sentence, and asks for the system's
  // stop.
  EXPECT_EQ(story_.objects, 4);
  ASSERT_TRUE(system_.failure().has_value());
  EXPECT_EQ(system_.failure()->code, "restart_intensity");
  EXPECT_EQ(system_.failure()->message,
            "actor \"probe\" failed more than 3 times within 10 s, the last time with: bad act 4");
  EXPECT_TRUE(system_.stop_requested());
  EXPECT_EQ(ref.try_send(Act{6, kHandle, {}}), SendResult::closed);
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::stopped), 1U);  // Number 5.
}

// Promises: S5
TEST_F(RestartTest, FailuresOlderThanThePeriodAreForgotten) {
  const auto ref = spawn("probe", story_, {.max_restarts = 2, .period = seconds{10}});
  for (int failure = 1; failure <= 20; ++failure) {
    send(ref, {{failure, kThrow, {}}});
    settle();
    test_.jump(seconds{6});  // Two in any ten seconds, never three.
  }
  EXPECT_EQ(story_.objects, 21);
  EXPECT_FALSE(system_.failure().has_value());
}

// Promises: S5
TEST_F(RestartTest, NoRestartAllowedMeansNone) {
  const auto ref = spawn("probe", story_, {.max_restarts = 0});
  send(ref, {{1, kThrow, {}}});
  settle();
  EXPECT_EQ(story_.lines, (Lines{"start 1", "1 handles 1", "stop 1"}));
  EXPECT_TRUE(system_.failure().has_value());
}

// Promises: S9
TEST_F(RestartTest, SiblingsDoNotNotice) {
  Story sibling_story;
  const auto sibling = spawn("sibling", sibling_story);
  const auto ref = spawn("probe", story_, {.max_restarts = 1});
  send(ref, {{1, kThrow, {}}, {2, kThrow, {}}, {3, kThrow, {}}});
  send(sibling, {{4, kHandle, {}}});
  settle();
  send(sibling, {{5, kHandle, {}}});
  settle();
  EXPECT_TRUE(system_.failure().has_value());
  EXPECT_EQ(sibling_story.lines, (Lines{"start 1", "1 handles 4", "1 handles 5"}));
  EXPECT_TRUE(system_.shutdown().empty());  // While its story lives.
}

// Promises: S5
TEST_F(RestartTest, AStopByTheActorItselfIsFinalEvenWhenItsHandlerThrows) {
  for (const int what : {kStop, kStopAndThrow}) {
    Story story;
    const auto ref = spawn("stopper", story);
    send(ref, {{1, what, {}}, {2, kHandle, {}}});
    settle();
    EXPECT_EQ(story.lines, (Lines{"start 1", "1 handles 1", "stop 1"}));
    EXPECT_EQ(ref.try_send(Act{}), SendResult::closed);
    EXPECT_FALSE(system_.failure().has_value());
    EXPECT_TRUE(system_.actors().empty());  // The name can be used again.
  }
  EXPECT_EQ(poison(), 1U);
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::stopped), 2U);
}

// Promises: X1, L4, S9
TEST_F(RestartTest, AFailureDuringAShutdownCostsOneMessageAndTheRestIsHandled) {
  const auto ref = spawn("probe", story_);
  send(ref, {{1, kThrow, {}}, {2, kHandle, {}}});
  EXPECT_TRUE(system_.shutdown().empty());
  EXPECT_EQ(story_.lines,
            (Lines{"start 1", "1 handles 1", "stop 1", "start 2", "2 handles 2", "stop 2"}));
  EXPECT_EQ(poison(), 1U);
  EXPECT_FALSE(system_.failure().has_value());
}

// Promises: L4, L6
TEST_F(RestartTest, WhatWaitsDuringRestartsKeepsItsOrder) {
  const auto ref = spawn("probe", story_, {.max_restarts = 100});
  for (int number = 1; number <= 60; ++number)
    send(ref, {{number, number % 3 == 0 ? kThrow : kHandle, {}}});
  settle();
  std::vector<int> handled;
  for (const std::string& line : story_.lines) {
    if (const auto at = line.find("handles "); at != std::string::npos)
      handled.push_back(std::stoi(line.substr(at + 8)));
  }
  std::vector<int> all;
  for (int number = 1; number <= 60; ++number) all.push_back(number);
  EXPECT_EQ(handled, all);
  EXPECT_EQ(poison(), 20U);
}

}  // namespace
}  // namespace mycelium
