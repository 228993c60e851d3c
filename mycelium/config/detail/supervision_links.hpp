#pragma once

#include "mycelium/config/detail/topology_reader.hpp"

namespace mycelium::detail {

/// Connects the supervisors of a draft with their children: fills `SupervisorDeclaration::children`
/// from the entries, and reports whoever is no tree, has two supervisors, stands in two bundles, or
/// asks for what its place in the tree does not give. Requires: the actors are placed.
void link_supervisors(TopologyDraft& draft, Diagnostics& diagnostics);

}  // namespace mycelium::detail
