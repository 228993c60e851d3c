#include "mycelium/config/settings.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mycelium {
namespace {

using namespace std::chrono_literals;

Settings sample() {
  Settings settings{"t.toml", "detector", {9, 1}};
  settings.set("live", true, {10, 8});
  settings.set("levels", std::int64_t{20}, {11, 10});
  settings.set("band", 1.5, {12, 8});
  settings.set("instrument", "spot_btcusdt", {13, 14});
  settings.set("window", "50ms", {14, 10});
  settings.set("markets", Settings::Strings{"spot", "usdm"}, {15, 11});
  settings.set("ids", Settings::Integers{1, 2}, {16, 7});
  settings.set("none", Settings::Strings{}, {17, 8});
  return settings;
}

template <typename T>
std::string message_of(const Result<T>& result) {
  return result ? "accepted" : result.error().code + ": " + result.error().message;
}

TEST(Settings, GivesEachKindAsItsType) {
  const Settings settings = sample();
  EXPECT_EQ(settings.get_bool("live"), true);
  EXPECT_EQ(settings.get_int("levels"), 20);
  EXPECT_EQ(settings.get_double("band"), 1.5);
  EXPECT_EQ(settings.get_double("levels"), 20.0);
  EXPECT_EQ(settings.get_string("instrument"), "spot_btcusdt");
  EXPECT_EQ(settings.get_duration("window"), 50ms);
  EXPECT_EQ(settings.get_strings("markets"), (Settings::Strings{"spot", "usdm"}));
  EXPECT_EQ(settings.get_ints("ids"), (Settings::Integers{1, 2}));
}

TEST(Settings, AnEmptyArrayIsOfEitherKind) {
  EXPECT_EQ(sample().get_strings("none"), Settings::Strings{});
  EXPECT_EQ(sample().get_ints("none"), Settings::Integers{});
}

TEST(Settings, AFallbackStandsInForAnAbsentKeyOnly) {
  const Settings settings = sample();
  EXPECT_EQ(settings.get_bool("absent", true), true);
  EXPECT_EQ(settings.get_int("absent", 7), 7);
  EXPECT_EQ(settings.get_int("levels", 7), 20);
  EXPECT_EQ(settings.get_double("absent", 0.5), 0.5);
  EXPECT_EQ(settings.get_string("absent", "x"), "x");
  EXPECT_EQ(settings.get_duration("absent", 3s), 3s);
  EXPECT_EQ(settings.get_strings("absent", {"a"}), Settings::Strings{"a"});
  EXPECT_EQ(settings.get_ints("absent", {5}), Settings::Integers{5});
  EXPECT_EQ(message_of(settings.get_int("band", 7)),
            "setting_invalid: t.toml:12:8: settings.band: expected an integer, got the number 1.5");
}

TEST(Settings, FindTellsAnAbsentKeyFromAWrongOne) {
  const Settings settings = sample();
  EXPECT_EQ(settings.find_bool("absent").value(), std::nullopt);
  EXPECT_EQ(settings.find_int("levels").value(), 20);
  EXPECT_EQ(settings.find_double("absent").value(), std::nullopt);
  EXPECT_EQ(settings.find_string("instrument").value(), "spot_btcusdt");
  EXPECT_EQ(settings.find_duration("window").value(), 50ms);
  EXPECT_EQ(settings.find_strings("absent").value(), std::nullopt);
  EXPECT_EQ(settings.find_ints("ids").value(), (Settings::Integers{1, 2}));
  EXPECT_FALSE(settings.find_bool("levels").has_value());
}

TEST(Settings, AMissingKeyIsReportedAtTheTableWithItsActor) {
  EXPECT_EQ(
      message_of(sample().get_duration("lag")),
      "setting_missing: t.toml:9:1: settings.lag: missing for actor \"detector\"; set it to a "
      "duration such as \"50ms\", \"1.5s\" or \"2h\"");
  EXPECT_EQ(message_of(Settings{}.get_int("n")),
            "setting_missing: settings.n: missing; set it to an integer");
}

TEST(Settings, AWrongKindIsReportedAtTheValue) {
  const Settings settings = sample();
  EXPECT_EQ(
      message_of(settings.get_bool("levels")),
      "setting_invalid: t.toml:11:10: settings.levels: expected true or false, got the integer "
      "20");
  EXPECT_EQ(message_of(settings.get_string("live")),
            "setting_invalid: t.toml:10:8: settings.live: expected a string, got true");
  EXPECT_EQ(message_of(settings.get_double("instrument")),
            "setting_invalid: t.toml:13:14: settings.instrument: expected a number, got "
            "\"spot_btcusdt\"");
  EXPECT_EQ(
      message_of(settings.get_strings("ids")),
      "setting_invalid: t.toml:16:7: settings.ids: expected an array of strings, got an array "
      "of integers");
  EXPECT_EQ(
      message_of(settings.get_ints("markets")),
      "setting_invalid: t.toml:15:11: settings.markets: expected an array of integers, got an "
      "array of strings");
  EXPECT_EQ(message_of(settings.get_duration("levels")),
            "setting_invalid: t.toml:11:10: settings.levels: expected a duration such as \"50ms\", "
            "\"1.5s\" or \"2h\", got the integer 20");
  EXPECT_EQ(message_of(settings.get_duration("instrument")),
            "setting_invalid: t.toml:13:14: settings.instrument: expected a duration such as "
            "\"50ms\", \"1.5s\" or \"2h\" (units ns, us, ms, s, m, h), got \"spot_btcusdt\"");
}

TEST(Settings, OwnSettingsGoBeforeSharedOnes) {
  Settings shared{"t.toml", "", {1, 1}};
  shared.set("levels", std::int64_t{5}, {2, 10});
  shared.set("shared_only", "x", {3, 15});
  const Settings merged = sample().with_defaults(shared);
  EXPECT_EQ(merged.get_int("levels"), 20);
  EXPECT_EQ(merged.get_string("shared_only"), "x");
  EXPECT_EQ(message_of(merged.get_int("shared_only")),
            "setting_invalid: t.toml:3:15: settings.shared_only: expected an integer, got \"x\"");
}

}  // namespace
}  // namespace mycelium
