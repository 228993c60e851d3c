#include "arbitrage/view/number_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace arbitrage {
namespace {

constexpr std::size_t kGroup = 3;

// The magnitude of any Decimal, also of the smallest, which has no positive twin.
std::uint64_t magnitude_of(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return value < 0 ? 0 - bits : bits;
}

std::string_view sign_of(std::int64_t value) { return value < 0 ? "-" : "+"; }

// Whole part grouped, the fraction without trailing zeros but with `fraction_digits` of them at
// least.
std::string magnitude_text(std::uint64_t magnitude, int fraction_digits) {
  std::string fraction = fmt::format("{:08}", magnitude % kDecimalScale);
  const std::size_t used = fraction.find_last_not_of('0') + 1;
  fraction.resize(std::max(used, static_cast<std::size_t>(fraction_digits)));
  const std::string text = count_text(magnitude / kDecimalScale);
  return fraction.empty() ? text : fmt::format("{}.{}", text, fraction);
}

}  // namespace

std::string count_text(std::uint64_t count) {
  std::string text = fmt::format("{}", count);
  for (std::size_t end = text.size(); end > kGroup; end -= kGroup)
    text.insert(end - kGroup, 1, ',');
  return text;
}

std::string count_text(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count_text(count), noun, count == 1 ? "" : "s");
}

std::string price_text(Decimal price, int fraction_digits) {
  return fmt::format("{}{}", price < 0 ? "-" : "",
                     magnitude_text(magnitude_of(price), fraction_digits));
}

std::string money_text(Decimal amount) {
  constexpr std::uint64_t kCent = kDecimalScale / 100;
  const std::uint64_t cents = (magnitude_of(amount) + kCent / 2) / kCent;
  if (cents == 0) return "0.00";
  return fmt::format("{}{}.{:02}", sign_of(amount), count_text(cents / 100), cents % 100);
}

std::string position_text(Decimal position) {
  if (position == 0) return "0";
  return fmt::format("{}{}", sign_of(position), magnitude_text(magnitude_of(position), 0));
}

std::string latency_text(std::uint64_t ns) {
  constexpr std::uint64_t kThousand = 1000;
  constexpr std::array<std::string_view, 4> kUnits{"ns", "us", "ms", "s"};
  std::size_t unit = 0;
  std::uint64_t scale = 1;
  // 999.5 of a unit would be rounded to a fourth digit.
  while (unit + 1 < kUnits.size() && ns >= scale * kThousand - scale / 2) {
    scale *= kThousand;
    ++unit;
  }
  const double value = static_cast<double>(ns) / static_cast<double>(scale);
  int digits = 0;
  if (unit > 0 && value < 99.95) digits = value < 9.995 ? 2 : 1;
  return fmt::format("{:.{}f} {}", value, digits, kUnits[unit]);
}

std::string percent_text(std::uint32_t ppm) {
  return fmt::format("{}.{} %", ppm / 10'000, ppm / 1'000 % 10);
}

std::string span_text(std::chrono::nanoseconds span) {
  constexpr std::int64_t kTenth = 100'000'000;
  const std::uint64_t tenths = magnitude_of(span.count() / kTenth);
  const std::uint64_t seconds = tenths / 10;
  const std::string_view sign = span.count() / kTenth < 0 ? "-" : "";
  const std::uint64_t hours = seconds / 3600;
  const std::uint64_t minutes = seconds / 60 % 60;
  if (hours == 0) return fmt::format("{}{}:{:02}.{}", sign, minutes, seconds % 60, tenths % 10);
  return fmt::format("{}{}:{:02}:{:02}.{}", sign, hours, minutes, seconds % 60, tenths % 10);
}

std::string time_text(std::int64_t ns_since_1970) {
  constexpr std::int64_t kMillisecondNs = 1'000'000;
  // Rounded down by hand: the library's floor overflows near the ends of the range.
  const std::int64_t below = ns_since_1970 % kMillisecondNs < 0 ? 1 : 0;
  const std::chrono::milliseconds time{ns_since_1970 / kMillisecondNs - below};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{std::chrono::sys_days{day}};
  const auto ms = std::chrono::milliseconds{time - day}.count();
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     ms / 3'600'000, ms / 60'000 % 60, ms / 1'000 % 60, ms % 1'000);
}

}  // namespace arbitrage
