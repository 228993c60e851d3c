#include "arbitrage/signals/detector_options.hpp"

#include <fmt/format.h>

#include <expected>

#include "arbitrage/signals/setting_values.hpp"

namespace arbitrage {
namespace {

using namespace std::chrono_literals;

// Ranges outside of which a setting is a slip of the pen rather than a choice.
constexpr SettingRange<std::chrono::nanoseconds> kSampleRange{1ms, 60s};
constexpr SettingRange<std::chrono::nanoseconds> kWindowRange{100ms, 24h};
constexpr SettingRange<std::chrono::nanoseconds> kWarmUpRange{2ms, 24h};
constexpr SettingRange<std::chrono::nanoseconds> kHoldRange{1ms, 24h};
constexpr SettingRange<std::chrono::nanoseconds> kPauseRange{0ns, 24h};
constexpr SettingRange<Decimal> kDeviationsRange{0, 100 * kDecimalScale};
constexpr SettingRange<std::int64_t> kCostRange{0, 10'000 * kBasisPoint};

mycelium::Result<BandOptions> read_band(const mycelium::Settings& settings) {
  const BandOptions defaults;
  const auto window = read_duration(settings, "window", defaults.window, kWindowRange);
  if (!window) return std::unexpected{window.error()};
  const auto sample_every =
      read_duration(settings, "sample_every", defaults.sample_every, kSampleRange);
  if (!sample_every) return std::unexpected{sample_every.error()};
  const auto warm_up = read_duration(settings, "warm_up", defaults.warm_up, kWarmUpRange);
  if (!warm_up) return std::unexpected{warm_up.error()};
  const auto hold_max = read_duration(settings, "hold_max", defaults.hold_max, kHoldRange);
  if (!hold_max) return std::unexpected{hold_max.error()};
  const std::int64_t samples = *window / *sample_every;
  if (samples < 2 || samples > BasisBand::kSamplesMax) {
    return refuse_setting(settings, "sample_every",
                          fmt::format("expected 2 to {} samples in the window, found {}; change "
                                      "sample_every or window",
                                      BasisBand::kSamplesMax, samples));
  }
  if (*warm_up / *sample_every < 2 || *warm_up > *window) {
    return refuse_setting(settings, "warm_up",
                          "expected two samples or more and no more than the window; change "
                          "warm_up, sample_every or window");
  }
  return BandOptions{
      .window = *window, .sample_every = *sample_every, .warm_up = *warm_up, .hold_max = *hold_max};
}

}  // namespace

std::vector<mycelium::SettingSpec> DetectorOptions::settings() {
  using mycelium::SettingKind;
  return {
      {.key = "window", .kind = SettingKind::duration, .help = "of event time that forms the band"},
      {.key = "sample_every",
       .kind = SettingKind::duration,
       .help = "grid on which the basis is sampled"},
      {.key = "warm_up",
       .kind = SettingKind::duration,
       .help = "sampled time before the first band"},
      {.key = "hold_max",
       .kind = SettingKind::duration,
       .help = "age at which a quote says nothing any more"},
      {.key = "deviations", .help = "half width of the band in standard deviations, as \"2\""},
      {.key = "cost_bp", .help = "how far beyond the band a signal starts, in bp, as \"0.5\""},
      {.key = "pause",
       .kind = SettingKind::duration,
       .help = "least time between two signals of a pair"},
  };
}

mycelium::Result<DetectorOptions> DetectorOptions::from(const mycelium::Settings& settings) {
  DetectorOptions options;
  const auto band = read_band(settings);
  if (!band) return std::unexpected{band.error()};
  options.band = *band;
  const auto deviations =
      read_decimal(settings, "deviations", options.deviations, kDeviationsRange);
  if (!deviations) return std::unexpected{deviations.error()};
  options.deviations = *deviations;
  const auto cost = read_basis_points(settings, "cost_bp", options.cost, kCostRange);
  if (!cost) return std::unexpected{cost.error()};
  options.cost = *cost;
  const auto pause = read_duration(settings, "pause", options.pause, kPauseRange);
  if (!pause) return std::unexpected{pause.error()};
  options.pause = *pause;
  return options;
}

}  // namespace arbitrage
