#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "mycelium/config/topology.hpp"

namespace mycelium {

/// One setting that a type of actor takes.
///
///     const std::array<SettingSpec, 2> specs{{
///         {.key = "instrument", .required = true, .help = "as the venue names it"},
///         {.key = "levels", .kind = SettingKind::integer, .help = "of the book", .min = 1}}};
struct SettingSpec {
  std::string key{};
  SettingKind kind = SettingKind::string;
  bool required = false;
  std::string help{};  ///< A few words: what it is and its unit.
  std::int64_t min = std::numeric_limits<std::int64_t>::min();  ///< Of an integer or each integer.
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

/// What is wrong with the settings of `actor`, given all that its type takes: unknown keys (with
/// the nearest valid name), missing required ones, wrong kinds, malformed durations, integers out
/// of range. `shared` are the topology's settings, which stand in for those the actor has not; keys
/// of `shared` that this type does not take belong to others and are not looked at. In file order.
[[nodiscard]] std::vector<Diagnostic> check_settings(const ActorSpec& actor,
                                                     std::span<const SettingSpec> specs,
                                                     const Settings& shared = {});

/// The keys of the topology's `[settings]` that no actor type takes. `specs`: those of all types.
[[nodiscard]] std::vector<Diagnostic> check_shared_settings(const Settings& shared,
                                                            std::span<const SettingSpec> specs);

}  // namespace mycelium
