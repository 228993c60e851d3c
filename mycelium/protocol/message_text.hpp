#pragma once

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "mycelium/protocol/member_shape.hpp"

/// Messages for people and for other programs: `text_of`, `json_of`, and `fmt::format("{}", m)`,
/// `fmt::format("{:j}", m)`. Thread-safety: free functions. Memory: the string they return.
namespace mycelium {

namespace detail {

/// Appends `text` as a JSON string with its quotes. What is no UTF-8 becomes U+FFFD.
void append_quoted(std::string& out, std::string_view text);

enum class TextStyle : std::uint8_t { text, json };

template <TextStyle kStyle, typename T>
void append_value(std::string& out, const T& value);

template <TextStyle kStyle, typename T>
void append_fields(std::string& out, const T& value) {
  std::string_view separator;
  out += '{';
  for_each_field<T>([&]<typename Field>() {
    out += separator;
    if constexpr (kStyle == TextStyle::json)
      append_quoted(out, Field::name);
    else
      out += Field::name;
    out += kStyle == TextStyle::json ? ": " : " = ";
    append_value<kStyle>(out, value.*Field::pointer);
    separator = ", ";
    return true;
  });
  out += '}';
}

template <TextStyle kStyle, typename T>
void append_items(std::string& out, const T& items) {
  std::string_view separator;
  out += '[';
  for (const auto& item : items) {
    out += separator;
    append_value<kStyle>(out, item);
    separator = ", ";
  }
  out += ']';
}

template <typename E>
std::string_view enumerator_name(E value) {
  return [&]<template <typename...> typename List, typename... Items>(List<Items...>*) {
    std::string_view name;
    static_cast<void>(((Items::value == value && (name = Items::name, true)) || ...));
    return name;
  }(static_cast<boost::describe::describe_enumerators<E>*>(nullptr));
}

template <TextStyle kStyle, typename E>
void append_enumerator(std::string& out, E value) {
  std::string_view name;
  if constexpr (kShape<E> == Shape::enumeration) name = enumerator_name(value);
  if (name.empty())
    append_value<kStyle>(out, static_cast<std::underlying_type_t<E>>(value));
  else if constexpr (kStyle == TextStyle::json)
    append_quoted(out, name);
  else
    out += name;
}

template <TextStyle kStyle, typename T>
void append_number(std::string& out, T value) {
  if constexpr (std::is_same_v<T, std::byte>) {
    append_number<kStyle>(out, static_cast<unsigned>(value));
  } else if constexpr (std::is_same_v<T, char>) {
    append_number<kStyle>(out, static_cast<int>(value));
  } else if constexpr (std::is_floating_point_v<T>) {
    if (kStyle == TextStyle::json && !std::isfinite(value))
      out += "null";  // JSON has no word.
    else
      fmt::format_to(std::back_inserter(out), "{}", value);
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

template <TextStyle kStyle, typename T>
void append_choice(std::string& out, const T& choice) {
  if constexpr (kStyle == TextStyle::json)
    fmt::format_to(std::back_inserter(out), R"({{"alternative": {}, "value": )", choice.index());
  if (choice.valueless_by_exception())
    out += kStyle == TextStyle::json ? "null" : "nothing";
  else
    std::visit([&](const auto& value) { append_value<kStyle>(out, value); }, choice);
  if constexpr (kStyle == TextStyle::json) out += '}';
}

// A member that no codec supports: still shown where `fmt` can.
template <TextStyle kStyle, typename T>
void append_other(std::string& out, const T& value) {
  if constexpr (std::is_enum_v<T>) {
    append_enumerator<kStyle>(out, value);
  } else if constexpr (fmt::is_formattable<T>::value) {
    const std::string text = fmt::format("{}", value);
    if constexpr (kStyle == TextStyle::json)
      append_quoted(out, text);
    else
      out += text;
  } else {
    out += kStyle == TextStyle::json ? "null" : "...";
  }
}

// In JSON a text, since readers take numbers for doubles.
template <TextStyle kStyle, int kDigits>
void append_decimal(std::string& out, Decimal<kDigits> value) {
  if constexpr (kStyle == TextStyle::json) out += '"';
  append_decimal(out, value.units(), kDigits);
  if constexpr (kStyle == TextStyle::json) out += '"';
}

template <TextStyle kStyle, typename T>
void append_value(std::string& out, const T& value) {
  constexpr Shape kValue = kShape<T>;
  if constexpr (std::is_convertible_v<const T&, std::string_view>)
    append_quoted(out, value);
  else if constexpr (kValue == Shape::boolean)
    out += value ? "true" : "false";
  else if constexpr (kValue == Shape::number)
    append_number<kStyle>(out, value);
  else if constexpr (kValue == Shape::enumeration)
    append_enumerator<kStyle>(out, value);
  else if constexpr (kValue == Shape::time) {
    if constexpr (requires { value.time_since_epoch(); })
      append_number<kStyle>(out, value.time_since_epoch().count());
    else
      append_number<kStyle>(out, value.count());
  } else if constexpr (kValue == Shape::decimal)
    append_decimal<kStyle>(out, value);
  else if constexpr (kValue == Shape::structure)
    append_fields<kStyle>(out, value);
  else if constexpr (kValue == Shape::array || kValue == Shape::fixed_list || kValue == Shape::list)
    append_items<kStyle>(out, value);
  else if constexpr (kValue == Shape::maybe) {
    if (value)
      append_value<kStyle>(out, *value);
    else
      out += kStyle == TextStyle::json ? "null" : "nothing";
  } else if constexpr (kValue == Shape::choice)
    append_choice<kStyle>(out, value);
  else if constexpr (kValue == Shape::nothing)
    out += kStyle == TextStyle::json ? "null" : "nothing";
  else
    append_other<kStyle>(out, value);
}

}  // namespace detail

/// A message as people read it: `Price{instrument = 3, side = buy, note = "x"}`. Times and
/// durations are their counts; a `Decimal` is a text in JSON. A member that cannot be printed is
/// `...`.
template <Message M>
[[nodiscard]] std::string text_of(const M& message) {
  std::string text{kTraits<M>.name};
  if constexpr (detail::Described<M>)
    detail::append_fields<detail::TextStyle::text>(text, message);
  else
    text += "{}";
  return text;
}

/// A message as one JSON object, a member for each field. Described enums are names, optionals
/// without value and numbers that JSON cannot say are null, variants are
/// `{"alternative": 1, "value": ...}`.
template <Message M>
[[nodiscard]] std::string json_of(const M& message) {
  std::string json;
  if constexpr (detail::Described<M>)
    detail::append_fields<detail::TextStyle::json>(json, message);
  else
    json = "{}";
  return json;
}

}  // namespace mycelium

/// `{}` is `text_of`, `{:j}` is `json_of`.
template <mycelium::Message M>
struct fmt::formatter<M, char> {
  constexpr auto parse(fmt::format_parse_context& context) {
    auto at = context.begin();
    if (at != context.end() && *at == 'j') {
      json_ = true;
      ++at;
    }
    if (at != context.end() && *at != '}')
      throw fmt::format_error("a message is formatted with {} or {:j}");
    return at;
  }
  template <typename Context>
  auto format(const M& message, Context& context) const {
    const std::string text = json_ ? mycelium::json_of(message) : mycelium::text_of(message);
    return std::copy(text.begin(), text.end(), context.out());
  }

 private:
  bool json_ = false;
};
