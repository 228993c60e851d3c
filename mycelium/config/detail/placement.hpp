#pragma once

#include "mycelium/config/detail/topology_reader.hpp"

namespace mycelium::detail {

/// Connects the names of a draft: fills `BundleSpec::actors` from the entries, and reports
/// duplicate names, entries that name nothing, actors in no bundle or in two, and workers that do
/// not exist.
void place_actors(TopologyDraft& draft, Diagnostics& diagnostics);

}  // namespace mycelium::detail
