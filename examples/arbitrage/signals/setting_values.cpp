#include "arbitrage/signals/setting_values.hpp"

#include <fmt/format.h>

#include <expected>
#include <string>
#include <utility>

#include "mycelium/config/diagnostic.hpp"

namespace arbitrage {
namespace {

// Shortest text of a duration: the largest unit that divides it.
std::string format_duration(std::chrono::nanoseconds duration) {
  const std::int64_t ns = duration.count();
  if (ns % 1'000'000'000 == 0) return fmt::format("{}s", ns / 1'000'000'000);
  if (ns % 1'000'000 == 0) return fmt::format("{}ms", ns / 1'000'000);
  return fmt::format("{}ns", ns);
}

}  // namespace

std::unexpected<mycelium::Error> refuse_setting(const mycelium::Settings& settings,
                                                std::string_view key, std::string message) {
  const mycelium::Setting* const setting = settings.find(key);
  const mycelium::SourcePosition at = setting != nullptr ? setting->at : settings.at();
  return mycelium::fail(
      "setting_invalid",
      mycelium::format(mycelium::Diagnostic{at, std::string{key}, std::move(message)}, {}));
}

mycelium::Result<Decimal> read_decimal(const mycelium::Settings& settings, std::string_view key,
                                       Decimal fallback, SettingRange<Decimal> range,
                                       std::string_view unit) {
  const mycelium::Result<std::optional<std::string>> text = settings.find_string(key);
  if (!text) return std::unexpected{text.error()};
  if (!*text) return fallback;
  const auto value = parse_decimal(**text);
  if (!value) {
    return refuse_setting(
        settings, key,
        fmt::format("{} {}; write a number such as \"{}\"", mycelium::quote(**text),
                    describe(value.error()), format_decimal(fallback)));
  }
  if (*value < range.min || *value > range.max) {
    return refuse_setting(settings, key,
                          fmt::format("expected {} to {}{}{}, found {}", format_decimal(range.min),
                                      format_decimal(range.max), unit.empty() ? "" : " ", unit,
                                      mycelium::quote(**text)));
  }
  return *value;
}

mycelium::Result<std::int64_t> read_basis_points(const mycelium::Settings& settings,
                                                 std::string_view key, std::int64_t fallback,
                                                 SettingRange<std::int64_t> range) {
  constexpr Decimal kPerUnit = kDecimalScale / kBasisPoint;  // 1e-8 of bp in 1e-8 of the price.
  const mycelium::Result<Decimal> points = read_decimal(
      settings, key, fallback * kPerUnit, {range.min * kPerUnit, range.max * kPerUnit}, "bp");
  if (!points) return std::unexpected{points.error()};
  if (*points % kPerUnit != 0) {
    return refuse_setting(settings, key,
                          fmt::format("\"{}\" has more than 4 fraction digits; no basis is finer",
                                      format_decimal(*points)));
  }
  return *points / kPerUnit;
}

mycelium::Result<std::chrono::nanoseconds> read_duration(
    const mycelium::Settings& settings, std::string_view key, std::chrono::nanoseconds fallback,
    SettingRange<std::chrono::nanoseconds> range) {
  mycelium::Result<std::chrono::nanoseconds> value = settings.get_duration(key, fallback);
  if (value && (*value < range.min || *value > range.max)) {
    return refuse_setting(settings, key,
                          fmt::format("expected {} to {}, found {}", format_duration(range.min),
                                      format_duration(range.max), format_duration(*value)));
  }
  return value;
}

}  // namespace arbitrage
