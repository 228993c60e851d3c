#include "mycelium/protocol/decimal.hpp"

namespace mycelium::detail {

void append_decimal(std::string& out, std::int64_t units, int digits) {
  // Unsigned, since the smallest number has no counterpart above zero.
  const auto magnitude = units < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(units)
                                   : static_cast<std::uint64_t>(units);
  std::string text = fmt::format("{:0{}}", magnitude, digits + 1);
  text.insert(text.size() - static_cast<std::size_t>(digits), 1, '.');
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  if (units < 0) out += '-';
  out += text;
}

Error decimal_error(DecimalFault fault, std::string_view text, int digits) {
  constexpr std::size_t kShownMax = 40;
  const std::string shown = fmt::format("\"{}\"", text.substr(0, kShownMax));
  std::string sentence;
  if (fault == DecimalFault::too_precise)
    sentence = fmt::format("{} has more than {} digits behind its point", shown, digits);
  else if (fault == DecimalFault::out_of_range)
    sentence =
        fmt::format("{} is too large for a decimal with {} digits behind its point", shown, digits);
  else
    sentence = fmt::format("{} is no decimal number; write 61685.99 or the like", shown);
  return {"bad_decimal", sentence};
}

}  // namespace mycelium::detail
