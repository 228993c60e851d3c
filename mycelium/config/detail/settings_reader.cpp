#include "mycelium/config/detail/settings_reader.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/config/toml_loader.hpp"

namespace mycelium::detail {
namespace {

/// All elements as `T`, or nothing when one is of another type.
template <typename T>
std::optional<std::vector<T>> elements_of(const Array& array) {
  std::vector<T> elements;
  elements.reserve(array.size());
  for (const Node& node : array) {
    const T* element = std::get_if<T>(&node.value);
    if (element == nullptr) return std::nullopt;
    elements.push_back(*element);
  }
  return elements;
}

std::optional<Setting::Value> setting_of(const Node& node) {
  if (const auto* flag = std::get_if<bool>(&node.value)) return *flag;
  if (const auto* integer = std::get_if<std::int64_t>(&node.value)) return *integer;
  if (const auto* number = std::get_if<double>(&node.value)) return *number;
  if (const auto* text = std::get_if<std::string>(&node.value)) return *text;
  const auto* array = std::get_if<Array>(&node.value);
  if (array == nullptr) return std::nullopt;
  if (auto strings = elements_of<std::string>(*array)) return *std::move(strings);
  if (auto integers = elements_of<std::int64_t>(*array)) return *std::move(integers);
  return std::nullopt;
}

}  // namespace

void read_settings(const Table& table, std::string_view path, Settings& settings,
                   Diagnostics& diagnostics) {
  for (const Member& member : table) {
    if (diagnostics.full()) return;
    if (!is_name(member.key)) {
      diagnostics.add(member.key_at, std::string{path},
                      fmt::format("expected a setting's name of up to {} letters, digits, '_', '.' "
                                  "and '-' that does not start with a digit or a dot, got {}",
                                  kNameBytesMax, quote(member.key)));
    } else if (auto value = setting_of(member.node)) {
      settings.set(member.key, *std::move(value), member.node.at);
    } else {
      diagnostics.add(
          member.node.at, fmt::format("{}.{}", path, member.key),
          fmt::format("expected true, false, a number, a string, or an array of strings "
                      "or of integers, got {}",
                      std::holds_alternative<Array>(member.node.value)
                          ? "an array of something else"
                          : describe(member.node)));
    }
  }
}

}  // namespace mycelium::detail
