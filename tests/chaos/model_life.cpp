#include <algorithm>
#include <cmath>

#include "supervision_model.hpp"

// The life of one actor in the model: its objects, its failures, its end.
namespace mycelium::chaos {

void SupervisionModel::begin(Node& node) {
  const auto delay = std::exchange(node.delay, {});
  if (delay == std::chrono::nanoseconds{0}) return make_object(node);
  node.has_failed = false;
  node.state = State::backing_off;
  node.resumes_at = now_ + delay;
}

void SupervisionModel::make_object(Node& node) {
  node.has_failed = false;
  ++node.objects;
  if (node.failing_starts > 0) {
    --node.failing_starts;
    lines_.push_back("no start " + node.plan.name);
    node.events.push_back({ActorEventKind::failed});
    return object_failed(node, Decision::restart, false);
  }
  node.has_object = true;
  if (!node.plan.is_supervisor) return has_started(node);
  // Counts begin anew with it.
  node.state = State::starting;
  node.goal = Goal::run;
  node.together.clear();
  for (Node* const child : node.children) child->failures.clear();
}

void SupervisionModel::has_started(Node& node) {
  node.state = State::running;
  node.in_turn = false;
  node.running_since = now_;
  node.events.push_back({node.objects == 1 ? ActorEventKind::started : ActorEventKind::restarted});
  if (!node.plan.is_supervisor) lines_.push_back("start " + node.plan.name);
}

void SupervisionModel::object_failed(Node& node, Decision decision, bool was_started) {
  const RestartOptions& options = node.plan.restart();
  if (decision == Decision::stop || options.restart == Restart::temporary)
    return end_for_good(node, true, DownReason::failed);
  if (decision == Decision::escalate) return escalate(node);
  const SupervisorOptions* const above =
      node.above != nullptr ? &node.above->plan.supervisor : nullptr;
  if (above != nullptr && (above->strategy != Strategy::one_for_one || above->counts_together())) {
    count_row(node, was_started);
    const bool was_in_turn = node.in_turn;
    wait(node);
    node.has_failed = true;
    return child_failed(*node.above, node, was_in_turn);
  }
  if (!accepts(node.failures, options.max_restarts, options.period)) return escalate(node);
  count_row(node, was_started);
  begin(node);
}

void SupervisionModel::escalate(Node& node) {
  node.events.push_back({ActorEventKind::escalated});
  if (node.above == nullptr) {
    failed_ = true;
    return end_for_good(node, true, DownReason::failed);
  }
  wait(node);
  node.has_failed = true;
  if (node.above->goal == Goal::run && !node.goes_down) give_up(*node.above);
}

void SupervisionModel::wait(Node& node) {
  node.state = State::waiting;
  node.told = Told::nothing;
  node.in_turn = false;
}

// The n-th restart of a row, after the first, comes after min(max, min * factor^(n-1)).
void SupervisionModel::count_row(Node& node, bool was_started) {
  const auto& backoff = node.plan.restart().backoff;
  if (!backoff) return;
  if (was_started && now_ - node.running_since >= backoff->reset_after) node.row = 0;
  const std::uint32_t number = node.row++;
  if (backoff->first_at_once && number == 0) {
    node.delay = {};
    return;
  }
  const double power = std::pow(backoff->factor, backoff->first_at_once ? number - 1 : number);
  const double delay = std::min(static_cast<double>(backoff->min.count()) * power,
                                static_cast<double>(backoff->max.count()));
  node.delay = std::chrono::nanoseconds{static_cast<std::int64_t>(delay)};
}

void SupervisionModel::end_object(Node& node) {
  node.busy_until.reset();
  node.fails_at.reset();
  if (!std::exchange(node.has_object, false) || node.plan.is_supervisor) return;
  lines_.push_back("stop " + node.plan.name);
}

// A stop: with what waits and the handler that waits, or at once.
void SupervisionModel::end_for_good(Node& node, bool discards, DownReason reason) {
  node.delay = {};
  node.resumes_at.reset();
  if (node.state != State::ending) node.reason = reason;
  if (node.plan.is_supervisor) {
    node.state = State::ending;
    node.goal = Goal::stop;
    node.discards = discards;
    return;  // Its children end first.
  }
  if (!discards && node.has_object && node.busy_until) {
    node.state = State::ending;
    return;
  }
  end_object(node);
  finish(node);
}

void SupervisionModel::kill(Node& node) {
  node.was_killed = true;
  node.reason = DownReason::killed;
  node.killed_at.reset();
  if (!node.plan.is_supervisor) return finish(node);
  node.state = State::ending;
  node.goal = Goal::stop;
  node.kills = node.discards = true;
}

void SupervisionModel::finish(Node& node) {
  node.state = State::gone;
  node.has_object = node.in_turn = false;
  node.busy_until.reset();
  node.fails_at.reset();
  node.resumes_at.reset();
  node.killed_at.reset();
  node.events.push_back({ActorEventKind::stopped, node.reason});
  if (node.above == nullptr) return;
  Node& above = *node.above;
  std::erase(above.children, &node);
  const bool by_itself =
      node.stopped_itself || node.reason == DownReason::failed || node.reason == DownReason::ended;
  const AutoShutdown rule = above.plan.supervisor.auto_shutdown;
  if (above.goal != Goal::run || !by_itself || !node.plan.significant() ||
      rule == AutoShutdown::never)
    return;
  const auto significant = [](const Node* other) { return other->plan.significant(); };
  if (rule == AutoShutdown::any_significant ||
      std::none_of(above.children.begin(), above.children.end(), significant))
    end_for_good(above, false, DownReason::ended);
}

void SupervisionModel::fail(Node& member, Decision decision) {
  member.events.push_back({ActorEventKind::failed});
  if (decision != Decision::resume) {
    end_object(member);
    object_failed(member, decision, true);
  }
  settle();
}

void SupervisionModel::fail_both(Node& first, Node& second) {
  first.events.push_back({ActorEventKind::failed});
  second.events.push_back({ActorEventKind::failed});
  end_object(first);
  end_object(second);
  object_failed(first, Decision::restart, true);
  wait(second);
  second.has_failed = true;
  settle();
}

void SupervisionModel::fail_after(Node& member, std::chrono::nanoseconds delay) {
  member.fails_at = now_ + delay;
}

void SupervisionModel::end(Node& member) {
  if (member.plan.restart().restart == Restart::permanent) {
    fail(member, Decision::restart);
  } else {
    end_for_good(member, true, DownReason::ended);
    settle();
  }
}

void SupervisionModel::stop_itself(Node& member) {
  member.stopped_itself = true;
  end_for_good(member, true, DownReason::stopped);
  settle();
}

void SupervisionModel::stay_busy(Node& member, std::chrono::nanoseconds how_long) {
  member.busy_until = now_ + how_long;
}

std::optional<Instant> SupervisionModel::next_event() const {
  std::optional<Instant> next;
  for (const auto& node : all_) {
    for (const auto& at : {node->busy_until, node->fails_at, node->resumes_at, node->killed_at}) {
      if (at) next = std::min(next.value_or(*at), *at);
    }
  }
  return next;
}

void SupervisionModel::advance_to(Instant to) {
  for (auto next = next_event(); next && *next <= to; next = next_event()) {
    now_ = *next;
    std::vector<Node*> due;
    for (const auto& node : all_) {
      for (const auto& at : {node->busy_until, node->fails_at, node->resumes_at, node->killed_at}) {
        if (at == next) due.push_back(node.get());
      }
    }
    if (due.size() > 1) ambiguous_ = true;
    timer_due(*due.front());
    settle();
  }
  now_ = to;
}

void SupervisionModel::timer_due(Node& node) {
  const auto is_due = [&](std::optional<Instant>& at) {
    if (at != now_) return false;
    at.reset();
    return true;
  };
  if (is_due(node.busy_until)) {
    if (node.state != State::ending) return;
    end_object(node);
    finish(node);
  } else if (is_due(node.fails_at)) {
    fail(node, Decision::restart);
  } else if (is_due(node.resumes_at)) {
    make_object(node);
  } else if (is_due(node.killed_at) && node.state == State::ending) {
    kill(node);
  }
}

}  // namespace mycelium::chaos
