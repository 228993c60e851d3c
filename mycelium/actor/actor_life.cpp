#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "mycelium/actor/activation.hpp"
#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/actor/system.hpp"

// An actor's life: start, failure, restart, stop.
namespace mycelium {
namespace {

// The sentence of the exception in flight. Call inside a catch block.
std::string describe_exception_in_flight() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

}  // namespace

void ActorCell::change_state(ActorState next) noexcept {
  state.store(
      next,
      std::memory_order_release);  // Pairs with System::await_started and the readers of status.
  state.notify_all();
}

void ActorCell::start(ActorId holder) {
  if (open_id.load(std::memory_order_relaxed) != holder.value() || holder_ == holder) return;
  holder_ = holder;
  operations = &record->operations->cell;
  ++incarnation;
  afterwards = 0;
  ending_ = false;
  down_reason_ = DownReason::stopped;
  // The mailbox's own are counted from the claim on: what comes before the start may be dropped.
  for (Counter* counter : {&handled, &dead_letters, &restart_count, &ticks_missed})
    counter->reset();
  if (construct_and_start() == Began::failed) restart();
}

ActorCell::Began ActorCell::construct_and_start() noexcept {
  has_started_ = false;
  try {
    Context context{*this};
    if (record->extras != nullptr) record->extras->random.reset();
    actor = record->factory(&context);
    actor_operations().on_start(*this, actor);
  } catch (...) {
    note_failure(actor == nullptr ? "its factory" : "on_start");
    abandon_activation();
    if (actor != nullptr) actor_operations().destroy(std::exchange(actor, nullptr));
    return Began::failed;
  }
  if (activation != nullptr) {
    resume_later(activation->root.address());  // Begins in the next run.
    return Began::waiting;
  }
  started();
  return Began::running;
}

void ActorCell::started() noexcept {
  has_started_ = true;
  set_runnable(true);
  if (!ending_) change_state(ActorState::running);
  if (anything_waits() || (afterwards & kDrain) != 0) worker->make_ready(*this);
  if ((afterwards & kStop) != 0) stop(StopMode::discard);
}

void ActorCell::fail_to_start() noexcept {
  note_failure("on_start");
  end_children();
  actor_operations().destroy(std::exchange(actor, nullptr));
  restart();
}

void ActorCell::end_object() noexcept {
  set_runnable(false);
  abandon_activation();
  if (actor == nullptr) return;
  end_children();
  if (has_started_) {
    Context context{*this};
    try {
      actor_operations().on_stop(actor, context);
    } catch (...) {
      note_failure("on_stop");  // Reported and ignored (promise L3).
    }
  }
  drop_behaviours();
  actor_operations().destroy(std::exchange(actor, nullptr));
}

void ActorCell::end_children() noexcept {
  if (record->extras == nullptr) return;
  // Last spawned first. Those on other workers are asked to stop, and not waited for.
  std::vector<Watcher> children = std::exchange(record->extras->children, {});
  for (auto child = children.rbegin(); child != children.rend(); ++child) {
    system().stop_child(*worker, *child);
  }
}

void ActorCell::note_failure(std::string_view during) noexcept {
  try {
    std::string what = describe_exception_in_flight();
    spdlog::warn("actor \"{}\" failed in {}: {}", system().display_name(*this), during, what);
    extras().last_error = std::move(what);
  } catch (...) {
    // Out of memory while describing an error: the failure itself is handled all the same.
  }
}

void ActorCell::fail(const MessageType* poison) noexcept {
  note_failure(poison != nullptr ? poison->name : "a handler");
  if (poison != nullptr) dead_letter(DeadLetterReason::poison, *poison);
  afterwards &= static_cast<std::uint8_t>(~kStash);
  if (!ending_) change_state(ActorState::restarting);
  end_object();
  restart();
}

void ActorCell::fail_asked(detail::PendingReply& pending, const MessageType& type) {
  pending.take_back();
  if (pending.is_open()) pending.fail(AskError::handler_failed, describe_exception_in_flight());
  fail(&type);
}

void ActorCell::restart() noexcept {
  unstash_all();
  do {
    if (!may_restart()) return give_up_actor();
  } while (construct_and_start() == Began::failed);
}

bool ActorCell::may_restart() {
  if ((afterwards & kStop) != 0) return false;
  const Instant now = worker->now();
  const RestartOptions& limits = record->options.restart;
  auto& recent = extras().restarts;
  const auto within = std::find_if(recent.begin(), recent.end(),
                                   [&](Instant at) { return now - at <= limits.period; });
  recent.erase(recent.begin(), within);
  if (recent.size() >= limits.max_restarts) return false;
  recent.push_back(now);
  ++incarnation;
  restart_count.add();
  system().count_restart();
  return true;
}

void ActorCell::give_up_actor() noexcept {
  if ((afterwards & kStop) == 0) {
    down_reason_ = DownReason::failed;
    system().actor_gave_up(*record);
  }
  stop(StopMode::discard);
}

void ActorCell::stop(StopMode mode) {
  if (record == nullptr) return;  // Requires: the caller knows its holder, or nothing runs.
  if (!ending_) {
    ending_ = true;
    change_state(ActorState::stopping);
    open_id.store(0, std::memory_order_release);  // Pairs with System::await_stopped.
    release_waiters();
  }
  const bool something_left = activation != nullptr || (runnable() && anything_waits());
  if (mode == StopMode::drain && something_left) {
    afterwards |= kDrain;  // after_run() ends it when nothing waits any more.
    return worker->make_ready(*this);
  }
  finish_stop();
}

void ActorCell::finish_stop() noexcept {
  end_object();
  discard_waiting();
  has_work = false;
  afterwards = 0;
  ++incarnation;  // Its timers are stale from now on, whoever holds the place when they come due.
  report_down();
  holder_ = ActorId{};
  ending_ = false;
  operations = &kVacantCell;
  system().actor_stopped(*this);
}

void ActorCell::discard_waiting() {
  end_backlogs();
  while (Envelope* const envelope = pop()) give_up(envelope, DeadLetterReason::stopped);
  if (record->extras == nullptr) return;
  record->extras->stashed = 0;
  while (Envelope* const envelope = record->extras->stash.pop_front())
    give_up(envelope, DeadLetterReason::stopped);
}

void ActorCell::report_down() noexcept {
  if (record->extras == nullptr) return;
  for (const Watcher& watcher : std::exchange(record->extras->watchers, {}))
    system().send_down(*worker, watcher, Down{record->id, down_reason_});
}

// Those that have stopped for good go when the list has doubled since they went last, so that it is
// bounded by those that live.
void ActorCell::forget_stopped(std::vector<Watcher>& watchers) {
  constexpr std::size_t kSmall = 64;
  if (watchers.size() < kSmall || watchers.size() < watchers.capacity()) return;
  std::erase_if(watchers, [](const Watcher& watcher) {
    return watcher.cell->open_id.load(std::memory_order_acquire) != watcher.id.value() &&
           watcher.cell->state.load(std::memory_order_acquire) != ActorState::stopping;
  });
}

void ActorCell::add_child(const Watcher& child) {
  forget_stopped(extras().children);
  extras().children.push_back(child);
}

void ActorCell::add_watcher(ActorId target, Watcher watcher) {
  if (!is_held_by(target))
    return system().send_down(*worker, watcher, Down{target, DownReason::not_there});
  auto& watchers = extras().watchers;
  forget_stopped(watchers);
  const auto same = [&](const Watcher& other) { return other.id == watcher.id; };
  if (std::none_of(watchers.begin(), watchers.end(), same)) watchers.push_back(watcher);
}

void ActorCell::remove_watcher(ActorId target, ActorId watcher) noexcept {
  if (!is_held_by(target) || record->extras == nullptr) return;
  std::erase_if(record->extras->watchers,
                [&](const Watcher& other) { return other.id == watcher; });
}

}  // namespace mycelium
