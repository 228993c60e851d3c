#include "mycelium/runtime/stall_detector.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <vector>

namespace mycelium {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

using Stalls = std::vector<Stall>;

Instant at(nanoseconds since_start) { return Instant{since_start}; }

// One worker that runs `activity`.
Stalls look(StallDetector& detector, nanoseconds now, WorkerActivity activity) {
  return detector.look(at(now), std::array{activity});
}

constexpr WorkerActivity kBusy{.step = 5, .actor = 77, .type_id = 3};
constexpr WorkerActivity kIdle{.step = 6};

TEST(StallDetector, ReportsAHandlerOnceItHasLastedTheLimit) {
  StallDetector detector{10ms};
  EXPECT_EQ(look(detector, 1ms, kBusy), Stalls{});
  EXPECT_EQ(look(detector, 11ms - 1ns, kBusy), Stalls{});
  EXPECT_EQ(look(detector, 11ms, kBusy), (Stalls{{0, 77, 3, 10ms, false}}));
}

TEST(StallDetector, ReportsAStallOnlyOnceWhileItGoesOn) {
  StallDetector detector{10ms};
  EXPECT_EQ(look(detector, 0ms, kBusy), Stalls{});
  EXPECT_EQ(look(detector, 25ms, kBusy), (Stalls{{0, 77, 3, 25ms, false}}));
  for (int time = 26; time < 200; ++time)
    EXPECT_EQ(look(detector, std::chrono::milliseconds{time}, kBusy), Stalls{});
}

TEST(StallDetector, ReportsTheEndOfAStallWithItsLength) {
  StallDetector detector{10ms};
  (void)look(detector, 0ms, kBusy);
  (void)look(detector, 10ms, kBusy);
  EXPECT_EQ(look(detector, 34ms, kIdle), (Stalls{{0, 77, 3, 34ms, true}}));
  EXPECT_EQ(look(detector, 99ms, kIdle), Stalls{}) << "it ends once";
}

TEST(StallDetector, SaysNothingOfAHandlerThatEndsBeforeTheLimit) {
  StallDetector detector{10ms};
  (void)look(detector, 0ms, kBusy);
  EXPECT_EQ(look(detector, 9ms, kBusy), Stalls{});
  // It may well have ended after the limit, but nobody saw it last so long.
  EXPECT_EQ(look(detector, 50ms, kIdle), Stalls{});
}

TEST(StallDetector, LeavesAnIdleWorkerAlone) {
  StallDetector detector{10ms};
  for (int time = 0; time < 100; ++time)
    EXPECT_EQ(look(detector, std::chrono::milliseconds{time}, kIdle), Stalls{});
}

TEST(StallDetector, MeasuresAHandlerFromItsOwnStartNotFromTheIdleTimeBefore) {
  StallDetector detector{10ms};
  (void)look(detector, 0ms, kIdle);
  EXPECT_EQ(look(detector, 100ms, kBusy), Stalls{});
  EXPECT_EQ(look(detector, 109ms, kBusy), Stalls{});
  EXPECT_EQ(look(detector, 110ms, kBusy), (Stalls{{0, 77, 3, 10ms, false}}));
}

TEST(StallDetector, TakesAnyChangeForProgress) {
  StallDetector detector{10ms};
  (void)look(detector, 0ms, {1, 77, 3});
  EXPECT_EQ(look(detector, 9ms, {2, 77, 3}), Stalls{}) << "the next message of the actor";
  EXPECT_EQ(look(detector, 18ms, {2, 78, 3}), Stalls{}) << "another actor";
  EXPECT_EQ(look(detector, 27ms, {2, 78, 4}), Stalls{}) << "another message";
  EXPECT_EQ(look(detector, 36ms, {2, 78, 4}), Stalls{});
  EXPECT_EQ(look(detector, 37ms, {2, 78, 4}), (Stalls{{0, 78, 4, 10ms, false}}));
}

TEST(StallDetector, ReportsTheNextStallOfTheSameActorAnew) {
  StallDetector detector{10ms};
  (void)look(detector, 0ms, {1, 77, 3});
  EXPECT_EQ(look(detector, 10ms, {1, 77, 3}), (Stalls{{0, 77, 3, 10ms, false}}));
  EXPECT_EQ(look(detector, 20ms, {2, 77, 3}), (Stalls{{0, 77, 3, 20ms, true}}));
  EXPECT_EQ(look(detector, 29ms, {2, 77, 3}), Stalls{});
  EXPECT_EQ(look(detector, 30ms, {2, 77, 3}), (Stalls{{0, 77, 3, 10ms, false}}));
}

TEST(StallDetector, WatchesEachWorkerForItself) {
  StallDetector detector{10ms};
  using Workers = std::array<WorkerActivity, 3>;
  EXPECT_EQ(detector.look(at(0ms), Workers{{{1, 70, 1}, {9, 0, 0}, {4, 72, 2}}}), Stalls{});
  EXPECT_EQ(detector.look(at(5ms), Workers{{{1, 70, 1}, {9, 71, 1}, {5, 72, 2}}}), Stalls{});
  EXPECT_EQ(detector.look(at(10ms), Workers{{{1, 70, 1}, {9, 71, 1}, {5, 72, 2}}}),
            (Stalls{{0, 70, 1, 10ms, false}}));
  EXPECT_EQ(detector.look(at(15ms), Workers{{{2, 70, 1}, {9, 71, 1}, {5, 72, 2}}}),
            (Stalls{{0, 70, 1, 15ms, true}, {1, 71, 1, 10ms, false}, {2, 72, 2, 10ms, false}}));
}

TEST(StallDetectorDeathTest, RefusesALimitOfNothingAndOtherWorkers) {
  EXPECT_DEATH(StallDetector{0ns}, "longer than nothing");
  StallDetector detector{10ms};
  (void)look(detector, 0ms, kIdle);
  EXPECT_DEATH((void)detector.look(at(1ms), std::array{kIdle, kIdle}), "same workers");
}

}  // namespace
}  // namespace mycelium
