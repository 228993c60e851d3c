#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "mycelium/base/actor_id.hpp"
#include "mycelium/bus/mailbox_cell.hpp"
#include "mycelium/bus/send_result.hpp"

namespace mycelium::detail {

/// Messages above this travel across workers as a pointer to a block, so that lanes may be small.
inline constexpr std::size_t kLaneInlineBytes = 2048;

template <typename M>
inline constexpr bool kTravelsInline = sizeof(M) <= kLaneInlineBytes && alignof(M) <= 16;

template <typename M>
inline constexpr std::size_t kLanePayloadBytes = kTravelsInline<M> ? sizeof(M) : sizeof(void*);

/// Puts a message into a lane. Requires: the caller drives `from`. The message is moved only on
/// success.
template <typename M>
[[nodiscard]] bool push_to_lane(Worker& from, Worker& to, ActorId id, M&& message) {
  using Plain = std::remove_cvref_t<M>;
  static_cast<void>(
      message_type<Plain>());  // Entered in the process's table before the receiver looks it up.
  FrameRing& lane = from.lane_to(to);
  FrameHeader* frame = lane.try_reserve(kLanePayloadBytes<Plain>);
  if (frame == nullptr) return false;
  if constexpr (kTravelsInline<Plain>) {
    ::new (frame->payload()) Plain(std::forward<M>(message));
    lane.commit(frame, FrameKind::message, kTraits<Plain>.id, id.value(), sizeof(Plain));
  } else {
    ::new (frame->payload()) void*(new Plain(std::forward<M>(message)));
    lane.commit(frame, FrameKind::block, kTraits<Plain>.id, id.value(), sizeof(void*));
  }
  to.wake();
  return true;
}

/// From a thread that drives no worker of the receiver's system: through the receiver's injection
/// queue. False: the system has ended.
template <typename M>
[[nodiscard, gnu::noinline]] bool inject_message(MailboxCell& cell, ActorId id, M&& message) {
  return cell.worker->inject_made([&] {
    return [&cell, id, carried = std::remove_cvref_t<M>(std::forward<M>(message))]() mutable {
      Envelope* envelope = cell.worker->envelopes().make(std::move(carried));
      cell.operations->arrive(cell, id.value(), envelope);
    };
  });
}

/// Whether the receiver still takes messages, and has room as far as this thread can see.
[[nodiscard]] inline SendResult look_at(const MailboxCell& cell, ActorId id,
                                        const Worker* me) noexcept {
  if (cell.open_id.load(std::memory_order_relaxed) != id.value()) return SendResult::closed;
  const std::uint32_t depth =
      cell.worker == me ? cell.depth : cell.published_depth.load(std::memory_order_relaxed);
  return depth < cell.capacity.load(std::memory_order_relaxed) ? SendResult::ok : SendResult::full;
}

/// `place` into a cell of another worker, or from a foreign thread. Out of line: it would cost the
/// senders on the same worker the saving of registers.
template <typename M>
[[gnu::noinline]] SendResult place_elsewhere(Worker* me, MailboxCell& cell, ActorId id,
                                             M&& message) {
  if (me != nullptr && me->is_peer_of(*cell.worker)) [[likely]] {
    const bool pushed = push_to_lane(*me, *cell.worker, id, std::forward<M>(message));
    return pushed ? SendResult::ok : SendResult::full;
  }
  if (!cell.worker->injection_has_room()) return SendResult::full;
  const bool injected = inject_message(cell, id, std::forward<M>(message));
  return injected ? SendResult::ok : SendResult::closed;
}

/// Gives a message to the holder of a cell, without a look at its mailbox's bound, by the shortest
/// way from the calling thread: the plain queue of the same worker, the lane between two workers,
/// or the injection queue from a foreign thread. `full`: the way there is; the message has not been
/// touched. Never waits.
template <typename M>
SendResult place(MailboxCell& cell, ActorId id, M&& message) {
  Worker* const me = Worker::current();
  if (cell.worker != me) return place_elsewhere(me, cell, id, std::forward<M>(message));
  cell.push(me->envelopes().make(std::forward<M>(message)));
  return SendResult::ok;
}

/// Offers a message to the holder of a cell (promise D4). Never waits.
template <typename M>
SendResult deliver(MailboxCell& cell, ActorId id, M&& message) {
  if (const SendResult seen = look_at(cell, id, Worker::current()); seen != SendResult::ok)
    return seen;
  return place(cell, id, std::forward<M>(message));
}

/// Whether `count` deliveries of `M` to cells of this one worker would find room in the way there.
template <typename M>
[[nodiscard]] bool way_has_room(Worker& target, std::size_t count) {
  Worker* const me = Worker::current();
  if (me == &target) return true;
  if (me != nullptr && me->is_peer_of(target)) {
    return me->lane_to(target).has_room(kLanePayloadBytes<M>, count);
  }
  return target.injection_has_room(count);
}

}  // namespace mycelium::detail
