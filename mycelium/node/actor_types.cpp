#include "mycelium/node/actor_types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mycelium/base/assert.hpp"
#include "mycelium/config/nearest_name.hpp"
#include "mycelium/config/supported.hpp"

namespace mycelium {

void ActorTypes::add(std::string type, std::vector<SettingSpec> settings, Spawn spawn) {
  const bool added =
      entries_.emplace(std::move(type), Entry{std::move(settings), std::move(spawn)}).second;
  MYCELIUM_ASSERT(added, "each actor class of an app has a name of its own");
}

std::vector<Diagnostic> ActorTypes::check(const Topology& topology) const {
  std::vector<std::string> names;
  std::vector<SettingSpec> all_settings;
  for (const auto& [name, entry] : entries_) {
    names.push_back(name);
    all_settings.insert(all_settings.end(), entry.settings.begin(), entry.settings.end());
  }
  // One process, permanent actors, senders that are told `full`: what this version of the runtime
  // does.
  std::vector<Diagnostic> found =
      check_supported(topology, Supported{{BundleMode::shared_memory},
                                          {Overflow::block, Overflow::fail},
                                          {Restart::permanent}});
  for (const ActorSpec& actor : topology.actors) {
    const auto entry = entries_.find(actor.type);
    if (entry == entries_.end()) {
      found.push_back(
          {actor.at, "actors.type",
           fmt::format("actor \"{}\": this program has no actor type {}{}", actor.name,
                       quote(actor.type), suggestion(nearest_name(actor.type, names)))});
      continue;
    }
    const auto wrong = check_settings(actor, entry->second.settings, topology.settings);
    found.insert(found.end(), wrong.begin(), wrong.end());
  }
  const auto shared = check_shared_settings(topology.settings, all_settings);
  found.insert(found.end(), shared.begin(), shared.end());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace mycelium
