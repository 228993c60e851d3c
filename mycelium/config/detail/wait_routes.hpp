#pragma once

#include "mycelium/config/detail/topology_reader.hpp"

namespace mycelium::detail {

/// Connects the names of every `waits_for` with the actors, and reports those that wait for each
/// other in a circle (promise D11): such a topology stands still once all of them wait at once.
void connect_waits(TopologyDraft& draft, Diagnostics& diagnostics);

}  // namespace mycelium::detail
