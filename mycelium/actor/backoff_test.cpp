#include "mycelium/actor/backoff.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "mycelium/actor/supervision_test.hpp"

namespace mycelium::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr Backoff kExact{.jitter = 0};

// Promises: S6
TEST(BackoffDelay, GrowsByItsFactorUpToItsMaximum) {
  Random random{1};
  EXPECT_EQ(detail::backoff_delay(kExact, 0, random), nanoseconds{0});
  EXPECT_EQ(detail::backoff_delay(kExact, 1, random), milliseconds{10});
  EXPECT_EQ(detail::backoff_delay(kExact, 2, random), milliseconds{20});
  EXPECT_EQ(detail::backoff_delay(kExact, 9, random), milliseconds{2560});
  EXPECT_EQ(detail::backoff_delay(kExact, 10, random), seconds{5});
  EXPECT_EQ(detail::backoff_delay(kExact, 4'000'000'000, random), seconds{5});
  const Backoff steady{.min = seconds{1}, .factor = 1, .jitter = 0, .first_at_once = false};
  EXPECT_EQ(detail::backoff_delay(steady, 0, random), seconds{1});
  EXPECT_EQ(detail::backoff_delay(steady, 4'000'000'000, random), seconds{1});
}

// Promises: S6
TEST(BackoffDelay, ItsJitterTakesAwayNoMoreThanItsPartAndAddsNothing) {
  const Backoff backoff{.jitter = 0.2};
  Random random{7};
  nanoseconds shortest = hours{1};
  nanoseconds longest{0};
  for (int turn = 0; turn < 10'000; ++turn) {
    const nanoseconds delay = detail::backoff_delay(backoff, 20, random);
    shortest = std::min(shortest, delay);
    longest = std::max(longest, delay);
  }
  EXPECT_GE(shortest, seconds{4});
  EXPECT_LT(shortest, milliseconds{4010});
  EXPECT_LE(longest, seconds{5});
  EXPECT_GT(longest, milliseconds{4990});
}

class BackoffTest : public SupervisionTest {
 protected:
  ChildOptions options_{.restart = {.max_restarts = 100, .period = hours{1}, .backoff = kExact}};
};

// Promises: S6, L6, L1
TEST_F(BackoffTest, TheFirstRestartIsAtOnceAndTheNextWaitWithTheMailbox) {
  test_.supervise(supervisor("top", {}, member("a", options_), member("b")));
  test_.run_until_idle();
  EXPECT_EQ(after("a", Deed::fail), (Lines{"stop a", "start a"}));
  EXPECT_EQ(after("a", Deed::fail), (Lines{"stop a"}));
  tell("a", Deed::nothing, 1);
  test_.advance(milliseconds{10} - nanoseconds{1});
  EXPECT_EQ(story_.take(), Lines{});
  EXPECT_EQ(ref("a").cell()->state.load(), ActorState::backing_off);
  test_.advance(nanoseconds{1});
  EXPECT_EQ(story_.take(), (Lines{"start a", "a handles 1"}));
  // The next one waits twice as long; siblings do not notice.
  tell("a", Deed::fail);
  EXPECT_EQ(after("b", Deed::fail).size(), 3U);
  test_.advance(milliseconds{20});
  EXPECT_EQ(story_.take(), (Lines{"start a"}));
}

// Promises: S6
TEST_F(BackoffTest, HavingRunLongEnoughItBeginsAnew) {
  test_.supervise(supervisor("top", {}, member("a", options_)));
  test_.run_until_idle();
  static_cast<void>(after("a", Deed::fail));
  EXPECT_EQ(after("a", Deed::fail), (Lines{"stop a"}));
  test_.advance(milliseconds{10} + seconds{10} - nanoseconds{1});
  EXPECT_EQ(after("a", Deed::fail), (Lines{"stop a"}));  // The third in a row.
  test_.advance(milliseconds{20} + seconds{10});
  EXPECT_EQ(after("a", Deed::fail), (Lines{"stop a", "start a"}));
}

// Promises: S6
TEST_F(BackoffTest, StartsThatFailCountAndWaitLongerEachTime) {
  story_.failing_starts["a"] = 3;
  test_.supervise(supervisor("top", {}, member("a", options_)));
  test_.run_until_idle();
  EXPECT_EQ(story_.take(), (Lines{"no start a", "no start a"}));
  test_.advance(milliseconds{10});
  EXPECT_EQ(story_.take(), (Lines{"no start a"}));
  test_.advance(milliseconds{19});
  EXPECT_EQ(story_.take(), Lines{});
  test_.advance(milliseconds{1});
  EXPECT_EQ(story_.take(), (Lines{"start a"}));
}

// Promises: S6, S1
TEST_F(BackoffTest, InAGroupTheMemberThatFailedWaitsInItsTurnAndThoseAfterItWaitForIt) {
  options_.restart.backoff->first_at_once = false;
  test_.supervise(supervisor("top", {.strategy = Strategy::one_for_all}, member("a"),
                             member("b", options_), member("c")));
  test_.run_until_idle();
  EXPECT_EQ(after("b", Deed::fail), (Lines{"stop b", "stop c", "stop a", "start a"}));
  test_.advance(milliseconds{10});
  EXPECT_EQ(story_.take(), (Lines{"start b", "start c"}));
}

// Promises: S6, X1
TEST_F(BackoffTest, AnActorThatWaitsForItsRestartIsStoppedAtOnce) {
  options_.restart.backoff->first_at_once = false;
  const auto top = test_.supervise(supervisor("top", {}, member("a", options_)));
  test_.run_until_idle();
  static_cast<void>(after("a", Deed::fail));
  system_.stop(top);
  test_.run_until_idle();
  EXPECT_TRUE(system_.actors().empty());
  EXPECT_FALSE(test_.next_timer().has_value());
}

}  // namespace
}  // namespace mycelium::testing
