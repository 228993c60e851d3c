#include "mycelium/config/detail/topology_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "mycelium/config/detail/settings_reader.hpp"
#include "mycelium/config/detail/supervisor_reader.hpp"
#include "mycelium/config/toml_loader.hpp"

namespace mycelium::detail {
namespace {

using Keys = std::string_view;
constexpr std::array<Keys, 5> kTopKeys{"name", "settings", "bundles", "supervisors", "actors"};
constexpr std::array<Keys, 7> kBundleKeys{"name", "actors",     "mode", "workers",
                                          "cpus", "other_cpus", "idle"};
constexpr std::array<Keys, 10> kActorKeys{"name",      "type",    "worker",   "dedicated",
                                          "mailbox",   "restart", "shutdown", "significant",
                                          "waits_for", "settings"};
constexpr std::array<Keys, 2> kMailboxKeys{"capacity", "overflow"};
constexpr NameListWords kBundleActors{"actors",
                                      "an array of actor names, or of prefixes with a star",
                                      "an actor's name", "one actor"};
constexpr NameListWords kWaitsFor{"waits_for", kBundleActors.list, kBundleActors.name,
                                  kBundleActors.one};

MailboxOptions read_mailbox(const Table& table, SourcePosition at, ActorSpec& actor,
                            Diagnostics& diagnostics) {
  const TableReader reader{table, at, "actors.mailbox", kMailboxKeys, diagnostics};
  MailboxOptions mailbox;
  if (const auto capacity = reader.integer("capacity", 1, kMailboxCapacityMax)) {
    mailbox.capacity = static_cast<std::uint32_t>(*capacity);
  }
  mailbox.overflow = reader.choice("overflow", kOverflowNames).value_or(mailbox.overflow);
  actor.overflow_at = reader.place_of("overflow");
  return mailbox;
}

/// Reads processors, and says of which one has been listed already: one that stands alone is nobody
/// else's, and sets may have the same ones.
class CpuReader {
 public:
  CpuReader(const TableReader& reader, std::string_view key) : reader_{reader}, key_{key} {}

  [[nodiscard]] CpuSet one(const Node& node) {
    CpuSet cpus;
    add(node, cpus, alone_ | in_sets_);
    for (const std::uint32_t cpu : cpus.cpus()) alone_.set(cpu);
    return cpus;
  }
  [[nodiscard]] CpuSet all_of(const Array& array) {
    CpuSet cpus;
    Cpus here = alone_;
    for (const Node& node : array) {
      add(node, cpus, here);
      for (const std::uint32_t cpu : cpus.cpus()) here.set(cpu);
    }
    for (const std::uint32_t cpu : cpus.cpus()) in_sets_.set(cpu);
    return cpus;
  }

 private:
  using Cpus = std::bitset<CpuSet::kCpusMax>;

  void add(const Node& node, CpuSet& to, const Cpus& seen) {
    const auto number = reader_.integer(node, key_, 0, CpuSet::kCpusMax - 1);
    if (!number) return;
    const auto cpu = static_cast<std::uint32_t>(*number);
    if (seen.test(cpu))
      reader_.report(node.at, key_, fmt::format("processor {} is listed twice", cpu));
    to.add(cpu);
  }

