#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/actor/backoff.hpp"
#include "mycelium/actor/supervision.hpp"
#include "mycelium/actor/system.hpp"

// What becomes of an actor that has failed: by itself, or as its supervisor wants it.
namespace mycelium {
namespace {

constexpr int kLaneRoundsMax = 64;

const TimerKind kBackoffTimer{
    [](void* subject, void* detail) {
      auto& cell = *static_cast<ActorCell*>(subject);
      // Incarnations of one place never repeat.
      if (cell.incarnation == static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(detail)))
        cell.back_off_is_over();
    },
    [](void*, void*) noexcept {}};

}  // namespace

// Call inside a catch block: the class is asked about the exception in flight.
Decision ActorCell::decide(const MessageType* message) noexcept {
  const auto on_error = actor_operations().on_error;
  if (actor == nullptr || on_error == nullptr) return Decision::restart;
  try {
    const std::string what = record->last_error.get();
    Context context{*this};
    return on_error(actor, Failure{std::current_exception(), what, message}, context);
  } catch (...) {
    log_failure("on_error");
    return Decision::escalate;
  }
}

// There is no object any more. Goes on until there is one, or until it is for others to go on.
void ActorCell::restart(Decision decision) noexcept {
  unstash_all();
  while (may_restart(decision)) {
    begin_incarnation();
    if (construct_and_start(decision) != Began::failed) return;
  }
}

// Whether the next object is made now. If not, what happens instead has been seen to.
bool ActorCell::may_restart(Decision decision) noexcept {
  if ((afterwards & kStop) != 0) {
    stop(StopMode::discard);
    return false;
  }
  const RestartRules& limits = record->restart;
  if (stops_for_good(decision)) {
    down_reason_ = DownReason::failed;
    stop(StopMode::discard);
    return false;
  }
  if (decision == Decision::escalate) {
    escalate(fmt::format("{} escalated: {}", kind_and_name(), record->last_error.get()));
    return false;
  }
  const TreeLinks* const tree = record->tree.get();
  if (tree != nullptr && tree->asks) {
    count_for_backoff();
    wait_for_supervisor(false, record->last_error.get());
    return false;
  }
  if (!detail::within_intensity(extras().restarts, worker->now(), limits.max_restarts,
                                limits.period)) {
    escalate(fmt::format("{} failed more than {} times within {} s, the last time with: {}",
                         kind_and_name(), limits.max_restarts,
                         std::chrono::duration<double>(limits.period).count(),
                         record->last_error.get()));
    return false;
  }
  if (!limits.backoff) return true;
  count_for_backoff();
  return !back_off();
}

bool ActorCell::stops_for_good(Decision decision) const noexcept {
  const RestartRules& limits = record->restart;
  const bool is_final = decision == Decision::stop || limits.restart == Restart::temporary;
  // Who is about to stop is not worth a delay, nor a word to the supervisor.
  return is_final || (ending_ && (record->tree != nullptr || limits.backoff));
}

void ActorCell::begin_incarnation() noexcept {
  ++incarnation;
  restart_count.add();
  system().count_restart();
}

void ActorCell::count_for_backoff() noexcept {
  const auto& backoff = record->restart.backoff;
  if (!backoff) return;
  ActorExtras& more = extras();
  const Instant since{
      std::chrono::nanoseconds{record->running_since.load(std::memory_order_relaxed)}};
  if (has_started_ && worker->now() - since >= backoff->reset_after) more.failures_in_row = 0;
  Context context{*this};
  more.delay = detail::backoff_delay(*backoff, more.failures_in_row++, context.random());
}

// False: there is nothing to wait for.
bool ActorCell::back_off() noexcept {
  if (record->extras == nullptr) return false;
  const auto delay = std::exchange(record->extras->delay, std::chrono::nanoseconds{0});
  if (delay == std::chrono::nanoseconds{0}) return false;
  ++incarnation;
  change_state(ActorState::backing_off);
  record->extras->backoff_timer =
      worker->timers().arm(later(worker->now(), delay), kBackoffTimer, this,
                           reinterpret_cast<void*>(static_cast<std::uintptr_t>(incarnation)));
  return true;
}

void ActorCell::back_off_is_over() noexcept {
  if (state.load(std::memory_order_relaxed) != ActorState::backing_off) return;
  change_state(ActorState::restarting);
  make_next_object();
}

void ActorCell::make_next_object() noexcept {
  begin_incarnation();
  Decision decision = Decision::restart;
  if (construct_and_start(decision) == Began::failed) restart(decision);
}

void ActorCell::cancel_back_off() noexcept {
  if (record->extras == nullptr) return;
  record->extras->delay = {};
  static_cast<void>(worker->timers().cancel(std::exchange(record->extras->backoff_timer, {})));
}

void ActorCell::escalate(const std::string& why) noexcept {
  system().publish_event(*this, ActorEventKind::escalated, why);
  if (record->tree != nullptr && record->tree->supervisor.cell != nullptr) {
    wait_for_supervisor(true, why);
  } else {
    system().actor_gave_up(why);
    down_reason_ = DownReason::failed;
    stop(StopMode::discard);
  }
}

