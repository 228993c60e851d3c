// Redelivery together with what else a failure leads to: decisions, backoffs, groups, stops.
#include <gtest/gtest.h>

#include <string>

#include "mycelium/actor/redelivery_test.hpp"

namespace mycelium::testing {
namespace {

// Promises: S15, L4
TEST_F(Redelivery, WhatWasPutAsideComesBehindIt) {
  const auto clerk = start(1);
  desk_.failing[1] = 1;
  test_.send(clerk, PutAside{7});
  test_.send(clerk, Job{1});
  test_.send(clerk, Job{2});
  EXPECT_EQ(lines_after(), (Lines{"start", "1", "start", "1", "put aside", "2"}));
}

// Promises: S15, S6
TEST_F(Redelivery, ItWaitsForTheEndOfABackoff) {
  const auto clerk =
      start(1, {.backoff = Backoff{.min = 1s, .max = 1s, .jitter = 0, .first_at_once = false}});
  desk_.failing[1] = 1;
  test_.send(clerk, Job{1});
  test_.send(clerk, Job{2});
  EXPECT_EQ(lines_after(999ms), (Lines{"start", "1"}));
  EXPECT_EQ(lines_after(1ms), (Lines{"start", "1", "start", "1", "2"}));
}

// Promises: S15, S8
TEST_F(Redelivery, AnObjectThatResumesLosesTheMessage) {
  const auto clerk = start(5);
  desk_.decision = Decision::resume;
  desk_.failing[1] = 1;
  test_.send(clerk, Job{1});
  test_.send(clerk, Job{2});
  EXPECT_EQ(lines_after(), (Lines{"start", "1", "2"}));
  desk_.failing[3] = 1;
  EXPECT_EQ(test_.ask(clerk, Question{3}).error().code, "handler_failed");
  EXPECT_EQ(dead(DeadLetterReason::poison), 2U);
}

// Promises: S15, S2
TEST_F(Redelivery, WithoutAnotherObjectTheMessageIsPoison) {
  desk_.failing[1] = 1;
  test_.send(start(5, {.restart = Restart::temporary}), Job{1});
  run();
  EXPECT_EQ(dead(DeadLetterReason::poison), 1U);
  desk_.decision = Decision::stop;
  desk_.failing[2] = 1;
  test_.send(start(5), Job{2});
  run();
  EXPECT_EQ(dead(DeadLetterReason::poison), 2U);
  EXPECT_EQ(system_.dead_letters().total(), 2U);
}

// Promises: S15, S5, A3
TEST_F(Redelivery, WhoGivesUpLeavesItWithWhatWaits) {
  desk_.failing[1] = 100;
  const auto clerk = test_.spawn("clerk", make(), {.restart = {.max_restarts = 2, .redeliver = 9}});
  run();
  EXPECT_EQ(test_.ask(clerk, Question{1}).error().code, "target_down");
  EXPECT_EQ(lines_after(), (Lines{"start", "1", "start", "1", "start", "1"}));
  EXPECT_EQ(dead(DeadLetterReason::stopped), 1U);
  EXPECT_EQ(system_.dead_letters().total(), 1U);
}

// Promises: S15, S1, S4
TEST_F(Redelivery, InAGroupItIsHandledAgainUnlessAMemberHadSentIt) {
  const auto relayer = [this](Context&) {
    return Relayer{desk_.lines, *system_.lookup<Job>("clerk")};
  };
  test_.supervise(supervisor("top", {.strategy = Strategy::one_for_all},
                             child("relayer", relayer, {.worker = 1}),
                             child("clerk", make(), {.restart = {.redeliver = 1}, .worker = 0})));
  run();
  desk_.lines.clear();
  desk_.failing[1] = 1;
  test_.send(*system_.lookup<Job>("clerk"), Job{1});
  EXPECT_EQ(lines_after(), (Lines{"1", "start relayer", "start", "1"}));
  desk_.lines.clear();
  desk_.failing[2] = 1;
  test_.send(*system_.lookup<Relay>("relayer"), Relay{2, true});
  EXPECT_EQ(lines_after(), (Lines{"2", "start relayer", "start"}));
  EXPECT_EQ(dead(DeadLetterReason::restarted), 1U);
  EXPECT_EQ(dead(DeadLetterReason::poison), 0U);
}

// Promises: S15, S8
TEST_F(Redelivery, AfterAnEscalationItIsHandledAgain) {
  test_.supervise(supervisor(
      "root", {}, supervisor("top", {}, child("clerk", make(), {.restart = {.redeliver = 1}}))));
  run();
  desk_.decision = Decision::escalate;
  desk_.failing[1] = 1;
  test_.send(*system_.lookup<Job>("clerk"), Job{1});
  EXPECT_EQ(lines_after(), (Lines{"start", "1", "start", "1"}));
  EXPECT_EQ(system_.dead_letters().total(), 0U);
}

// Promises: S15, X1
TEST_F(Redelivery, WhoIsStoppedHandlesItAgainWithWhatWaits) {
  const auto clerk = start(1);
  desk_.failing[1] = 1;
  test_.send(clerk, Job{1});
  test_.send(clerk, Job{2});
  system_.stop(clerk);
  EXPECT_EQ(lines_after(), (Lines{"start", "1", "start", "1", "2"}));
  EXPECT_EQ(system_.dead_letters().total(), 0U);
}

// Promises: S15, L4
TEST_F(Redelivery, WhatFailsWhileACoroutineWaitsIsHandledAgainAndTheCoroutinesMessageIsNot) {
  struct Busy {
    using Handles = Messages<Job, SlowJob>;
    using Interleaved = Messages<Job>;
    Desk* desk;
    Task<> handle(const SlowJob&, Context& context) {
      desk->lines.push_back("begin");
      co_await context.sleep(std::chrono::hours{1});
    }
    void handle(const Job& job) {
      desk->lines.push_back(std::to_string(job.number));
      if (desk->failing[job.number]-- > 0) throw std::runtime_error{"no"};
    }
  };
  desk_.failing[2] = 1;
  const auto busy =
      test_.spawn("busy", [this](Context&) { return Busy{&desk_}; }, {.restart = {.redeliver = 1}});
  test_.send(busy, SlowJob{1});
  for (const int number : {2, 3, 4}) test_.send(busy, Job{number});
  EXPECT_EQ(lines_after(), (Lines{"begin", "2", "2", "3", "4"}));
  EXPECT_EQ(dead(DeadLetterReason::stopped), 1U);
  EXPECT_EQ(system_.dead_letters().total(), 1U);
}

}  // namespace
}  // namespace mycelium::testing
