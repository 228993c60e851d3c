#include "mycelium/runtime/idle.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

using std::chrono::microseconds;

// Empty steps until the policy says park, `steps_max` at most.
int empty_steps_until_park(IdlePolicy& idle, ManualClock& clock, microseconds per_step,
                           int steps_max) {
  for (int step = 1; step <= steps_max; ++step) {
    clock.advance(per_step);
    if (idle.after_step(0, clock) == IdleAction::park) return step;
  }
  return steps_max + 1;
}

TEST(IdlePolicy, SpinNeverParks) {
  ManualClock clock;
  IdlePolicy idle{Idle::spin};
  EXPECT_GT(empty_steps_until_park(idle, clock, microseconds{1000}, 10'000), 10'000);
}

TEST(IdlePolicy, SleepParksAtTheFirstEmptyStepAndNeverAfterWork) {
  ManualClock clock;
  IdlePolicy idle{Idle::sleep};
  EXPECT_EQ(idle.after_step(3, clock), IdleAction::step);
  EXPECT_EQ(idle.after_step(0, clock), IdleAction::park);
}

TEST(IdlePolicy, AdaptiveParksOnlyWhenTimeHasPassedWithoutWork) {
  ManualClock clock;
  IdlePolicy idle{Idle::adaptive};
  // While time stands still, it spins on.
  EXPECT_GT(empty_steps_until_park(idle, clock, microseconds{0}, 5000), 5000);
  // When time passes, it parks in the end; and again after it has been woken.
  EXPECT_LE(empty_steps_until_park(idle, clock, microseconds{1}, 5000), 5000);
  idle.woke();
  const int steps = empty_steps_until_park(idle, clock, microseconds{1}, 5000);
  EXPECT_GT(steps, 150);  // Not before its spin of 150 us.
  EXPECT_LE(steps, 5000);
}

TEST(IdlePolicy, AdaptiveStartsAnewAfterEachMessage) {
  ManualClock clock;
  IdlePolicy idle{Idle::adaptive};
  for (int message = 0; message < 100; ++message) {
    EXPECT_GT(empty_steps_until_park(idle, clock, microseconds{1}, 140), 140)
        << "message " << message;
    EXPECT_EQ(idle.after_step(1, clock), IdleAction::step);
  }
}

}  // namespace
}  // namespace mycelium
