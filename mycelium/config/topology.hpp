#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mycelium/config/cpu_set.hpp"
#include "mycelium/config/diagnostic.hpp"
#include "mycelium/config/options.hpp"
#include "mycelium/config/settings.hpp"
#include "mycelium/config/supervisor_options.hpp"

namespace mycelium {

/// What runs together: a group of actors with the workers that run them.
struct BundleSpec {
  std::string name;
  BundleMode mode = BundleMode::shared_memory;
  std::uint32_t workers = 1;  ///< Threads, 1 to `kWorkersMax`.
  std::vector<CpuSet> cpus;   ///< Worker i runs on cpus[i]; workers beyond it on `other_cpus`.
  CpuSet other_cpus;          ///< As in `SystemOptions`.
  Idle idle = Idle::adaptive;
  std::vector<std::string> actors;  ///< Names in start order, patterns already replaced.
  SourcePosition at;                ///< The `[[bundles]]` table.
  SourcePosition mode_at;           ///< The value of `mode`; the table when it has none.
};

/// One actor: which class it is and how it is run.
struct ActorSpec {
  std::string name;
  std::string type;  ///< The name under which the program registered the class.
  MailboxOptions mailbox;
  RestartOptions restart;
  std::optional<std::uint32_t> worker;  ///< Of its bundle; without it the least loaded one.
  bool dedicated = false;               ///< A worker of its own, beside those of the bundle.
  std::chrono::nanoseconds shutdown = kShutdownDefault;  ///< As a supervisor's child.
  bool significant = false;                              ///< As a supervisor's child.
  /// Actors that it waits for, for replies or for room, as far as the file says so; patterns
  /// already replaced. Nobody waits for another in a circle.
  std::vector<std::string> waits_for;
  Settings settings;           ///< Its own ones only; see `Settings::with_defaults`.
  SourcePosition at;           ///< The `[[actors]]` table.
  SourcePosition overflow_at;  ///< The value of `mailbox.overflow`, or `at`.
  SourcePosition restart_at;   ///< The value of `restart.type`, or `at`.
};

/// One supervisor: how it treats its children, and who they are.
struct SupervisorDeclaration {
  std::string name;                   ///< Of its own among supervisors and actors.
  SupervisorOptions options;          ///< `worker`: of the bundle that has its actors.
  std::vector<std::string> children;  ///< Actors and supervisors in start order, patterns replaced.
  SourcePosition at;                  ///< The `[[supervisors]]` table.
};

/// A whole system as one file describes it. Plain data; a program may also fill it in itself.
///
/// What the loader returns is consistent: every actor is in exactly one bundle, every name that is
/// mentioned exists, every number is in its range. Its supervisors and their children are trees,
/// each with all its actors in one bundle.
struct Topology {
  std::string name = "mycelium";
  std::string source;  ///< The file it came from, for messages.
  std::vector<BundleSpec> bundles;
  std::vector<ActorSpec> actors;                   ///< In the order of the file.
  std::vector<SupervisorDeclaration> supervisors;  ///< In the order of the file; may be empty.
  Settings settings;                               ///< `[settings]`, seen by every actor.
};

/// Takes these actors out of a topology: out of their bundles, out of their supervisors, and with
/// them the supervisors that have no child left.
void erase_actors(Topology& topology, std::span<const std::string> names);

/// The supervision trees as lines of text, two spaces deeper for each level, each with what was
/// declared: `    eu: line; permanent, 5 restarts in 10s`. Empty: there are none.
[[nodiscard]] std::string supervision_text(const Topology& topology);

}  // namespace mycelium
