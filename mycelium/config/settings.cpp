#include "mycelium/config/settings.hpp"

#include <fmt/format.h>

#include <type_traits>

#include "mycelium/config/duration.hpp"

namespace mycelium {
namespace {

template <typename T>
constexpr SettingKind kind_of() {
  if constexpr (std::is_same_v<T, bool>) return SettingKind::boolean;
  if constexpr (std::is_same_v<T, std::int64_t>) return SettingKind::integer;
  if constexpr (std::is_same_v<T, double>) return SettingKind::number;
  if constexpr (std::is_same_v<T, std::string>) return SettingKind::string;
  if constexpr (std::is_same_v<T, Settings::Duration>) return SettingKind::duration;
  if constexpr (std::is_same_v<T, Settings::Strings>) return SettingKind::strings;
  return SettingKind::integers;
}

std::string describe(const Setting::Value& value) {
  struct Describe {
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t number) const {
      return fmt::format("the integer {}", number);
    }
    std::string operator()(double number) const { return fmt::format("the number {}", number); }
    std::string operator()(const std::string& text) const { return quote(text); }
    std::string operator()(const Settings::Strings&) const { return "an array of strings"; }
    std::string operator()(const Settings::Integers&) const { return "an array of integers"; }
  };
  return std::visit(Describe{}, value);
}

bool is_empty_array(const Setting::Value& value) {
  const auto* strings = std::get_if<Settings::Strings>(&value);
  const auto* integers = std::get_if<Settings::Integers>(&value);
  return (strings != nullptr && strings->empty()) || (integers != nullptr && integers->empty());
}

bool holds(const Setting::Value& value, SettingKind kind) {
  switch (kind) {
    case SettingKind::boolean:
      return std::holds_alternative<bool>(value);
    case SettingKind::integer:
      return std::holds_alternative<std::int64_t>(value);
    case SettingKind::number:
      return std::holds_alternative<double>(value) || std::holds_alternative<std::int64_t>(value);
    case SettingKind::string:
    case SettingKind::duration:
      return std::holds_alternative<std::string>(value);
    case SettingKind::strings:
      return std::holds_alternative<Settings::Strings>(value) || is_empty_array(value);
    case SettingKind::integers:
      return std::holds_alternative<Settings::Integers>(value) || is_empty_array(value);
  }
  return false;
}

/// Requires: `mismatch(setting, kind_of<T>())` found nothing.
template <typename T>
T convert(const Setting::Value& value) {
  if constexpr (std::is_same_v<T, double>) {
    const auto* integer = std::get_if<std::int64_t>(&value);
    return integer != nullptr ? static_cast<double>(*integer) : std::get<double>(value);
  } else if constexpr (std::is_same_v<T, Settings::Duration>) {
    return parse_duration(std::get<std::string>(value)).value();
  } else {
    const T* held = std::get_if<T>(&value);
    return held != nullptr ? *held : T{};  // Absent only for an empty array of the other kind.
  }
}

}  // namespace

std::string_view expectation(SettingKind kind) noexcept {
  switch (kind) {
    case SettingKind::boolean:
      return "true or false";
    case SettingKind::integer:
      return "an integer";
    case SettingKind::number:
      return "a number";
    case SettingKind::string:
      return "a string";
    case SettingKind::duration:
      return "a duration such as \"50ms\", \"1.5s\" or \"2h\"";
    case SettingKind::strings:
      return "an array of strings";
    case SettingKind::integers:
      return "an array of integers";
  }
  return "a known kind";
}

std::optional<std::string> mismatch(const Setting& setting, SettingKind kind) {
  if (!holds(setting.value, kind)) {
    return fmt::format("expected {}, got {}", expectation(kind), describe(setting.value));
  }
  if (kind != SettingKind::duration) return std::nullopt;
  const auto duration = parse_duration(std::get<std::string>(setting.value));
  if (!duration) return duration.error().message;
  return std::nullopt;
}

void Settings::set(std::string key, Setting::Value value, SourcePosition at) {
  settings_.insert_or_assign(std::move(key), Setting{std::move(value), at});
}

Settings Settings::with_defaults(const Settings& shared) const {
  Settings merged = *this;
  for (const auto& [key, setting] : shared.settings_) merged.settings_.try_emplace(key, setting);
  return merged;
}

