#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "mycelium/base/assert.hpp"

namespace mycelium {

/// A text of at most `N` bytes that lies inside its message, so that the message can travel as its
/// bytes: `FixedString<15> symbol{"BTCUSDT"};` takes 16.
///
/// Bytes behind the text are zero. Thread-safety: a value. Memory: no heap. On the wire: the count
/// (one byte, two where N is above 255), then N bytes.
template <std::size_t N>
class FixedString {
  static_assert(N >= 1 && N <= 65'535, "a FixedString holds 1 to 65535 bytes");

 public:
  using Count = std::conditional_t<(N <= 255), std::uint8_t, std::uint16_t>;
  static constexpr std::size_t kBytesMax = N;

  constexpr FixedString() noexcept = default;
  /// From a literal; one that is too long does not compile.
  template <std::size_t L>
  constexpr FixedString(const char (&literal)[L]) noexcept {  // NOLINT: a literal is a text.
    static_assert(L - 1 <= N, "this literal is longer than the FixedString");
    static_cast<void>(assign(std::string_view{literal, L - 1}));
  }
  /// Requires: text.size() <= N; `assign` tells whether it fits.
  constexpr explicit FixedString(std::string_view text) noexcept {
    MYCELIUM_ASSERT(assign(text), "the text is longer than the FixedString");
  }

  /// Takes `text` if it fits; otherwise false, and nothing has changed.
  [[nodiscard]] constexpr bool assign(std::string_view text) noexcept {
    if (text.size() > N) return false;
    const auto end = std::copy(text.begin(), text.end(), bytes_.begin());
    std::fill(end, bytes_.end(), '\0');
    count_ = static_cast<Count>(text.size());
    return true;
  }
  constexpr void clear() noexcept { *this = FixedString{}; }

  [[nodiscard]] constexpr std::string_view view() const noexcept { return {bytes_.data(), count_}; }
  constexpr operator std::string_view() const noexcept { return view(); }  // NOLINT: it is a text.
  [[nodiscard]] constexpr std::size_t size() const noexcept { return count_; }
  [[nodiscard]] constexpr bool empty() const noexcept { return count_ == 0; }

  friend constexpr bool operator==(const FixedString& left, const FixedString& right) noexcept {
    return left.view() == right.view();
  }
  friend constexpr auto operator<=>(const FixedString& left, const FixedString& right) noexcept {
    return left.view() <=> right.view();
  }

 private:
  Count count_ = 0;
  std::array<char, N> bytes_{};
};

}  // namespace mycelium
