#include "mycelium/actor/supervisor.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/actor/supervision_test.hpp"
#include "mycelium/testing/probe.hpp"
#include "mycelium/testing/seeds.hpp"

namespace mycelium::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SupervisorTest : public SupervisionTest {
 protected:
  std::vector<std::unique_ptr<Story>> stories_;  // Of further systems, which end before.
};

// Promises: S3
TEST_F(SupervisorTest, StartsFromLeftToRightAndStopsFromRightToLeftThroughTheWholeTree) {
  const auto top = test_.supervise(supervisor("top", {}, member("a"),
                                              supervisor("inner", {}, member("b"), member("c")),
                                              supervisor("none", {}), member("d")));
  test_.run_until_idle();
  EXPECT_EQ(story_.take(), (Lines{"start a", "start b", "start c", "start d"}));
  system_.stop(top);
  test_.run_until_idle();
  EXPECT_EQ(story_.take(), (Lines{"stop d", "stop c", "stop b", "stop a"}));
  EXPECT_TRUE(system_.actors().empty());
}

// Promises: S3, L2
TEST_F(SupervisorTest, TheNextChildStartsWhenTheOneBeforeHasStarted) {
  story_.failing_starts["a"] = 2;
  test_.supervise(supervisor("top", {}, member("a"), member("b")));
  test_.run_until_idle();
  EXPECT_EQ(story_.take(), (Lines{"no start a", "no start a", "start a", "start b"}));
}

// Promises: S3, R6
TEST_F(SupervisorTest, ATreeThatCannotBeStartedLeavesNothingBehind) {
  test_.spawn("b", [this](Context&) { return Member{story_, "first b"}; });
  EXPECT_THROW(test_.supervise(supervisor("top", {}, member("a"), member("b"))),
               std::invalid_argument);
  test_.run_until_idle();
  EXPECT_EQ(story_.take(), (Lines{"start first b"}));
  EXPECT_EQ(system_.actors().size(), 1U);
}

// Promises: S3, X1
TEST_F(SupervisorTest, ATreeThatIsStoppedBeforeItHasStartedStops) {
  const auto top = test_.supervise(supervisor("top", {}, supervisor("inner", {}, member("a"))));
  system_.stop(top);
  test_.run_until_idle();
  EXPECT_TRUE(system_.actors().empty());
  test_.supervise(supervisor("top", {}, supervisor("inner", {}, member("a"), member("b"))));
  system_.stop(system_.lookup<>("inner").value());
  test_.run_until_idle();
  EXPECT_EQ(system_.actors().size(), 1U);
}

// Promises: S1, L4
TEST_F(SupervisorTest, WhoIsRestartedWithTheGroupKeepsIdMailboxAndWatches) {
  Probe<Down> watcher{test_};
  test_.supervise(supervisor("top", {.strategy = Strategy::one_for_all}, member("a"), member("b")));
  test_.run_until_idle();
  const auto a = ref("a");
  a.cell()->worker->inject(
      [a, &watcher] { a.cell()->add_watcher(a.id(), {watcher.ref().cell(), watcher.ref().id()}); });
  test_.run_until_idle();
  // "b" fails first; what "a" is sent before and after its restart is handled.
  tell("b", Deed::fail);
  test_.run_until([&] { return story_.count("stop b") == 1; });
  tell("a", Deed::nothing, 1);
  test_.run_until_idle();
  EXPECT_EQ(story_.count("a handles 1"), 1U);
  EXPECT_EQ(a.try_send(Order{Deed::nothing, 2}), SendResult::ok);
  EXPECT_EQ(ref("a").id(), a.id());
  watcher.expect_no_message();
  test_.run_until_idle();
  EXPECT_EQ(story_.lines.back(), "a handles 2");
}

// Promises: S4, D9
TEST_F(SupervisorTest, WhatMembersSentEachOtherIsVoidAfterTheGroupsRestartAndTheRestStays) {
  test_.supervise(supervisor("top", {.strategy = Strategy::one_for_all}, member("a", {.worker = 0}),
                             member("b", {.worker = 0})));
  test_.run_until_idle();
  story_.right["a"] = ref("b");
  // All of it waits when "b" fails: a message from outside, one from "a", and the failing one
  // first.
  tell("b", Deed::hang);
  test_.run_until_idle();
  tell("a", Deed::tell_right, 7);
  tell("b", Deed::nothing, 8);
  test_.run_until_idle();
  EXPECT_EQ(after("a", Deed::fail),
            (Lines{"stop a", "stop b", "start a", "start b", "b handles 8"}));
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::restarted), 1U);
}

