#pragma once

#include <utility>

#include "mycelium/bus/delivery.hpp"

// The way of a published message to a subscription with a backlog: nothing about it ever
// holds up the publisher.
namespace mycelium::detail {

/// Bytes of a lane's frame for such a message.
constexpr std::size_t backlog_payload_bytes(std::size_t payload_bytes) noexcept {
  return BacklogTrailer::offset(payload_bytes) + sizeof(BacklogTrailer);
}
template <typename M>
inline constexpr std::size_t kBacklogPayloadBytes = backlog_payload_bytes(kLanePayloadBytes<M>);

/// Of a frame with such a message, before which so many were lost.
[[nodiscard]] inline FrameFlags flags_of(const Backlog& backlog, std::uint32_t missed) noexcept {
  return missed == 0 && backlog.conflation.load(std::memory_order_relaxed) == 0
             ? FrameFlags::backlog
             : FrameFlags::backlog | FrameFlags::backlog_first;
}

/// Where the trailer of a frame stands. Requires: the frame has `FrameFlags::backlog`.
[[nodiscard]] inline BacklogTrailer& backlog_trailer_of(FrameHeader& frame) noexcept {
  const std::size_t payload_bytes =
      frame.kind == FrameKind::block ? sizeof(void*) : find_message_type(frame.type_id)->size_bytes;
  return *reinterpret_cast<BacklogTrailer*>(static_cast<std::byte*>(frame.payload()) +
                                            BacklogTrailer::offset(payload_bytes));
}

/// False: the lane has no room.
template <typename M>
[[nodiscard]] bool push_published_to_lane(Worker& from, Worker& to, ActorId id, Backlog& backlog,
                                          const M& message) {
  static_cast<void>(message_type<M>());
  FrameRing& lane = from.lane_to(to);
  FrameHeader* const frame = lane.try_reserve(kBacklogPayloadBytes<M>);
  if (frame == nullptr) return false;
  auto* const payload = static_cast<std::byte*>(frame->payload());
  if constexpr (kTravelsInline<M>) {
    construct_in_lane(payload, message);
  } else {
    ::new (static_cast<void*>(payload)) void*(from.envelopes().make_block(message));
  }
  // Behind the construction: what throws there has taken nothing.
  const std::uint32_t missed = backlog.take_lost();
  ::new (static_cast<void*>(payload + BacklogTrailer::offset(kLanePayloadBytes<M>)))
      BacklogTrailer{&backlog, missed};
  lane.commit(frame, kTravelsInline<M> ? FrameKind::message : FrameKind::block, kTraits<M>.id,
              id.value(), kBacklogPayloadBytes<M>, flags_of(backlog, missed));
  to.wake();
  return true;
}

template <typename M>
[[gnu::noinline]] SendResult deliver_published_elsewhere(Worker* me, MailboxCell& cell, ActorId id,
                                                         Backlog& backlog, const M& message) {
  if (me != nullptr && me->is_peer_of(*cell.worker)) [[likely]] {
    if (push_published_to_lane(*me, *cell.worker, id, backlog, message)) return SendResult::ok;
  } else if (cell.worker->injection_has_room()) {
    M copy{message};  // What throws here has taken nothing.
    const std::uint32_t missed = backlog.take_lost();
    if (inject_message(cell, id, std::move(copy), {.backlog = &backlog, .missed = missed}))
      return SendResult::ok;
    return SendResult::closed;
  }
  backlog.lose(1);  // The next one that gets through tells the receiver.
  return SendResult::full;
}

/// Gives a message to a subscriber whatever waits there. `full`: the way was, and the message is
/// lost to this subscriber, which will know.
template <typename M>
SendResult deliver_published(MailboxCell& cell, ActorId id, Backlog& backlog, const M& message) {
  if (cell.open_id.load(std::memory_order_relaxed) != id.value()) return SendResult::closed;
  Worker* const me = Worker::current();
  if (cell.worker != me) return deliver_published_elsewhere(me, cell, id, backlog, message);
  Envelope* const envelope = me->envelopes().make(message);
  cell.push_published(envelope, backlog, backlog.take_lost());
  return SendResult::ok;
}

/// The same with one reference to a shared message, taken only on `ok`.
SendResult deliver_published_block(MailboxCell& cell, ActorId id, Backlog& backlog,
                                   const MessageType& type, void* block);

template <typename M>
SendResult deliver_published(MailboxCell& cell, ActorId id, Backlog& backlog,
                             const Shared<M>& message) {
  return deliver_published_block(cell, id, backlog, message_type<M>(), message.payload());
}

}  // namespace mycelium::detail
