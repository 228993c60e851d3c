#include "mycelium/config/detail/wait_routes.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <ranges>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mycelium::detail {
namespace {

class WaitRoutes {
  struct Route {
    std::size_t target;
    SourcePosition at;  // Where the list names it.
  };
  enum class Mark : std::uint8_t { unseen, on_the_way, done };
  struct Step {
    std::size_t actor;
    std::size_t next = 0;  // Its route that is looked at next.
  };

 public:
  WaitRoutes(TopologyDraft& draft, Diagnostics& diagnostics)
      : topology_{draft.topology},
        draft_{draft},
        diagnostics_{diagnostics},
        routes_(draft.topology.actors.size()),
        marks_(draft.topology.actors.size(), Mark::unseen) {}

  void run() {
    for (std::size_t actor = 0; actor < routes_.size(); ++actor) {
      if (!topology_.actors[actor].name.empty())
        names_.try_emplace(topology_.actors[actor].name, actor);
    }
    for (std::size_t actor = 0; actor < routes_.size(); ++actor) connect(actor);
    for (std::size_t actor = 0; actor < routes_.size() && !diagnostics_.full(); ++actor)
      look_from(actor);
  }

 private:
  void connect(std::size_t actor) {
    std::set<std::string_view> listed;
    for (const NameEntry& entry : draft_.actor_notes[actor].waits_for.entries) {
      if (diagnostics_.full()) return;
      if (!listed.insert(entry.text).second) {
        report(entry.at, fmt::format("{} is listed twice", quote(entry.text)));
      } else if (entry.is_pattern()) {
        const std::vector<std::size_t> matches = matches_of(names_, entry);
        if (matches.empty()) report(entry.at, without_match(names_, entry));
        // A pattern that takes in the actor itself means its siblings.
        for (const std::size_t target : matches)
          if (target != actor) add(actor, target, entry);
      } else if (const auto found = names_.find(entry.text); found != names_.end()) {
        add(actor, found->second, entry);
      } else {
        report(entry.at,
               fmt::format("no actor is named {}{}", quote(entry.text),
                           suggestion(nearest_name(entry.text, std::views::keys(names_)))));
      }
    }
  }

  void add(std::size_t actor, std::size_t target, const NameEntry& entry) {
    routes_[actor].push_back({target, entry.at});
    topology_.actors[actor].waits_for.push_back(topology_.actors[target].name);
  }

  // Depth first, without recursion: a file may have a long chain of actors.
  void look_from(std::size_t first) {
    if (marks_[first] != Mark::unseen) return;
    way_ = {{first}};
    marks_[first] = Mark::on_the_way;
    while (!way_.empty() && !diagnostics_.full()) {
      Step& step = way_.back();
      if (step.next == routes_[step.actor].size()) {
        marks_[step.actor] = Mark::done;
        way_.pop_back();
        continue;
      }
      const Route route = routes_[step.actor][step.next++];
      if (marks_[route.target] == Mark::on_the_way) {
        report_circle(route);
      } else if (marks_[route.target] == Mark::unseen) {
        marks_[route.target] = Mark::on_the_way;
        way_.push_back({route.target});
      }
    }
  }

  // `closing` leads from the end of the way back to where the circle begins.
  void report_circle(const Route& closing) {
    constexpr std::size_t kNamesMax = 8;
    const std::string begin = quote(topology_.actors[closing.target].name);
    std::size_t from = way_.size() - 1;
    while (way_[from].actor != closing.target) --from;
    const std::size_t length = way_.size() - from;
    if (length == 1) return report(closing.at, fmt::format("{} would wait for itself", begin));
    std::string circle = begin;
    for (std::size_t index = from + 1; index < way_.size() && index - from < kNamesMax; ++index)
      circle += " -> " + quote(topology_.actors[way_[index].actor].name);
    if (length > kNamesMax) circle += fmt::format(" and {} more", length - kNamesMax);
    report(closing.at, fmt::format("these would wait for each other in a circle: {} -> {}; one of "
                                   "them must not wait",
                                   circle, begin));
  }

  void report(SourcePosition at, std::string message) {
    diagnostics_.add(at, "actors.waits_for", std::move(message));
  }

  Topology& topology_;
  TopologyDraft& draft_;
  Diagnostics& diagnostics_;
  NameIndex names_;
  std::vector<std::vector<Route>> routes_;  // By actor.
  std::vector<Mark> marks_;                 // By actor.
  std::vector<Step> way_;
};

}  // namespace

void connect_waits(TopologyDraft& draft, Diagnostics& diagnostics) {
  WaitRoutes{draft, diagnostics}.run();
}

}  // namespace mycelium::detail
