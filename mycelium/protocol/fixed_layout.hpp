#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "mycelium/base/assert.hpp"
#include "mycelium/protocol/member_shape.hpp"
#include "mycelium/protocol/wire_limits.hpp"

/// Messages that travel as their bytes. See docs/wire.md, "Fixed layout".
///
///     fixed message = its fields, each at its natural alignment, to the end of the last one
///     bool          = 0 or 1, one byte        enum = its underlying integer
///     FixedString   = count (1 or 2 bytes), N bytes, those behind the count zero
///     FixedVector   = count (4 bytes), N elements, those behind the count zero
///
/// Everything little-endian; bytes between fields are zero.
namespace mycelium {

static_assert(std::endian::native == std::endian::little, "the wire is little-endian");

namespace detail {

template <typename T>
concept AsksForTaggedFields = requires { requires T::kTagged; };

template <typename T>
consteval bool has_natural_layout();

template <typename T>
consteval bool find_fixed_layout() {
  constexpr Shape kValue = kShape<T>;
  if constexpr (kValue == Shape::boolean || kValue == Shape::number ||
                kValue == Shape::enumeration || kValue == Shape::time || kValue == Shape::decimal ||
                kValue == Shape::fixed_text) {
    return true;
  } else if constexpr (kValue == Shape::array || kValue == Shape::fixed_list) {
    return find_fixed_layout<ElementOf<T>>();
  } else if constexpr (kValue == Shape::structure) {
    if constexpr (AsksForTaggedFields<T> || !std::is_trivially_copyable_v<T> || alignof(T) > 16)
      return false;
    else
      return has_natural_layout<T>() && for_each_field<T>([]<typename Field>() {
               return find_fixed_layout<FieldType<T, Field>>();
             });
  } else {
    return false;
  }
}

/// Where the fields of a structure lie: the offset of each, and behind them the end of the last.
template <typename T>
inline constexpr auto kOffsets = [] {
  std::array<std::size_t, kFieldCount<T> + 1> offsets{};
  std::size_t index = 0;
  std::size_t end = 0;
  for_each_field<T>([&]<typename Field>() {
    constexpr std::size_t kAlignment = alignof(FieldType<T, Field>);
    offsets[index++] = (end + kAlignment - 1) / kAlignment * kAlignment;
    end = offsets[index - 1] + sizeof(FieldType<T, Field>);
    return true;
  });
  offsets[index] = end;
  return offsets;
}();

template <typename T>
consteval bool has_natural_layout() {
  std::size_t alignment = 1;
  for_each_field<T>([&]<typename Field>() {
    alignment = std::max(alignment, alignof(FieldType<T, Field>));
    return true;
  });
  const std::size_t end = std::max<std::size_t>(kOffsets<T>.back(), 1);
  return alignment == alignof(T) && (end + alignment - 1) / alignment * alignment == sizeof(T);
}

template <typename T>
inline constexpr bool kIsFixedLayout = find_fixed_layout<T>();

/// Whether T has no byte that needs a look: neither padding, nor bools, enums, counts.
template <typename T>
consteval bool is_plain() {
  if constexpr (kShape<T> == Shape::array)
    return is_plain<ElementOf<T>>();
  else
    return kShape<T> == Shape::number || kShape<T> == Shape::time || kShape<T> == Shape::decimal;
}

/// Requires: the sizeof(T) bytes at `to` are zero.
template <typename T>
void write_fixed(std::byte* to, const T& value) noexcept {
  constexpr Shape kValue = kShape<T>;
  if constexpr (kValue == Shape::structure) {
    std::size_t index = 0;
    for_each_field<T>([&]<typename Field>() {
      MYCELIUM_DASSERT(reinterpret_cast<const std::byte*>(&(value.*Field::pointer)) -
                               reinterpret_cast<const std::byte*>(&value) ==
                           static_cast<std::ptrdiff_t>(kOffsets<T>[index]),
                       "a member of a fixed-layout message has an alignas of its own");
      write_fixed(to + kOffsets<T>[index++], value.*Field::pointer);
      return true;
    });
  } else if constexpr (kValue == Shape::fixed_list) {
    const auto count = static_cast<std::uint32_t>(value.size());
    std::memcpy(to, &count, sizeof count);
    for (std::size_t index = 0; index < value.size(); ++index)
      write_fixed(to + T::kItemsOffset + index * sizeof(ElementOf<T>), value[index]);
  } else if constexpr (kValue == Shape::fixed_text) {
    const auto count = static_cast<typename T::Count>(value.size());
    std::memcpy(to, &count, sizeof count);
    std::memcpy(to + sizeof count, value.view().data(), value.size());
  } else if constexpr (kValue == Shape::array && !is_plain<T>()) {
    for (std::size_t index = 0; index < value.size(); ++index)
      write_fixed(to + index * sizeof(ElementOf<T>), value[index]);
  } else {
    std::memcpy(to, &value, sizeof value);
  }
}

/// Whether the sizeof(T) bytes at `from` may become a T. Names the field in `problem` when not.
template <typename T>
[[nodiscard]] bool check_fixed(const std::byte* from, WireProblem& problem) noexcept {
  constexpr Shape kValue = kShape<T>;
  const auto refuse = [&](WireFault fault) {
    problem.fault = fault;
    return false;
  };
  if constexpr (is_plain<T>()) {
    return true;
  } else if constexpr (kValue == Shape::structure) {
    std::size_t index = 0;
    return for_each_field<T>([&]<typename Field>() {
      if (check_fixed<FieldType<T, Field>>(from + kOffsets<T>[index++], problem)) return true;
      if (problem.field.empty()) problem.field = Field::name;
      return false;
    });
  } else if constexpr (kValue == Shape::boolean) {
    return *from <= std::byte{1} || refuse(WireFault::bad_bool);
  } else if constexpr (kValue == Shape::enumeration) {
    std::underlying_type_t<T> number;
    std::memcpy(&number, from, sizeof number);
    return is_enumerator<T>(number) || refuse(WireFault::bad_enumerator);
  } else if constexpr (kValue == Shape::fixed_text) {
    typename T::Count count;
    std::memcpy(&count, from, sizeof count);
    return count <= T::kBytesMax || refuse(WireFault::text_too_long);
  } else {
    std::uint32_t count = static_cast<std::uint32_t>(detail::ShapeOf<T>::kCount);
    std::size_t begin = 0;
    if constexpr (kValue == Shape::fixed_list) {
      std::memcpy(&count, from, sizeof count);
      begin = T::kItemsOffset;
    }
    if (count > detail::ShapeOf<T>::kCount) return refuse(WireFault::list_too_long);
    for (std::size_t index = 0; index < count; ++index)
      if (!check_fixed<ElementOf<T>>(from + begin + index * sizeof(ElementOf<T>), problem))
        return false;
    return true;
  }
}

/// What `value.validate()` says is wrong with it; empty: nothing, or it has none. `validate` is a
/// const member that returns a bool, or a text that is empty when all is well.
template <typename T>
[[nodiscard]] std::string_view what_validate_says(const T& value) {
  if constexpr (requires {
                  { value.validate() } -> std::same_as<bool>;
                })
    return value.validate() ? std::string_view{} : std::string_view{"it returned false"};
  else if constexpr (requires {
                       { value.validate() } -> std::convertible_to<std::string_view>;
                     })
    return value.validate();
  else
    return {};
}

/// Asks every `validate` inside a fixed-layout value, innermost first.
template <typename T>
[[nodiscard]] bool validate_fixed(const T& value, WireProblem& problem) {
  if constexpr (kShape<T> == Shape::structure) {
    const bool fields_are_well = for_each_field<T>([&]<typename Field>() {
      if (validate_fixed(value.*Field::pointer, problem)) return true;
      if (problem.field.empty()) problem.field = Field::name;
      return false;
    });
    if (!fields_are_well) return false;
    problem.reason = what_validate_says(value);
    if (!problem.reason.empty()) problem.fault = WireFault::refused;
    return problem.reason.empty();
  } else if constexpr ((kShape<T> == Shape::array || kShape<T> == Shape::fixed_list) &&
                       !is_plain<T>()) {
    return std::all_of(value.begin(), value.end(),
                       [&](const auto& item) { return validate_fixed(item, problem); });
  } else {
    return true;
  }
}

/// Fields that an older sender did not know keep what they have; bytes behind the last field are a
/// newer sender's.
template <typename M>
[[nodiscard]] bool decode_fixed(M& message, std::span<const std::byte> from, WireProblem& problem) {
  std::size_t index = 0;
  const bool read = for_each_field<M>([&]<typename Field>() {
    using Value = FieldType<M, Field>;
    const std::size_t offset = kOffsets<M>[index++];
    if (from.size() <= offset) return true;
    if (from.size() - offset < sizeof(Value)) {
      problem = WireProblem{.fault = WireFault::bad_size, .field = Field::name};
      return false;
    }
    if (!check_fixed<Value>(from.data() + offset, problem)) {
      if (problem.field.empty()) problem.field = Field::name;
      return false;
    }
    std::memcpy(static_cast<void*>(&(message.*Field::pointer)), from.data() + offset,
                sizeof(Value));
    return true;
  });
  return read && validate_fixed(message, problem);
}

}  // namespace detail
}  // namespace mycelium
