#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "chaos_run.hpp"

// What must be true of a scene whatever has happened to it.
namespace mycelium::chaos {

void Scene::look() {
  while (const auto event = events_->try_next()) {
    const auto name = names_.find(event->actor);
    if (name == names_.end()) continue;
    journal_.note(
        fmt::format("    event: {} {} {}", name->second, name_of(event->kind), event->reason));
    Actor& one = actor(name->second);
    SupervisionModel::Event seen{event->kind};
    for (const DownReason reason :
         {DownReason::failed, DownReason::ended, DownReason::linked, DownReason::killed}) {
      if (event->kind == ActorEventKind::stopped && event->reason == name_of(reason))
        seen.reason = reason;
    }
    require(!one.is_gone(), name->second + " has an event after its end");
    one.events.push_back(seen);
    require(event->name == name->second, "an event names another actor: " + event->name);
  }
  while (const auto letter = dead_letters_->try_next()) {
    ++all_dead_;
    const auto receiver = names_.find(letter->receiver);
    journal_.note(fmt::format("    dead letter of {}: {}",
                              receiver != names_.end() ? receiver->second : "nobody",
                              name_of(letter->reason)));
    const std::uint16_t type = letter->type_id;
    if (type == kTraits<Order>.id || type == kTraits<Chore>.id || type == kTraits<Note>.id) ++dead_;
  }
  for (std::size_t observer = 0; observer < downs_.size(); ++observer) {
    for (const Down& down : std::exchange(downs_[observer], {}))
      actor(names_.at(down.actor)).downs[observer].push_back(down.reason);
  }
}

void Scene::check_at_rest() {
  look();
  check_names();
  for (const auto& [name, one] : actors_) check_story(name, one);
  const std::vector<SupervisionNode> tree = system().supervision_tree();
  for (const SupervisionNode& node : tree) {
    if (actors_.contains(node.name)) check_tree({node}, {});
  }
}

// Names and ids belong to their actors for as long as these live.
void Scene::check_names() {
  for (const auto& [name, one] : actors_) {
    const auto found = system().lookup<>(name);
    require(found.has_value() != one.is_gone(),
            fmt::format("{} is {}, but its name is {}", name, one.is_gone() ? "gone" : "there",
                        found.has_value() ? "found" : "not found"));
    if (found) require(found->id() == one.ref.id(), name + " has changed its id");
  }
}

void Scene::check_tree(const std::vector<SupervisionNode>& nodes, const std::string& above) {
  for (const SupervisionNode& node : nodes) {
    const Actor& one = actor(node.name);
    require(one.above == above, fmt::format("{} stands below \"{}\"", node.name, above));
    require(!one.is_gone(), node.name + " is gone, and stands in the tree");
    require(node.id == one.ref.id() && node.is_supervisor == one.plan.is_supervisor &&
                node.restart == one.plan.restart().restart,
            node.name + " is shown wrong in the tree");
    require(node.state == one.ref.cell()->state.load() && node.state != ActorState::stopped,
            node.name + " is shown in another state");
    if (const MemberLog* const log = journal_.find(node.name)) {
      require(std::max<std::uint64_t>(log->objects, 1) == node.restarts + 1,
              fmt::format("{} had {} objects and is shown with {} restarts", node.name,
                          log->objects, node.restarts));
      require((log->failures > 0 || log->ends > 0) || node.last_error.empty(),
              node.name + " has not failed and is shown with an error");
      require(node.state != ActorState::running || log->runs,
              node.name + " is shown as running, and does not");
    }
    check_tree(node.children, node.name);
  }
}

// The topic of events, the watchers and the journal tell one story.
void Scene::check_story(const std::string& name, const Actor& one) {
  const auto count = [&](ActorEventKind kind) {
    return static_cast<std::uint64_t>(
        std::count_if(one.events.begin(), one.events.end(),
                      [&](const SupervisionModel::Event& event) { return event.kind == kind; }));
  };
  for (const std::vector<DownReason>& downs : one.downs) {
    // Each observer watches twice: that is told once, or twice that nobody is there.
    std::vector<DownReason> expected;
    if (one.is_gone()) expected.push_back(one.events.back().reason);
    const std::vector<DownReason> too_late(2, DownReason::not_there);
    require(downs == expected || (one.is_gone() && downs == too_late) ||
                (observers_may_miss_ && downs.empty()),
            fmt::format("{} is {}, and an observer was told of it {} times: {}", name,
                        one.is_gone() ? "gone" : "there", downs.size(),
                        downs.empty() ? "" : name_of(downs.front())));
  }
  const MemberLog* const log = journal_.find(name);
  if (log == nullptr) return;
  const std::uint64_t starts = count(ActorEventKind::started) + count(ActorEventKind::restarted);
  require(starts == log->starts,
          fmt::format("{} started {} times, by its events {}", name, log->starts, starts));
  const std::uint64_t failures = count(ActorEventKind::failed);
  require(failures >= log->failures && failures <= log->failures + log->ends,
          fmt::format("{} failed {} times, by its events {}", name, log->failures, failures));
  require(count(ActorEventKind::started) <= 1, name + " has started for the first time twice");
  const bool was_killed = one.is_gone() && one.events.back().reason == DownReason::killed;
  require(log->without_stop <= (was_killed ? 1U : 0U),
          fmt::format("{} of {} ended without on_stop", log->without_stop, name));
  require(!one.is_gone() || log->alive == 0, name + " is gone, and its object is not");
}

// Every message that was taken was handled, or dropped and counted, or is a dead letter.
void Scene::check_accounts() {
  std::uint64_t dropped = 0;
  for (const MemberLog& log : journal_.members()) {
    if (log.ref.cell() == nullptr) continue;
    const ActorCell& cell = *log.ref.cell();  // Nobody else has had its place.
    journal_.note(fmt::format("{} has dropped {}", log.name, cell.dropped.value()));
    dropped += cell.dropped.value() + cell.conflated.value();
    require(cell.depth == 0 && cell.queue.empty(), log.name + " has left messages behind");
  }
  require(journal_.taken() == journal_.handled_count() + dropped + dead_,
          fmt::format("{} messages were taken, {} handled, {} dropped, {} dead letters",
                      journal_.taken(), journal_.handled_count(), dropped, dead_));
  require(system().dead_letters().total() == all_dead_, "dead letters were not published");
}

void Scene::check_end() {
  look();
  for (const auto& [name, one] : actors_) {
    require(one.is_gone(), name + " still lives at the end");
    check_story(name, one);
    require(!system().lookup<>(name).has_value(), name + " has left its name behind");
  }
  require(system().actors().empty(), "somebody still lives at the end");
  require(system().supervision_tree().empty(), "the tree is not empty at the end");
  check_accounts();
}

Outcome Scene::end() {
  Outcome outcome{.hash = journal_.hash() ^ test_->schedule_hash(),
                  .actors = actors_.size(),
                  .restarts = system().restarts(),
                  .failed = system().failure().has_value()};
  for (const auto& [name, one] : actors_) {
    for (const SupervisionModel::Event& event : one.events) {
      outcome.escalations += event.kind == ActorEventKind::escalated ? 1 : 0;
      outcome.kills += event.reason == DownReason::killed ? 1 : 0;
    }
  }
  events_.reset();
  dead_letters_.reset();
  test_.reset();
  for (const MemberLog& log : journal_.members()) {
    require(log.alive == 0 && log.frames == 0 && log.helpers == 0,
            log.name + " has outlived its system");
  }
  require(journal_.token().use_count() == 1,
          fmt::format("{} messages, timers or factories have leaked",
                      journal_.token().use_count() - 1));
  outcome.faults = journal_.faults();
  return outcome;
}

}  // namespace mycelium::chaos