  const TableReader& reader_;
  const std::string_view key_;
  Cpus alone_;
  Cpus in_sets_;
};

void read_cpus(const TableReader& reader, BundleSpec& bundle, bool workers_known) {
  if (const Array* others = reader.array("other_cpus", "an array of processor numbers"))
    bundle.other_cpus = CpuReader{reader, "other_cpus"}.all_of(*others);
  const Array* cpus = reader.array("cpus", "an array of processor numbers, or of arrays of them");
  if (cpus == nullptr) return;
  CpuReader numbers{reader, "cpus"};
  for (const Node& node : *cpus) {
    const auto* several = std::get_if<Array>(&node.value);
    bundle.cpus.push_back(several != nullptr ? numbers.all_of(*several) : numbers.one(node));
  }
  if (workers_known && cpus->size() > bundle.workers) {
    reader.report(reader.place_of("cpus"), "cpus",
                  fmt::format("expected at most one entry for each of the {} workers, got {}",
                              bundle.workers, cpus->size()));
  }
}

void read_bundle(const Table& table, SourcePosition at, TopologyDraft& draft,
                 Diagnostics& diagnostics) {
  const TableReader reader{table, at, "bundles", kBundleKeys, diagnostics};
  BundleSpec bundle;
  TopologyDraft::BundleNotes notes;
  bundle.at = at;
  bundle.mode_at = reader.place_of("mode");
  notes.name_at = reader.place_of("name");
  if (reader.find("name") == nullptr) reader.report_missing("name", "the name of the bundle");
  bundle.name = reader.name("name").value_or("");
  bundle.mode = reader.choice("mode", kBundleModeNames).value_or(bundle.mode);
  bundle.idle = reader.choice("idle", kIdleNames).value_or(bundle.idle);
  const auto workers = reader.integer("workers", 1, kWorkersMax);
  if (workers) bundle.workers = static_cast<std::uint32_t>(*workers);
  notes.workers_known = workers.has_value() || reader.find("workers") == nullptr;
  read_cpus(reader, bundle, notes.workers_known);
  notes.actors = read_names(reader, kBundleActors);
  draft.topology.bundles.push_back(std::move(bundle));
  draft.bundle_notes.push_back(std::move(notes));
}

void read_actor(const Table& table, SourcePosition at, TopologyDraft& draft,
                Diagnostics& diagnostics) {
  const TableReader reader{table, at, "actors", kActorKeys, diagnostics};
  ActorSpec actor;
  actor.at = actor.overflow_at = at;
  if (reader.find("name") == nullptr) reader.report_missing("name", "the name of the actor");
  if (reader.find("type") == nullptr) {
    reader.report_missing("type", "the type that the program registered for it");
  }
  actor.name = reader.name("name").value_or("");
  actor.type = reader.name("type").value_or("");
  if (const auto worker = reader.integer("worker", 0, kWorkersMax - 1)) {
    actor.worker = static_cast<std::uint32_t>(*worker);
  }
  actor.dedicated = reader.boolean("dedicated").value_or(false);
  if (actor.dedicated && reader.find("worker") != nullptr) {
    reader.report(reader.place_of("dedicated"), "dedicated",
                  "expected no \"worker\" beside it: this actor has one of its own");
  }
  if (const Table* mailbox = reader.table("mailbox")) {
    actor.mailbox = read_mailbox(*mailbox, reader.place_of("mailbox"), actor, diagnostics);
  }
  const ChildNotes child =
      read_child(reader, "actors", actor.restart, actor.shutdown, actor.significant, diagnostics);
  actor.restart_at = child.type_at.value_or(at);
  actor.settings = Settings{draft.topology.source, actor.name, reader.place_of("settings")};
  if (const Table* settings = reader.table("settings")) {
    read_settings(*settings, "actors.settings", actor.settings, diagnostics);
  }
  NameList waits_for;
  if (reader.find("waits_for") != nullptr) waits_for = read_names(reader, kWaitsFor);
  draft.actor_notes.push_back(
      {reader.place_of("name"), reader.place_of("worker"), child, std::move(waits_for)});
  draft.topology.actors.push_back(std::move(actor));
}

using ReadElement = void (*)(const Table&, SourcePosition, TopologyDraft&, Diagnostics&);

/// Reads each table of the array of tables `key`, which may have `count_max` of them.
void read_elements(const TableReader& top, std::string_view key, std::size_t count_max,
                   ReadElement read, TopologyDraft& draft, Diagnostics& diagnostics) {
  const std::string expected = fmt::format("at least one [[{}]] table", key);
  const Array* elements = top.array(key, expected);
  if (elements == nullptr || elements->empty()) {
    const Node* node = top.find(key);
    if (node == nullptr) top.report_missing(key, expected);
    if (elements != nullptr) top.report(node->at, key, "expected " + expected + ", got none");
    return;
  }
  if (elements->size() > count_max) {
    top.report(
        elements->at(count_max).at, key,
        fmt::format("expected at most {} [[{}]] tables, got {}", count_max, key, elements->size()));
    return;
  }
  for (const Node& node : *elements) {
    if (diagnostics.full()) return;
    if (const auto* table = std::get_if<Table>(&node.value)) {
      read(*table, node.at, draft, diagnostics);
    } else {
      top.report(node.at, key, fmt::format("expected a [[{}]] table, got {}", key, describe(node)));
    }
  }
}

}  // namespace

TopologyDraft read_topology(const Table& document, std::string source, Diagnostics& diagnostics) {
  TopologyDraft draft;
  Topology& topology = draft.topology;
  topology.source = std::move(source);
  const TableReader top{document, {1, 1}, "", kTopKeys, diagnostics};
  topology.name = top.name("name").value_or(topology.name);
  topology.settings = Settings{topology.source, "", top.place_of("settings")};
  if (const Table* settings = top.table("settings")) {
    read_settings(*settings, "settings", topology.settings, diagnostics);
  }
  read_elements(top, "bundles", kBundlesMax, read_bundle, draft, diagnostics);
  if (top.find("supervisors") != nullptr)
    read_elements(top, "supervisors", kSupervisorsMax, read_supervisor, draft, diagnostics);
  read_elements(top, "actors", kActorsMax, read_actor, draft, diagnostics);
  return draft;
}

}  // namespace mycelium::detail
