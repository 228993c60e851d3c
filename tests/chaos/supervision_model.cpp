#include "supervision_model.hpp"

#include <algorithm>

// What supervisors do with their children.
namespace mycelium::chaos {

SupervisionModel::Node& SupervisionModel::add(const NodePlan& plan, Node* above) {
  Node& node = *all_.emplace_back(std::make_unique<Node>());
  node.plan = plan;
  node.plan.children.clear();
  node.above = above;
  nodes_.emplace(plan.name, &node);
  if (above != nullptr) above->children.push_back(&node);
  for (const NodePlan& child : plan.children) add(child, &node);
  return node;
}

void SupervisionModel::start_tree(const NodePlan& plan) {
  make_object(add(plan, nullptr));
  settle();
}

void SupervisionModel::start_child(Node& supervisor, const NodePlan& plan) {
  add(plan, &supervisor);  // The last in order; one that is stopping stops it.
  settle();
}

void SupervisionModel::stop_child(Node& supervisor, Node& child) {
  if (child.told != Told::stop) stop_by_supervisor(supervisor, child);
  settle();
}

void SupervisionModel::stop(Node& node, bool discards) {
  end_for_good(node, discards, node.has_failed ? DownReason::failed : DownReason::stopped);
  settle();
}

void SupervisionModel::shut_down() { stop(top()); }

// Everything that needs no time. Supervisors do one thing at a time, so their order is no matter.
void SupervisionModel::settle() {
  bool moved = true;
  while (moved) {
    moved = false;
    for (std::size_t index = 0; index < all_.size(); ++index) {
      Node& node = *all_[index];
      if (!node.plan.is_supervisor || node.state == State::gone) continue;
      while (progress(node)) moved = true;
    }
  }
}

bool SupervisionModel::progress(Node& supervisor) {
  if (supervisor.state == State::gone || supervisor.goal == Goal::none) return false;
  if (supervisor.goal == Goal::stop) return stop_next(supervisor);
  bool waits = false;
  if (bring_down_next(supervisor, waits)) return true;
  if (waits) return false;
  if (all_are_down(supervisor)) return true;
  return start_next(supervisor);
}

// From right to left, one at a time.
bool SupervisionModel::bring_down_next(Node& supervisor, bool& waits) {
  for (auto child = supervisor.children.rbegin(); child != supervisor.children.rend(); ++child) {
    Node& node = **child;
    if (!node.goes_down || node.state == State::waiting) continue;
    waits = node.told != Told::nothing;
    if (waits) return false;
    if (node.plan.restart().restart == Restart::temporary) {
      stop_by_supervisor(supervisor, node);
    } else {
      take_down(node);
    }
    return true;
  }
  return false;
}

bool SupervisionModel::all_are_down(Node& supervisor) {
  for (Node* const child : supervisor.children) child->goes_down = false;
  if (supervisor.goal == Goal::run) return false;
  const bool was_started = supervisor.state == State::running;
  const bool has_failed = std::exchange(supervisor.goal, Goal::none) == Goal::fail;
  supervisor.has_object = false;
  if (has_failed) {
    supervisor.events.push_back({ActorEventKind::failed});
    object_failed(supervisor, Decision::restart, was_started);
  } else {
    wait(supervisor);
  }
  return true;
}

// From left to right, each when the one before it has started.
bool SupervisionModel::start_next(Node& supervisor) {
  for (const Node* const child : supervisor.children) {
    if (child->in_turn) return false;
  }
  for (Node* const child : supervisor.children) {
    if (child->state != State::waiting) continue;
    child->in_turn = true;
    begin(*child);
    return true;
  }
  if (supervisor.state != State::starting) return false;
  has_started(supervisor);
  return true;
}

bool SupervisionModel::stop_next(Node& supervisor) {
  if (supervisor.children.empty()) {
    finish(supervisor);
    return true;
  }
  Node& last = *supervisor.children.back();
  if (last.told != Told::stop) {
    stop_by_supervisor(supervisor, last);
    return true;
  }
  if (!supervisor.kills || last.was_killed) return false;
  kill(last);
  return true;
}

// For a restart: its object ends and its mailbox stays.
void SupervisionModel::take_down(Node& child) {
  child.delay = {};
  child.resumes_at.reset();
  if (child.state == State::ending) {
    // A caller stops it, and it waits for a handler: that is as far as it gets.
    child.discards = true;
    if (child.plan.is_supervisor) {
      child.told = Told::down;
    } else {
      end_object(child);
      finish(child);
    }
  } else if (child.plan.is_supervisor && child.has_object) {
    child.told = Told::down;
    child.goal = Goal::down;
    for (Node* const below : child.children) below->goes_down = true;
  } else {
    end_object(child);
    wait(child);
  }
}

void SupervisionModel::stop_by_supervisor(Node& supervisor, Node& child) {
  child.told = Told::stop;
  if (supervisor.kills || child.plan.shutdown() == kKill) return kill(child);
  const bool discards = supervisor.goal == Goal::stop && supervisor.discards;
  end_for_good(child, discards, child.has_failed ? DownReason::failed : DownReason::stopped);
  if (child.state != State::gone && child.plan.shutdown() != kUnlimited)
    child.killed_at = now_ + child.plan.shutdown();
}

void SupervisionModel::child_failed(Node& supervisor, Node& child, bool was_in_turn) {
  // One that goes down anyway has not failed once more.
  if (supervisor.goal != Goal::run || child.goes_down) return;
  const SupervisorOptions& options = supervisor.plan.supervisor;
  const RestartOptions& own = child.plan.restart();
  const bool accepted =
      options.counts_together()
          ? accepts(supervisor.together, options.intensity.max_restarts, options.intensity.period)
          : accepts(child.failures, own.max_restarts, own.period);
  if (!accepted) return give_up(supervisor);
  if (options.strategy == Strategy::one_for_one) {
    child.in_turn = was_in_turn;
    return begin(child);
  }
  bool reached = options.strategy == Strategy::one_for_all;
  for (Node* const other : supervisor.children) {
    reached = reached || other == &child;
    if (reached) other->goes_down = true;
  }
}

void SupervisionModel::give_up(Node& supervisor) {
  supervisor.goal = Goal::fail;
  for (Node* const child : supervisor.children) child->goes_down = true;
}

// MaxR restarts within MaxT are accepted; what lies more than MaxT back does not count.
bool SupervisionModel::accepts(std::vector<Instant>& recent, std::uint32_t max,
                               std::chrono::nanoseconds period) const {
  std::erase_if(recent, [&](Instant at) { return now_ - at > period; });
  if (recent.size() >= max) return false;
  recent.push_back(now_);
  return true;
}

}  // namespace mycelium::chaos