// Promises: S4
TEST_F(SupervisorTest, WithoutAGroupWhatSiblingsSentStays) {
  test_.supervise(supervisor("top", {}, member("a", {.worker = 0}), member("b", {.worker = 0})));
  test_.run_until_idle();
  story_.right["a"] = ref("b");
  tell("b", Deed::hang);
  test_.run_until_idle();
  tell("a", Deed::tell_right, 7);
  test_.run_until_idle();
  EXPECT_EQ(after("a", Deed::fail), (Lines{"stop a", "start a"}));
  test_.advance(std::chrono::hours{2});
  EXPECT_EQ(story_.take(), (Lines{"b handles 7"}));
}

// Promises: S2
TEST_F(SupervisorTest, ATemporarySiblingEndsWithTheGroupAndDoesNotComeBack) {
  test_.supervise(supervisor("top", {.strategy = Strategy::one_for_all}, member("a"),
                             member("b", Restart::temporary), member("c", Restart::transient)));
  test_.run_until_idle();
  EXPECT_EQ(after("a", Deed::fail), (Lines{"stop a", "stop c", "stop b", "start a", "start c"}));
  EXPECT_FALSE(lives("b"));
}

// Promises: S6, S1
TEST_F(SupervisorTest, AStartThatFailsDuringAGroupsRestartCountsAsARestart) {
  test_.supervise(supervisor("top", {.strategy = Strategy::rest_for_one, .intensity = {3}},
                             member("a"), member("b"), member("c")));
  test_.run_until_idle();
  story_.failing_starts["c"] = 2;
  EXPECT_EQ(after("b", Deed::fail),
            (Lines{"stop b", "stop c", "start b", "no start c", "no start c", "start c"}));
  story_.failing_starts["c"] = 1;
  tell("c", Deed::fail);
  test_.run_until_idle();
  // The fourth within the period: the supervisor failed, and was restarted with all its children.
  EXPECT_EQ(system_.supervision_tree().front().restarts, 1U);
  EXPECT_EQ(failure(), "");
  EXPECT_TRUE(lives("a") && lives("b") && lives("c"));
}

// Promises: S5
TEST_F(SupervisorTest, EscalationGoesUpToTheRootAndNamesTheChainOfCauses) {
  Probe<Down> watcher{test_};
  test_.supervise(supervisor("top", {.restart = {.max_restarts = 0}}, member("x"),
                             supervisor("middle", {.restart = {.max_restarts = 1}},
                                        supervisor("inner",
                                                   {.strategy = Strategy::one_for_all,
                                                    .intensity = {0},
                                                    .restart = {.max_restarts = 0}},
                                                   member("a"), member("b")))));
  test_.run_until_idle();
  const auto a = ref("a");
  a.cell()->worker->inject(
      [a, &watcher] { a.cell()->add_watcher(a.id(), {watcher.ref().cell(), watcher.ref().id()}); });
  // "inner" fails at once, and with it "middle", which "top" restarts once: nobody is down.
  EXPECT_EQ(after("a", Deed::fail), (Lines{"stop a", "stop b", "start a", "start b"}));
  watcher.expect_no_message();
  EXPECT_EQ(failure(), "");
  tell("a", Deed::fail);
  test_.run_until_idle();
  EXPECT_EQ(failure(),
            "supervisor \"top\" failed more than 0 times within 10 s, the last time with: "
            "supervisor \"middle\" failed more than 1 times within 10 s, the last time with: "
            "supervisor \"inner\" failed more than 0 times within 10 s, the last time with: "
            "its children failed more than 0 times within 10 s, the last time \"a\" with: a is "
            "broken");
  EXPECT_TRUE(system_.stop_requested());
  // Once the chain has decided, and once only.
  EXPECT_EQ(watcher.expect<Down>().reason, DownReason::failed);
  EXPECT_FALSE(lives("x"));
  watcher.expect_no_message();
}

