#include "mycelium/bus/circuit_breaker.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "mycelium/base/random.hpp"

namespace mycelium {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr std::size_t kMuchRoom = 1000;

Instant at(nanoseconds since_start) { return Instant{since_start}; }

// A breaker of three failures within 10 ms that opens for 5 ms.
constexpr BreakerOptions kOptions{.failures = 3, .window = 10ms, .open_for = 5ms, .room_min = 4};

// One that has opened at `now`.
CircuitBreaker opened(Instant now) {
  CircuitBreaker breaker{kOptions};
  for (int failure = 0; failure < 3; ++failure) breaker.failed(now);
  EXPECT_EQ(breaker.state(), BreakerState::open);
  return breaker;
}

// One that has opened at `now` and let a probe through as soon as it may.
CircuitBreaker probing(Instant now) {
  CircuitBreaker breaker = opened(now);
  EXPECT_TRUE(breaker.allows(now + kOptions.open_for, kMuchRoom));
  EXPECT_EQ(breaker.state(), BreakerState::half_open);
  return breaker;
}

TEST(CircuitBreaker, LetsEverythingThroughWhileClosed) {
  CircuitBreaker breaker{kOptions};
  for (int message = 0; message < 100; ++message) {
    EXPECT_TRUE(breaker.allows(at(message * 1us), kMuchRoom));
    breaker.succeeded(at(message * 1us));
  }
  EXPECT_EQ(breaker.state(), BreakerState::closed);
  EXPECT_EQ(breaker.opened_count(), 0U);
}

TEST(CircuitBreaker, OpensWithTheLastOfARowOfFailures) {
  CircuitBreaker breaker{kOptions};
  breaker.failed(at(0ms));
  breaker.failed(at(1ms));
  EXPECT_EQ(breaker.state(), BreakerState::closed);
  EXPECT_TRUE(breaker.allows(at(1ms), kMuchRoom));
  breaker.failed(at(2ms));
  EXPECT_EQ(breaker.state(), BreakerState::open);
  EXPECT_EQ(breaker.opened_count(), 1U);
  EXPECT_FALSE(breaker.allows(at(2ms), kMuchRoom));
}

TEST(CircuitBreaker, OpensWithTheFirstFailureWhenOneIsEnough) {
  CircuitBreaker breaker{BreakerOptions{.failures = 1}};
  breaker.failed(at(0ms));
  EXPECT_EQ(breaker.state(), BreakerState::open);
}

TEST(CircuitBreaker, CountsFailuresThatAreExactlyAWindowApart) {
  CircuitBreaker breaker{kOptions};
  breaker.failed(at(0ms));
  breaker.failed(at(3ms));
  breaker.failed(at(10ms));
  EXPECT_EQ(breaker.state(), BreakerState::open);
}

TEST(CircuitBreaker, ForgetsAFailureANanosecondBeyondTheWindow) {
  CircuitBreaker breaker{kOptions};
  breaker.failed(at(0ms));
  breaker.failed(at(3ms));
  breaker.failed(at(10ms + 1ns));
  EXPECT_EQ(breaker.state(), BreakerState::closed);
  // The window slides: the last two count on.
  breaker.failed(at(13ms));
  EXPECT_EQ(breaker.state(), BreakerState::open);
}

TEST(CircuitBreaker, BeginsARowAnewAfterASuccess) {
  CircuitBreaker breaker{kOptions};
  for (int round = 0; round < 10; ++round) {
    breaker.failed(at(0ms));
    breaker.failed(at(0ms));
    breaker.succeeded(at(0ms));
  }
  EXPECT_EQ(breaker.state(), BreakerState::closed);
  breaker.failed(at(0ms));
  breaker.failed(at(0ms));
  EXPECT_EQ(breaker.state(), BreakerState::closed);
  breaker.failed(at(0ms));
  EXPECT_EQ(breaker.state(), BreakerState::open);
}

TEST(CircuitBreaker, OpensWhenTheRoomFallsBelowItsLimit) {
  CircuitBreaker breaker{kOptions};
  EXPECT_TRUE(breaker.allows(at(0ms), 4));
  EXPECT_FALSE(breaker.allows(at(1ms), 3));
  EXPECT_EQ(breaker.state(), BreakerState::open);
  EXPECT_EQ(breaker.opened_count(), 1U);
  EXPECT_FALSE(breaker.allows(at(6ms - 1ns), kMuchRoom)) << "room alone does not close it";
  EXPECT_TRUE(breaker.allows(at(6ms), 4));
}

TEST(CircuitBreaker, IgnoresRoomWithoutALimit) {
  CircuitBreaker breaker{BreakerOptions{}};
  EXPECT_TRUE(breaker.allows(at(0ms), 0));
  EXPECT_EQ(breaker.state(), BreakerState::closed);
}

TEST(CircuitBreaker, LetsOneProbeThroughAfterItsDelay) {
  CircuitBreaker breaker = opened(at(0ms));
  EXPECT_FALSE(breaker.allows(at(0ms), kMuchRoom));
  EXPECT_FALSE(breaker.allows(at(5ms - 1ns), kMuchRoom));
  EXPECT_EQ(breaker.state(), BreakerState::open);
  EXPECT_TRUE(breaker.allows(at(5ms), kMuchRoom));
  EXPECT_EQ(breaker.state(), BreakerState::half_open);
  EXPECT_FALSE(breaker.allows(at(5ms), kMuchRoom)) << "a second one";
  EXPECT_FALSE(breaker.allows(at(6ms), kMuchRoom));
}

TEST(CircuitBreaker, HoldsTheProbeBackWhileThereIsTooLittleRoom) {
  CircuitBreaker breaker = opened(at(0ms));
  EXPECT_FALSE(breaker.allows(at(50ms), 3));
  EXPECT_EQ(breaker.state(), BreakerState::open);
  EXPECT_EQ(breaker.opened_count(), 1U);
  EXPECT_TRUE(breaker.allows(at(50ms), 4)) << "the delay does not begin anew";
}

TEST(CircuitBreaker, ClosesWhenTheProbeSucceeds) {
  CircuitBreaker breaker = probing(at(0ms));
  breaker.succeeded(at(6ms));
  EXPECT_EQ(breaker.state(), BreakerState::closed);
  EXPECT_TRUE(breaker.allows(at(6ms), kMuchRoom));
  // Failures of before do not count.
  breaker.failed(at(6ms));
  breaker.failed(at(6ms));
  EXPECT_EQ(breaker.state(), BreakerState::closed);
  breaker.failed(at(6ms));
  EXPECT_EQ(breaker.state(), BreakerState::open);
  EXPECT_EQ(breaker.opened_count(), 2U);
}

TEST(CircuitBreaker, OpensAgainWhenTheProbeFails) {
  CircuitBreaker breaker = probing(at(0ms));
  breaker.failed(at(7ms));
  EXPECT_EQ(breaker.state(), BreakerState::open);
  EXPECT_EQ(breaker.opened_count(), 2U);
  EXPECT_FALSE(breaker.allows(at(12ms - 1ns), kMuchRoom)) << "the delay runs from the failure";
  EXPECT_TRUE(breaker.allows(at(12ms), kMuchRoom));
}

TEST(CircuitBreaker, LetsAnotherProbeThroughWhenOneIsNeverAnswered) {
  CircuitBreaker breaker = probing(at(0ms));  // The probe goes at 5 ms.
  EXPECT_FALSE(breaker.allows(at(10ms - 1ns), kMuchRoom));
  EXPECT_FALSE(breaker.allows(at(10ms), 3)) << "too little room";
  EXPECT_TRUE(breaker.allows(at(10ms), kMuchRoom));
  EXPECT_EQ(breaker.state(), BreakerState::half_open);
  EXPECT_FALSE(breaker.allows(at(15ms - 1ns), kMuchRoom));
  EXPECT_TRUE(breaker.allows(at(15ms), kMuchRoom));
  EXPECT_EQ(breaker.opened_count(), 1U);
  breaker.succeeded(at(16ms));
  EXPECT_EQ(breaker.state(), BreakerState::closed);
}

TEST(CircuitBreaker, IgnoresLateOutcomesWhileOpen) {
  CircuitBreaker breaker = opened(at(0ms));
  breaker.failed(at(4ms));
  breaker.succeeded(at(4ms));
  EXPECT_EQ(breaker.state(), BreakerState::open);
  EXPECT_EQ(breaker.opened_count(), 1U);
  EXPECT_TRUE(breaker.allows(at(5ms), kMuchRoom)) << "a late failure does not lengthen the delay";
}

TEST(CircuitBreaker, TakesTheLongestTimes) {
  constexpr auto kForEver = nanoseconds::max();
  CircuitBreaker breaker{BreakerOptions{.failures = 2, .window = kForEver, .open_for = kForEver}};
  breaker.failed(at(0ns));
  breaker.failed(at(1h));
  EXPECT_EQ(breaker.state(), BreakerState::open);
  EXPECT_FALSE(breaker.allows(at(100'000h), kMuchRoom));
}

// The rules once more, as plainly as they can be written.
struct NaiveBreaker {
  BreakerOptions options{};
  BreakerState state = BreakerState::closed;
  std::deque<Instant> row;
  Instant since{};
  std::uint64_t opened_count = 0;

  void open(Instant now) {
    state = BreakerState::open;
    since = now;
    ++opened_count;
    row.clear();
  }
  bool allows(Instant now, std::size_t room) {
    if (state == BreakerState::closed && room < options.room_min) open(now);
    if (state == BreakerState::closed) return true;
    if (room < options.room_min || now < since + options.open_for) return false;
    state = BreakerState::half_open;
    since = now;
    return true;
  }
  void succeeded() {
    if (state != BreakerState::open) row.clear();
    if (state == BreakerState::half_open) state = BreakerState::closed;
  }
  void failed(Instant now) {
    if (state == BreakerState::half_open) open(now);
    if (state != BreakerState::closed) return;
    row.push_back(now);
    while (row.front() < now - options.window) row.pop_front();
    if (row.size() >= options.failures) open(now);
  }
};

TEST(CircuitBreaker, AgreesWithTheNaiveOneUnderRandomUse) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Random random{seed};
    const BreakerOptions options{.failures = 1 + random.below(6),
                                 .window = nanoseconds{random.between(1, 40)},
                                 .open_for = nanoseconds{random.between(1, 20)},
                                 .room_min = random.below(3)};
    CircuitBreaker breaker{options};
    NaiveBreaker naive;
    naive.options = options;
    Instant now{};
    for (int call = 0; call < 5000; ++call) {
      now += nanoseconds{random.between(0, 4)};
      switch (random.below(8)) {
        case 0:
          breaker.succeeded(now);
          naive.succeeded();
          break;
        case 1:
        case 2:
        case 3: {
          const std::size_t room = random.below(20);
          ASSERT_EQ(breaker.allows(now, room), naive.allows(now, room)) << "seed " << seed;
          break;
        }
        default:
          breaker.failed(now);
          naive.failed(now);
      }
      ASSERT_EQ(breaker.state(), naive.state) << "seed " << seed << ", call " << call;
      ASSERT_EQ(breaker.opened_count(), naive.opened_count) << "seed " << seed;
    }
  }
}

TEST(CircuitBreakerDeathTest, RefusesOptionsThatMeanNothing) {
  EXPECT_DEATH((CircuitBreaker{BreakerOptions{.failures = 0}}), "one failure or more");
  EXPECT_DEATH((CircuitBreaker{BreakerOptions{.window = 0ns}}), "window is above zero");
  EXPECT_DEATH((CircuitBreaker{BreakerOptions{.open_for = 0ns}}), "open for a while");
}

}  // namespace
}  // namespace mycelium
