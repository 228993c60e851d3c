#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <type_traits>

#include "mycelium/base/assert.hpp"

namespace mycelium {

/// At most `N` elements that lie inside their message, so that the message can travel as its bytes:
/// `FixedVector<Level, 20> bids;`
///
/// Thread-safety: a value. Memory: no heap; room for all N always. On the wire: the count (4
/// bytes), then N elements at their alignment, those behind the count as zeros.
template <typename T, std::size_t N>
class FixedVector {
  static_assert(std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T>,
                "a FixedVector holds plain data: elements that are copied as their bytes; for "
                "others use std::vector");
  static_assert(N >= 1 && N <= 0xFFFF'FFFF, "a FixedVector holds at least one element");

 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;
  static constexpr std::size_t kItemsMax = N;
  /// Where the elements begin, from the beginning of the vector.
  static constexpr std::size_t kItemsOffset =
      (sizeof(std::uint32_t) + alignof(T) - 1) / alignof(T) * alignof(T);

  constexpr FixedVector() noexcept = default;
  /// Requires: at most N items.
  constexpr FixedVector(std::initializer_list<T> items) noexcept {
    MYCELIUM_ASSERT(items.size() <= N, "more items than the FixedVector holds");
    std::copy(items.begin(), items.end(), items_.begin());
    count_ = static_cast<std::uint32_t>(items.size());
  }

  /// False: it is full, and nothing has changed.
  [[nodiscard]] constexpr bool try_push_back(const T& item) noexcept {
    if (count_ == N) return false;
    items_[count_++] = item;
    return true;
  }
  /// New elements are `T{}`. False: that is more than N, and nothing has changed.
  [[nodiscard]] constexpr bool try_resize(std::size_t count) noexcept {
    if (count > N) return false;
    for (std::size_t index = count_; index < count; ++index) items_[index] = T{};
    count_ = static_cast<std::uint32_t>(count);
    return true;
  }
  /// Requires: not empty.
  constexpr void pop_back() noexcept {
    MYCELIUM_DASSERT(count_ > 0, "pop_back of an empty FixedVector");
    --count_;
  }
  constexpr void clear() noexcept { count_ = 0; }

  [[nodiscard]] constexpr std::size_t size() const noexcept { return count_; }
  [[nodiscard]] constexpr bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] constexpr T* data() noexcept { return items_.data(); }
  [[nodiscard]] constexpr const T* data() const noexcept { return items_.data(); }
  /// Requires: index < size().
  [[nodiscard]] constexpr T& operator[](std::size_t index) noexcept {
    MYCELIUM_DASSERT(index < count_, "beyond the end of the FixedVector");
    return items_[index];
  }
  [[nodiscard]] constexpr const T& operator[](std::size_t index) const noexcept {
    MYCELIUM_DASSERT(index < count_, "beyond the end of the FixedVector");
    return items_[index];
  }
  [[nodiscard]] constexpr T* begin() noexcept { return data(); }
  [[nodiscard]] constexpr T* end() noexcept { return data() + count_; }
  [[nodiscard]] constexpr const T* begin() const noexcept { return data(); }
  [[nodiscard]] constexpr const T* end() const noexcept { return data() + count_; }

  friend constexpr bool operator==(const FixedVector& left, const FixedVector& right) noexcept
    requires requires(const T& item) { item == item; }
  {
    return std::equal(left.begin(), left.end(), right.begin(), right.end());
  }

 private:
  std::uint32_t count_ = 0;
  std::array<T, N> items_{};
};

}  // namespace mycelium
