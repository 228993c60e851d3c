#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <variant>

#include "mycelium/protocol/wire_kind.hpp"

/// How many bytes tagged fields take: of one value, and at most of a type.
namespace mycelium::detail {

inline constexpr std::size_t kUnbounded = SIZE_MAX;
inline constexpr std::size_t kKeyBytes = 4;
inline constexpr std::size_t kCountBytes = 4;
inline constexpr std::size_t kListHeadBytes = kCountBytes + 1 + 4;
inline constexpr std::size_t kChoiceHeadBytes = kCountBytes + 1 + 1;

template <typename T>
[[nodiscard]] std::size_t tagged_bytes(const T& value);

template <typename T>
[[nodiscard]] std::size_t fields_bytes(const T& value) {
  std::size_t bytes = 0;
  for_each_field<T>([&]<typename Field>() {
    const auto& member = value.*Field::pointer;
    if constexpr (kShape<FieldType<T, Field>> == Shape::maybe) {
      if (member.has_value()) bytes += kKeyBytes + tagged_bytes(*member);
    } else {
      bytes += kKeyBytes + tagged_bytes(member);
    }
    return true;
  });
  return bytes;
}

template <typename T>
[[nodiscard]] std::size_t tagged_bytes(const T& value) {
  constexpr Shape kValue = kShape<T>;
  if constexpr (kValue == Shape::nothing) {
    return 0;
  } else if constexpr (kIsScalar<T>) {
    return sizeof(T);
  } else if constexpr (kValue == Shape::text || kValue == Shape::fixed_text) {
    return kCountBytes + value.size();
  } else if constexpr (kValue == Shape::structure) {
    return kCountBytes + fields_bytes(value);
  } else if constexpr (kValue == Shape::maybe) {
    return kCountBytes + (value.has_value() ? 1 + tagged_bytes(*value) : 0);
  } else if constexpr (kValue == Shape::choice) {
    return kChoiceHeadBytes +
           std::visit([](const auto& held) { return tagged_bytes(held); }, value);
  } else if constexpr (kIsScalar<ElementOf<T>>) {
    return kListHeadBytes + value.size() * sizeof(ElementOf<T>);
  } else {
    std::size_t bytes = kListHeadBytes;
    for (const auto& item : value) bytes += tagged_bytes(item);
    return bytes;
  }
}

// Sums that stay at kUnbounded once they are there.
constexpr std::size_t plus(std::size_t left, std::size_t right) {
  return left == kUnbounded || right == kUnbounded ? kUnbounded : left + right;
}
constexpr std::size_t times(std::size_t count, std::size_t bytes) {
  return bytes == kUnbounded ? kUnbounded : count * bytes;
}

template <typename T>
constexpr std::size_t tagged_bytes_max();

template <typename T>
constexpr std::size_t fields_bytes_max() {
  std::size_t bytes = 0;
  for_each_field<T>([&]<typename Field>() {
    using Value = FieldType<T, Field>;
    if constexpr (kShape<Value> == Shape::maybe)
      bytes = plus(bytes, plus(kKeyBytes, tagged_bytes_max<ElementOf<Value>>()));
    else
      bytes = plus(bytes, plus(kKeyBytes, tagged_bytes_max<Value>()));
    return true;
  });
  return bytes;
}

template <typename... Es>
constexpr std::size_t choice_bytes_max(std::variant<Es...>*) {
  return plus(kChoiceHeadBytes, std::max({tagged_bytes_max<Es>()...}));
}

template <typename T>
constexpr std::size_t tagged_bytes_max() {
  constexpr Shape kValue = kShape<T>;
  if constexpr (kValue == Shape::nothing)
    return 0;
  else if constexpr (kIsScalar<T>)
    return sizeof(T);
  else if constexpr (kValue == Shape::text || kValue == Shape::list)
    return kUnbounded;
  else if constexpr (kValue == Shape::fixed_text)
    return kCountBytes + T::kBytesMax;
  else if constexpr (kValue == Shape::structure)
    return plus(kCountBytes, fields_bytes_max<T>());
  else if constexpr (kValue == Shape::maybe)
    return plus(kCountBytes + 1, tagged_bytes_max<ElementOf<T>>());
  else if constexpr (kValue == Shape::choice)
    return choice_bytes_max(static_cast<T*>(nullptr));
  else
    return plus(kListHeadBytes, times(ShapeOf<T>::kCount, tagged_bytes_max<ElementOf<T>>()));
}

}  // namespace mycelium::detail
