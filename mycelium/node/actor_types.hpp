#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/config/setting_spec.hpp"
#include "mycelium/config/topology.hpp"

namespace mycelium {

/// The actor classes that a program offers to its topologies, by name.
class ActorTypes {
 public:
  using Spawn = std::function<ActorCell*(System&, const ActorSpec&, const SpawnOptions&)>;

  struct Entry {
    std::vector<SettingSpec> settings;
    bool conflates;  ///< Some of its messages have a key.
    Spawn spawn;
  };

  /// A second class of the same name is a caller's bug: ends the process with a sentence.
  void add(std::string type, Entry entry);

  /// Requires: the type is known (check() has found nothing).
  [[nodiscard]] const Entry& at(const std::string& type) const { return entries_.at(type); }

  /// What of this topology the program cannot run: unknown types, wrong settings, and what this
  /// version of the runtime does not offer. In file order.
  [[nodiscard]] std::vector<Diagnostic> check(const Topology& topology) const;

 private:
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace mycelium
