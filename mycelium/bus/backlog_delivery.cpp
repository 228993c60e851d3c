#include "mycelium/bus/backlog_delivery.hpp"

namespace mycelium::detail {
namespace {

// False: the lane has no room.
bool push_published_block(Worker& from, Worker& to, ActorId id, Backlog& backlog,
                          const MessageType& type, void* block) {
  constexpr std::size_t kTrailerOffset = BacklogTrailer::offset(sizeof(void*));
  constexpr std::size_t kBytes = kTrailerOffset + sizeof(BacklogTrailer);
  FrameRing& lane = from.lane_to(to);
  FrameHeader* const frame = lane.try_reserve(kBytes);
  if (frame == nullptr) return false;
  const std::uint32_t missed = backlog.take_lost();
  auto* const payload = static_cast<std::byte*>(frame->payload());
  ::new (static_cast<void*>(payload)) void*(block);
  ::new (static_cast<void*>(payload + kTrailerOffset)) BacklogTrailer{&backlog, missed};
  lane.commit(frame, FrameKind::block, type.id, id.value(), kBytes, flags_of(backlog, missed));
  to.wake();
  return true;
}

SendResult inject_published_block(MailboxCell& cell, ActorId id, Backlog& backlog,
                                  const MessageType& type, void* block) {
  if (!cell.worker->injection_has_room()) {
    backlog.lose(1);
    return SendResult::full;
  }
  const std::uint32_t missed = backlog.take_lost();
  const bool injected = cell.worker->inject([&cell, id, &type, block, &backlog, missed] {
    cell.arrive_published(id.value(), cell.worker->envelopes().adopt_block(type, block), backlog,
                          missed);
  });
  return injected ? SendResult::ok : SendResult::closed;
}

}  // namespace

SendResult deliver_published_block(MailboxCell& cell, ActorId id, Backlog& backlog,
                                   const MessageType& type, void* block) {
  if (cell.open_id.load(std::memory_order_relaxed) != id.value()) return SendResult::closed;
  Worker* const me = Worker::current();
  BlockPool::retain(block);
  if (cell.worker == me) {
    cell.push_published(me->envelopes().adopt_block(type, block), backlog, backlog.take_lost());
    return SendResult::ok;
  }
  SendResult result = SendResult::full;
  if (me != nullptr && me->is_peer_of(*cell.worker)) {
    if (push_published_block(*me, *cell.worker, id, backlog, type, block)) return SendResult::ok;
    backlog.lose(1);  // The next one that gets through tells the receiver.
  } else {
    result = inject_published_block(cell, id, backlog, type, block);
    if (result == SendResult::ok) return result;
  }
  BlockPool::release(block, me != nullptr ? &me->blocks() : nullptr);
  return result;
}

}  // namespace mycelium::detail
