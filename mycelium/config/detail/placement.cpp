#include "mycelium/config/detail/placement.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <map>
#include <ranges>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mycelium::detail {
namespace {

class Placement {
  static constexpr std::size_t kNowhere = ~std::size_t{0};  // Of an actor in no bundle yet.

 public:
  Placement(TopologyDraft& draft, Diagnostics& diagnostics)
      : topology_{draft.topology},
        draft_{draft},
        diagnostics_{diagnostics},
        bundle_of_(draft.topology.actors.size(), kNowhere) {}

  void run() {
    index_names();
    for (std::size_t bundle = 0; bundle < topology_.bundles.size(); ++bundle) {
      place_bundle(bundle);
    }
    report_unplaced();
    check_workers();
  }

 private:
  void index_names() {
    for (std::size_t actor = 0; actor < topology_.actors.size(); ++actor) {
      const std::string& name = topology_.actors[actor].name;
      if (name.empty() || diagnostics_.full()) continue;
      const auto [first, added] = actors_.try_emplace(name, actor);
      if (added) continue;
      diagnostics_.add(draft_.actor_notes[actor].name_at, "actors.name",
                       fmt::format("expected a name of its own, but an actor is already named {} "
                                   "(line {})",
                                   quote(name), draft_.actor_notes[first->second].name_at.line));
    }
    std::map<std::string_view, std::size_t> bundles;
    for (std::size_t bundle = 0; bundle < topology_.bundles.size(); ++bundle) {
      const std::string& name = topology_.bundles[bundle].name;
      if (name.empty()) continue;
      const auto [first, added] = bundles.try_emplace(name, bundle);
      if (added) continue;
      diagnostics_.add(draft_.bundle_notes[bundle].name_at, "bundles.name",
                       fmt::format("expected a name of its own, but a bundle is already named {} "
                                   "(line {})",
                                   quote(name), draft_.bundle_notes[first->second].name_at.line));
    }
  }

  void place_bundle(std::size_t bundle) {
    std::set<std::string_view> listed;
    for (const NameEntry& entry : draft_.bundle_notes[bundle].actors.entries) {
      if (diagnostics_.full()) return;
      if (!listed.insert(entry.text).second) {
        report(entry, fmt::format("{} is listed twice in this bundle", quote(entry.text)));
      } else if (entry.is_pattern()) {
        place_pattern(bundle, entry);
      } else if (const auto found = actors_.find(entry.text); found != actors_.end()) {
        place(bundle, found->second, entry);
      } else {
        report(entry, fmt::format("no actor is named {}{}", quote(entry.text),
                                  suggestion(nearest_name(entry.text, std::views::keys(actors_)))));
      }
    }
  }

  void place_pattern(std::size_t bundle, const NameEntry& entry) {
    const std::vector<std::size_t> matches = matches_of(actors_, entry);
    if (matches.empty()) report(entry, without_match(actors_, entry));
    for (const std::size_t actor : matches) {
      if (diagnostics_.full()) return;
      place(bundle, actor, entry);
    }
  }

  void place(std::size_t bundle, std::size_t actor, const NameEntry& entry) {
    if (bundle_of_[actor] == kNowhere) {
      bundle_of_[actor] = bundle;
      topology_.bundles[bundle].actors.push_back(topology_.actors[actor].name);
    } else if (bundle_of_[actor] != bundle) {
      const BundleSpec& other = topology_.bundles[bundle_of_[actor]];
      report(entry,
             fmt::format("actor {} is already in bundle {} (line {})",
                         quote(topology_.actors[actor].name), quote(other.name), other.at.line));
    }
  }

  void report_unplaced() {
    for (const auto& notes : draft_.bundle_notes) {
      if (!notes.actors.known) return;  // What is missing may be in the list that was reported.
    }
    if (topology_.bundles.empty()) return;
    for (const std::size_t actor : std::views::values(actors_)) {
      if (diagnostics_.full()) return;
      if (bundle_of_[actor] != kNowhere) continue;
      diagnostics_.add(draft_.actor_notes[actor].name_at, "actors.name",
                       fmt::format("actor {} is in no bundle; add it to the actors of one",
                                   quote(topology_.actors[actor].name)));
    }
  }

  void check_workers() {
    for (std::size_t actor = 0; actor < topology_.actors.size(); ++actor) {
      const auto worker = topology_.actors[actor].worker;
      const std::size_t place = bundle_of_[actor];
      if (!worker || place == kNowhere || diagnostics_.full()) continue;
      if (auto wrong = wrong_worker(*worker, topology_.bundles[place], draft_.bundle_notes[place]))
        diagnostics_.add(draft_.actor_notes[actor].worker_at, "actors.worker", *std::move(wrong));
    }
  }

  void report(const NameEntry& entry, std::string message) {
    diagnostics_.add(entry.at, "bundles.actors", std::move(message));
  }

  Topology& topology_;
  TopologyDraft& draft_;
  Diagnostics& diagnostics_;
  NameIndex actors_;
  std::vector<std::size_t> bundle_of_;  // By actor.
};

}  // namespace

void place_actors(TopologyDraft& draft, Diagnostics& diagnostics) {
  Placement{draft, diagnostics}.run();
}

std::optional<std::string> wrong_worker(std::uint32_t worker, const BundleSpec& bundle,
                                        const TopologyDraft::BundleNotes& notes) {
  if (!notes.workers_known || worker < bundle.workers) return std::nullopt;
  return fmt::format("expected an integer from 0 to {}, as bundle {} has {} worker{}, got {}",
                     bundle.workers - 1, quote(bundle.name), bundle.workers,
                     bundle.workers == 1 ? "" : "s", worker);
}

}  // namespace mycelium::detail
