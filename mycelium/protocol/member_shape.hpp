#pragma once

#include <array>
#include <boost/describe/class.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/list.hpp>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "mycelium/protocol/decimal.hpp"
#include "mycelium/protocol/fixed_string.hpp"
#include "mycelium/protocol/fixed_vector.hpp"
#include "mycelium/protocol/message.hpp"

/// What a member of a message can be, and how its description is walked through. Everything that is
/// made from a description (codec, printing, comparison, schema) asks here.
namespace mycelium {

/// What a member is, as far as printing and encoding are concerned.
enum class Shape : std::uint8_t {
  boolean,
  number,       ///< Integers up to 64 bits, `char`, `std::byte`, `float`, `double`.
  enumeration,  ///< Described with `BOOST_DESCRIBE_ENUM`.
  time,         ///< A point in time or a duration of `std::chrono`: an integer count of its ticks.
  decimal,      ///< `Decimal`: an integer count of its smallest step.
  text,         ///< `std::string`.
  fixed_text,   ///< `FixedString`.
  array,        ///< `std::array`.
  fixed_list,   ///< `FixedVector`.
  list,         ///< `std::vector`.
  maybe,        ///< `std::optional`.
  choice,       ///< `std::variant`.
  nothing,      ///< `std::monostate`, an alternative of a variant.
  structure,    ///< Described with `BOOST_DESCRIBE_STRUCT`, or a message.
  unsupported,
};

namespace detail {

template <typename T>
struct ShapeOf {
  static constexpr Shape kShape = Shape::unsupported;
};
template <>
struct ShapeOf<std::string> {
  static constexpr Shape kShape = Shape::text;
};
template <>
struct ShapeOf<std::monostate> {
  static constexpr Shape kShape = Shape::nothing;
};
template <int kDigits>
struct ShapeOf<Decimal<kDigits>> {
  static constexpr Shape kShape = Shape::decimal;
};
template <std::size_t N>
struct ShapeOf<FixedString<N>> {
  static constexpr Shape kShape = Shape::fixed_text;
};
template <typename E, std::size_t N>
struct ShapeOf<std::array<E, N>> {
  static constexpr Shape kShape = Shape::array;
  using Element = E;
  static constexpr std::size_t kCount = N;
};
template <typename E, std::size_t N>
struct ShapeOf<FixedVector<E, N>> {
  static constexpr Shape kShape = Shape::fixed_list;
  using Element = E;
  static constexpr std::size_t kCount = N;
};
template <typename E, typename A>
struct ShapeOf<std::vector<E, A>> {
  static constexpr Shape kShape = std::is_same_v<E, bool> ? Shape::unsupported : Shape::list;
  using Element = E;
};
template <typename E>
struct ShapeOf<std::optional<E>> {
  static constexpr Shape kShape = Shape::maybe;
  using Element = E;
};
template <typename... Es>
struct ShapeOf<std::variant<Es...>> {
  static constexpr Shape kShape = Shape::choice;
};
template <std::integral Rep, typename Period>
struct ShapeOf<std::chrono::duration<Rep, Period>> {
  static constexpr Shape kShape = Shape::time;
  using Duration = std::chrono::duration<Rep, Period>;
};
template <typename Line, std::integral Rep, typename Period>
struct ShapeOf<std::chrono::time_point<Line, std::chrono::duration<Rep, Period>>> {
  static constexpr Shape kShape = Shape::time;
  using Duration = std::chrono::duration<Rep, Period>;
};

template <typename T>
concept Described = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <typename T>
consteval Shape find_shape() {
  if constexpr (std::is_same_v<T, bool>) return Shape::boolean;
  if constexpr (std::is_same_v<T, std::byte>) return Shape::number;
  if constexpr (std::is_integral_v<T>)
    return sizeof(T) <= 8 ? Shape::number : Shape::unsupported;
  else if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>)
    return Shape::number;
  else if constexpr (std::is_enum_v<T>)
    return boost::describe::has_describe_enumerators<T>::value ? Shape::enumeration
                                                               : Shape::unsupported;
  else if constexpr (Described<T>)
    return Shape::structure;
  else
    return ShapeOf<T>::kShape;
}

}  // namespace detail

template <typename T>
inline constexpr Shape kShape = detail::find_shape<std::remove_cv_t<T>>();

/// The element of an array, list or optional.
template <typename T>
using ElementOf = typename detail::ShapeOf<T>::Element;

/// The described fields of a structure, as a list of types with `pointer` and `name`.
template <typename T>
using FieldsOf = boost::describe::describe_members<T, boost::describe::mod_public>;

template <typename T>
inline constexpr std::size_t kFieldCount = boost::mp11::mp_size<FieldsOf<T>>::value;

/// The type of a field's member.
template <typename T, typename Field>
using FieldType = std::remove_cvref_t<decltype(std::declval<T&>().*Field::pointer)>;

/// Calls `visit.template operator()<Field>()` for each field, in order of declaration, as long as
/// it returns true. True: for all.
template <typename T, typename Visit>
constexpr bool for_each_field(Visit&& visit) {
  return [&]<template <typename...> typename List, typename... Fields>(List<Fields...>*) {
    return (visit.template operator()<Fields>() && ...);
  }(static_cast<FieldsOf<T>*>(nullptr));
}

