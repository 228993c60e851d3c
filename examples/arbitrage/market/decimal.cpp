#include "arbitrage/market/decimal.hpp"

namespace arbitrage {

void append_decimal(std::string& out, Decimal value) {
  constexpr std::size_t kTextMax = 21;  // Sign, 11 whole digits, point, 8 fraction digits.
  std::array<char, kTextMax> text{};
  // Unsigned, because the magnitude of the smallest Decimal is no Decimal.
  std::uint64_t magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) magnitude = 0 - magnitude;
  std::uint64_t whole = magnitude / kDecimalScale;
  std::uint64_t fraction = magnitude % kDecimalScale;

  char* cursor = text.data() + text.size();  // Written from the last symbol to the first.
  if (fraction != 0) {
    int digits = kDecimalDigits;
    for (; fraction % 10 == 0; fraction /= 10) --digits;
    for (; digits > 0; --digits, fraction /= 10) {
      *--cursor = static_cast<char>('0' + fraction % 10);
    }
    *--cursor = '.';
  }
  do {
    *--cursor = static_cast<char>('0' + whole % 10);
    whole /= 10;
  } while (whole != 0);
  if (value < 0) *--cursor = '-';
  out.append(cursor, text.data() + text.size());
}

std::string format_decimal(Decimal value) {
  std::string text;
  append_decimal(text, value);
  return text;
}

}  // namespace arbitrage
