#include "mycelium/config/setting_spec.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "mycelium/config/nearest_name.hpp"

namespace mycelium {
namespace {

constexpr std::string_view kOwnPath = "actors.settings";
constexpr std::string_view kSharedPath = "settings";

void check_keys(const Settings& settings, std::string_view path, std::span<const SettingSpec> specs,
                std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string_view> keys;
  for (const SettingSpec& spec : specs) {
    if (std::ranges::find(keys, spec.key) == keys.end()) keys.push_back(spec.key);
  }
  for (const auto& [key, setting] : settings.all()) {
    if (std::ranges::find(keys, key) != keys.end()) continue;
    diagnostics.push_back(
        {setting.at, fmt::format("{}.{}", path, key),
         fmt::format("unknown setting, expected {}{}",
                     keys.empty() ? "none" : fmt::format("{}", fmt::join(keys, ", ")),
                     suggestion(nearest_name(key, keys)))});
  }
}

std::optional<std::string> out_of_range(const Setting& setting, const SettingSpec& spec) {
  const auto check = [&spec](std::int64_t value) -> std::optional<std::string> {
    if (value >= spec.min && value <= spec.max) return std::nullopt;
    const bool open = spec.max == std::numeric_limits<std::int64_t>::max();
    return open ? fmt::format("expected an integer of at least {}, got {}", spec.min, value)
                : fmt::format("expected an integer from {} to {}, got {}", spec.min, spec.max,
                              value);
  };
  if (const auto* value = std::get_if<std::int64_t>(&setting.value)) return check(*value);
  if (const auto* values = std::get_if<Settings::Integers>(&setting.value)) {
    for (const std::int64_t value : *values) {
      if (auto why = check(value)) return why;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<Diagnostic> check_settings(const ActorSpec& actor, std::span<const SettingSpec> specs,
                                       const Settings& shared) {
  std::vector<Diagnostic> diagnostics;
  check_keys(actor.settings, kOwnPath, specs, diagnostics);
  for (const SettingSpec& spec : specs) {
    const Setting* own = actor.settings.find(spec.key);
    const Setting* setting = own != nullptr ? own : shared.find(spec.key);
    const std::string key = fmt::format(
        "{}.{}", own != nullptr || setting == nullptr ? kOwnPath : kSharedPath, spec.key);
    if (setting == nullptr) {
      if (!spec.required) continue;
      diagnostics.push_back(
          {actor.at, key,
           fmt::format("missing for actor {}; set it to {}{}", quote(actor.name),
                       expectation(spec.kind), spec.help.empty() ? "" : " (" + spec.help + ")")});
    } else if (auto why = mismatch(*setting, spec.kind)) {
      diagnostics.push_back({setting->at, key, *std::move(why)});
    } else if (auto range = out_of_range(*setting, spec)) {
      diagnostics.push_back({setting->at, key, *std::move(range)});
    }
  }
  std::ranges::sort(diagnostics);
  return diagnostics;
}

std::vector<Diagnostic> check_shared_settings(const Settings& shared,
                                              std::span<const SettingSpec> specs) {
  std::vector<Diagnostic> diagnostics;
  check_keys(shared, kSharedPath, specs, diagnostics);
  std::ranges::sort(diagnostics);
  return diagnostics;
}

}  // namespace mycelium
