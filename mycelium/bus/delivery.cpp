#include "mycelium/bus/delivery.hpp"

#include "mycelium/base/assert.hpp"

namespace mycelium::detail {

bool push_block_to_lane(Worker& from, Worker& to, ActorId id, const MessageType& type, void* block,
                        const Special& special) {
  FrameRing& lane = special.urgent ? from.urgent_lane_to(to) : from.lane_to(to);
  const std::size_t before = special.metadata != nullptr ? sizeof(Metadata) : 0;
  const std::size_t bytes = before + sizeof(void*);
  FrameHeader* const frame = lane.try_reserve(bytes);
  if (frame == nullptr) return false;
  if (special.metadata != nullptr) ::new (frame->payload()) Metadata{*special.metadata};
  ::new (static_cast<std::byte*>(frame->payload()) + before) void*(block);
  lane.commit(frame, FrameKind::block, type.id, id.value(), bytes,
              (special.metadata != nullptr ? FrameFlags::metadata : FrameFlags::none) |
                  (special.urgent ? FrameFlags::urgent : FrameFlags::none));
  to.wake();
  return true;
}

SendResult deliver_block(MailboxCell& cell, ActorId id, const MessageType& type, void* block,
                         const Metadata* metadata) {
  if (const SendResult seen = look_at(cell, id, Worker::current()); seen != SendResult::ok)
    return seen;
  return place_block(cell, id, type, block, RoomOnTheWay::unknown, metadata);
}

SendResult place_block(MailboxCell& cell, ActorId id, const MessageType& type, void* block,
                       RoomOnTheWay room, const Metadata* metadata) {
  Worker* const me = Worker::current();
  BlockPool::retain(block);
  if (cell.worker == me) {
    Envelope* const envelope = me->envelopes().adopt_block(type, block);
    if (metadata != nullptr) envelope->set_metadata(*metadata);
    cell.push(envelope);
    return SendResult::ok;
  }
  SendResult result = SendResult::full;
  if (me != nullptr && me->is_peer_of(*cell.worker)) {
    if (push_block_to_lane(*me, *cell.worker, id, type, block, {.metadata = metadata}))
      return SendResult::ok;
  } else if (room == RoomOnTheWay::seen || cell.worker->injection_has_room()) {
    MYCELIUM_ASSERT(metadata == nullptr, "who sends with metadata is of the receiver's system");
    const bool injected = cell.worker->inject([&cell, id, &type, block] {
      cell.operations->arrive(cell, id.value(), cell.worker->envelopes().adopt_block(type, block));
    });
    if (injected) return SendResult::ok;
    result = SendResult::closed;
  }
  BlockPool::release(block, me != nullptr ? &me->blocks() : nullptr);
  return result;
}

}  // namespace mycelium::detail
