#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "mycelium/actor/supervision_test.hpp"

// Erlang/OTP's rules for supervisors as a table: each case names its rule (OTP's design principles,
// "Supervisor Behaviour", and the manual page of `supervisor`). Where this runtime says otherwise
// on purpose, the case says so.
namespace mycelium::testing {
namespace {

using std::chrono::seconds;

enum class How : std::uint8_t { fails, ends, stops, is_stopped };

struct Case {
  const char* name;  // The rule.
  Strategy strategy;
  Restart type;  // Of "b", the second of three children; the others are permanent.
  How how;
  Lines expected;
};

void PrintTo(const Case& row, std::ostream* out) { *out << row.name; }

constexpr Strategy kOne = Strategy::one_for_one;
constexpr Strategy kAll = Strategy::one_for_all;
constexpr Strategy kRest = Strategy::rest_for_one;

const Lines kOnlyB{"stop b", "start b"};
const Lines kAllOfThem{"stop b", "stop c", "stop a", "start a", "start b", "start c"};
const Lines kBAndLater{"stop b", "stop c", "start b", "start c"};
const Lines kGone{"stop b"};

class OtpTable : public SupervisionTest, public ::testing::WithParamInterface<Case> {};

// Promises: S1, S2, S3
TEST_P(OtpTable, RestartsWhomTheRuleSays) {
  const Case& row = GetParam();
  test_.supervise(supervisor("top", {.strategy = row.strategy}, member("a"), member("b", row.type),
                             member("c")));
  test_.run_until_idle();
  EXPECT_EQ(story_.take(), (Lines{"start a", "start b", "start c"}));
  const auto b = ref("b");
  if (row.how == How::is_stopped) {
    system_.stop(b);
    test_.run_until_idle();
    EXPECT_EQ(story_.take(), row.expected);
  } else {
    EXPECT_EQ(after("b", row.how == How::fails  ? Deed::fail
                         : row.how == How::ends ? Deed::end
                                                : Deed::stop),
              row.expected);
  }
  EXPECT_EQ(lives("b"), row.expected != kGone);
  EXPECT_TRUE(lives("a") && lives("c"));
  EXPECT_EQ(b.try_send(Order{Deed::nothing}),
            row.expected != kGone ? SendResult::ok : SendResult::closed);
  EXPECT_EQ(failure(), "");
}

INSTANTIATE_TEST_SUITE_P(
    Rule, OtpTable,
    ::testing::Values(
        // A permanent child is always restarted, after a failure and after a normal end.
        Case{"PermanentFailsOneForOne", kOne, Restart::permanent, How::fails, kOnlyB},
        Case{"PermanentFailsOneForAll", kAll, Restart::permanent, How::fails, kAllOfThem},
        Case{"PermanentFailsRestForOne", kRest, Restart::permanent, How::fails, kBAndLater},
        Case{"PermanentEndsOneForOne", kOne, Restart::permanent, How::ends, kOnlyB},
        Case{"PermanentEndsOneForAll", kAll, Restart::permanent, How::ends, kAllOfThem},
        Case{"PermanentEndsRestForOne", kRest, Restart::permanent, How::ends, kBAndLater},
        // Otherwise than OTP: a stop is an order, not an exit, so it is final for every type.
        Case{"PermanentStopsOneForOne", kOne, Restart::permanent, How::stops, kGone},
        Case{"PermanentStopsOneForAll", kAll, Restart::permanent, How::stops, kGone},
        Case{"PermanentStopsRestForOne", kRest, Restart::permanent, How::stops, kGone},
        // terminate_child: a child that was stopped from outside is not restarted.
        Case{"PermanentIsStoppedOneForOne", kOne, Restart::permanent, How::is_stopped, kGone},
        Case{"PermanentIsStoppedOneForAll", kAll, Restart::permanent, How::is_stopped, kGone},
        Case{"PermanentIsStoppedRestForOne", kRest, Restart::permanent, How::is_stopped, kGone},
        // A transient child is restarted only if it terminates abnormally.
        Case{"TransientFailsOneForOne", kOne, Restart::transient, How::fails, kOnlyB},
        Case{"TransientFailsOneForAll", kAll, Restart::transient, How::fails, kAllOfThem},
        Case{"TransientFailsRestForOne", kRest, Restart::transient, How::fails, kBAndLater},
        Case{"TransientEndsOneForOne", kOne, Restart::transient, How::ends, kGone},
        Case{"TransientEndsOneForAll", kAll, Restart::transient, How::ends, kGone},
        Case{"TransientEndsRestForOne", kRest, Restart::transient, How::ends, kGone},
        // Exit reason `shutdown` of a transient child is normal.
        Case{"TransientStopsOneForOne", kOne, Restart::transient, How::stops, kGone},
        Case{"TransientStopsOneForAll", kAll, Restart::transient, How::stops, kGone},
        Case{"TransientStopsRestForOne", kRest, Restart::transient, How::stops, kGone},
        Case{"TransientIsStoppedOneForOne", kOne, Restart::transient, How::is_stopped, kGone},
        Case{"TransientIsStoppedOneForAll", kAll, Restart::transient, How::is_stopped, kGone},
        Case{"TransientIsStoppedRestForOne", kRest, Restart::transient, How::is_stopped, kGone},
        // A temporary child is never restarted, and its end restarts nobody else.
        Case{"TemporaryFailsOneForOne", kOne, Restart::temporary, How::fails, kGone},
        Case{"TemporaryFailsOneForAll", kAll, Restart::temporary, How::fails, kGone},
        Case{"TemporaryFailsRestForOne", kRest, Restart::temporary, How::fails, kGone},
        Case{"TemporaryEndsOneForOne", kOne, Restart::temporary, How::ends, kGone},
        Case{"TemporaryEndsOneForAll", kAll, Restart::temporary, How::ends, kGone},
        Case{"TemporaryEndsRestForOne", kRest, Restart::temporary, How::ends, kGone},
        Case{"TemporaryStopsOneForOne", kOne, Restart::temporary, How::stops, kGone},
        Case{"TemporaryStopsOneForAll", kAll, Restart::temporary, How::stops, kGone},
        Case{"TemporaryStopsRestForOne", kRest, Restart::temporary, How::stops, kGone},
        Case{"TemporaryIsStoppedOneForOne", kOne, Restart::temporary, How::is_stopped, kGone},
        Case{"TemporaryIsStoppedOneForAll", kAll, Restart::temporary, How::is_stopped, kGone},
        Case{"TemporaryIsStoppedRestForOne", kRest, Restart::temporary, How::is_stopped, kGone}),
    [](const auto& row) { return row.param.name; });

struct Window {
  const char* name;  // The rule.
  Strategy strategy;
  Counting counting;
  std::vector<const char*> failing;  // One after the other,
  int apart_s;                       // with so many seconds between; 2 are accepted within 10.
  bool accepted;
};

void PrintTo(const Window& row, std::ostream* out) { *out << row.name; }

class OtpWindow : public SupervisionTest, public ::testing::WithParamInterface<Window> {};

// Promises: S5
TEST_P(OtpWindow, AcceptsAsManyFailuresAsTheRuleSays) {
  const Window& row = GetParam();
  const RestartOptions restart{.max_restarts = 2, .period = seconds{10}};
  // A supervisor that may not restart either, so that its own failure is the system's.
  test_.supervise(supervisor("top",
                             {.strategy = row.strategy,
                              .intensity = {.max_restarts = 2, .period = seconds{10}},
                              .counting = row.counting,
                              .restart = {.max_restarts = 0}},
                             member("a", {.restart = restart}), member("b", {.restart = restart})));
  test_.run_until_idle();
  for (const char* const name : row.failing) {
    ASSERT_TRUE(lives(name)) << "before the last failure";
    tell(name, Deed::fail);
    test_.advance(seconds{row.apart_s});
  }
  EXPECT_EQ(failure().empty(), row.accepted) << failure();
  EXPECT_EQ(lives("a") && lives("b"), row.accepted);
}

constexpr Counting kUsual = Counting::by_strategy;

INSTANTIATE_TEST_SUITE_P(
    Rule, OtpWindow,
    ::testing::Values(
        // As many restarts as the intensity within the period are accepted.
        Window{"AsManyAsAllowedOneForOne", kOne, kUsual, {"a", "a"}, 1, true},
        Window{"AsManyAsAllowedOneForAll", kAll, kUsual, {"a", "b"}, 1, true},
        Window{"AsManyAsAllowedRestForOne", kRest, kUsual, {"b", "a"}, 1, true},
        // One more, and the supervisor terminates all children and then itself.
        Window{"OneMoreOneForOne", kOne, kUsual, {"a", "a", "a"}, 1, false},
        Window{"OneMoreOneForAll", kAll, kUsual, {"a", "b", "a"}, 1, false},
        Window{"OneMoreRestForOne", kRest, kUsual, {"b", "a", "b"}, 1, false},
        // The window slides: what lies more than a period back does not count.
        Window{"OldOnesAreForgottenOneForOne", kOne, kUsual, {"a", "a", "a", "a"}, 6, true},
        Window{"OldOnesAreForgottenOneForAll", kAll, kUsual, {"a", "b", "a", "b"}, 6, true},
        Window{"OldOnesAreForgottenRestForOne", kRest, kUsual, {"b", "b", "b", "a"}, 6, true},
        // Exactly a period back still counts.
        Window{"ThePeriodIsInclusiveOneForOne", kOne, kUsual, {"a", "a", "a"}, 5, false},
        Window{"ThePeriodIsInclusiveOneForAll", kAll, kUsual, {"a", "b", "b"}, 5, false},
        // Otherwise than OTP, one_for_one counts for each child, unless it is told to count all.
        Window{"EachChildForItself", kOne, kUsual, {"a", "a", "b", "b"}, 1, true},
        Window{"AllTogether", kOne, Counting::per_supervisor, {"a", "b", "a"}, 1, false},
        Window{"EachForItselfInAGroup", kAll, Counting::per_child, {"a", "a", "b", "b"}, 1, true},
        Window{"OneMoreForItselfInAGroup", kAll, Counting::per_child, {"a", "a", "a"}, 1, false}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace mycelium::testing