// Promises: S5
TEST_F(SupervisorTest, ASupervisorsRestartBeginsItsChildrensCountsAnew) {
  const ChildOptions twice{.restart = {.max_restarts = 1}};
  test_.supervise(supervisor("top", {.restart = {.max_restarts = 2}}, member("a", twice)));
  test_.run_until_idle();
  for (int failures = 0; failures < 4; ++failures) {
    tell("a", Deed::fail);
    test_.run_until_idle();
    EXPECT_EQ(failure(), "") << failures;
  }
  EXPECT_EQ(system_.supervision_tree().front().restarts, 2U);
}

// Promises: S5, S9
TEST_F(SupervisorTest, AnActorThatFailsOnEachStartEndsInASentenceAndNothingHangs) {
  story_.failing_starts["a"] = 1'000'000;
  test_.supervise(supervisor("top", {.strategy = Strategy::one_for_all}, member("b"), member("a")));
  test_.run_until_idle();
  EXPECT_NE(failure().find("the last time \"a\" with: a cannot start"), std::string::npos);
  EXPECT_TRUE(system_.actors().empty());
  EXPECT_LT(story_.count("no start a"), 100U);
}

// Promises: S7
TEST_F(SupervisorTest, SignificantChildrenThatEndStopTheirSupervisor) {
  const ChildOptions significant{.restart = {.restart = Restart::transient}, .significant = true};
  for (const bool all : {false, true}) {
    const auto top = test_.supervise(supervisor(
        "top",
        {.auto_shutdown = all ? AutoShutdown::all_significant : AutoShutdown::any_significant},
        member("a"), member("b", significant), member("c", significant)));
    test_.run_until_idle();
    EXPECT_EQ(after("b", Deed::fail), (Lines{"stop b", "start b"}));  // Not an end.
    if (all) {
      EXPECT_EQ(after("b", Deed::end), (Lines{"stop b"}));
      EXPECT_EQ(after("c", Deed::end), (Lines{"stop c", "stop a"}));
    } else {
      EXPECT_EQ(after("b", Deed::end), (Lines{"stop b", "stop c", "stop a"}));
    }
    EXPECT_TRUE(system_.await_stopped(top, seconds{1}));
    EXPECT_EQ(failure(), "");
  }
}

// Promises: S7
TEST_F(SupervisorTest, ASignificantChildThatACallerStopsStopsNobodyElse) {
  const ChildOptions significant{.restart = {.restart = Restart::transient}, .significant = true};
  const auto top =
      test_.supervise(supervisor("top", {.auto_shutdown = AutoShutdown::any_significant},
                                 member("a"), member("b", significant), member("c", significant)));
  test_.run_until_idle();
  static_cast<void>(story_.take());
  system_.stop(ref("b"));
  top.stop_child(ref("c"));
  test_.run_until_idle();
  EXPECT_EQ(story_.take().size(), 2U);
  EXPECT_TRUE(lives("a"));
}

// Promises: S7, S3
TEST_F(SupervisorTest, ASupervisorWhoseOnlySignificantChildDoesNotStartStopsBeforeItHasStarted) {
  story_.failing_starts["a"] = 1;
  const auto outer = test_.supervise(supervisor(
      "outer", {},
      supervisor("top",
                 {.auto_shutdown = AutoShutdown::any_significant,
                  .restart = {.restart = Restart::transient}},
                 member("a", {.restart = {.restart = Restart::temporary}, .significant = true})),
      member("b")));
  test_.run_until_idle();
  EXPECT_EQ(story_.take(), (Lines{"no start a", "start b"}));
  EXPECT_EQ(to_text(system_.supervision_tree()), "outer: running, one_for_one\n  b: running\n");
  EXPECT_EQ(failure(), "");
  system_.stop(outer);
  test_.run_until_idle();
  EXPECT_TRUE(system_.actors().empty());
}

