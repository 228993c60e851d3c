#include <string>

#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/actor/system.hpp"

// What becomes of the message whose handler threw: by default it is a dead letter before anything
// else happens; with `RestartOptions::redeliver` the next object handles it again, first in line
// (promise S15).
namespace mycelium {

// The envelope is known only where this failure is settled, so everything else waits until then.
void ActorCell::fail_handling(const MessageType& type) noexcept {
  if (record->restart.redeliver == 0) return fail(&type);
  note_failure(type.name);
  afterwards &= static_cast<std::uint8_t>(~(kStash | kEnd));
  const Decision decision = decide(&type);
  // The object goes on without it.
  if (decision == Decision::resume) return dead_letter(DeadLetterReason::poison, type);
  extras().after_failure = decision;
  afterwards |= kRedeliver;
}

bool ActorCell::is_redelivered(const Envelope& envelope) const noexcept {
  return (afterwards & kRedeliver) != 0 && (afterwards & kStop) == 0 &&
         envelope.redeliveries < record->restart.redeliver &&
         !stops_for_good(record->extras->after_failure);
}

void ActorCell::fail_asked(detail::PendingReply& pending, Envelope& envelope) {
  pending.take_back();
  const bool is_open = pending.is_open();
  if (record->restart.redeliver == 0) {
    if (is_open) pending.fail(AskError::handler_failed, detail::describe_exception_in_flight());
    return fail(envelope.type);
  }
  fail_handling(*envelope.type);
  if (!is_redelivered(envelope)) {
    if (is_open) pending.fail(AskError::handler_failed, detail::describe_exception_in_flight());
  } else if (is_open) {
    pending.hand_over();  // To the next object, which handles the request again.
  } else if (envelope.has_metadata) {
    envelope.metadata().correlation = {};  // It has been answered: once is enough.
  }
}

// Goes on where `fail_handling` has left off.
void ActorCell::settle_failed(Envelope* envelope) noexcept {
  const bool again = is_redelivered(*envelope);
  const Decision decision = record->extras->after_failure;
  afterwards &= static_cast<std::uint8_t>(~kRedeliver);
  if (!again) {
    dead_letter(DeadLetterReason::poison, *envelope->type);
    worker->envelopes().release(envelope);
  }
  if (!ending_) change_state(ActorState::restarting);
  end_object();
  if (again) {
    unstash_all();
    ++envelope->redeliveries;
    push_back_in_front(envelope);
  }
  restart(decision);
}

}  // namespace mycelium
