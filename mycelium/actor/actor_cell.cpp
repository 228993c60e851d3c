#include "mycelium/actor/actor_cell.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <exception>
#include <utility>

#include "mycelium/actor/context.hpp"
#include "mycelium/actor/system.hpp"

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

const CellOperations kVacantCell{
    [](Cell& cell, FrameHeader& frame) { static_cast<ActorCell&>(cell).receive_slowly(frame); },
    [](Cell& cell, std::uint32_t) {
      cell.has_work = false;
      return std::uint32_t{0};
    },
    [](Cell& cell, Envelope* envelope) { static_cast<ActorCell&>(cell).take_timer(envelope); },
    [](Cell& cell, std::uint64_t id, Envelope* envelope) {
      static_cast<ActorCell&>(cell).take_arrival(id, envelope);
    }};

std::string_view name_of(ActorState state) noexcept {
  constexpr std::array<std::string_view, 5> kNames{"starting", "running", "restarting", "stopping",
                                                   "stopped"};
  return kNames[static_cast<std::size_t>(state)];
}

void ActorCell::change_state(ActorState next) noexcept {
  state.store(
      next,
      std::memory_order_release);  // Pairs with System::await_started and the readers of status.
  state.notify_all();
}

ActorCell::ActorCell(System& owner, Worker& home) noexcept : system{owner} {
  worker = &home;
  operations = &kVacantCell;
}

void ActorCell::start(std::unique_ptr<ActorRecord> holder) {
  record = std::move(holder);
  actor_operations = record->operations;
  operations = &record->operations->cell;
  ++incarnation;
  stop_wanted = false;
  ending_ = false;
  for (Counter* counter : {&handled, &dead_letters, &depth_high_water, &restart_count})
    counter->reset();
  while (!construct_and_start()) {
    if (!may_restart()) return give_up();
  }
  end_if_wanted();
}

bool ActorCell::construct_and_start() noexcept {
  Context context{*this};
  try {
    record->random.reset();
    actor = record->factory(&context);
    actor_operations->on_start(actor, context);
  } catch (...) {
    note_failure(actor == nullptr ? "its factory" : "on_start");
    if (actor != nullptr) actor_operations->destroy(std::exchange(actor, nullptr));
    return false;
  }
  runnable = true;
  change_state(ActorState::running);
  if (depth > 0) worker->make_ready(*this);
  return true;
}

void ActorCell::end_object() noexcept {
  runnable = false;
  if (actor == nullptr) return;
  Context context{*this};
  try {
    actor_operations->on_stop(actor, context);
  } catch (...) {
    note_failure("on_stop");  // Reported and ignored (promise L3).
  }
  actor_operations->destroy(std::exchange(actor, nullptr));
}

void ActorCell::note_failure(std::string_view during) noexcept {
  try {
    record->last_error = describe_exception_in_flight();
    spdlog::warn("actor \"{}\" failed in {}: {}", record->name, during, record->last_error);
  } catch (...) {
    // Out of memory while describing an error: the failure itself is handled all the same.
    record->last_error.clear();
  }
}

void ActorCell::fail(const MessageType* poison) noexcept {
  note_failure(poison != nullptr ? poison->name : "a handler");
  if (poison != nullptr) dead_letter(DeadLetterReason::poison, *poison);
  change_state(ActorState::restarting);
  end_object();
  do {
    if (!may_restart()) return give_up();
  } while (!construct_and_start());
}

bool ActorCell::may_restart() {
  const Instant now = worker->now();
  const RestartOptions& limits = record->options.restart;
  auto& recent = record->restarts;
  while (!recent.empty() && now - recent.front() > limits.period) recent.pop_front();
  if (stop_wanted || recent.size() >= limits.max_restarts) return false;
  recent.push_back(now);
  ++incarnation;
  restart_count.add();
  system.count_restart();
  return true;
}

void ActorCell::give_up() noexcept {
  if (!stop_wanted) system.actor_gave_up(*record);
  stop(/*drain=*/false);
}

void ActorCell::dead_letter(DeadLetterReason reason, const MessageType& type) {
  dead_letters.add();
  const bool stale =
      reason == DeadLetterReason::stale_ref;  // Meant for a holder whose name is gone.
  system.dead_letters().add(reason, stale ? "a stopped actor" : std::string_view{record->name},
                            type.name);
}

void ActorCell::receive_slowly(FrameHeader& frame) {
  const MessageType& type = *find_message_type(frame.type_id);
  if (frame.destination != open_id.load(std::memory_order_relaxed)) {
    dead_letter(DeadLetterReason::stale_ref, type);
    destroy_payload(frame);
    return;
  }
  if (frame.kind == FrameKind::block) {
    push(worker->envelopes().adopt_block(type, message_of(frame)));
  } else {
    push(worker->envelopes().move_from(type, frame.payload()));
    type.destroy(frame.payload());
  }
}

void ActorCell::take_timer(Envelope* envelope) {
  // Incarnations of one place never repeat, so a later holder gets nothing of an earlier one's.
  if (envelope->incarnation == incarnation && open_id.load(std::memory_order_relaxed) != 0) {
    push(envelope);
  } else {
    worker->envelopes().release(envelope);
  }
}

void ActorCell::take_arrival(std::uint64_t id, Envelope* envelope) {
  if (open_id.load(std::memory_order_relaxed) == id) return push(envelope);
  dead_letter(DeadLetterReason::stale_ref, *envelope->type);
  worker->envelopes().release(envelope);
}

void ActorCell::end_if_wanted() {
  if (stop_wanted) stop(/*drain=*/false);
}

void ActorCell::discard_waiting() {
  while (Envelope* envelope = pop()) {
    dead_letter(DeadLetterReason::stopped, *envelope->type);
    worker->envelopes().release(envelope);
  }
}

void ActorCell::stop(bool drain) {
  if (ending_ || record == nullptr) return;
  ending_ = true;
  open_id.store(0, std::memory_order_relaxed);
  change_state(ActorState::stopping);
  if (drain) {
    while (runnable && depth > 0) operations->run(*this, depth);
  }
  end_object();
  discard_waiting();
  has_work = false;
  ++incarnation;  // Its timers are stale from now on, whoever holds the place when they come due.
  system.actor_stopped(*this);
}

}  // namespace mycelium
