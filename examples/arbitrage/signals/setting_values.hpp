#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "arbitrage/market/decimal.hpp"
#include "mycelium/base/result.hpp"
#include "mycelium/config/settings.hpp"

namespace arbitrage {

/// 1 bp in the unit of a basis and of a fee (1e-8).
inline constexpr std::int64_t kBasisPoint = 10'000;

/// What a setting may be, both ends inside.
template <typename T>
struct SettingRange {
  T min;
  T max;
};

/// An exact decimal, written as a string: `"0.01"`. `unit` is said in messages (may be empty).
/// Errors of all three: as Settings, and `setting_invalid` with `line:column: key:` when the text
/// is none, or out of range.
[[nodiscard]] mycelium::Result<Decimal> read_decimal(const mycelium::Settings& settings,
                                                     std::string_view key, Decimal fallback,
                                                     SettingRange<Decimal> range,
                                                     std::string_view unit = {});

/// Basis points, written as such a string, in 1e-8: `"1.5"` is 15'000. Four fraction digits at
/// most.
[[nodiscard]] mycelium::Result<std::int64_t> read_basis_points(const mycelium::Settings& settings,
                                                               std::string_view key,
                                                               std::int64_t fallback,
                                                               SettingRange<std::int64_t> range);

/// A duration such as `"100ms"`.
[[nodiscard]] mycelium::Result<std::chrono::nanoseconds> read_duration(
    const mycelium::Settings& settings, std::string_view key, std::chrono::nanoseconds fallback,
    SettingRange<std::chrono::nanoseconds> range);

/// `fail`, with the place of the setting in front.
[[nodiscard]] std::unexpected<mycelium::Error> refuse_setting(const mycelium::Settings& settings,
                                                              std::string_view key,
                                                              std::string message);

}  // namespace arbitrage