void ActorCell::wait_for_supervisor(bool has_escalated, const std::string& why) noexcept {
  ++incarnation;
  down_reason_ = DownReason::failed;  // Should it be stopped now.
  change_state(has_escalated ? ActorState::escalating : ActorState::restarting);
  tell_supervisor({record->id,
                   has_escalated ? ChildNotice::Kind::escalated : ChildNotice::Kind::failed,
                   record->tree->last_command, false, why});
}

void ActorCell::tell_supervisor(ChildNotice notice) noexcept {
  const Watcher supervisor = record->tree->supervisor;
  // At teardown nobody is told any more.
  if (supervisor.cell == nullptr || Worker::current() == nullptr) return;
  supervisor.cell->worker->inject([supervisor, notice = std::move(notice)] {
    if (!supervisor.cell->is_held_by(supervisor.id)) return;
    const std::shared_ptr<Supervision> supervision = supervisor.cell->record->tree->supervision;
    supervision->take(notice);
  });
}

void ActorCell::start_by_supervisor(
    ActorId id, std::uint32_t command,
    const std::shared_ptr<const std::vector<ActorId>>& restarted_together, int rounds) {
  if (ending_ || open_id.load(std::memory_order_relaxed) != id.value()) return;
  record->tree->last_command = command;
  record->tree->tells_start = true;
  if (holder_ != id) return start(id);
  if (actor != nullptr) return;
  // What members sent each other may be on its way still; senders that never pause do not hold the
  // restart up.
  if (restarted_together != nullptr && rounds < kLaneRoundsMax && worker->lanes_wait()) {
    worker->inject([this, id, command, restarted_together, rounds] {
      if (is_held_by(id) && record->tree->last_command == command)
        start_by_supervisor(id, command, restarted_together, rounds + 1);
    });
    return;
  }
  down_reason_ = DownReason::stopped;
  if (restarted_together != nullptr) {
    if (record->extras != nullptr) record->extras->restarts.clear();
    give_up_messages_of(*restarted_together);
  }
  change_state(ActorState::restarting);
  if (!back_off()) make_next_object();
}

// What members of a group that is restarted together sent each other is void (promise S4).
void ActorCell::give_up_messages_of(const std::vector<ActorId>& senders) {
  EnvelopeList given_up;
  extract(
      [&](Envelope& envelope) {
        return envelope.has_metadata && std::find(senders.begin(), senders.end(),
                                                  envelope.metadata().source) != senders.end();
      },
      given_up);
  while (Envelope* const envelope = given_up.pop_front()) {
    dead_letter(DeadLetterReason::restarted, *envelope->type);
    worker->envelopes().release(envelope);
  }
}

void ActorCell::suspend(std::uint32_t command) noexcept {
  record->tree->last_command = command;
  record->tree->tells_start = false;
  if (ending_) return stop(StopMode::discard);  // It was on its way to the end; there it goes.
  cancel_back_off();
  if (actor != nullptr && supervision() != nullptr) return supervision()->bring_down();
  suspend_now();
}

void ActorCell::suspend_now() noexcept {
  change_state(ActorState::restarting);
  end_object();
  unstash_all();
  ++incarnation;
  tell_supervisor({record->id, ChildNotice::Kind::suspended, record->tree->last_command});
}

void ActorCell::kill() noexcept {
  has_started_ = false;  // So no on_stop.
  down_reason_ = DownReason::killed;
  stop_now(StopMode::discard, true);
}

void ActorCell::children_have_started() noexcept { started(); }

void ActorCell::children_are_down(const std::string* why) noexcept {
  if (why == nullptr) return suspend_now();
  record->last_error.set(*why);
  spdlog::warn("{} failed: {}", kind_and_name(), *why);
  system().publish_event(*this, ActorEventKind::failed, *why);
  change_state(ActorState::restarting);
  end_object();
  restart(Decision::restart);
}

void ActorCell::children_have_stopped() noexcept { finish_stop(); }

void ActorCell::supervisor_gives_up() noexcept { change_state(ActorState::escalating); }

void ActorCell::end_supervisor() noexcept {
  down_reason_ = DownReason::ended;
  stop(StopMode::drain);
}

// The handler said that its work is done (`Context::end`).
void ActorCell::end_normally() noexcept {
  afterwards &= static_cast<std::uint8_t>(~kEnd);
  if (record->restart.restart != Restart::permanent || ending_) {
    if (!ending_) down_reason_ = DownReason::ended;
    return stop(StopMode::discard);
  }
  record->last_error.set("it ended, although it is permanent");
  system().publish_event(*this, ActorEventKind::failed, "it ended, although it is permanent");
  change_state(ActorState::restarting);
  end_object();
  restart(Decision::restart);
}

void ActorCell::take_exit(const Exit& exit) {
  if (actor_operations().handles(kTraits<Exit>.id)) {
    push_surely(worker->envelopes().make(exit));
  } else if (!ending_) {
    down_reason_ = DownReason::linked;
    stop(StopMode::discard);
  }
}

std::string ActorCell::kind_and_name() const {
  return fmt::format("{} \"{}\"", supervision() != nullptr ? "supervisor" : "actor",
                     System::display_name(*this));
}

}  // namespace mycelium
