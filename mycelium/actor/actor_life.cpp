#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include "mycelium/actor/activation.hpp"
#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/actor/pull.hpp"
#include "mycelium/actor/supervision.hpp"
#include "mycelium/actor/system.hpp"

// An actor's life: start, failure, stop. What follows a failure is in actor_restart.cpp.
namespace mycelium {

std::string detail::describe_exception_in_flight() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

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
  expired_.store(0, std::memory_order_relaxed);
  Decision decision = Decision::restart;
  if (construct_and_start(decision) == Began::failed) restart(decision);
}

// `decision` is what the class wants when `on_start` has failed.
ActorCell::Began ActorCell::construct_and_start(Decision& decision) noexcept {
  const Worker::Marking marking{*this, kStarts};
  has_started_ = false;
  decision = Decision::restart;
  try {
    Context context{*this};
    if (record->extras != nullptr) record->extras->random.reset();
    actor = record->factory(&context);
    if (actor_operations().restore != nullptr) actor_operations().restore(*this, actor);
    actor_operations().on_start(*this, actor);
    if ((afterwards & kEnd) != 0 && record->restart.restart == Restart::permanent)
      throw std::logic_error{"it ended, although it is permanent"};
  } catch (...) {
    note_failure(actor == nullptr ? "its factory" : "on_start");
    decision = decide(nullptr);
    if (decision == Decision::resume) decision = Decision::restart;  // There is nothing to keep.
    afterwards &= static_cast<std::uint8_t>(~kEnd);
    abandon_activation();
    end_children();  // Its factory may have spawned some, too.
    if (actor != nullptr) actor_operations().destroy(std::exchange(actor, nullptr));
    return Began::failed;
  }
  if (Supervision* const own = supervision()) {
    own->start_children();  // children_have_started() follows.
    return Began::waiting;
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
  record->running_since.store(worker->now().time_since_epoch().count(), std::memory_order_relaxed);
  system().publish_event(
      *this, restart_count.value() == 0 ? ActorEventKind::started : ActorEventKind::restarted);
  if (record->tree != nullptr && std::exchange(record->tree->tells_start, false))
    tell_supervisor({record->id, ChildNotice::Kind::started, record->tree->last_command});
  if (anything_waits() || (afterwards & kDrain) != 0) worker->make_ready(*this);
  if ((afterwards & kStop) != 0) return stop(StopMode::discard);
  if ((afterwards & kEnd) != 0) end_normally();
}

void ActorCell::fail_to_start() noexcept {
  note_failure("on_start");
  Decision decision = decide(nullptr);
  if (decision == Decision::resume) decision = Decision::restart;
  end_children();
  actor_operations().destroy(std::exchange(actor, nullptr));
  restart(decision);
}

void ActorCell::end_object() noexcept {
  const Worker::Marking marking{*this, kStops};
  set_runnable(false);
  abandon_activation();
  offer_room();
  if (actor == nullptr) return;
  end_children();
  if (has_started_) {
    Context context{*this};
    try {
      actor_operations().on_stop(actor, context);
    } catch (...) {
      log_failure("on_stop");  // Reported and ignored (promise L3).
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
    std::string what = detail::describe_exception_in_flight();
    spdlog::warn("actor \"{}\" failed in {}: {}", system().display_name(*this), during, what);
    system().publish_event(*this, ActorEventKind::failed, what);
    record->last_error.set(std::move(what));
  } catch (...) {
    // Out of memory while describing an error: the failure itself is handled all the same.
  }
}

void ActorCell::log_failure(std::string_view during) noexcept {
  try {
    spdlog::warn("actor \"{}\" failed in {}: {}", system().display_name(*this), during,
                 detail::describe_exception_in_flight());
  } catch (...) {
    // As above.
  }
}

void ActorCell::fail(const MessageType* poison) noexcept {
  note_failure(poison != nullptr ? poison->name : "a handler");
  if (poison != nullptr) dead_letter(DeadLetterReason::poison, *poison);
  afterwards &= static_cast<std::uint8_t>(~(kStash | kEnd));
  const Decision decision = decide(poison);
  if (decision == Decision::resume) return;
  if (!ending_) change_state(ActorState::restarting);
  end_object();
  restart(decision);
}

void ActorCell::stop_now(StopMode mode, bool kill) {
  if (record == nullptr) return;  // Requires: the caller knows its holder, or nothing runs.
  if (!ending_) {
    ending_ = true;
    change_state(ActorState::stopping);
    open_id.store(0, std::memory_order_release);  // Pairs with System::await_stopped.
    release_waiters();
  }
  // At teardown, when no worker runs, its children have been or will be stopped one by one.
  Supervision* const own = Worker::current() == worker ? supervision() : nullptr;
  if (own != nullptr) {
    holder_ = record->id;  // Also when it was never started: its children's notices have to arrive.
    if (own->stop_children(mode, kill)) return;  // children_have_stopped() follows.
  }
  // A supervisor handles nothing, so it does not wait for that: meanwhile it could get a child.
  const bool something_left =
      own == nullptr && (activation != nullptr || (runnable() && anything_waits()));
  if (mode == StopMode::drain && something_left) {
    if (activation != nullptr && activation->pulling != nullptr) activation->pulling->give_up();
    afterwards |= kDrain;  // after_run() ends it when nothing waits any more.
    return worker->make_ready(*this);
  }
  finish_stop();
}

void ActorCell::finish_stop() noexcept {
  cancel_back_off();
  end_object();
  discard_waiting();
  has_work = false;
  const bool by_itself = (afterwards & kStop) != 0 || down_reason_ == DownReason::failed ||
                         down_reason_ == DownReason::ended || down_reason_ == DownReason::linked;
  afterwards = 0;
  ++incarnation;  // Its timers are stale from now on, whoever holds the place when they come due.
  system().publish_event(*this, ActorEventKind::stopped, name_of(down_reason_));
  report_down();
  if (record->tree != nullptr)
    tell_supervisor({record->id, ChildNotice::Kind::stopped, 0, by_itself});
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
  for (const Watcher& watcher : std::exchange(record->extras->watchers, {})) {
    if (watcher.is_linked) {
      system().tell_exit(watcher, Exit{record->id, down_reason_});
    } else {
      system().send_down(*worker, watcher, Down{record->id, down_reason_});
    }
  }
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
  if (!is_held_by(target)) {
    if (watcher.is_linked) return system().tell_exit(watcher, Exit{target, DownReason::not_there});
    return system().send_down(*worker, watcher, Down{target, DownReason::not_there});
  }
  auto& watchers = extras().watchers;
  forget_stopped(watchers);
  const auto same = [&](const Watcher& other) {
    return other.id == watcher.id && other.is_linked == watcher.is_linked;
  };
  if (std::none_of(watchers.begin(), watchers.end(), same)) watchers.push_back(watcher);
}

void ActorCell::remove_watcher(ActorId target, const Watcher& watcher) noexcept {
  if (!is_held_by(target) || record->extras == nullptr) return;
  std::erase_if(record->extras->watchers, [&](const Watcher& other) {
    return other.id == watcher.id && other.is_linked == watcher.is_linked;
  });
}

}  // namespace mycelium
