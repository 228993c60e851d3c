#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mycelium/actor/options.hpp"
#include "mycelium/base/result.hpp"
#include "mycelium/config/topology.hpp"

namespace mycelium {

/// One actor, or one supervisor with all below it, as this process will start it.
struct PlannedStart {
  const ActorSpec* actor = nullptr;  ///< Null: it is a supervisor.
  const SupervisorDeclaration* supervisor = nullptr;
  std::optional<std::uint16_t> worker;   ///< Of the process; none: the one with the fewest actors.
  std::vector<PlannedStart> children{};  ///< Of a supervisor, in start order.

  [[nodiscard]] const std::string& name() const noexcept {
    return actor != nullptr ? actor->name : supervisor->name;
  }
};

/// What one process runs: its system's options, and its actors and trees in start order. A tree
/// stands where the first of its actors stands in its bundle.
struct ProcessPlan {
  SystemOptions system;
  std::vector<PlannedStart> starts;
};

/// What the command line says about which bundles run here and how.
struct PlanRequest {
  std::string bundle{};       ///< Only this bundle; empty: the topology's only one.
  bool in_process = false;    ///< All bundles, collapsed into this process.
  std::uint32_t workers = 0;  ///< Instead of the topology's number, placements then wrap around; 0:
                              ///< as the topology says.
  std::string idle{};         ///< Instead of the topology's; empty: as it says.
  bool unpinned = false;      ///< Threads run on any processor, whatever the topology says.
};

/// Turns a checked topology into what this process runs. The plan points into `topology`.
/// Errors: `unknown_bundle`, `several_bundles` (neither named nor collapsed), `bad_option`,
/// `unknown_child` (a supervisor's child that is in no bundle of this process; no loaded topology
/// has such).
[[nodiscard]] Result<ProcessPlan> plan_process(const Topology& topology,
                                               const PlanRequest& request);

}  // namespace mycelium
