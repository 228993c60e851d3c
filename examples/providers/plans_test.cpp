#include "providers/plans.hpp"

#include <gtest/gtest.h>

namespace providers {
namespace {

using namespace std::chrono_literals;

TEST(Plans, AFaultSaysWhoWhenAndHow) {
  const auto fault = parse_fault("usdm_btcusdt:1500ms:corrupt");
  ASSERT_TRUE(fault.has_value());
  EXPECT_EQ(fault->channel, "usdm_btcusdt");
  EXPECT_EQ(fault->at, 1500ms);
  EXPECT_EQ(fault->kind, FaultKind::corrupt);
  EXPECT_EQ(parse_fault("spot_btcusdt:1s")->kind, FaultKind::drop);
  EXPECT_EQ(parse_fault("spot_btcusdt:1s:hang")->kind, FaultKind::hang);
}

TEST(Plans, WhatIsNoFaultIsRefusedWithASentence) {
  for (const char* text : {"", "usdm_btcusdt", "usdm_btcusdt:", "usdm_btcusdt:1",
                           "usdm_btcusdt:1s:", "usdm_btcusdt:1s:melt", "usdm_btcusdt:1s:drop:2"}) {
    const auto fault = parse_fault(text);
    ASSERT_FALSE(fault.has_value()) << text;
    EXPECT_EQ(fault.error().code, "bad_fault") << text;
  }
  EXPECT_NE(parse_fault("usdm_btcusd:1s").error().message.find("did you mean \"usdm_btcusdt\"?"),
            std::string::npos);
}

TEST(Plans, AnInterruptionSaysWhoWhenAndHowLong) {
  const auto pause = parse_interruption("cm_btcusd_perp:1s:500ms", false);
  ASSERT_TRUE(pause.has_value());
  EXPECT_EQ(pause->provider, 2U);
  EXPECT_EQ(pause->at, 1s);
  EXPECT_EQ(pause->length, 500ms);
  EXPECT_FALSE(pause->closes);
  for (const char* text : {"", "cm_btcusd_perp:1s", "cm:1s:1s", "cm_btcusd_perp:x:1s",
                           "cm_btcusd_perp:1s:x", "cm_btcusd_perp:1s:1s:1s"})
    EXPECT_FALSE(parse_interruption(text, true).has_value()) << text;
}

}  // namespace
}  // namespace providers
