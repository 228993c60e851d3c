#include "mycelium/config/detail/supervision_links.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <ranges>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mycelium/config/detail/placement.hpp"
#include "mycelium/config/toml_loader.hpp"

namespace mycelium::detail {
namespace {

constexpr std::size_t kNobody = ~std::size_t{0};

/// Actors and supervisors are numbered together: first the actors, then the supervisors.
class SupervisionLinks {
  struct Place {
    std::size_t supervisor = kNobody;  // Its index among the supervisors.
    SourcePosition entry_at;           // Where that names it.
  };
  struct Tree {
    std::size_t bundle = kNobody;
    std::size_t actor = kNobody;  // The first one, which has decided on the bundle.
  };

 public:
  SupervisionLinks(TopologyDraft& draft, Diagnostics& diagnostics)
      : topology_{draft.topology},
        draft_{draft},
        diagnostics_{diagnostics},
        actors_{draft.topology.actors.size()},
        places_(actors_ + draft.topology.supervisors.size()),
        root_of_(draft.topology.supervisors.size(), kNobody),
        trees_(draft.topology.supervisors.size()) {}

  void run() {
    index_names();
    for (std::size_t index = 0; index < topology_.supervisors.size(); ++index) adopt_all(index);
    report_circles();
    find_roots();
    for (std::size_t child = 0; child < places_.size(); ++child) check_child(child);
    check_intensities();
    find_bundles();
    check_workers();
  }

 private:
  void index_names() {
    for (std::size_t actor = 0; actor < actors_; ++actor) {
      const std::string& name = topology_.actors[actor].name;
      if (name.empty()) continue;
      actor_names_.try_emplace(name, actor);
      names_.try_emplace(name, actor);
    }
    for (std::size_t index = 0; index < topology_.supervisors.size(); ++index) {
      const std::string& name = topology_.supervisors[index].name;
      if (name.empty() || diagnostics_.full()) continue;
      const auto [first, added] = names_.try_emplace(name, actors_ + index);
      if (added) continue;
      diagnostics_.add(
          draft_.supervisor_notes[index].name_at, "supervisors.name",
          fmt::format("expected a name of its own, but {} is already named {} (line {})",
                      is_actor(first->second) ? "an actor" : "a supervisor", quote(name),
                      name_at(first->second).line));
    }
  }

  void adopt_all(std::size_t supervisor) {
    const NameList& children = draft_.supervisor_notes[supervisor].children;
    all_known_ = all_known_ && children.known;
    std::set<std::string_view> listed;
    for (const NameEntry& entry : children.entries) {
      if (diagnostics_.full()) return;
      if (!listed.insert(entry.text).second) {
        report(entry.at, fmt::format("{} is listed twice among these children", quote(entry.text)));
      } else if (entry.is_pattern()) {
        adopt_pattern(supervisor, entry);
      } else if (const auto found = names_.find(entry.text); found != names_.end()) {
        adopt(supervisor, found->second, entry);
      } else {
        all_known_ = false;
        report(entry.at,
               fmt::format("no actor or supervisor is named {}{}", quote(entry.text),
                           suggestion(nearest_name(entry.text, std::views::keys(names_)))));
      }
    }
  }

  void adopt_pattern(std::size_t supervisor, const NameEntry& entry) {
    const std::vector<std::size_t> matches = matches_of(actor_names_, entry);
    if (matches.empty()) {
      all_known_ = false;
      report(entry.at, without_match(actor_names_, entry));
    }
    for (const std::size_t actor : matches) {
      if (diagnostics_.full()) return;
      adopt(supervisor, actor, entry);
    }
  }

  void adopt(std::size_t supervisor, std::size_t child, const NameEntry& entry) {
    Place& place = places_[child];
    if (place.supervisor == kNobody) {
      place = {supervisor, entry.at};
      topology_.supervisors[supervisor].children.push_back(name_of(child));
    } else if (place.supervisor != supervisor) {
      const SupervisorDeclaration& other = topology_.supervisors[place.supervisor];
      report(entry.at,
             fmt::format("{} {} is already a child of supervisor {} (line {})", kind_of(child),
                         quote(name_of(child)), quote(other.name), other.at.line));
    }
  }

