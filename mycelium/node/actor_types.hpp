#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "mycelium/actor/supervisor.hpp"
#include "mycelium/actor/system.hpp"
#include "mycelium/config/setting_spec.hpp"
#include "mycelium/config/topology.hpp"
#include "mycelium/node/bundle_plan.hpp"

namespace mycelium {

/// The actor classes that a program offers to its topologies, by name.
class ActorTypes {
 public:
  /// Starts an actor under no supervisor; and makes one as a child, for the supervisor to start.
  using Spawn = std::function<ActorCell*(System&, const ActorSpec&, const SpawnOptions&)>;
  using MakeChild = std::function<ChildSpec(const ActorSpec&, const ChildOptions&)>;

  struct Entry {
    std::vector<SettingSpec> settings;
    bool conflates;  ///< Some of its messages have a key.
    Spawn spawn;
    MakeChild child;
  };

  /// A second class of the same name is a caller's bug: ends the process with a sentence.
  void add(std::string type, Entry entry);

  /// Requires: the type is known (check() has found nothing).
  [[nodiscard]] const Entry& at(const std::string& type) const { return entries_.at(type); }

  /// What of this topology the program cannot run: unknown types, wrong settings, and what this
  /// version of the runtime does not offer. In file order.
  [[nodiscard]] std::vector<Diagnostic> check(const Topology& topology) const;

  /// Starts an actor or a tree of a plan; the place of the actor, or of the root,
  /// which runs when all below it do. Requires: its types are known. Throws
  /// as `System::spawn`.
  [[nodiscard]] ActorCell* start(System& system, const PlannedStart& planned) const;

 private:
  [[nodiscard]] ChildSpec child_of(const PlannedStart& planned) const;
  [[nodiscard]] SupervisorSpec tree_of(const PlannedStart& planned) const;

  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace mycelium
