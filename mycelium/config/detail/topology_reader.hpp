#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mycelium/config/detail/child_reader.hpp"
#include "mycelium/config/detail/name_entries.hpp"
#include "mycelium/config/detail/table_reader.hpp"
#include "mycelium/config/topology.hpp"

namespace mycelium::detail {

/// A topology as far as single tables tell: names are not yet connected, and values that were
/// reported have their defaults. The vectors beside `topology` run parallel to its own.
struct TopologyDraft {
  struct BundleNotes {
    SourcePosition name_at;
    NameList actors;
    bool workers_known = true;
  };
  struct ActorNotes {
    SourcePosition name_at;
    SourcePosition worker_at;
    ChildNotes child;
    NameList waits_for;
  };
  struct SupervisorNotes {
    SourcePosition name_at;
    SourcePosition worker_at;
    std::optional<SourcePosition> intensity_at;
    ChildNotes child;
    NameList children;
  };

  Topology topology;
  std::vector<BundleNotes> bundle_notes;
  std::vector<ActorNotes> actor_notes;
  std::vector<SupervisorNotes> supervisor_notes;
};

/// Reads every table of `document` and reports what is wrong within each.
[[nodiscard]] TopologyDraft read_topology(const Table& document, std::string source,
                                          Diagnostics& diagnostics);

}  // namespace mycelium::detail
