#include "providers/report.hpp"

#include <gtest/gtest.h>

#include <string>

namespace providers {
namespace {

using std::chrono::microseconds;

mycelium::Instant at(std::int64_t micros) { return mycelium::Instant{microseconds{micros}}; }

// A run in which the second provider was let down once and recovered, and nobody else noticed.
RunResult good_run() {
  RunResult run;
  for (ProviderResult& provider : run.providers) provider = {.received = 100, .total = 100};
  run.providers[1].received = 98;
  run.providers[1].missed = 2;
  run.providers[1].gaps = 1;
  run.providers[1].outages = {{.noticed = at(1'000),
                               .runs = at(1'050),
                               .connected = at(1'200),
                               .recovered = at(1'300),
                               .sequence = 41,
                               .missed = 2,
                               .why = "End of file"}};
  return run;
}

const std::vector<VenueFault> kFault{{"usdm_btcusdt", std::chrono::seconds{1}}};

std::string only_complaint(const RunResult& run, const std::vector<VenueFault>& faults = kFault) {
  const auto broken = broken_claims(run, faults, {});
  return broken.size() == 1 ? broken.front() : std::to_string(broken.size()) + " complaints";
}

TEST(Report, ARunThatHasShownAllBreaksNoClaim) {
  EXPECT_TRUE(broken_claims(good_run(), kFault, {}).empty());
}

TEST(Report, EachClaimCanBeBroken) {
  auto run = good_run();
  run.providers[0].received = 99;
  EXPECT_EQ(only_complaint(run),
            "spot_btcusdt: 99 frames received and 0 missed are not the 100 that were sent");
  run.providers[0].missed = 1;
  EXPECT_EQ(only_complaint(run),
            "spot_btcusdt: 1 frames missed, although the venue did nothing to it");
  run = good_run();
  run.providers[1].outages[0].recovered.reset();
  EXPECT_EQ(only_complaint(run), "usdm_btcusdt: it has not recovered");
  run = good_run();
  run.providers[2].total.reset();
  EXPECT_EQ(only_complaint(run), "cm_btcusd_perp: its data did not come to their end");
  run = good_run();
  run.providers[2].outages = run.providers[1].outages;
  EXPECT_EQ(only_complaint(run), "cm_btcusd_perp: it failed, although the venue did nothing to it");
  run = good_run();
  run.providers[2].repeated = 3;
  EXPECT_EQ(only_complaint(run), "cm_btcusd_perp: 3 frames came again");
  run = good_run();
  run.failure = "it gave up";
  EXPECT_EQ(only_complaint(run), "it gave up");
  EXPECT_EQ(only_complaint(good_run(), {kFault[0], kFault[0]}),
            "usdm_btcusdt: 2 faults and only 1 outages");
}

TEST(Report, AnOutageBeforeTheFirstFrameAndAGapThatWasAskedForAreNoBrokenClaims) {
  auto run = good_run();
  run.providers[0].outages = run.providers[1].outages;
  run.providers[0].outages[0].sequence = 0;
  run.providers[2].received = 90;
  run.providers[2].missed = 10;
  const Interruption stop{2, {}, {}, true};
  EXPECT_TRUE(broken_claims(run, kFault, {stop}).empty());
}

TEST(Report, ShowsTheTimelineInMicrosecondsAndTheRatio) {
  auto processes = good_run();
  processes.providers[1].outages[0].runs = at(1'000 + 12'345);
  processes.providers[1].outages[0].recovered = at(1'000 + 15'000);
  const std::string text = text_of_run("as actors", good_run());
  EXPECT_NE(text.find("usdm_btcusdt, behind frame 41: End of file\n"
                      "            0 us  failure noticed\n"
                      "           50 us  the new incarnation runs\n"
                      "          200 us  connected\n"
                      "          300 us  first message; 2 frames missed\n"),
            std::string::npos)
      << text;
  const std::string ratio = text_of_comparison(good_run(), processes);
  EXPECT_TRUE(text_of_comparison(good_run(), RunResult{}).empty());
  EXPECT_NE(ratio.find("50 us      12,345 us    246.9"), std::string::npos) << ratio;
  EXPECT_NE(ratio.find("300 us      15,000 us     50.0"), std::string::npos) << ratio;
}

}  // namespace
}  // namespace providers
