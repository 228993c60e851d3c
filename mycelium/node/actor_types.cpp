#include "mycelium/node/actor_types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mycelium/base/assert.hpp"
#include "mycelium/config/nearest_name.hpp"
#include "mycelium/config/supported.hpp"

namespace mycelium {

void ActorTypes::add(std::string type, Entry entry) {
  const bool added = entries_.emplace(std::move(type), std::move(entry)).second;
  MYCELIUM_ASSERT(added, "each actor class of an app has a name of its own");
}

std::vector<Diagnostic> ActorTypes::check(const Topology& topology) const {
  std::vector<std::string> names;
  std::vector<SettingSpec> all_settings;
  for (const auto& [name, entry] : entries_) {
    names.push_back(name);
    all_settings.insert(all_settings.end(), entry.settings.begin(), entry.settings.end());
  }
  // One process: what this version of the runtime does.
  std::vector<Diagnostic> found =
      check_supported(topology, Supported{.modes = {BundleMode::shared_memory}});
  for (const ActorSpec& actor : topology.actors) {
    const auto entry = entries_.find(actor.type);
    if (entry == entries_.end()) {
      found.push_back(
          {actor.at, "actors.type",
           fmt::format("actor \"{}\": this program has no actor type {}{}", actor.name,
                       quote(actor.type), suggestion(nearest_name(actor.type, names)))});
      continue;
    }
    if (actor.mailbox.overflow == Overflow::conflate && !entry->second.conflates) {
      found.push_back(
          {actor.overflow_at, "actors.mailbox.overflow",
           fmt::format("no message of the type {} has a key to conflate by; use another "
                       "policy, or give its class a conflation_key",
                       quote(actor.type))});
    }
    const auto wrong = check_settings(actor, entry->second.settings, topology.settings);
    found.insert(found.end(), wrong.begin(), wrong.end());
  }
  const auto shared = check_shared_settings(topology.settings, all_settings);
  found.insert(found.end(), shared.begin(), shared.end());
  std::sort(found.begin(), found.end());
  return found;
}

ActorCell* ActorTypes::start(System& system, const PlannedStart& planned) const {
  if (planned.supervisor != nullptr) return system.supervise(tree_of(planned)).cell();
  const ActorSpec& actor = *planned.actor;
  return at(actor.type)
      .spawn(system, actor,
             {.mailbox = actor.mailbox,
              .restart = actor.restart,
              .worker = planned.worker,
              .dedicated = actor.dedicated});
}

ChildSpec ActorTypes::child_of(const PlannedStart& planned) const {  // NOLINT(misc-no-recursion)
  if (planned.supervisor != nullptr) return tree_of(planned);
  const ActorSpec& actor = *planned.actor;
  return at(actor.type)
      .child(actor, {.mailbox = actor.mailbox,
                     .restart = actor.restart,
                     .shutdown = actor.shutdown,
                     .significant = actor.significant,
                     .worker = planned.worker,
                     .dedicated = actor.dedicated});
}

// Depth is bounded by `kSupervisionLevelsMax`.
SupervisorSpec ActorTypes::tree_of(  // NOLINT(misc-no-recursion)
    const PlannedStart& planned) const {
  SupervisorOptions options = planned.supervisor->options;
  options.worker = planned.worker;
  SupervisorSpec tree = supervisor(planned.supervisor->name, options);
  for (const PlannedStart& child : planned.children) tree.children.push_back(child_of(child));
  return tree;
}

}  // namespace mycelium