/// Whether `value` is one of the enumerators that were described.
template <typename E>
[[nodiscard]] constexpr bool is_enumerator(std::underlying_type_t<E> value) noexcept {
  return []<template <typename...> typename List, typename... Items>(auto asked, List<Items...>*) {
    return ((static_cast<std::underlying_type_t<E>>(Items::value) == asked) || ...);
  }(value, static_cast<boost::describe::describe_enumerators<E>*>(nullptr));
}

namespace detail {

template <typename T, typename... Around>
consteval bool check_member();

template <typename T, typename... Around>
consteval bool check_fields() {
  static_assert(std::is_aggregate_v<T> && std::is_default_constructible_v<T>,
                "a structure inside a message is a plain aggregate that can be made as T{}");
  static_assert(describes_every_field<T>(),
                "the description of a structure inside a message leaves out a field; list every "
                "field in BOOST_DESCRIBE_STRUCT");
  return for_each_field<T>(
      []<typename Field>() { return check_member<FieldType<T, Field>, T, Around...>(); });
}

template <typename... Es, typename... Around>
consteval bool check_alternatives(std::variant<Es...>*, boost::mp11::mp_list<Around...>*) {
  static_assert(sizeof...(Es) <= 255, "a variant inside a message has at most 255 alternatives");
  return (check_member<Es, Around...>() && ...);
}

// The sentence that fits what is wrong with a member that is not supported.
template <typename T>
consteval bool refuse_member() {
  static_assert(!std::is_enum_v<T>,
                "an enum inside a message that is encoded must be described: write "
                "BOOST_DESCRIBE_ENUM(Type, values...) behind it");
  static_assert(!std::is_pointer_v<T> && !std::is_convertible_v<T, std::string_view>,
                "a pointer or view inside a message that is encoded points into this process only; "
                "hold the data itself: std::string, std::vector, FixedString, FixedVector");
  static_assert(!std::is_aggregate_v<T>,
                "a structure inside a message that is encoded must be described: write "
                "BOOST_DESCRIBE_STRUCT(Type, (), (fields...)) behind it");
  static_assert(!std::is_same_v<T, std::vector<bool>>,
                "std::vector<bool> cannot be encoded; use std::vector<std::uint8_t>");
  static_assert(std::is_enum_v<T> || std::is_pointer_v<T> || std::is_aggregate_v<T> ||
                    std::is_convertible_v<T, std::string_view> ||
                    std::is_same_v<T, std::vector<bool>>,
                "a message that is encoded has a member of a type that cannot be: supported are "
                "numbers up to 64 bits, bool, described enums and structures, std::string, "
                "std::vector, std::array, std::optional, std::variant, FixedString, FixedVector, "
                "and times and durations that count in integers");
  return false;
}

template <typename T, typename... Around>
consteval bool check_element() {
  static_assert(kShape<T> != Shape::nothing,
                "std::monostate is encoded as an alternative of a variant only");
  return check_member<T, Around...>();
}

// `Around`: the structures that T stands in, so that a type which contains itself comes to an end.
template <typename T, typename... Around>
consteval bool check_member() {
  constexpr Shape kMember = kShape<T>;
  if constexpr (kMember == Shape::unsupported) {
    return refuse_member<T>();
  } else if constexpr (kMember == Shape::structure) {
    if constexpr ((std::is_same_v<T, Around> || ...))
      return true;
    else
      return check_fields<T, Around...>();
  } else if constexpr (kMember == Shape::maybe) {
    static_assert(kShape<ElementOf<T>> != Shape::maybe,
                  "an optional of an optional cannot be encoded");
    return check_element<ElementOf<T>, Around...>();
  } else if constexpr (kMember == Shape::array || kMember == Shape::fixed_list ||
                       kMember == Shape::list) {
    return check_element<ElementOf<T>, Around...>();
  } else if constexpr (kMember == Shape::choice) {
    return check_alternatives(static_cast<T*>(nullptr),
                              static_cast<boost::mp11::mp_list<Around...>*>(nullptr));
  } else {
    return true;
  }
}

/// Ends compilation with one sentence when `M` cannot be encoded.
template <Message M>
consteval bool check_message() {
  static_assert(Described<M>,
                "this message belongs to the runtime and stays in its process; describe messages "
                "that are encoded with MYCELIUM_MESSAGE");
  return check_fields<M>();
}

template <typename... Ms>
consteval bool ids_are_unique() {
  constexpr std::array<std::uint16_t, sizeof...(Ms)> kIds{kTraits<Ms>.id...};
  for (std::size_t left = 0; left < kIds.size(); ++left)
    for (std::size_t right = left + 1; right < kIds.size(); ++right)
      if (kIds[left] == kIds[right]) return false;
  return true;
}

}  // namespace detail

/// The messages that may cross a link, or that a schema describes: `MessageSet<Swap, Quote>`.
/// Compilation ends with a sentence when two have one id, when an id is the runtime's, or when a
/// member cannot be encoded.
template <Message... Ms>
struct MessageSet {
  static_assert(detail::ids_are_unique<Ms...>(),
                "two messages of this set have the same id; give one of them another id");
  static_assert(((kTraits<Ms>.id < kReservedTypeIds) && ...),
                "a message of this set has an id from 0xFF00 up, which belong to the runtime");
  static_assert((detail::check_message<Ms>() && ...));
  static constexpr std::size_t kCount = sizeof...(Ms);
};

}  // namespace mycelium
