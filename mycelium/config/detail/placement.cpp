#include "mycelium/config/detail/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <ranges>
#include <set>
#include <string>
#include <string_view>
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
    for (const BundleEntry& entry : draft_.bundle_notes[bundle].entries) {
      if (diagnostics_.full()) return;
      if (!listed.insert(entry.text).second) {
        report(entry, fmt::format("{} is listed twice in this bundle", quote(entry.text)));
      } else if (entry.text.ends_with('*')) {
        place_pattern(bundle, entry);
      } else if (const auto found = actors_.find(entry.text); found != actors_.end()) {
        place(bundle, found->second, entry);
      } else {
        report(entry, fmt::format("no actor is named {}{}", quote(entry.text),
                                  suggestion(nearest_name(entry.text, std::views::keys(actors_)))));
      }
    }
  }

  void place_pattern(std::size_t bundle, const BundleEntry& entry) {
    const std::string_view prefix = std::string_view{entry.text}.substr(0, entry.text.size() - 1);
    std::vector<std::size_t> matches;
    for (auto next = actors_.lower_bound(prefix);
         next != actors_.end() && next->first.starts_with(prefix); ++next) {
      matches.push_back(next->second);
    }
    if (matches.empty()) {
      report(entry, fmt::format("no actor's name starts with {}{}", quote(prefix),
                                suggestion(nearest_pattern(entry.text))));
    }
    std::ranges::sort(matches);  // The order of the file, not of the names.
    for (const std::size_t actor : matches) {
      if (diagnostics_.full()) return;
      place(bundle, actor, entry);
    }
  }

  void place(std::size_t bundle, std::size_t actor, const BundleEntry& entry) {
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

  /// Of the patterns that would match something up to a dot, the nearest to a mistyped one.
  [[nodiscard]] std::optional<std::string> nearest_pattern(std::string_view pattern) const {
    std::set<std::string> patterns;
    for (const std::string_view name : std::views::keys(actors_)) {
      for (auto dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
        if (dot + 2 <= pattern.size() + nearest_name_distance_max(pattern)) {
          patterns.insert(std::string{name.substr(0, dot + 1)} + "*");
        }
      }
    }
    return nearest_name(pattern, patterns);
  }

  void report_unplaced() {
    for (const auto& notes : draft_.bundle_notes) {
      if (!notes.entries_known) return;  // What is missing may be in the list that was reported.
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
      const BundleSpec& bundle = topology_.bundles[place];
      if (!draft_.bundle_notes[place].workers_known || *worker < bundle.workers) continue;
      diagnostics_.add(
          draft_.actor_notes[actor].worker_at, "actors.worker",
          fmt::format("expected an integer from 0 to {}, as bundle {} has {} worker{}, got {}",
                      bundle.workers - 1, quote(bundle.name), bundle.workers,
                      bundle.workers == 1 ? "" : "s", *worker));
    }
  }

  void report(const BundleEntry& entry, std::string message) {
    diagnostics_.add(entry.at, "bundles.actors", std::move(message));
  }

  Topology& topology_;
  TopologyDraft& draft_;
  Diagnostics& diagnostics_;
  std::map<std::string_view, std::size_t> actors_;  // By name, so that a prefix is a range.
  std::vector<std::size_t> bundle_of_;              // By actor.
};

}  // namespace

void place_actors(TopologyDraft& draft, Diagnostics& diagnostics) {
  Placement{draft, diagnostics}.run();
}

}  // namespace mycelium::detail