// Promises: S3, X1
TEST_F(SupervisorTest, AChildThatComesWhileItsSupervisorStopsIsNotLeftBehind) {
  const auto top = test_.supervise(supervisor("top", {}));
  test_.run_until_idle();
  // What waits for a supervisor, which handles nothing, does not hold up its stop.
  EXPECT_EQ(AnyRef{top}.try_send(Order{Deed::nothing}), SendResult::ok);
  system_.stop(top);
  top.start_child(member("a"));
  test_.run_until_idle();
  EXPECT_EQ(story_.take(), Lines{});
  EXPECT_TRUE(system_.actors().empty());
  EXPECT_EQ(system_.dead_letters().total(), 1U);
}

// Promises: S7
TEST_F(SupervisorTest, RefusesOptionsThatContradictEachOtherInASentence) {
  const auto sentence = [&](SupervisorSpec spec) {
    try {
      system_.supervise(std::move(spec));
    } catch (const std::invalid_argument& error) {
      test_.run_until_idle();  // What has its place already gives it up.
      return std::string{error.what()};
    }
    return std::string{"accepted"};
  };
  EXPECT_EQ(sentence(supervisor("top", {.auto_shutdown = AutoShutdown::any_significant},
                                member("a", {.significant = true}))),
            "actor \"a\": it is significant, so transient or temporary: a permanent child does not "
            "end");
  EXPECT_EQ(sentence(supervisor(
                "top", {},
                member("a", {.restart = {.restart = Restart::temporary}, .significant = true}))),
            "actor \"a\": it is significant, but its supervisor's auto_shutdown is never");
  EXPECT_EQ(sentence(supervisor("top", {}, member("a", {.shutdown = seconds{-1}}))),
            "actor \"a\": its shutdown is not negative");
  EXPECT_EQ(sentence(supervisor("top", {},
                                member("a", {.restart = {.backoff = Backoff{.factor = 0.5}}}))),
            "actor \"a\": its backoff's factor is 1 or more");
  test_.run_until_idle();
  EXPECT_TRUE(system_.actors().empty());
}

// Promises: S1, S3
TEST_F(SupervisorTest, ChildrenThatAreStartedLaterAreTheLastInOrderAndTreatedAsTheOthers) {
  const auto top =
      test_.supervise(supervisor("top", {.strategy = Strategy::rest_for_one}, member("a")));
  test_.run_until_idle();
  const AnyRef b = top.start_child(member("b"));
  top.start_child(supervisor("inner", {}, member("c")));
  test_.run_until_idle();
  EXPECT_EQ(story_.take(), (Lines{"start a", "start b", "start c"}));
  EXPECT_EQ(after("b", Deed::fail), (Lines{"stop b", "stop c", "start b", "start c"}));
  top.stop_child(b);
  test_.run_until_idle();
  EXPECT_EQ(story_.take(), (Lines{"stop b"}));
  EXPECT_EQ(after("a", Deed::fail), (Lines{"stop a", "stop c", "start a", "start c"}));
  system_.stop(top);
  test_.run_until_idle();
  EXPECT_FALSE(static_cast<bool>(top.start_child(member("d"))));
  EXPECT_EQ(story_.take(), (Lines{"stop c", "stop a"}));
}

// Promises: S1, S5
TEST_F(SupervisorTest, AHundredThatFailAtOnceAreOneRestartOfTheirGroup) {
  for_each_seed(20, [&](TestSystem& test) {
    Story& story = *stories_.emplace_back(std::make_unique<Story>());
    SupervisorSpec spec = supervisor("top", {.strategy = Strategy::one_for_all});
    for (int number = 0; number < 100; ++number) {
      const std::string name = std::to_string(number);
      spec.children.push_back(
          child(name, [&story, name](Context&) { return Member{story, name}; }));
    }
    const auto top = test.supervise(std::move(spec));
    test.run_until_idle();
    for (int number = 0; number < 100; ++number)
      test.send(test.system().lookup<Order>(std::to_string(number)).value(), Order{Deed::fail});
    test.run_until_idle();
    // Some failed after their restart: those were further restarts.
    EXPECT_FALSE(test.system().failure().has_value());
    for (const ActorStatus& actor : test.system().actors())
      EXPECT_EQ(actor.state, ActorState::running) << actor.name;
    test.system().stop(top);
    test.run_until_idle();
    EXPECT_TRUE(test.system().actors().empty());
  });
}

}  // namespace
}  // namespace mycelium::testing
