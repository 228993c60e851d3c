#include "arbitrage/view/line_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arbitrage/view/screen_test.hpp"

namespace arbitrage {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr mycelium::Instant kStarted{5s};

TEST(LineView, SaysAllInALine) {
  LineView view{kStarted};
  EXPECT_EQ(view.line(testing::six_instruments(), kStarted + 1s),
            " 50.0 %  2024-08-08 23:57:06.500  247,494 frames  247,494/s  signals 1,290  "
            "pnl strategy.btc +1,234.56, strategy.eth -5.00  restarts 0  latency p50 12.3 us p99 "
            "3.24 ms");
}

TEST(LineView, TheRateIsThatOfTheLastSecond) {
  LineView view{kStarted};
  Figures figures = testing::six_instruments();
  static_cast<void>(view.line(figures, kStarted + 1s));
  figures.frames += 50'000;
  EXPECT_THAT(view.line(figures, kStarted + 2s), HasSubstr(" 50,000/s "));
}

TEST(LineView, WithoutAnythingYetItStillIsALine) {
  LineView view{kStarted};
  EXPECT_EQ(view.line(Figures{}, kStarted),
            "  0.0 %  1970-01-01 00:00:00.000  0 frames  0/s  signals 0  restarts 0  latency -");
}

TEST(Rates, KeepTheirLastValuesOverShortStretches) {
  Rates rates{kStarted};
  Figures figures;
  figures.frames = 1'000;
  figures.actors.push_back({.name = "feed",
                            .state = {},
                            .worker = 0,
                            .handled = 500,
                            .depth = 0,
                            .depth_high_water = 0,
                            .restarts = 0,
                            .dead_letters = 0});
  rates.sample(figures, kStarted + 499ms);
  EXPECT_EQ(rates.frames(), 0U);
  rates.sample(figures, kStarted + 500ms);
  EXPECT_EQ(rates.frames(), 2'000U);
  EXPECT_EQ(rates.messages("feed"), 1'000U);
  EXPECT_EQ(rates.messages("nobody"), 0U);
  figures.frames = 100'000;
  rates.sample(figures, kStarted + 600ms);
  EXPECT_EQ(rates.frames(), 2'000U);
  rates.average(figures, kStarted + 10s);
  EXPECT_EQ(rates.frames(), 10'000U);
  EXPECT_EQ(rates.messages("feed"), 50U);
}

}  // namespace
}  // namespace arbitrage
