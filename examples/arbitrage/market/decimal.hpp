#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace arbitrage {

/// An exact decimal number: an integer count of 1e-8, so 61686 is 6'168'600'000'000.
///
/// Range: about +-92 billion. Sums and comparisons are plain integer arithmetic, so results never
/// depend on the order of additions or on the processor.
using Decimal = std::int64_t;

inline constexpr int kDecimalDigits = 8;
inline constexpr Decimal kDecimalScale = 100'000'000;

/// Why a text is no Decimal.
enum class DecimalError : std::uint8_t {
  not_a_number,  ///< Something else than `-?digits[.digits]`.
  too_precise,   ///< A digit other than 0 beyond the eighth fraction digit.
  overflow,      ///< Outside of the range of Decimal.
};

/// The sentence part for people: "is not a decimal number", ...
[[nodiscard]] constexpr std::string_view describe(DecimalError error) noexcept {
  switch (error) {
    case DecimalError::not_a_number:
      return "is not a decimal number";
    case DecimalError::too_precise:
      return "has more than 8 fraction digits";
    case DecimalError::overflow:
      return "is outside of the range of a decimal";
  }
  return "is not a decimal number";
}

namespace detail {

constexpr bool is_digit(char symbol) noexcept {
  return static_cast<unsigned char>(symbol - '0') < 10;
}

/// The general case: any number of digits, every limit checked.
constexpr std::expected<Decimal, DecimalError> parse_decimal_checked(
    std::string_view text) noexcept {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::uint64_t value = 0;
  int fraction_digits = -1;  // -1 before the point.
  bool overflow = false;
  bool too_precise = false;
  const auto append = [&](unsigned digit) {
    overflow |= __builtin_mul_overflow(value, std::uint64_t{10}, &value);
    overflow |= __builtin_add_overflow(value, std::uint64_t{digit}, &value);
  };
  for (std::size_t index = 0; index < text.size(); ++index) {
    const char symbol = text[index];
    const bool between_digits = index > 0 && index + 1 < text.size();
    if (symbol == '.' && fraction_digits < 0 && between_digits) {
      fraction_digits = 0;
    } else if (!is_digit(symbol)) {
      return std::unexpected{DecimalError::not_a_number};
    } else if (fraction_digits == kDecimalDigits) {
      too_precise |= symbol != '0';
    } else {
      append(static_cast<unsigned>(symbol - '0'));
      if (fraction_digits >= 0) ++fraction_digits;
    }
  }
  if (text.empty()) return std::unexpected{DecimalError::not_a_number};
  if (too_precise) return std::unexpected{DecimalError::too_precise};
  for (int digits = fraction_digits < 0 ? 0 : fraction_digits; digits < kDecimalDigits; ++digits) {
    append(0);
  }
  if (overflow || value > static_cast<std::uint64_t>(INT64_MAX)) {
    return std::unexpected{DecimalError::overflow};
  }
  return negative ? -static_cast<Decimal>(value) : static_cast<Decimal>(value);
}

/// The symbols of the usual number that scan_decimal reads: 10 whole digits, the point, 8 fraction
/// digits.
inline constexpr std::ptrdiff_t kUsualSymbolsMax = 19;

/// Reads the usual number, without a sign, at the beginning of [at, end). Nothing of that length
/// can overflow. Returns the first symbol behind it, or nullptr when it does not look usual.
/// Requires: end - at <= kUsualSymbolsMax.
constexpr const char* scan_decimal(const char* at, const char* end, Decimal& out) noexcept {
  constexpr std::array<std::uint64_t, 9> kScaleAfter = {
      100'000'000, 10'000'000, 1'000'000, 100'000, 10'000, 1'000, 100, 10, 1};
  constexpr std::ptrdiff_t kWholeDigitsMax = 10;  // 10 + 8 fraction digits < 2^63.
  std::uint64_t value = 0;                        // 19 digits < 2^64.
  const auto take_digits = [&] {
    const char* const first = at;
    for (; at != end && is_digit(*at); ++at) {
      value = value * 10 + static_cast<std::uint64_t>(*at - '0');
    }
    return at - first;
  };
  const std::ptrdiff_t whole_digits = take_digits();
  if (whole_digits == 0 || whole_digits > kWholeDigitsMax) return nullptr;
  std::ptrdiff_t fraction_digits = 0;
  if (at != end && *at == '.') {
    ++at;
    if (end - at > kDecimalDigits) end = at + kDecimalDigits;
    fraction_digits = take_digits();
    if (fraction_digits == 0) return nullptr;
  }
  out = static_cast<Decimal>(value * kScaleAfter[static_cast<std::size_t>(fraction_digits)]);
  return at;
}

}  // namespace detail

/// Reads `-?digits[.digits]` exactly. No white space, exponent, `+`, leading or trailing point.
/// Errors: see DecimalError; nothing is ever rounded. O(length), allocates nothing.
[[nodiscard]] constexpr std::expected<Decimal, DecimalError> parse_decimal(
    std::string_view text) noexcept {
  Decimal value = 0;
  const char* const first = std::to_address(text.begin());
  const char* const end = std::to_address(text.end());
  const bool usual = text.size() <= static_cast<std::size_t>(detail::kUsualSymbolsMax) &&
                     detail::scan_decimal(first, end, value) == end;
  if (usual && !text.empty()) return value;
  return detail::parse_decimal_checked(text);
}

/// Appends the shortest exact text: no trailing zeros, no point for whole numbers (`61686`,
/// `2.29327`).
void append_decimal(std::string& out, Decimal value);

/// The shortest exact text of `value`.
[[nodiscard]] std::string format_decimal(Decimal value);

}  // namespace arbitrage
