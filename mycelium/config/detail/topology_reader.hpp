#pragma once

#include <string>
#include <vector>

#include "mycelium/config/detail/table_reader.hpp"
#include "mycelium/config/topology.hpp"

namespace mycelium::detail {

/// One element of a bundle's `actors`: a name, or a prefix and a star.
struct BundleEntry {
  std::string text;
  SourcePosition at;
};

/// A topology as far as single tables tell: names are not yet connected, and values that were
/// reported have their defaults. The vectors beside `topology` run parallel to its own.
struct TopologyDraft {
  struct BundleNotes {
    SourcePosition name_at;
    std::vector<BundleEntry> entries;
    bool entries_known = true;  ///< False when a part of the list was reported.
    bool workers_known = true;
  };
  struct ActorNotes {
    SourcePosition name_at;
    SourcePosition worker_at;
  };

  Topology topology;
  std::vector<BundleNotes> bundle_notes;
  std::vector<ActorNotes> actor_notes;
};

/// Reads every table of `document` and reports what is wrong within each.
[[nodiscard]] TopologyDraft read_topology(const Table& document, std::string source,
                                          Diagnostics& diagnostics);

}  // namespace mycelium::detail
