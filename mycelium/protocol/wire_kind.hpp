#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "mycelium/base/stable_hash.hpp"
#include "mycelium/protocol/member_shape.hpp"

namespace mycelium {

/// What kind of value a tagged field holds. Part of the wire: numbers never change. Kinds below 16
/// have a size that follows from the kind; those from 16 up begin with the number of their bytes,
/// so that a reader skips what it does not know.
enum class WireKind : std::uint8_t {
  nothing = 0,
  boolean = 1,
  u8 = 2,
  i8 = 3,
  u16 = 4,
  i16 = 5,
  u32 = 6,
  i32 = 7,
  u64 = 8,
  i64 = 9,
  f32 = 10,
  f64 = 11,
  text = 16,
  list = 17,
  structure = 18,
  choice = 19,
  maybe = 20,  ///< An optional inside a list or a variant; as a field an optional is there or not.
};

inline constexpr std::uint8_t kCountedKinds = 16;  ///< From here up: a count of bytes comes first.
inline constexpr std::uint32_t kKindBits = 5;

/// The bytes of a kind below 16; nothing knows others: -1.
[[nodiscard]] constexpr int wire_bytes(std::uint8_t kind) noexcept {
  constexpr std::int8_t kBytes[kCountedKinds] = {0, 1, 1, 1, 2,  2,  4,  4,
                                                 8, 8, 4, 8, -1, -1, -1, -1};
  return kind < kCountedKinds ? kBytes[kind] : -1;
}

namespace detail {

template <typename T>
consteval WireKind number_kind() {
  if constexpr (std::is_same_v<T, float>)
    return WireKind::f32;
  else if constexpr (std::is_same_v<T, double>)
    return WireKind::f64;
  else if constexpr (std::is_same_v<T, std::byte> || std::is_same_v<T, char>)
    return WireKind::u8;
  else if constexpr (std::is_same_v<T, bool>)
    return WireKind::boolean;
  else {
    constexpr int kPower = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    return static_cast<WireKind>(2 + 2 * kPower + (std::is_signed_v<T> ? 1 : 0));
  }
}

template <typename T>
consteval WireKind time_kind() {
  return number_kind<typename ShapeOf<T>::Duration::rep>();
}

template <typename T>
consteval WireKind find_kind() {
  constexpr Shape kValue = kShape<T>;
  if constexpr (kValue == Shape::boolean || kValue == Shape::number)
    return number_kind<T>();
  else if constexpr (kValue == Shape::enumeration)
    return number_kind<std::underlying_type_t<T>>();
  else if constexpr (kValue == Shape::time)
    return time_kind<T>();
  else if constexpr (kValue == Shape::decimal)
    return WireKind::i64;
  else if constexpr (kValue == Shape::text || kValue == Shape::fixed_text)
    return WireKind::text;
  else if constexpr (kValue == Shape::structure)
    return WireKind::structure;
  else if constexpr (kValue == Shape::maybe)
    return WireKind::maybe;
  else if constexpr (kValue == Shape::choice)
    return WireKind::choice;
  else if constexpr (kValue == Shape::nothing)
    return WireKind::nothing;
  else
    return WireKind::list;
}

template <typename T>
inline constexpr WireKind kKind = find_kind<T>();

/// Whether a value of T is its bytes, of a size that the kind tells.
template <typename T>
inline constexpr bool kIsScalar = static_cast<std::uint8_t>(kKind<T>) < kCountedKinds;

/// The upper 27 bits of a field's key: which field it is, whatever its place. FNV-1a of the name,
/// both halves folded into one.
[[nodiscard]] constexpr std::uint32_t field_tag(std::string_view name) noexcept {
  const std::uint64_t hash = stable_hash(name);
  return static_cast<std::uint32_t>(hash ^ (hash >> 32)) >> kKindBits << kKindBits;
}

template <typename T>
consteval WireKind field_kind() {
  if constexpr (kShape<T> == Shape::maybe)
    return kKind<ElementOf<T>>;
  else
    return kKind<T>;
}

/// What stands before the value of a field: tag and kind. An optional has the kind of its element.
template <typename T, typename Field>
inline constexpr std::uint32_t kFieldKey =
    field_tag(Field::name) | static_cast<std::uint32_t>(field_kind<FieldType<T, Field>>());

template <typename T>
consteval bool tags_are_unique() {
  std::uint32_t tags[kFieldCount<T> + 1]{};
  std::size_t count = 0;
  return for_each_field<T>([&]<typename Field>() {
    for (std::size_t index = 0; index < count; ++index)
      if (tags[index] == field_tag(Field::name)) return false;
    tags[count++] = field_tag(Field::name);
    return true;
  });
}

}  // namespace detail
}  // namespace mycelium
