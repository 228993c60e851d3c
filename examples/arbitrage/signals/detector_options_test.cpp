#include "arbitrage/signals/detector_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "arbitrage/signals/setting_values.hpp"

namespace arbitrage {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string refusal(const std::string& key, const std::string& text) {
  mycelium::Settings settings{"topology.toml", "btc_detector", {.line = 3, .column = 1}};
  settings.set(key, text, {.line = 7, .column = 12});
  const auto options = DetectorOptions::from(settings);
  if (options) return "accepted";
  EXPECT_EQ(options.error().code, "setting_invalid");
  return options.error().message;
}

TEST(DetectorOptions, AreTheDefaultsWhereNothingIsSet) {
  const auto options = DetectorOptions::from({});
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->band, BandOptions{});
  EXPECT_EQ(options->deviations, DetectorOptions{}.deviations);
  EXPECT_EQ(options->cost, DetectorOptions{}.cost);
  EXPECT_EQ(options->pause, DetectorOptions{}.pause);
}

TEST(DetectorOptions, TakeEverySettingTheyList) {
  mycelium::Settings settings;
  settings.set("window", "30s");
  settings.set("sample_every", "50ms");
  settings.set("warm_up", "5s");
  settings.set("hold_max", "2s");
  settings.set("deviations", "2.75");
  settings.set("cost_bp", "1.2345");
  settings.set("pause", "1s");
  const auto options = DetectorOptions::from(settings);
  ASSERT_TRUE(options.has_value()) << options.error().message;
  EXPECT_EQ(options->band,
            (BandOptions{.window = 30s, .sample_every = 50ms, .warm_up = 5s, .hold_max = 2s}));
  EXPECT_EQ(options->deviations, 275'000'000);
  EXPECT_EQ(options->cost, 12'345);
  EXPECT_EQ(options->pause, 1s);
  std::size_t listed = 0;
  for (const mycelium::SettingSpec& spec : DetectorOptions::settings()) {
    EXPECT_NE(settings.find(spec.key), nullptr) << spec.key;
    ++listed;
  }
  EXPECT_EQ(listed, settings.all().size());
}

TEST(DetectorOptions, RefuseWhatIsOutOfRangeWithItsPlace) {
  EXPECT_THAT(refusal("deviations", "two"),
              HasSubstr("7:12: deviations: \"two\" is not a decimal number"));
  EXPECT_THAT(refusal("deviations", "-1"),
              HasSubstr("7:12: deviations: expected 0 to 100, found \"-1\""));
  EXPECT_THAT(refusal("cost_bp", "0.00001"), HasSubstr("more than 4 fraction digits"));
  EXPECT_THAT(refusal("cost_bp", "10001"), HasSubstr("expected 0 to 10000 bp"));
  EXPECT_THAT(refusal("window", "0s"),
              HasSubstr("7:12: window: expected 100ms to 86400s, found 0s"));
  EXPECT_THAT(refusal("window", "soon"), HasSubstr("window"));
  EXPECT_THAT(refusal("sample_every", "1us"), HasSubstr("expected 1ms to 60s, found 1000ns"));
  EXPECT_THAT(refusal("sample_every", "40s"),
              HasSubstr("2 to 65536 samples in the window, found 1"));
  EXPECT_THAT(refusal("window", "2h"), HasSubstr("2 to 65536 samples in the window, found 72000"));
  EXPECT_THAT(refusal("warm_up", "61s"), HasSubstr("no more than the window"));
  EXPECT_THAT(refusal("warm_up", "100ms"), HasSubstr("two samples or more"));
  EXPECT_THAT(refusal("hold_max", "0s"), HasSubstr("hold_max: expected 1ms"));
  EXPECT_THAT(refusal("pause", "25h"), HasSubstr("pause: expected 0s to 86400s"));
}

}  // namespace
}  // namespace arbitrage
