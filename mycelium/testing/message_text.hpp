#pragma once

#include <fmt/format.h>

#include <boost/describe/class.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <string>
#include <string_view>
#include <type_traits>

#include "mycelium/protocol/message.hpp"

namespace mycelium::testing {

namespace detail {

template <typename T>
void append_text(std::string& text, const T& value);

template <typename T>
void append_fields(std::string& text, const T& value) {
  using Members = boost::describe::describe_members<T, boost::describe::mod_public>;
  std::string_view separator;
  boost::mp11::mp_for_each<Members>([&](auto member) {
    text += separator;
    text += member.name;
    text += " = ";
    append_text(text, value.*member.pointer);
    separator = ", ";
  });
}

template <typename T>
void append_text(std::string& text, const T& value) {
  if constexpr (std::is_enum_v<T>) {
    append_text(text, static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    text += fmt::format("\"{}\"", std::string_view{value});
  } else if constexpr (boost::describe::has_describe_members<T>::value) {
    text += '{';
    append_fields(text, value);
    text += '}';
  } else if constexpr (fmt::is_formattable<T>::value) {
    text += fmt::format("{}", value);
  } else {
    text += "...";
  }
}

}  // namespace detail

/// A message as people read it in a failure: `Price{instrument = 3, cents = 105}`. A field that
/// cannot be printed is `...`.
template <Message M>
[[nodiscard]] std::string text_of(const M& message) {
  std::string text{kTraits<M>.name};
  text += '{';
  if constexpr (boost::describe::has_describe_members<M>::value)
    detail::append_fields(text, message);
  text += '}';
  return text;
}

}  // namespace mycelium::testing
