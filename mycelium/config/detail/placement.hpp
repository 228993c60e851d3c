#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mycelium/config/detail/topology_reader.hpp"

namespace mycelium::detail {

/// Connects the names of a draft: fills `BundleSpec::actors` from the entries, and reports
/// duplicate names, entries that name nothing, actors in no bundle or in two, and workers that do
/// not exist.
void place_actors(TopologyDraft& draft, Diagnostics& diagnostics);

/// What is wrong with the number of a worker in this bundle; nothing: it has that worker.
[[nodiscard]] std::optional<std::string> wrong_worker(std::uint32_t worker,
                                                      const BundleSpec& bundle,
                                                      const TopologyDraft::BundleNotes& notes);

}  // namespace mycelium::detail
