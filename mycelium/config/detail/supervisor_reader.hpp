#pragma once

#include "mycelium/config/detail/topology_reader.hpp"

namespace mycelium::detail {

/// Reads one `[[supervisors]]` table and reports what is wrong within it.
void read_supervisor(const Table& table, SourcePosition at, TopologyDraft& draft,
                     Diagnostics& diagnostics);

}  // namespace mycelium::detail
