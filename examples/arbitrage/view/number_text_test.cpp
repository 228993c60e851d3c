#include "arbitrage/view/number_text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace arbitrage {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Decimal kLeast = std::numeric_limits<Decimal>::min();

TEST(NumberText, GroupsThousands) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1'000), "1,000");
  EXPECT_EQ(count_text(123'456), "123,456");
  EXPECT_EQ(count_text(std::numeric_limits<std::uint64_t>::max()), "18,446,744,073,709,551,615");
}

TEST(NumberText, CountsOneAndSeveral) {
  EXPECT_EQ(count_text(0, "restart"), "0 restarts");
  EXPECT_EQ(count_text(1, "restart"), "1 restart");
  EXPECT_EQ(count_text(2'000, "restart"), "2,000 restarts");
}

TEST(NumberText, PricesAreExactWithTwoDigitsOrMore) {
  EXPECT_EQ(price_text(6'168'600'000'000), "61,686.00");
  EXPECT_EQ(price_text(1'000), "0.00001");
  EXPECT_EQ(price_text(6'166'860'000'000), "61,668.60");
  EXPECT_EQ(price_text(229'327'000, 0), "2.29327");
  EXPECT_EQ(price_text(138'000'000'000, 0), "1,380");
  EXPECT_EQ(price_text(-50'000'000), "-0.50");
  EXPECT_EQ(price_text(kLeast), "-92,233,720,368.54775808");
}

TEST(NumberText, MoneyIsRoundedToTheCentWithASign) {
  EXPECT_EQ(money_text(0), "0.00");
  EXPECT_EQ(money_text(123'450'000'000), "+1,234.50");
  EXPECT_EQ(money_text(499'999), "0.00");
  EXPECT_EQ(money_text(-499'999), "0.00");
  EXPECT_EQ(money_text(500'000), "+0.01");
  EXPECT_EQ(money_text(-500'000), "-0.01");
  EXPECT_EQ(money_text(kLeast), "-92,233,720,368.55");
}

TEST(NumberText, PositionsHaveASignUnlessTheyAreNone) {
  EXPECT_EQ(position_text(0), "0");
  EXPECT_EQ(position_text(1'000'000), "+0.01");
  EXPECT_EQ(position_text(-150'000'000), "-1.5");
}

TEST(NumberText, LatencyHasThreeDigitsAndTheFittingUnit) {
  EXPECT_EQ(latency_text(0), "0 ns");
  EXPECT_EQ(latency_text(999), "999 ns");
  EXPECT_EQ(latency_text(1'000), "1.00 us");
  EXPECT_EQ(latency_text(12'345), "12.3 us");
  EXPECT_EQ(latency_text(99'960), "100 us");
  EXPECT_EQ(latency_text(999'499), "999 us");
  EXPECT_EQ(latency_text(999'500), "1.00 ms");
  EXPECT_EQ(latency_text(3'240'000), "3.24 ms");
  EXPECT_EQ(latency_text(2'100'000'000), "2.10 s");
  EXPECT_EQ(latency_text(7'200'000'000'000), "7200 s");
}

TEST(NumberText, PercentIsHundredOnlyAtTheEnd) {
  EXPECT_EQ(percent_text(0), "0.0 %");
  EXPECT_EQ(percent_text(543'999), "54.3 %");
  EXPECT_EQ(percent_text(999'999), "99.9 %");
  EXPECT_EQ(percent_text(1'000'000), "100.0 %");
}

TEST(NumberText, SpansAreCutToTheTenth) {
  EXPECT_EQ(span_text(milliseconds{0}), "0:00.0");
  EXPECT_EQ(span_text(milliseconds{12'399}), "0:12.3");
  EXPECT_EQ(span_text(seconds{345}), "5:45.0");
  EXPECT_EQ(span_text(seconds{3'723}), "1:02:03.0");
  EXPECT_EQ(span_text(milliseconds{-1'500}), "-0:01.5");
  EXPECT_EQ(span_text(milliseconds{-50}), "0:00.0");
}

TEST(NumberText, TimesAreUtc) {
  EXPECT_EQ(time_text(0), "1970-01-01 00:00:00.000");
  EXPECT_EQ(time_text(1'723'161'254'123'999'999), "2024-08-08 23:54:14.123");
  EXPECT_EQ(time_text(-1), "1969-12-31 23:59:59.999");
  EXPECT_EQ(time_text(std::numeric_limits<std::int64_t>::min()), "1677-09-21 00:12:43.145");
}

}  // namespace
}  // namespace arbitrage