const Setting* Settings::find(std::string_view key) const {
  const auto found = settings_.find(key);
  return found == settings_.end() ? nullptr : &found->second;
}

std::unexpected<Error> Settings::refuse(SourcePosition at, std::string_view key, std::string code,
                                        std::string message) const {
  const Diagnostic diagnostic{at, fmt::format("settings.{}", key), std::move(message)};
  return fail(std::move(code), format(diagnostic, source_));
}

template <typename T>
Result<std::optional<T>> Settings::read(std::string_view key) const {
  const Setting* setting = find(key);
  if (setting == nullptr) return std::optional<T>{};
  if (auto why = mismatch(*setting, kind_of<T>())) {
    return refuse(setting->at, key, "setting_invalid", *std::move(why));
  }
  return std::optional<T>{convert<T>(setting->value)};
}

template <typename T>
Result<T> Settings::require(std::string_view key) const {
  auto found = read<T>(key);
  if (!found) return std::unexpected{std::move(found).error()};
  std::optional<T>& value = *found;
  if (value.has_value()) return *std::move(value);
  return refuse(at_, key, "setting_missing",
                fmt::format("missing{}{}; set it to {}", owner_.empty() ? "" : " for actor ",
                            owner_.empty() ? "" : quote(owner_), expectation(kind_of<T>())));
}

template <typename T>
Result<T> Settings::read_or(std::string_view key, T fallback) const {
  auto found = read<T>(key);
  if (!found) return std::unexpected{std::move(found).error()};
  return std::move(*found).value_or(std::move(fallback));
}

Result<bool> Settings::get_bool(std::string_view key) const { return require<bool>(key); }
Result<bool> Settings::get_bool(std::string_view key, bool fallback) const {
  return read_or<bool>(key, fallback);
}
Result<std::optional<bool>> Settings::find_bool(std::string_view key) const {
  return read<bool>(key);
}

Result<std::int64_t> Settings::get_int(std::string_view key) const {
  return require<std::int64_t>(key);
}
Result<std::int64_t> Settings::get_int(std::string_view key, std::int64_t fallback) const {
  return read_or<std::int64_t>(key, fallback);
}
Result<std::optional<std::int64_t>> Settings::find_int(std::string_view key) const {
  return read<std::int64_t>(key);
}

Result<double> Settings::get_double(std::string_view key) const { return require<double>(key); }
Result<double> Settings::get_double(std::string_view key, double fallback) const {
  return read_or<double>(key, fallback);
}
Result<std::optional<double>> Settings::find_double(std::string_view key) const {
  return read<double>(key);
}

Result<std::string> Settings::get_string(std::string_view key) const {
  return require<std::string>(key);
}
Result<std::string> Settings::get_string(std::string_view key, std::string fallback) const {
  return read_or<std::string>(key, std::move(fallback));
}
Result<std::optional<std::string>> Settings::find_string(std::string_view key) const {
  return read<std::string>(key);
}

Result<Settings::Duration> Settings::get_duration(std::string_view key) const {
  return require<Duration>(key);
}
Result<Settings::Duration> Settings::get_duration(std::string_view key, Duration fallback) const {
  return read_or<Duration>(key, fallback);
}
Result<std::optional<Settings::Duration>> Settings::find_duration(std::string_view key) const {
  return read<Duration>(key);
}

Result<Settings::Strings> Settings::get_strings(std::string_view key) const {
  return require<Strings>(key);
}
Result<Settings::Strings> Settings::get_strings(std::string_view key, Strings fallback) const {
  return read_or<Strings>(key, std::move(fallback));
}
Result<std::optional<Settings::Strings>> Settings::find_strings(std::string_view key) const {
  return read<Strings>(key);
}

Result<Settings::Integers> Settings::get_ints(std::string_view key) const {
  return require<Integers>(key);
}
Result<Settings::Integers> Settings::get_ints(std::string_view key, Integers fallback) const {
  return read_or<Integers>(key, std::move(fallback));
}
Result<std::optional<Settings::Integers>> Settings::find_ints(std::string_view key) const {
  return read<Integers>(key);
}

}  // namespace mycelium
