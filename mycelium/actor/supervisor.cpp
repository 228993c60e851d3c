#include "mycelium/actor/supervisor.hpp"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <utility>

#include "mycelium/actor/supervision.hpp"

namespace mycelium {
namespace {

// The object of a supervisor: what it does is its Supervision, which outlives restarts.
class SupervisorActor {
 public:
  using Handles = Messages<>;
};

void check(const ChildSpec& spec, const SupervisorOptions& supervisor) {
  const auto refuse = [&](std::string_view why) {
    throw std::invalid_argument{fmt::format("actor \"{}\": {}", spec.record->name, why)};
  };
  if (spec.shutdown < std::chrono::nanoseconds{0}) refuse("its shutdown is not negative");
  if (!spec.significant) return;
  if (spec.options.restart.restart == Restart::permanent)
    refuse("it is significant, so transient or temporary: a permanent child does not end");
  if (supervisor.auto_shutdown == AutoShutdown::never)
    refuse("it is significant, but its supervisor's auto_shutdown is never");
}

}  // namespace

SpawnOptions detail::spawn_options(const ChildOptions& options) {
  return {.mailbox = options.mailbox,
          .restart = options.restart,
          .worker = options.worker,
          .dedicated = options.dedicated};
}

SupervisorSpec detail::supervisor_spec(std::string name, const SupervisorOptions& options) {
  SupervisorSpec spec;
  spec.options = {.restart = options.restart, .worker = options.worker};
  spec.record =
      record_of(std::move(name), [](Context&) { return SupervisorActor{}; }, options.restart);
  spec.record->tree =
      std::make_unique<TreeLinks>(TreeLinks{.supervision = std::make_shared<Supervision>(options)});
  spec.shutdown = options.shutdown;
  spec.significant = options.significant;
  return spec;
}

// Places for it and all below it, in the order of their start; nothing of it runs yet.
Watcher System::launch_tree(ChildSpec& spec, const Watcher& supervisor, Supervision* above,
                            std::vector<Watcher>& launched) {
  if (spec.record->tree == nullptr) spec.record->tree = std::make_unique<TreeLinks>();
  TreeLinks& links = *spec.record->tree;
  const std::shared_ptr<Supervision> own = links.supervision;
  if (above != nullptr) {
    check(spec, above->options());
    links.supervisor = supervisor;
    links.asks =
        above->options().strategy != Strategy::one_for_one || above->options().counts_together();
  }
  const auto [cell, id] = launch(std::move(spec.record), spec.options, true);
  const Watcher here{cell, id};
  launched.push_back(here);
  if (own == nullptr) return here;
  own->belong_to(*cell);
  std::vector<ChildTerms> children;
  for (ChildSpec& child : spec.children) {
    const RestartOptions restart = child.options.restart;
    const Watcher actor = launch_tree(child, here, own.get(), launched);
    children.push_back({actor, restart, child.shutdown, child.significant});
  }
  give_children(here, std::move(children));
  return here;
}

// On the supervisor's worker, which it may have been stopped on before.
void System::give_children(const Watcher& supervisor, std::vector<ChildTerms> children) {
  supervisor.cell->worker->inject([this, supervisor, children = std::move(children)] {
    const bool is_there = supervisor.cell->is_held_by(supervisor.id);
    for (const ChildTerms& child : children) {
      if (is_there) {
        supervisor.cell->supervision()->adopt(child);
      } else {
        stop(AnyRef{*child.actor.cell, child.actor.id}, StopMode::discard);
      }
    }
  });
}

SupervisorRef System::supervise(SupervisorSpec tree) {
  std::vector<Watcher> launched;
  try {
    const Watcher top = launch_tree(tree, {}, nullptr, launched);
    top.cell->worker->inject([top] { top.cell->start(top.id); });
    return {*this, AnyRef{*top.cell, top.id}};
  } catch (...) {
    for (const Watcher& actor : launched) stop(AnyRef{*actor.cell, actor.id}, StopMode::discard);
    throw;
  }
}

std::shared_ptr<Supervision> System::supervision_of(const AnyRef& supervisor) const {
  const std::scoped_lock lock{mutex_};
  const ActorCell* const cell = supervisor.cell();
  const bool is_there = cell != nullptr && cell->record != nullptr &&
                        cell->record->id == supervisor.id() && cell->record->tree != nullptr;
  return is_there ? cell->record->tree->supervision : nullptr;
}

AnyRef System::start_child(const AnyRef& supervisor, ChildSpec spec) {
  const std::shared_ptr<Supervision> above = supervision_of(supervisor);
  if (above == nullptr) return {};
  const Watcher to{supervisor.cell(), supervisor.id()};
  const RestartOptions restart = spec.options.restart;
  std::vector<Watcher> launched;
  try {
    const Watcher actor = launch_tree(spec, to, above.get(), launched);
    give_children(to, {{actor, restart, spec.shutdown, spec.significant}});
    return AnyRef{*actor.cell, actor.id};
  } catch (...) {
    for (const Watcher& actor : launched) stop(AnyRef{*actor.cell, actor.id}, StopMode::discard);
    throw;
  }
}

void System::stop_child_of(const AnyRef& supervisor, const AnyRef& child) {
  if (!supervisor || !child) return;
  const Watcher to{supervisor.cell(), supervisor.id()};
  to.cell->worker->inject([to, id = child.id()] {
    if (!to.cell->is_held_by(to.id)) return;
    if (Supervision* const supervision = to.cell->supervision()) supervision->stop_child(id);
  });
}

}  // namespace mycelium
