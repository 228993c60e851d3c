#include "providers/actor_run.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "providers/loopback_test.hpp"
#include "providers/report.hpp"

namespace providers {
namespace {

using namespace std::chrono_literals;
using testing::await;
using testing::own_count;
using testing::start_venue;

// Long enough for the slowest machine: what is tested here is not silence.
constexpr auto kPatience = 1h;

RunResult run_to_the_end(ActorRun& run) {
  while (!run.wait_for(1s)) {
  }
  return run.finish();
}

void expect_holds(const RunResult& result, const std::vector<VenueFault>& faults,
                  const std::vector<Interruption>& interruptions = {}) {
  for (const std::string& sentence : broken_claims(result, faults, interruptions))
    ADD_FAILURE() << sentence << '\n' << text_of_run("", result);
}

TEST(ActorRun, OneBrokenConnectionCostsNobodyElseAFrame) {
  const std::vector<VenueFault> faults{{"usdm_btcusdt", 300ms, FaultKind::drop},
                                       {"usdm_btcusdt", 800ms, FaultKind::corrupt},
                                       {"cm_btcusd_perp", 500ms, FaultKind::drop}};
  const auto venue = start_venue({.data = {.duration = 1s, .faults = faults}});
  ActorRun run{{.port = venue->port(), .silence_max = kPatience}};
  const RunResult result = run_to_the_end(run);
  expect_holds(result, faults);
  EXPECT_EQ(result.providers[1].outages.size(), 2U);
  EXPECT_EQ(result.providers[2].outages.size(), 1U);
  EXPECT_TRUE(result.providers[0].outages.empty());
  EXPECT_GT(result.providers[1].missed, 0U);  // The torn frame.
}

TEST(ActorRun, AVenueThatHangsIsNoticedAndLeft) {
  const auto venue = start_venue({.data = {.duration = 1h}});
  ActorRun run{{.port = venue->port(), .restarts_max = 1000, .silence_max = 100ms}};
  await([&] { return run.timeline(1).count(Step::first_message) >= 1; });
  venue->inject("usdm_btcusdt", FaultKind::hang);
  await([&] {
    const auto outages = outages_of(run.timeline(1).notes());
    return !outages.empty() && outages.front().recovered;
  });
  EXPECT_NE(run.finish().providers[1].outages[0].why.find("has said nothing"), std::string::npos);
}

TEST(ActorRun, AVenueThatComesLateIsFoundAndNothingIsMissed) {
  const auto venue = start_venue({.data = {.duration = 300ms}}, false);
  ActorRun run{{.port = venue->port(), .restarts_max = 1000, .silence_max = kPatience}};
  await([&] { return run.timeline(0).count(Step::lost) >= 3; });
  ASSERT_TRUE(venue->listen().has_value());
  const RunResult result = run_to_the_end(run);
  expect_holds(result, {});
  EXPECT_GE(result.providers[0].outages.at(0).failures, 3U);
  EXPECT_EQ(result.providers[0].missed, 0U);
}

TEST(ActorRun, AVenueThatNeverComesIsGivenUp) {
  const auto venue = start_venue({}, false);
  ActorRun run{{.port = venue->port(), .restarts_max = 3, .silence_max = kPatience}};
  const RunResult result = run_to_the_end(run);
  ASSERT_TRUE(result.failure.has_value());
  EXPECT_NE(result.failure->find("failed more than 3 times"), std::string::npos) << *result.failure;
  EXPECT_NE(result.failure->find("Connection refused"), std::string::npos) << *result.failure;
}

TEST(ActorRun, ControlsAreTakenWhileTheConnectionIsRead) {
  const std::vector<Interruption> interruptions{{0, 100ms, 200ms, false}, {2, 100ms, 200ms, true}};
  const auto venue = start_venue({.data = {.duration = 600ms}});
  ActorRun run{{.port = venue->port(), .silence_max = kPatience, .interruptions = interruptions}};
  const RunResult result = run_to_the_end(run);
  expect_holds(result, {}, interruptions);
  EXPECT_EQ(result.providers[0].missed, 0U);  // A pause loses nothing.
  EXPECT_EQ(result.providers[2].gaps, 1U);    // A stop does, and in one place only.
  EXPECT_GT(result.providers[2].missed, 0U);
}

TEST(ActorRun, IsStoppedInItsMiddleWithoutLeavingSocketsOrThreads) {
  const auto venue = start_venue({.data = {.duration = 1h}});
  const std::size_t descriptors = own_count("fd");
  const std::size_t threads = own_count("task");
  for (int round = 0; round < 3; ++round) {
    ActorRun run{{.port = venue->port(), .silence_max = kPatience}};
    await([&] { return run.board()[1].received() > 0; });
    EXPECT_FALSE(run.finish().providers[1].total.has_value());
  }
  // The kernel takes a moment to forget a thread that has been joined.
  await([&] {
    return venue->clients() == 0 && own_count("fd") == descriptors && own_count("task") == threads;
  });
}

}  // namespace
}  // namespace providers
