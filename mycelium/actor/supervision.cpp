#include "mycelium/actor/supervision.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

// What a killed child gets for a handler that is just returning; then its supervisor goes on.
constexpr std::chrono::seconds kKillGrace{1};

const TimerKind kShutdownTimer{
    [](void* subject, void* detail) {
      // By then the place may have another holder, who has no child of this id.
      const ActorRecord* const record = static_cast<ActorCell*>(subject)->record.get();
      if (record == nullptr || record->tree == nullptr) return;
      if (const std::shared_ptr<Supervision> supervision = record->tree->supervision)
        supervision->time_is_over(ActorId::from_value(reinterpret_cast<std::uintptr_t>(detail)));
    },
    [](void*, void*) noexcept {}};

}  // namespace

bool detail::within_intensity(std::vector<Instant>& recent, Instant now, std::uint32_t max,
                              std::chrono::nanoseconds period) {
  const auto within =
      std::find_if(recent.begin(), recent.end(), [&](Instant at) { return now - at <= period; });
  recent.erase(recent.begin(), within);
  if (recent.size() >= max) return false;
  recent.push_back(now);
  return true;
}

Supervision::Child* Supervision::find(ActorId id) noexcept {
  const auto found = std::find_if(children_.begin(), children_.end(),
                                  [&](const Child& child) { return child.terms.actor.id == id; });
  return found == children_.end() ? nullptr : &*found;
}

// The child is told on its own worker, if it is there still; what becomes of it comes as a notice.
template <typename Action>
void Supervision::command(const Child& child, Action action) {
  const Watcher actor = child.terms.actor;
  actor.cell->worker->inject([actor, action = std::move(action)] {
    if (actor.cell->is_held_by(actor.id)) action(*actor.cell);
  });
}

void Supervision::adopt(const ChildTerms& terms) {
  children_.push_back(Child{.terms = terms});
  advance();
}

void Supervision::start_children() {
  goal_ = Goal::run;
  told_started_ = false;
  failures_.clear();
  auto together = std::make_shared<std::vector<ActorId>>();
  for (Child& child : children_) {
    child.failures.clear();
    if (child.has_lived) together->push_back(child.terms.actor.id);
  }
  restarted_together_ = std::move(together);
  advance();
}

void Supervision::bring_down() {
  for (Child& child : children_) child.goes_down = true;
  goal_ = Goal::down;
  advance();
}

bool Supervision::stop_children(StopMode mode, bool kill) {
  if (children_.empty()) return false;
  goal_ = Goal::stop;
  stop_mode_ = mode;
  kills_ = kills_ || kill;
  advance();
  return true;
}

void Supervision::stop_child(ActorId id) {
  Child* const child = find(id);
  if (child != nullptr && child->status != Status::stopping) stop(*child);
}

void Supervision::take(const ChildNotice& notice) {
  Child* const child = find(notice.child);
  if (child == nullptr) return;
  using Kind = ChildNotice::Kind;
  if (notice.kind == Kind::stopped) {
    // It goes on from there, unless nothing of it is left.
    if (ends_with(*child, notice.by_itself)) return own_->end_supervisor();
  } else if (notice.command == child->command && child->status != Status::stopping) {
    if (notice.kind == Kind::started) {
      child->status = Status::running;
    } else if (notice.kind == Kind::suspended) {
      child->status = Status::waiting;
    } else if (notice.kind == Kind::failed) {
      child_failed(*child, notice.why);
    } else {
      child->status = Status::waiting;
      if (goal_ == Goal::run && !child->goes_down) fail(notice.why);
    }
  }
  advance();
}

// Does what comes next; what has been begun is awaited first.
void Supervision::advance() {
  const auto keep = shared_from_this();  // The last of it may end the supervisor.
  if (goal_ == Goal::none) return;
  if (goal_ == Goal::stop) return stop_next();
  if (bring_down_next()) return;
  all_are_down();
  if (goal_ == Goal::run) start_next();
}

// From right to left. False: all who go down are down.
bool Supervision::bring_down_next() {
  for (auto child = children_.rbegin(); child != children_.rend(); ++child) {
    if (!child->goes_down || child->status == Status::waiting) continue;
    if (child->status == Status::running || child->status == Status::starting) {
      child->terms.restart.restart == Restart::temporary ? stop(*child) : suspend(*child);
    }
    return true;
  }
  return false;
}

void Supervision::all_are_down() {
  auto together = std::make_shared<std::vector<ActorId>>();
  for (Child& child : children_) {
    if (std::exchange(child.goes_down, false)) together->push_back(child.terms.actor.id);
  }
  if (goal_ != Goal::run) {
    const bool failed = std::exchange(goal_, Goal::none) == Goal::fail;
    own_->children_are_down(failed ? &why_ : nullptr);
  } else if (!together->empty()) {
    restarted_together_ = std::move(together);
  }
}

// From left to right, each when the one before it has started.
void Supervision::start_next() {
  const auto has = [](Status status) {
    return [status](const Child& child) { return child.status == status; };
  };
  if (std::any_of(children_.begin(), children_.end(), has(Status::starting))) return;
  const auto next = std::find_if(children_.begin(), children_.end(), has(Status::waiting));
  if (next != children_.end()) return start(*next, Status::starting);
  restarted_together_.reset();
  if (!std::exchange(told_started_, true)) own_->children_have_started();
}