  void report_circles() {
    std::vector<std::size_t> seen_from(topology_.supervisors.size(), kNobody);
    for (std::size_t index = 0; index < seen_from.size() && !diagnostics_.full(); ++index) {
      std::size_t at = index;
      for (; at != kNobody && seen_from[at] == kNobody; at = above(at)) seen_from[at] = index;
      if (at != kNobody && seen_from[at] == index) report_circle(at);
    }
  }

  void report_circle(std::size_t supervisor) {
    constexpr std::size_t kNamesMax = 3;
    std::string others;
    std::size_t count = 0;
    for (std::size_t at = above(supervisor); at != supervisor; at = above(at)) {
      if (++count <= kNamesMax)
        others +=
            fmt::format("{}{}", count == 1 ? "" : ", ", quote(topology_.supervisors[at].name));
    }
    if (count > kNamesMax) others += fmt::format(" and {} more", count - kNamesMax);
    const std::string name = quote(topology_.supervisors[supervisor].name);
    report(places_[actors_ + supervisor].entry_at,
           count == 0
               ? fmt::format("supervisor {} cannot be its own child", name)
               : fmt::format("supervisor {} stands below itself, by way of {}", name, others));
  }

  /// The root above each supervisor; nobody in a circle, and where it stands too deep.
  void find_roots() {
    for (std::size_t index = 0; index < root_of_.size() && !diagnostics_.full(); ++index) {
      std::size_t top = index;
      std::size_t level = 1;
      for (; above(top) != kNobody && level <= kSupervisionLevelsMax; ++level) top = above(top);
      if (above(top) != kNobody) continue;  // A circle, or below the one that is reported.
      if (level <= kSupervisionLevelsMax) {
        root_of_[index] = top;
      } else {
        report(places_[actors_ + index].entry_at,
               fmt::format("expected at most {} levels of supervisors, but {} is one more",
                           kSupervisionLevelsMax, quote(topology_.supervisors[index].name)));
      }
    }
  }

  void check_child(std::size_t child) {
    if (diagnostics_.full()) return;
    const ChildNotes& notes = notes_of(child);
    const std::size_t supervisor = places_[child].supervisor;
    if (supervisor != kNobody) return check_terms(child, notes, topology_.supervisors[supervisor]);
    if (!all_known_) return;  // Its supervisor may be the one whose list was reported.
    for (const auto& [at, key] : {std::pair{notes.shutdown_at, "shutdown"},
                                  std::pair{notes.significant_at, "significant"}}) {
      if (!at) continue;
      diagnostics_.add(*at, key_of(child, key),
                       fmt::format("{} {} is under no supervisor, who would keep to this; add it "
                                   "to the children of one",
                                   kind_of(child), quote(name_of(child))));
    }
  }

  void check_terms(std::size_t child, const ChildNotes& notes, const SupervisorDeclaration& above) {
    const bool is_permanent = restart_of(child).restart == Restart::permanent;
    if (is_significant(child) && is_permanent) {
      diagnostics_.add(*notes.significant_at, key_of(child, "significant"),
                       "a permanent child does not end, so it cannot be significant; make the type "
                       "of its restart \"transient\" or \"temporary\"");
    } else if (is_significant(child) && above.options.auto_shutdown == AutoShutdown::never) {
      diagnostics_.add(*notes.significant_at, key_of(child, "significant"),
                       fmt::format("nothing follows from its end, because the auto_shutdown of "
                                   "supervisor {} is \"never\" (line {})",
                                   quote(above.name), above.at.line));
    }
    if (notes.limits_at && above.options.counts_together()) {
      diagnostics_.add(
          *notes.limits_at, key_of(child, "restart"),
          fmt::format("supervisor {} counts the failures of all its children together (line {}); "
                      "set its intensity instead, or its counting to \"per_child\"",
                      quote(above.name), above.at.line));
    }
  }

  void check_intensities() {
    for (std::size_t index = 0; index < topology_.supervisors.size(); ++index) {
      const auto& at = draft_.supervisor_notes[index].intensity_at;
      if (!at || topology_.supervisors[index].options.counts_together()) continue;
      diagnostics_.add(*at, "supervisors.intensity",
                       "here each child's failures are counted by the limits of its own restart; "
                       "set counting to \"per_supervisor\", or leave the intensity out");
    }
  }

