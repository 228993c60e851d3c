#include "mycelium/config/duration.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mycelium {
namespace {

using namespace std::chrono_literals;

std::string message_of(std::string_view text) {
  const auto parsed = parse_duration(text);
  return parsed ? "accepted" : parsed.error().code + ": " + parsed.error().message;
}

TEST(Duration, KnowsEveryUnit) {
  EXPECT_EQ(parse_duration("100ns"), 100ns);
  EXPECT_EQ(parse_duration("2us"), 2us);
  EXPECT_EQ(parse_duration("50ms"), 50ms);
  EXPECT_EQ(parse_duration("10s"), 10s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("0s"), 0ns);
}

TEST(Duration, DecimalsAreExact) {
  EXPECT_EQ(parse_duration("1.5s"), 1'500ms);
  EXPECT_EQ(parse_duration("0.1s"), 100ms);
  EXPECT_EQ(parse_duration("0.000000001s"), 1ns);
  EXPECT_EQ(parse_duration("0.0000000000s"), 0ns);
  EXPECT_EQ(parse_duration("1.25m"), 75s);
  // One 2^13th of an hour has the most decimals that are still whole nanoseconds.
  EXPECT_EQ(parse_duration("0.0001220703125h"), 439'453'125ns);
  EXPECT_EQ(parse_duration("1.500000000000000000000s"), 1'500ms);
}

TEST(Duration, ReachesTheLastNanosecondThat64BitsHold) {
  EXPECT_EQ(parse_duration("9223372036854775807ns"), std::chrono::nanoseconds::max());
  EXPECT_EQ(parse_duration("9223372036.854775807s"), std::chrono::nanoseconds::max());
  constexpr std::string_view kTooLong =
      "bad_duration: expected a duration of at most 292 years, got ";
  for (const std::string text :
       {"9223372036854775808ns", "9223372036.854775808s", "2562048h", "99999999999999999999999s"}) {
    EXPECT_EQ(message_of(text), std::string{kTooLong} + "\"" + text + "\"");
  }
}

TEST(Duration, RefusesWhatIsFinerThanANanosecond) {
  for (const std::string text : {"1.5ns", "0.0000000001s", "0.00000000000001h", "0.0001us"}) {
    EXPECT_EQ(message_of(text),
              "bad_duration: expected a duration in whole nanoseconds, got \"" + text + "\"");
  }
}

TEST(Duration, RefusesEveryOtherForm) {
  for (const std::string text : {"", "10", "s", "10 s", " 10s", "10s ", "-5s", "+5s", "1.s", ".5s",
                                 "1.5", "1e3s", "1m30s", "10S", "10sec", "1..5s", "0x10s"}) {
    EXPECT_EQ(
        message_of(text),
        "bad_duration: expected a duration such as \"50ms\", \"1.5s\" or \"2h\" (units ns, us, "
        "ms, s, m, h), got \"" +
            text + "\"");
  }
}

TEST(FormatDuration, UsesTheLargestUnitThatHoldsItWhole) {
  EXPECT_EQ(format_duration(std::chrono::nanoseconds{0}), "0ns");
  EXPECT_EQ(format_duration(std::chrono::nanoseconds{1'500}), "1500ns");
  EXPECT_EQ(format_duration(std::chrono::milliseconds{1'500}), "1500ms");
  EXPECT_EQ(format_duration(std::chrono::seconds{90}), "90s");
  EXPECT_EQ(format_duration(std::chrono::minutes{120}), "2h");
}

}  // namespace
}  // namespace mycelium
