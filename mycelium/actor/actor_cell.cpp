#include "mycelium/actor/actor_cell.hpp"

#include <array>
#include <utility>

#include "mycelium/actor/activation.hpp"
#include "mycelium/actor/system.hpp"
#include "mycelium/bus/backlog_delivery.hpp"

// The messages of an actor's place, but for the quick ways; its life is in actor_life.cpp, its
// coroutines are in actor_activation.cpp.
namespace mycelium {
namespace {

ActorCell& actor_cell(Cell& cell) { return static_cast<ActorCell&>(cell); }

}  // namespace

const CellOperations kVacantCell{
    [](Cell& cell, FrameHeader& frame) { actor_cell(cell).receive_slowly(frame); },
    [](Cell& cell, std::uint32_t) {
      cell.has_work = false;
      return std::uint32_t{0};
    },
    [](Cell& cell, Envelope* envelope) { actor_cell(cell).take_timer(envelope); },
    [](Cell& cell, std::uint64_t id, Envelope* envelope) {
      actor_cell(cell).take_arrival(id, envelope);
    },
    nullptr,
    [](Cell& cell, Envelope* envelope) { actor_cell(cell).drop(envelope); },
    [](const Cell& cell, const Envelope& envelope, std::uint64_t& key) {
      const auto own = static_cast<const ActorCell&>(cell).record->operations->cell.conflation_key;
      return own != nullptr && own(cell, envelope, key);
    }};

const CellOperations kChangedCell{
    kVacantCell.receive,
    [](Cell& cell, std::uint32_t budget) { return actor_cell(cell).run_changed(budget); },
    kVacantCell.timer_due,
    kVacantCell.arrive,
    [](Cell& cell, Envelope* envelope) { return actor_cell(cell).divert(envelope); },
    kVacantCell.drop,
    kVacantCell.conflation_key};

std::string_view name_of(ActorState state) noexcept {
  constexpr std::array<std::string_view, 7> kNames{
      "starting", "running", "restarting", "stopping", "stopped", "backing_off", "escalating"};
  return kNames[static_cast<std::size_t>(state)];
}

ActorCell::ActorCell(Worker& home) noexcept {
  worker = &home;
  operations = &kVacantCell;
}

ActorExtras& ActorCell::extras() {
  if (record->extras == nullptr) record->extras = std::make_unique<ActorExtras>();
  return *record->extras;
}

void ActorCell::dead_letter(DeadLetterReason reason, const MessageType& type) {
  dead_letters.add();
  system().add_dead_letter(*this, reason, type);
}

void ActorCell::give_up(Envelope* envelope, DeadLetterReason reason) {
  dead_letter(reason, *envelope->type);
  if (envelope->has_metadata && envelope->metadata().is_ask()) {
    detail::send_failure(system(), envelope->metadata(), AskError::target_down,
                         "the target has stopped for good");
  }
  worker->envelopes().release(envelope);
}

void ActorCell::drop(Envelope* envelope) {
  if (envelope->has_metadata && envelope->metadata().is_ask()) {
    detail::send_failure(system(), envelope->metadata(), AskError::full,
                         "the target's overflow policy dropped the request");
  }
  worker->envelopes().release(envelope);
}

void ActorCell::receive_slowly(FrameHeader& frame) {
  const MessageType& type = *find_message_type(frame.type_id);
  const Metadata* const metadata = metadata_of(frame);
  void* const message = message_of(frame);
  BlockPool* const blocks = &worker->blocks();
  if (has(frame.flags, FrameFlags::reply)) {
    system().take_reply(*worker, *metadata, type, message);
    return destroy_payload(frame, blocks);
  }
  Envelope* envelope;
  if (frame.kind == FrameKind::block) {
    envelope = worker->envelopes().adopt_block(type, message);
    if (metadata != nullptr) envelope->set_metadata(*metadata);
  } else {
    envelope = worker->envelopes().move_from(type, message, metadata);
    type.destroy(message);
  }
  if (has(frame.flags, FrameFlags::backlog)) {
    const BacklogTrailer& trailer = detail::backlog_trailer_of(frame);
    return arrive_published(frame.destination, envelope, *trailer.backlog, trailer.missed);
  }
  envelope->urgent = has(frame.flags, FrameFlags::urgent);
  take_arrival(frame.destination, envelope);
}

void ActorCell::take_arrival(std::uint64_t id, Envelope* envelope) {
  if (open_id.load(std::memory_order_relaxed) != id)
    return give_up(envelope, DeadLetterReason::stale_ref);
  if (envelope->urgent) return push_urgent(envelope);
  // A Down comes once, so no policy drops it (promise D6).
  envelope->type->id == kTraits<Down>.id ? push_surely(envelope) : push(envelope);
}

void ActorCell::take_timer(Envelope* envelope) {
  // Incarnations of one place never repeat, so a later holder gets nothing of an earlier one's.
  if (envelope->incarnation == incarnation && open_id.load(std::memory_order_relaxed) != 0) {
    envelope->redeliveries = 0;  // In the place of the incarnation, which has served.
    push_surely(envelope);
  } else {
    worker->envelopes().release(envelope);
  }
}

void ActorCell::settle_frame(FrameHeader& frame) {
  const MessageType& type = *find_message_type(frame.type_id);
  settle_envelope(worker->envelopes().move_from(type, frame.payload()));
  type.destroy(frame.payload());
}

bool ActorCell::skip_expired(Envelope* envelope) {
  if (!envelope->has_metadata) return false;
  const Metadata& metadata = envelope->metadata();
  if (!metadata.is_ask() || metadata.deadline > worker->now()) return false;
  expired_.store(expired() + 1, std::memory_order_relaxed);
  worker->envelopes().release(envelope);
  return true;
}

void ActorCell::settle_envelope(Envelope* envelope) {
  if ((afterwards & (kStash | kRedeliver)) == 0) [[likely]] {
    worker->envelopes().release(envelope);
  } else if ((afterwards & kRedeliver) != 0) {
    settle_failed(envelope);
  } else {
    afterwards &= static_cast<std::uint8_t>(~kStash);
    extras().stash.push_back(envelope);
    ++extras().stashed;
  }
  // The handler may have ended the actor; then the record is no longer this thread's to look at.
  if (holder_ == ActorId{}) return;
  if (record->extras != nullptr && activation == nullptr) record->extras->left_behaviour.reset();
  if ((afterwards & kStop) != 0) return stop(StopMode::discard);
  if ((afterwards & kEnd) != 0 && activation == nullptr) end_normally();
}

bool Context::stash() {
  ActorExtras& extras = cell_.extras();
  if (extras.stashed >= cell_.bound) return false;
  Activation* const activation = cell_.activation;
  if (activation != nullptr && &activation->context == this) {
    activation->stash = true;  // Others may be handled before it ends.
  } else {
    cell_.afterwards |= ActorCell::kStash;
  }
  // Whoever handles it later answers it.
  if (current_.reply != nullptr) current_.reply->set_aside();
  return true;
}

void ActorCell::unstash_all() {
  if (record->extras == nullptr) return;
  push_back_in_front(record->extras->stash, std::exchange(record->extras->stashed, 0));
}

void ActorCell::become(std::unique_ptr<Behaviour> behaviour) {
  ActorExtras& more = extras();
  // The handler that asks for it may be the old behaviour's: that ends when it has returned.
  if (more.left_behaviour == nullptr) more.left_behaviour = std::move(more.behaviour);
  more.behaviour = std::move(behaviour);
  operations = more.behaviour != nullptr ? &kChangedCell : &actor_operations().cell;
}

void ActorCell::drop_behaviours() noexcept {
  if (record->extras == nullptr) return;
  record->extras->behaviour.reset();
  record->extras->left_behaviour.reset();
  operations = &actor_operations().cell;
}

void ActorCell::handle_by_behaviour(Envelope* envelope) {
  const Behaviour* const behaviour = record->extras->behaviour.get();
  if (behaviour == nullptr || !behaviour->operations->handles(envelope->type->id))
    return actor_operations().handle(*this, actor, envelope);
  const MessageType* const type = envelope->type;
  const std::uint64_t before = handled.value();
  behaviour->operations->handle(*this, behaviour->object, envelope);
  if (handled.value() == before || actor == nullptr) return;
  const auto keep_snapshot = actor_operations().keep_snapshot;
  if (keep_snapshot == nullptr) return;
  try {
    keep_snapshot(*this, actor);
  } catch (...) {
    fail(type);
  }
}

std::uint32_t ActorCell::run_changed(std::uint32_t budget) {
  std::uint32_t count = activation != nullptr ? run_suspended(budget) : 0;
  while (runnable() && count < budget) {
    Envelope* const envelope = pop();
    if (envelope == nullptr) break;
    ++count;
    handle_by_behaviour(envelope);
    if (operations != &kChangedCell) break;
  }
  after_run();
  return count;
}

}  // namespace mycelium
