#include "mycelium/config/setting_spec.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace mycelium {
namespace {

const std::array<SettingSpec, 5> kSpecs{{
    {.key = "instrument", .required = true, .help = "as the venue names it"},
    {.key = "levels", .kind = SettingKind::integer, .min = 1, .max = 20},
    {.key = "ids", .kind = SettingKind::integers, .min = 0},
    {.key = "window", .kind = SettingKind::duration},
    {.key = "band", .kind = SettingKind::number},
}};

ActorSpec actor_with(Settings settings) {
  ActorSpec actor;
  actor.name = "detector";
  actor.at = {5, 1};
  actor.settings = std::move(settings);
  return actor;
}

std::string lines(const std::vector<Diagnostic>& diagnostics) { return format(diagnostics, "t"); }

TEST(CheckSettings, AcceptsWhatTheTypeTakes) {
  Settings settings;
  settings.set("instrument", "x");
  settings.set("levels", std::int64_t{20});
  settings.set("ids", Settings::Strings{});
  settings.set("window", "1.5s");
  settings.set("band", std::int64_t{2});
  EXPECT_EQ(lines(check_settings(actor_with(settings), kSpecs)), "");
}

TEST(CheckSettings, ReportsEveryErrorInTheOrderOfTheFile) {
  Settings settings;
  settings.set("window", "5 s", {6, 10});
  settings.set("level", std::int64_t{3}, {7, 9});
  settings.set("levels", std::int64_t{21}, {8, 10});
  settings.set("ids", Settings::Integers{1, -1}, {9, 7});
  settings.set("band", "wide", {10, 8});
  settings.set("zzz", true, {11, 7});
  EXPECT_EQ(lines(check_settings(actor_with(settings), kSpecs)),
            "t:5:1: actors.settings.instrument: missing for actor \"detector\"; set it to a string "
            "(as the venue names it)\n"
            "t:6:10: actors.settings.window: expected a duration such as \"50ms\", \"1.5s\" or "
            "\"2h\" (units ns, us, ms, s, m, h), got \"5 s\"\n"
            "t:7:9: actors.settings.level: unknown setting, expected instrument, levels, ids, "
            "window, band; did you mean \"levels\"?\n"
            "t:8:10: actors.settings.levels: expected an integer from 1 to 20, got 21\n"
            "t:9:7: actors.settings.ids: expected an integer of at least 0, got -1\n"
            "t:10:8: actors.settings.band: expected a number, got \"wide\"\n"
            "t:11:7: actors.settings.zzz: unknown setting, expected instrument, levels, ids, "
            "window, band\n");
}

TEST(CheckSettings, ATypeWithoutSettingsTakesNone) {
  Settings settings;
  settings.set("a", true, {6, 3});
  EXPECT_EQ(lines(check_settings(actor_with(settings), {})),
            "t:6:3: actors.settings.a: unknown setting, expected none\n");
}

TEST(CheckSettings, SharedSettingsStandInAndAreCheckedToo) {
  Settings shared;
  shared.set("instrument", "x", {2, 14});
  shared.set("levels", "many", {3, 10});
  shared.set("for_others", true, {4, 14});
  EXPECT_EQ(lines(check_settings(actor_with({}), kSpecs, shared)),
            "t:3:10: settings.levels: expected an integer, got \"many\"\n");
}

TEST(CheckSharedSettings, ReportsKeysThatNobodyTakes) {
  Settings shared;
  shared.set("windw", "1s", {2, 9});
  shared.set("band", "of any kind", {3, 8});
  EXPECT_EQ(
      lines(check_shared_settings(shared, kSpecs)),
      "t:2:9: settings.windw: unknown setting, expected instrument, levels, ids, window, band; "
      "did you mean \"window\"?\n");
}

}  // namespace
}  // namespace mycelium
