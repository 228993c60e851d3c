#include "arbitrage/market/decimal.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "mycelium/base/random.hpp"

namespace arbitrage {
namespace {

TEST(Decimal, ReadsUsualNumbersExactly) {
  EXPECT_EQ(parse_decimal("0"), 0);
  EXPECT_EQ(parse_decimal("61686"), 61'686 * kDecimalScale);
  EXPECT_EQ(parse_decimal("61737.63000000"), 6'173'763'000'000);
  EXPECT_EQ(parse_decimal("0.00000001"), 1);
  EXPECT_EQ(parse_decimal("-2.5"), -250'000'000);
  EXPECT_EQ(parse_decimal("-0"), 0);
  EXPECT_EQ(parse_decimal("9999999999.99999999"), 999'999'999'999'999'999);
  EXPECT_EQ(parse_decimal("0000000000000000000000001.5"), 150'000'000);
}

TEST(Decimal, ReadsTheEndsOfItsRange) {
  EXPECT_EQ(parse_decimal("92233720368.54775807"), std::numeric_limits<Decimal>::max());
  EXPECT_EQ(parse_decimal("-92233720368.54775807"), -std::numeric_limits<Decimal>::max());
}

TEST(Decimal, RefusesWhatIsOutsideOfItsRange) {
  for (const char* text : {"92233720368.54775808", "92233720369", "99999999999999999999999999",
                           "-100000000000", "18446744073709551616"}) {
    EXPECT_EQ(parse_decimal(text), std::unexpected{DecimalError::overflow}) << text;
  }
}

TEST(Decimal, NeverRounds) {
  EXPECT_EQ(parse_decimal("1.123456789"), std::unexpected{DecimalError::too_precise});
  EXPECT_EQ(parse_decimal("0.000000001"), std::unexpected{DecimalError::too_precise});
  EXPECT_EQ(parse_decimal("1.12345678000"), 112'345'678);
}

TEST(Decimal, RefusesWhatIsNoNumber) {
  for (const char* text : {"",
                           "-",
                           ".",
                           "1.",
                           ".5",
                           "-.5",
                           "1..2",
                           "1.2.3",
                           "+1",
                           " 1",
                           "1 ",
                           "1e5",
                           "0x10",
                           "1,5",
                           "--1",
                           "1-",
                           "abc",
                           "1.-5",
                           "nan",
                           "123456789012345678901x",
                           "1.2345678901.",
                           "/",
                           ":"}) {
    EXPECT_EQ(parse_decimal(text), std::unexpected{DecimalError::not_a_number}) << text;
  }
  EXPECT_EQ(parse_decimal(std::string_view{"1\0", 2}), std::unexpected{DecimalError::not_a_number});
}

TEST(Decimal, PrintsTheShortestText) {
  EXPECT_EQ(format_decimal(0), "0");
  EXPECT_EQ(format_decimal(61'686 * kDecimalScale), "61686");
  EXPECT_EQ(format_decimal(229'327'000), "2.29327");
  EXPECT_EQ(format_decimal(100'000'001), "1.00000001");
  EXPECT_EQ(format_decimal(1'000), "0.00001");
  EXPECT_EQ(format_decimal(-50'000'000), "-0.5");
  EXPECT_EQ(format_decimal(std::numeric_limits<Decimal>::max()), "92233720368.54775807");
  EXPECT_EQ(format_decimal(std::numeric_limits<Decimal>::min()), "-92233720368.54775808");
}

TEST(Decimal, ReadsBackWhatItPrints) {
  constexpr std::uint64_t kSeed = 7;
  mycelium::Random random{kSeed};
  for (int round = 0; round < 100'000; ++round) {
    const auto value = static_cast<Decimal>(random.next()) >> random.below(63);
    if (value == std::numeric_limits<Decimal>::min()) continue;
    ASSERT_EQ(parse_decimal(format_decimal(value)), value)
        << "seed " << kSeed << " round " << round;
  }
}

TEST(Decimal, ReadsTheSameByBothWays) {
  // The quick way for usual numbers must agree with the general one for any text of number symbols.
  constexpr std::uint64_t kSeed = 11;
  constexpr std::string_view kSymbols = "0123456789.-";
  mycelium::Random random{kSeed};
  for (int round = 0; round < 200'000; ++round) {
    std::string text;
    for (std::uint64_t left = random.below(24); left > 0; --left) {
      text += kSymbols[random.below(random.below(4) == 0 ? kSymbols.size() : 10)];
    }
    ASSERT_EQ(parse_decimal(text), detail::parse_decimal_checked(text))
        << text << " seed " << kSeed << " round " << round;
  }
}

}  // namespace
}  // namespace arbitrage
