#pragma once

#include <fmt/format.h>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mycelium/base/assert.hpp"
#include "mycelium/base/result.hpp"

namespace mycelium {

namespace detail {

enum class DecimalFault : std::uint8_t { none, not_a_number, too_precise, out_of_range };

/// Reads `-?digits[.digits]` as a count of 10^-digits. `units` is untouched after a fault.
constexpr DecimalFault read_decimal(std::string_view text, int digits,
                                    std::int64_t& units) noexcept {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::int64_t value = 0;  // Below zero: there is one more number there than above.
  int behind_point = -1;   // -1: the point has not come.
  bool in_range = true;
  bool precise = true;
  const auto append = [&](int digit) {
    in_range = in_range && !__builtin_mul_overflow(value, std::int64_t{10}, &value) &&
               !__builtin_sub_overflow(value, std::int64_t{digit}, &value);
  };
  for (std::size_t index = 0; index < text.size(); ++index) {
    const char letter = text[index];
    if (letter == '.' && behind_point < 0 && index > 0 && index + 1 < text.size()) {
      behind_point = 0;
    } else if (letter < '0' || letter > '9') {
      return DecimalFault::not_a_number;
    } else if (behind_point == digits) {
      precise = precise && letter == '0';
    } else {
      append(letter - '0');
      if (behind_point >= 0) ++behind_point;
    }
  }
  if (text.empty()) return DecimalFault::not_a_number;
  if (!precise) return DecimalFault::too_precise;
  for (int done = behind_point < 0 ? 0 : behind_point; done < digits; ++done) append(0);
  if (!in_range || (!negative && value == INT64_MIN)) return DecimalFault::out_of_range;
  units = negative ? value : -value;
  return DecimalFault::none;
}

/// Appends the shortest exact text: no zeros at the end, no point behind a whole number.
void append_decimal(std::string& out, std::int64_t units, int digits);
[[nodiscard]] Error decimal_error(DecimalFault fault, std::string_view text, int digits);

}  // namespace detail

/// An exact decimal number, a count of 10^-kDigits: `Decimal<8> price{"61685.99"};`. Prices and
/// quantities whose sums depend neither on the order of additions nor on the processor.
///
/// Range: that of 64 bits, so +-92 billion with 8 digits; as with any signed integer, arithmetic
/// that leaves it is undefined. Nothing is ever rounded. Thread-safety: a value. Memory: 8 bytes.
/// On the wire: i64; how many digits there are is part of the description.
template <int kDigits>
class Decimal {
  static_assert(kDigits >= 1 && kDigits <= 18, "a Decimal has 1 to 18 digits behind its point");

 public:
  static constexpr int kFractionDigits = kDigits;
  static constexpr std::int64_t kUnitsOfOne = [] {
    std::int64_t units = 1;
    for (int digit = 0; digit < kDigits; ++digit) units *= 10;
    return units;
  }();

  constexpr Decimal() noexcept = default;
  /// From a literal; one that is no such number does not compile.
  template <std::size_t L>
  consteval Decimal(const char (&literal)[L]) {  // NOLINT: a literal is a number.
    MYCELIUM_ASSERT(
        detail::read_decimal({literal, L - 1}, kDigits, units_) == detail::DecimalFault::none,
        "this literal is no such number");
  }
  /// `units` times 10^-kDigits.
  [[nodiscard]] static constexpr Decimal of_units(std::int64_t units) noexcept {
    Decimal decimal;
    decimal.units_ = units;
    return decimal;
  }
  /// Reads `-?digits[.digits]`: no white space, exponent, `+`, leading or trailing point. Errors:
  /// `bad_decimal`, also for a digit other than 0 that is one too many. O(length).
  [[nodiscard]] static Result<Decimal> parse(std::string_view text) {
    Decimal decimal;
    const detail::DecimalFault fault = detail::read_decimal(text, kDigits, decimal.units_);
    if (fault != detail::DecimalFault::none)
      return std::unexpected{detail::decimal_error(fault, text, kDigits)};
    return decimal;
  }

  [[nodiscard]] constexpr std::int64_t units() const noexcept { return units_; }
  /// The shortest exact text: `61685.99`, `-3`.
  [[nodiscard]] std::string text() const {
    std::string out;
    detail::append_decimal(out, units_, kDigits);
    return out;
  }

  constexpr Decimal& operator+=(Decimal other) noexcept {
    units_ += other.units_;
    return *this;
  }
  constexpr Decimal& operator-=(Decimal other) noexcept {
    units_ -= other.units_;
    return *this;
  }
  friend constexpr Decimal operator+(Decimal left, Decimal right) noexcept { return left += right; }
  friend constexpr Decimal operator-(Decimal left, Decimal right) noexcept { return left -= right; }
  friend constexpr Decimal operator-(Decimal value) noexcept { return of_units(-value.units_); }
  friend constexpr Decimal operator*(Decimal value, std::int64_t times) noexcept {
    return of_units(value.units_ * times);
  }
  friend constexpr Decimal operator*(std::int64_t times, Decimal value) noexcept {
    return value * times;
  }
  friend constexpr auto operator<=>(const Decimal&, const Decimal&) noexcept = default;

 private:
  std::int64_t units_ = 0;
};

}  // namespace mycelium

/// `{}`: the shortest exact text.
template <int kDigits>
struct fmt::formatter<mycelium::Decimal<kDigits>> : fmt::formatter<fmt::string_view> {
  auto format(const mycelium::Decimal<kDigits>& value, fmt::format_context& context) const {
    return fmt::formatter<fmt::string_view>::format(value.text(), context);
  }
};
