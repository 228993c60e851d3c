#pragma once

#include <string>
#include <vector>

#include "mycelium/actor/options.hpp"
#include "mycelium/base/result.hpp"
#include "mycelium/config/topology.hpp"

namespace mycelium {

/// One actor as this process will start it.
struct PlannedActor {
  const ActorSpec* spec;
  SpawnOptions options;
};

/// What one process runs: its system's options and its actors in start order.
struct ProcessPlan {
  SystemOptions system;
  std::vector<PlannedActor> actors;
};

/// What the command line says about which bundles run here and how.
struct PlanRequest {
  std::string bundle;         ///< Only this bundle; empty: the topology's only one.
  bool in_process = false;    ///< All bundles, collapsed into this process.
  std::uint32_t workers = 0;  ///< Instead of the topology's number, placements then wrap around; 0:
                              ///< as the topology says.
  std::string idle;           ///< Instead of the topology's; empty: as it says.
};

/// Turns a checked topology into what this process runs. The plan points into `topology`.
/// Errors: `unknown_bundle`, `several_bundles` (neither named nor collapsed), `bad_option`.
[[nodiscard]] Result<ProcessPlan> plan_process(const Topology& topology,
                                               const PlanRequest& request);

}  // namespace mycelium
