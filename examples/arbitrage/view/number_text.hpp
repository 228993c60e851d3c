#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "arbitrage/market/decimal.hpp"

/// Numbers as people read them.
namespace arbitrage {

/// `1,234,567`
[[nodiscard]] std::string count_text(std::uint64_t count);
/// With its noun, one or several of it: `1 restart`, `2,000 restarts`.
[[nodiscard]] std::string count_text(std::uint64_t count, std::string_view noun);
/// Exact, with at least so many fraction digits: `61,686.00`, `0.00001`. Requires: 0 <=
/// fraction_digits <= 8.
[[nodiscard]] std::string price_text(Decimal price, int fraction_digits = 2);
/// Two fraction digits, rounded to the nearest, and a sign unless it is 0: `+1,234.50`, `-0.01`,
/// `0.00`.
[[nodiscard]] std::string money_text(Decimal amount);
/// Exact, with a sign unless it is 0: `+0.01`, `0`.
[[nodiscard]] std::string position_text(Decimal position);
/// Three digits and a unit: `850 ns`, `12.3 us`, `145 us`, `1.25 ms`, `2.10 s`.
[[nodiscard]] std::string latency_text(std::uint64_t ns);
/// `54.3 %`, cut and not rounded: 100.0 % is the end.
[[nodiscard]] std::string percent_text(std::uint32_t ppm);
/// `0:12.3`, `5:45.0`, `1:02:03.4`, cut to the tenth.
[[nodiscard]] std::string span_text(std::chrono::nanoseconds span);
/// UTC: `2024-08-08 23:57:21.500`.
[[nodiscard]] std::string time_text(std::int64_t ns_since_1970);

}  // namespace arbitrage