  void find_bundles() {
    std::vector<std::size_t> bundle_of(actors_, kNobody);
    for (std::size_t bundle = 0; bundle < topology_.bundles.size(); ++bundle) {
      for (const std::string& name : topology_.bundles[bundle].actors)
        bundle_of[actor_names_.at(name)] = bundle;
    }
    for (std::size_t actor = 0; actor < actors_ && !diagnostics_.full(); ++actor) {
      const std::size_t supervisor = places_[actor].supervisor;
      const std::size_t root = supervisor == kNobody ? kNobody : root_of_[supervisor];
      if (root == kNobody || bundle_of[actor] == kNobody) continue;
      Tree& tree = trees_[root];
      if (tree.bundle == kNobody) tree = {bundle_of[actor], actor};
      if (tree.bundle == bundle_of[actor]) continue;
      report(places_[actor].entry_at,
             fmt::format("actor {} is in bundle {}, but actor {} of the same tree is in bundle {}; "
                         "a tree is in one",
                         quote(name_of(actor)), quote(topology_.bundles[bundle_of[actor]].name),
                         quote(name_of(tree.actor)), quote(topology_.bundles[tree.bundle].name)));
    }
  }

  void check_workers() {
    for (std::size_t index = 0; index < topology_.supervisors.size(); ++index) {
      const auto worker = topology_.supervisors[index].options.worker;
      const std::size_t place =
          root_of_[index] == kNobody ? kNobody : trees_[root_of_[index]].bundle;
      if (!worker || place == kNobody || diagnostics_.full()) continue;
      if (auto wrong = wrong_worker(*worker, topology_.bundles[place], draft_.bundle_notes[place]))
        diagnostics_.add(draft_.supervisor_notes[index].worker_at, "supervisors.worker",
                         *std::move(wrong));
    }
  }

  [[nodiscard]] bool is_actor(std::size_t child) const { return child < actors_; }
  [[nodiscard]] const SupervisorDeclaration& supervisor_of(std::size_t child) const {
    return topology_.supervisors[child - actors_];
  }
  [[nodiscard]] std::string_view kind_of(std::size_t child) const {
    return is_actor(child) ? "actor" : "supervisor";
  }
  [[nodiscard]] const std::string& name_of(std::size_t child) const {
    return is_actor(child) ? topology_.actors[child].name : supervisor_of(child).name;
  }
  [[nodiscard]] SourcePosition name_at(std::size_t child) const {
    return is_actor(child) ? draft_.actor_notes[child].name_at
                           : draft_.supervisor_notes[child - actors_].name_at;
  }
  [[nodiscard]] const ChildNotes& notes_of(std::size_t child) const {
    return is_actor(child) ? draft_.actor_notes[child].child
                           : draft_.supervisor_notes[child - actors_].child;
  }
  [[nodiscard]] const RestartOptions& restart_of(std::size_t child) const {
    return is_actor(child) ? topology_.actors[child].restart : supervisor_of(child).options.restart;
  }
  [[nodiscard]] bool is_significant(std::size_t child) const {
    return is_actor(child) ? topology_.actors[child].significant
                           : supervisor_of(child).options.significant;
  }
  [[nodiscard]] std::string key_of(std::size_t child, std::string_view key) const {
    return fmt::format("{}s.{}", kind_of(child), key);
  }
  /// The supervisor above a supervisor.
  [[nodiscard]] std::size_t above(std::size_t supervisor) const {
    return places_[actors_ + supervisor].supervisor;
  }
  void report(SourcePosition at, std::string message) {
    diagnostics_.add(at, "supervisors.children", std::move(message));
  }

  Topology& topology_;
  TopologyDraft& draft_;
  Diagnostics& diagnostics_;
  const std::size_t actors_;  // How many.
  std::vector<Place> places_;
  std::vector<std::size_t> root_of_;  // By supervisor.
  std::vector<Tree> trees_;           // By supervisor; those of roots count.
  NameIndex actor_names_;
  NameIndex names_;        // Of actors and supervisors.
  bool all_known_ = true;  // No list of children was reported.
};

}  // namespace

void link_supervisors(TopologyDraft& draft, Diagnostics& diagnostics) {
  SupervisionLinks{draft, diagnostics}.run();
}

}  // namespace mycelium::detail