void Supervision::stop_next() {
  if (children_.empty()) return own_->children_have_stopped();
  Child& last = children_.back();
  if (last.status != Status::stopping) {
    stop(last);
  } else if (kills_ && !last.was_killed) {
    kill(last);
  }
}

void Supervision::start(Child& child, Status meanwhile) {
  child.status = meanwhile;
  auto together = child.has_lived && meanwhile == Status::starting ? restarted_together_ : nullptr;
  child.has_lived = true;
  command(child,
          [id = child.terms.actor.id, number = ++child.command, together = std::move(together)](
              ActorCell& cell) { cell.start_by_supervisor(id, number, together); });
}

void Supervision::suspend(Child& child) {
  child.status = Status::suspending;
  command(child, [number = ++child.command](ActorCell& cell) { cell.suspend(number); });
}

void Supervision::stop(Child& child) {
  if (kills_ || child.terms.shutdown == kKill) return kill(child);
  child.status = Status::stopping;
  const StopMode mode = goal_ == Goal::stop ? stop_mode_ : StopMode::drain;
  own_->system().stop(AnyRef{*child.terms.actor.cell, child.terms.actor.id}, mode);
  if (child.terms.shutdown != kUnlimited) arm(child, child.terms.shutdown);
}

void Supervision::kill(Child& child) {
  child.status = Status::stopping;
  child.was_killed = true;
  command(child, [](ActorCell& cell) { cell.kill(); });
  arm(child, kKillGrace);
}

void Supervision::arm(Child& child, std::chrono::nanoseconds delay) {
  Worker& worker = *own_->worker;
  static_cast<void>(worker.timers().cancel(child.timer));
  child.timer = worker.timers().arm(
      later(worker.now(), delay), kShutdownTimer, own_,
      reinterpret_cast<void*>(static_cast<std::uintptr_t>(child.terms.actor.id.value())));
}

void Supervision::time_is_over(ActorId id) {
  Child* const child = find(id);
  if (child == nullptr || child->status != Status::stopping) return;
  const std::string name = own_->system().name_of_actor(child->terms.actor.id);
  if (!child->was_killed) {
    spdlog::warn("actor \"{}\" did not stop in its time and is killed", name);
    return kill(*child);
  }
  spdlog::error("actor \"{}\" does not stop although it was killed: its handler does not return",
                name);
  remove(*child);
  advance();
}

void Supervision::remove(Child& child) {
  static_cast<void>(own_->worker->timers().cancel(child.timer));
  children_.erase(children_.begin() + (&child - children_.data()));
}

// A child has stopped for good; whether its end is the supervisor's (`auto_shutdown`).
bool Supervision::ends_with(Child& child, bool by_itself) {
  const bool counts = by_itself && child.terms.significant && goal_ == Goal::run;
  remove(child);
  if (!counts || options_.auto_shutdown == AutoShutdown::never) return false;
  const auto significant = [](const Child& other) { return other.terms.significant; };
  return options_.auto_shutdown == AutoShutdown::any_significant ||
         std::none_of(children_.begin(), children_.end(), significant);
}

void Supervision::child_failed(Child& child, const std::string& why) {
  const Status before = child.status;
  child.status = Status::waiting;
  if (goal_ != Goal::run || child.goes_down) return;  // It was to go down anyway.
  if (!accepts_failure(child)) return fail(limit_sentence(child, why));
  if (options_.strategy == Strategy::one_for_one) return start(child, before);
  bool reached = options_.strategy == Strategy::one_for_all;
  for (Child& other : children_) {
    reached = reached || &other == &child;
    if (reached) other.goes_down = true;
  }
}

bool Supervision::accepts_failure(Child& child) {
  const Instant now = own_->worker->now();
  if (options_.counts_together()) {
    return detail::within_intensity(failures_, now, options_.intensity.max_restarts,
                                    options_.intensity.period);
  }
  const RestartOptions& own = child.terms.restart;
  return detail::within_intensity(child.failures, now, own.max_restarts, own.period);
}

std::string Supervision::limit_sentence(const Child& child, const std::string& why) const {
  const bool together = options_.counts_together();
  const RestartOptions& own = child.terms.restart;
  return fmt::format(
      "{} failed more than {} times within {} s, the last time {}with: {}",
      together ? "its children"
               : fmt::format("actor \"{}\"", own_->system().name_of_actor(child.terms.actor.id)),
      together ? options_.intensity.max_restarts : own.max_restarts,
      std::chrono::duration<double>(together ? options_.intensity.period : own.period).count(),
      together ? fmt::format("\"{}\" ", own_->system().name_of_actor(child.terms.actor.id)) : "",
      why);
}

void Supervision::fail(std::string why) {
  why_ = std::move(why);
  goal_ = Goal::fail;
  for (Child& child : children_) child.goes_down = true;
  own_->supervisor_gives_up();
}

}  // namespace mycelium
