#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <ratio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mycelium/protocol/codec.hpp"
#include "mycelium/protocol/schema.hpp"

namespace mycelium {

namespace detail {

/// The name of T without its namespaces, as the compiler writes it.
template <typename T>
[[nodiscard]] std::string short_type_name() {
  std::string_view name = __PRETTY_FUNCTION__;
  name.remove_prefix(name.find("T = ") + 4);
  name = name.substr(0, name.find_first_of(";]"));
  const std::size_t arguments = name.find('<');
  const std::size_t colon = name.substr(0, arguments).rfind(':');
  if (colon != std::string_view::npos) name.remove_prefix(colon + 1);
  std::string text{name};
  for (char& letter : text) {
    const bool fine = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                      (letter >= '0' && letter <= '9') || letter == '_';
    if (!fine) letter = '_';
  }
  return text;
}

/// Describes the types of one message; each structure and enum once.
class TypeDescriber {
 public:
  TypeDescriber(std::vector<TypeDefinition>& types, bool fixed) : types_{types}, fixed_{fixed} {}

  template <typename T>
  [[nodiscard]] std::vector<FieldDescription> fields_of() {
    std::vector<FieldDescription> fields;
    for_each_field<T>([&]<typename Field>() {
      const std::uint64_t offset = fixed_ ? kOffsets<T>[fields.size()] : 0;
      fields.push_back({Field::name, describe<FieldType<T, Field>>(), offset});
      return true;
    });
    return fields;
  }

 private:
  template <typename T>
  static constexpr char kKey = 0;  ///< Its address tells types apart.

  template <typename T>
  [[nodiscard]] TypeDescription describe() {
    constexpr Shape kValue = kShape<T>;
    if constexpr (kValue == Shape::structure || kValue == Shape::enumeration)
      return {define<T>(), 0, {}};
    else if constexpr (kValue == Shape::fixed_text)
      return {"text", T::kBytesMax, {}};
    else if constexpr (kValue == Shape::decimal)
      return {"decimal", T::kFractionDigits, {}};
    else if constexpr (kValue == Shape::list)
      return {"list", 0, {describe<ElementOf<T>>()}};
    else if constexpr (kValue == Shape::fixed_list)
      return {"list", T::kItemsMax, {describe<ElementOf<T>>()}};
    else if constexpr (kValue == Shape::array)
      return {"array", ShapeOf<T>::kCount, {describe<ElementOf<T>>()}};
    else if constexpr (kValue == Shape::maybe)
      return {"optional", 0, {describe<ElementOf<T>>()}};
    else if constexpr (kValue == Shape::choice)
      return describe_choice(static_cast<T*>(nullptr));
    else
      return {simple_name<T>(), 0, {}};
  }

  template <typename... Es>
  [[nodiscard]] TypeDescription describe_choice(std::variant<Es...>*) {
    TypeDescription choice{"choice", 0, {}};
    (choice.parts.push_back(describe<Es>()), ...);
    return choice;
  }

  template <typename T>
  [[nodiscard]] static std::string simple_name() {
    constexpr Shape kValue = kShape<T>;
    if constexpr (kValue == Shape::boolean)
      return "bool";
    else if constexpr (kValue == Shape::text)
      return "text";
    else if constexpr (kValue == Shape::nothing)
      return "nothing";
    else if constexpr (kValue == Shape::time)
      return time_name<typename ShapeOf<T>::Duration>();
    else if constexpr (std::is_same_v<T, std::byte>)
      return "byte";
    else if constexpr (std::is_same_v<T, char>)
      return "char";
    else if constexpr (std::is_floating_point_v<T>)
      return fmt::format("f{}", 8 * sizeof(T));
    else
      return fmt::format("{}{}", std::is_signed_v<T> ? 'i' : 'u', 8 * sizeof(T));
  }

  template <typename Duration>
  [[nodiscard]] static std::string time_name() {
    using Period = typename Duration::period;
    std::string unit = fmt::format("{}_{}", Period::num, Period::den);
    if constexpr (std::ratio_equal_v<Period, std::nano>)
      unit = "ns";
    else if constexpr (std::ratio_equal_v<Period, std::micro>)
      unit = "us";
    else if constexpr (std::ratio_equal_v<Period, std::milli>)
      unit = "ms";
    else if constexpr (std::ratio_equal_v<Period, std::ratio<1>>)
      unit = "s";
    const std::string number = simple_name<typename Duration::rep>();
    return number == "i64" ? "time_" + unit : "time_" + unit + "_" + number;
  }

  /// The name under which T is defined; defines it when it is new.
  template <typename T>
  [[nodiscard]] std::string define() {
    for (const auto& [key, name] : defined_)
      if (key == &kKey<T>) return name;
    std::string name = short_type_name<T>();
    while (is_built_in(name) ||
           std::ranges::find(types_, name, &TypeDefinition::name) != types_.end())
      name += "_2";
    defined_.emplace_back(&kKey<T>, name);
    const std::size_t place = types_.size();
    types_.push_back({name, "", {}, {}});
    if constexpr (kShape<T> == Shape::enumeration) {
      types_[place].number = simple_name<std::underlying_type_t<T>>();
      types_[place].values = enumerators_of<T>();
    } else {
      std::vector<FieldDescription> fields = fields_of<T>();
      types_[place].fields = std::move(fields);
    }
    return name;
  }

  template <typename E>
  [[nodiscard]] static std::vector<EnumeratorDescription> enumerators_of() {
    return []<template <typename...> typename List, typename... Items>(List<Items...>*) {
      return std::vector<EnumeratorDescription>{
          {Items::name, static_cast<std::int64_t>(Items::value)}...};
    }(static_cast<boost::describe::describe_enumerators<E>*>(nullptr));
  }

  std::vector<TypeDefinition>& types_;
  bool fixed_;
  std::vector<std::pair<const char*, std::string>> defined_;
};

}  // namespace detail

/// The description of a message.
template <Message M>
[[nodiscard]] MessageDescription describe_message() {
  static_assert(detail::check_message<M>());
  MessageDescription message;
  message.id = kTraits<M>.id;
  message.name = kTraits<M>.name;
  message.topic = kTraits<M>.topic;
  message.fixed = kWireForm<M> == WireForm::fixed;
  if (message.fixed) message.bytes = detail::kOffsets<M>.back();
  message.fields = detail::TypeDescriber{message.types, message.fixed}.fields_of<M>();
  return message;
}

/// The schema of a set: `schema_of<MessageSet<Swap, Quote>>()`.
template <typename Set>
[[nodiscard]] Schema schema_of() {
  return []<Message... Ms>(MessageSet<Ms...>*) {
    return Schema{{describe_message<Ms>()...}};
  }(static_cast<Set*>(nullptr));
}

}  // namespace mycelium

/// Stands once in a library of actors, at namespace scope, so that
/// `mycelium schema export libmine.so` finds its messages: `MYCELIUM_EXPORT_SCHEMA(Swap, Quote)`.
#define MYCELIUM_EXPORT_SCHEMA(...)                                                        \
  extern "C" __attribute__((visibility("default"))) const char* mycelium_schema_json() {   \
    static const std::string json =                                                        \
        ::mycelium::json_of(::mycelium::schema_of<::mycelium::MessageSet<__VA_ARGS__>>()); \
    return json.c_str();                                                                   \
  }
