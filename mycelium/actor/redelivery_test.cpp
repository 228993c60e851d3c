// What becomes of a message whose handler threw, where `RestartOptions::redeliver` is set.
#include "mycelium/actor/redelivery_test.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mycelium::testing {
namespace {

// Promises: S15
TEST_F(Redelivery, TheNextObjectHandlesTheMessageBeforeAllThatWaits) {
  const auto clerk = start(3);
  desk_.failing[1] = 2;
  for (int number = 1; number <= 3; ++number) test_.send(clerk, Job{number});
  EXPECT_EQ(lines_after(), (Lines{"start", "1", "start", "1", "start", "1", "2", "3"}));
  EXPECT_EQ(system_.dead_letters().total(), 0U);
}

// Promises: S15, D9
TEST_F(Redelivery, AfterTheLastOneTheMessageIsPoison) {
  const auto clerk = start(2);
  desk_.failing[1] = 100;
  test_.send(clerk, Job{1});
  test_.send(clerk, Job{2});
  EXPECT_EQ(lines_after(), (Lines{"start", "1", "start", "1", "start", "1", "start", "2"}));
  EXPECT_EQ(dead(DeadLetterReason::poison), 1U);
  EXPECT_EQ(system_.dead_letters().total(), 1U);
}

// Promises: S15, L4
TEST_F(Redelivery, WithoutItTheMessageIsPoisonAtOnce) {
  const auto clerk = start(0);
  desk_.failing[1] = 1;
  test_.send(clerk, Job{1});
  test_.send(clerk, Job{2});
  EXPECT_EQ(lines_after(), (Lines{"start", "1", "start", "2"}));
  EXPECT_EQ(dead(DeadLetterReason::poison), 1U);
}

// Promises: S15
TEST_F(Redelivery, EachMessageIsCountedForItself) {
  const auto clerk = start(1);
  constexpr int kJobs = 20;
  for (int number = 1; number <= kJobs; ++number) desk_.failing[number] = 1;
  for (int number = 1; number <= kJobs; ++number) {
    test_.send(clerk, Job{number});
    if (number % 2 == 0) run();  // So that envelopes are used again.
  }
  run();
  EXPECT_EQ(desk_.lines.size(), 1U + 3U * kJobs);
  EXPECT_EQ(system_.dead_letters().total(), 0U);
}

// Promises: S15, T1
TEST_F(Redelivery, ATimersMessageIsCountedLikeAnyOther) {
  struct Ticking {
    using Handles = Messages<Job>;
    Desk* desk;
    void on_start(Context& context) {
      if (context.restarts() == 1) context.after(1ms, Job{1});
      if (context.restarts() == 0) throw std::runtime_error{"so that it has another incarnation"};
    }
    void handle(const Job&) {
      desk->lines.push_back("tick");
      if (desk->failing[1]-- > 0) throw std::runtime_error{"no tick"};
    }
  };
  desk_.failing[1] = 2;
  test_.spawn("ticking", [this](Context&) { return Ticking{&desk_}; },
              {.restart = {.redeliver = 2}});
  EXPECT_EQ(lines_after(5ms), (Lines{"tick", "tick", "tick"}));
  EXPECT_EQ(system_.dead_letters().total(), 0U);
}

// Promises: S15, D8
TEST_F(Redelivery, AnUrgentMessageStaysBeforeTheOthers) {
  const auto clerk = start(1);
  desk_.failing[2] = 1;
  test_.send(clerk, Job{1});
  ASSERT_EQ(clerk.try_send_urgent(Job{2}), SendResult::ok);
  ASSERT_EQ(clerk.try_send_urgent(Job{3}), SendResult::ok);
  EXPECT_EQ(lines_after(), (Lines{"start", "2", "start", "2", "3", "1"}));
}

// Promises: S15, D8
TEST_F(Redelivery, AnUrgentMessageOvertakesOneThatIsNot) {
  const auto clerk = start(1);
  desk_.failing[1] = 1;
  test_.send(clerk, Urging{1});  // It sends 2, urgently, and fails.
  EXPECT_EQ(lines_after(), (Lines{"start", "1", "start", "2", "1"}));
}

// Promises: S15, D1
TEST_F(Redelivery, WhatWasHandledInItsLaneKeepsItsPlace) {
  const auto clerk = start(1);
  const auto relayer =
      test_.spawn("relayer", [&](Context&) { return Relayer{desk_.lines, clerk}; }, {.worker = 1});
  run();
  desk_.lines.clear();
  desk_.failing[1] = 1;
  desk_.failing[3] = 1;
  for (int number = 1; number <= 4; ++number) test_.send(relayer, Relay{number, false});
  EXPECT_EQ(lines_after(), (Lines{"1", "start", "1", "2", "3", "start", "3", "4"}));
  EXPECT_EQ(system_.dead_letters().total(), 0U);
}

// Promises: S15, D7
TEST_F(Redelivery, ASharedPayloadIsHandledAgain) {
  const auto clerk = start(2);
  desk_.failing[1] = 2;
  desk_.failing[2] = 1;
  Parcel parcel{1, {}};
  parcel.weight[999] = 1;
  test_.send(clerk, parcel);
  auto kept = Shared<Parcel>::make(Parcel{2, {}});
  parcel.number = 2;
  parcel.weight[999] = 2;
  kept = Shared<Parcel>::make(parcel);
  ASSERT_EQ(clerk.try_send(kept), SendResult::ok);
  EXPECT_EQ(lines_after(), (Lines{"start", "1", "start", "1", "start", "1", "2", "start", "2"}));
  EXPECT_EQ(kept->weight[999], 2);
}

// Promises: S15, L4
TEST_F(Redelivery, ACoroutinesMessageIsHandledAgain) {
  const auto clerk = start(1);
  desk_.failing[1] = 1;
  test_.send(clerk, SlowJob{1});
  test_.send(clerk, Job{2});
  EXPECT_EQ(lines_after(10ms), (Lines{"start", "1", "start", "1", "2"}));
  EXPECT_EQ(system_.dead_letters().total(), 0U);
}

// Promises: S15, A1
TEST_F(Redelivery, AnAskIsAnsweredOnceByWhoeverHandlesItInTheEnd) {
  const auto clerk = start(2);
  desk_.failing[1] = 2;
  EXPECT_EQ(test_.ask(clerk, Question{1}).value().number, 101);
  desk_.failing[2] = 1;
  EXPECT_EQ(test_.ask(clerk, SlowQuestion{2}).value().number, 102);
  EXPECT_EQ(lines_after(), (Lines{"start", "1", "start", "1", "start", "1", "2", "start", "2"}));
  EXPECT_EQ(system_.late_replies(), 0U);
}

// Promises: S15, A3
TEST_F(Redelivery, AnAskFailsWhenItsRequestIsPoisonInTheEnd) {
  const auto clerk = start(1);
  desk_.failing[1] = 2;
  const auto answer = test_.ask(clerk, Question{1});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, "handler_failed");
  EXPECT_EQ(answer.error().message, "no 1");
  EXPECT_EQ(dead(DeadLetterReason::poison), 1U);
}

// Promises: S15, A4
TEST_F(Redelivery, AnAskThatWasAnsweredBeforeTheFailureIsNotAnsweredAgain) {
  const auto clerk = start(1);
  desk_.failing[1] = 1;
  EXPECT_EQ(test_.ask(clerk, AnsweredFirst{1}).value().number, 101);
  EXPECT_EQ(lines_after(), (Lines{"start", "1", "start", "1"}));
  EXPECT_EQ(system_.late_replies(), 0U);
}

// Promises: S15, A3
TEST_F(Redelivery, AnAnswerThatWasPutOffFailsWithItsObject) {
  const auto clerk = start(1);
  desk_.failing[1] = 1;
  EXPECT_FALSE(test_.ask(clerk, AnsweredLater{1}).has_value());
  EXPECT_EQ(lines_after(), (Lines{"start", "1", "start", "1"}));
  EXPECT_EQ(system_.late_replies(), 0U);
}

}  // namespace
}  // namespace mycelium::testing
