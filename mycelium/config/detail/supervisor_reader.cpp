#include "mycelium/config/detail/supervisor_reader.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace mycelium::detail {
namespace {

using Keys = std::string_view;
constexpr std::array<Keys, 10> kSupervisorKeys{
    "name",          "children", "strategy", "intensity",   "counting",
    "auto_shutdown", "restart",  "shutdown", "significant", "worker"};
constexpr std::array<Keys, 2> kIntensityKeys{"max_restarts", "period"};
constexpr NameListWords kChildren{
    "children", "an array of names of actors and supervisors, or of prefixes with a star",
    "the name of an actor or a supervisor", "one child"};

Intensity read_intensity(const Table& table, SourcePosition at, Diagnostics& diagnostics) {
  const TableReader reader{table, at, "supervisors.intensity", kIntensityKeys, diagnostics};
  Intensity intensity;
  if (const auto count = reader.integer("max_restarts", 0, kRestartsMax)) {
    intensity.max_restarts = static_cast<std::uint32_t>(*count);
  }
  intensity.period = reader.duration("period").value_or(intensity.period);
  return intensity;
}

}  // namespace

void read_supervisor(const Table& table, SourcePosition at, TopologyDraft& draft,
                     Diagnostics& diagnostics) {
  const TableReader reader{table, at, "supervisors", kSupervisorKeys, diagnostics};
  SupervisorDeclaration supervisor;
  TopologyDraft::SupervisorNotes notes;
  SupervisorOptions& options = supervisor.options;
  supervisor.at = at;
  if (reader.find("name") == nullptr) reader.report_missing("name", "the name of the supervisor");
  supervisor.name = reader.name("name").value_or("");
  options.strategy = reader.choice("strategy", kStrategyNames).value_or(options.strategy);
  options.counting = reader.choice("counting", kCountingNames).value_or(options.counting);
  options.auto_shutdown =
      reader.choice("auto_shutdown", kAutoShutdownNames).value_or(options.auto_shutdown);
  if (const Table* intensity = reader.table("intensity")) {
    notes.intensity_at = reader.place_of("intensity");
    options.intensity = read_intensity(*intensity, *notes.intensity_at, diagnostics);
  }
  if (const auto worker = reader.integer("worker", 0, kWorkersMax - 1)) {
    options.worker = static_cast<std::uint16_t>(*worker);
  }
  notes.name_at = reader.place_of("name");
  notes.worker_at = reader.place_of("worker");
  notes.child = read_child(reader, "supervisors", options.restart, options.shutdown,
                           options.significant, diagnostics);
  notes.children = read_names(reader, kChildren);
  draft.topology.supervisors.push_back(std::move(supervisor));
  draft.supervisor_notes.push_back(std::move(notes));
}

}  // namespace mycelium::detail
