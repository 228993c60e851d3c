#include <utility>

#include "mycelium/actor/activation.hpp"
#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/actor/system.hpp"

// An actor whose handler is a coroutine: it begins, waits, goes on and ends.
namespace mycelium {

Activation& ActorCell::begin_activation(Envelope* envelope) {
  void* const place = worker->blocks().take_bytes(sizeof(Activation));
  activation = ::new (place) Activation{*this, envelope};
  set_runnable(false);
  return *activation;
}

void ActorCell::end_activation() noexcept {
  system().wait_graph().end(worker->index(), activation->wait);
  Activation* const ended = std::exchange(activation, nullptr);
  EnvelopeList left = ended->interleaved;
  const std::uint32_t count = ended->interleaved_count;
  std::destroy_at(ended);
  BlockPool::free_unconstructed(ended, &worker->blocks());
  if (count > 0) push_back_in_front(left, count);
}

void ActorCell::fail_to_begin(Envelope* envelope) {
  detail::PendingReply pending;
  if (activation != nullptr) {
    pending = std::move(activation->reply);
    end_activation();
    set_runnable(true);
  }
  fail_asked(pending, *envelope);
  settle_envelope(envelope);
}

void ActorCell::resume_activation() {
  const auto coroutine =
      activation->resumable ? std::exchange(activation->resumable, {}) : activation->root;
  mark_running(activation->message != nullptr ? activation->message->type->id : kStarts);
  system().wait_graph().end(worker->index(), activation->wait);
  detail::resume_until_it_waits(coroutine);
  if (activation == nullptr) return;
  if (activation->root.done()) return finish_activation();
  look_for_interleaved();
}

// What may be handled meanwhile comes out of the mailbox: it waits no longer.
void ActorCell::look_for_interleaved() {
  if (actor_operations().interleaves == nullptr || activation->looked_for_interleaved) return;
  activation->looked_for_interleaved = true;
  const auto wanted = [this](const Envelope& envelope) {
    return actor_operations().interleaves(envelope.type->id);
  };
  const std::uint32_t taken = extract(wanted, activation->interleaved);
  if (taken == 0) return;
  activation->interleaved_count += taken;
  worker->make_ready(*this);
}

void ActorCell::begin_wait(ActorId target) noexcept {
  activation->wait.wait = Wait{record->id, target, 0};
  system().wait_graph().begin(worker->index(), activation->wait);
}

void ActorCell::end_wait() noexcept {
  if (activation != nullptr) system().wait_graph().end(worker->index(), activation->wait);
}

void ActorCell::resume_later(void* coroutine_address) noexcept {
  activation->resumable = std::coroutine_handle<>::from_address(coroutine_address);
  worker->make_ready(*this);
}

std::uint32_t ActorCell::run_suspended(std::uint32_t budget) {
  std::uint32_t count = 0;
  while (activation != nullptr && count < budget) {
    if (activation->resumable) {
      ++count;
      resume_activation();
      continue;
    }
    Envelope* const envelope = activation->interleaved.pop_front();
    if (envelope == nullptr) break;
    --activation->interleaved_count;
    if (activation->interleaved.empty()) look_for_interleaved();  // For those beyond its room.
    ++count;
    actor_operations().handle(*this, actor, envelope);
  }
  return count;
}

bool ActorCell::divert(Envelope* envelope) {
  // Not before those in the mailbox have been taken out: it would overtake them.
  if (activation == nullptr || !activation->looked_for_interleaved ||
      actor_operations().interleaves == nullptr ||
      !actor_operations().interleaves(envelope->type->id)) {
    return false;
  }
  if (activation->interleaved_count >= kUrgentCapacity) {
    activation->looked_for_interleaved = false;  // From now on they wait there again.
    return false;
  }
  activation->interleaved.push_back(envelope);
  ++activation->interleaved_count;
  worker->make_ready(*this);
  return true;
}

// The coroutine has ended: with a result, which answers an ask, or with an exception.
void ActorCell::finish_activation() {
  Envelope* const envelope = activation->message;
  const MessageType* const type = envelope != nullptr ? envelope->type : nullptr;
  try {
    activation->finish(*activation);
    if (type != nullptr && actor_operations().keep_snapshot != nullptr)
      actor_operations().keep_snapshot(*this, actor);
  } catch (...) {
    detail::PendingReply pending = std::move(activation->reply);
    end_activation();
    if (type != nullptr) {
      set_runnable(true);
      fail_asked(pending, *envelope);
      settle_envelope(envelope);
    } else {
      fail_to_start();
    }
    return;
  }
  if (activation->stash) afterwards |= kStash;
  end_activation();
  if (type == nullptr) return started();
  set_runnable(true);
  handled.add();
  settle_envelope(envelope);
}

// Its frame, and so all that it waits for, ends before the object it belongs to.
void ActorCell::abandon_activation() noexcept {
  if (activation == nullptr) return;
  Envelope* const envelope = activation->message;
  activation->reply.take_back();
  if (activation->reply.is_open()) {
    activation->reply.fail(AskError::target_down, "the target ended before it answered");
  }
  end_activation();
  if (envelope == nullptr) return;
  dead_letter(DeadLetterReason::stopped, *envelope->type);
  worker->envelopes().release(envelope);
}

void ActorCell::after_run() {
  if ((afterwards & kDrain) != 0 && activation == nullptr && !anything_waits() && ending_)
    finish_stop();
  has_work = activation != nullptr ? activation->resumable || !activation->interleaved.empty()
                                   : runnable() && anything_waits();
  if (!has_work) offer_room();
}

}  // namespace mycelium
