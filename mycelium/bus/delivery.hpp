#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "mycelium/base/actor_id.hpp"
#include "mycelium/bus/lane_copy.hpp"
#include "mycelium/bus/mailbox_cell.hpp"
#include "mycelium/bus/send_result.hpp"
#include "mycelium/bus/shared.hpp"

namespace mycelium::detail {

/// Messages above this travel across workers as a pointer to a block, so that lanes may be small.
inline constexpr std::size_t kLaneInlineBytes = 2048;
/// The same for the lanes of urgent messages, and for what travels with metadata.
inline constexpr std::size_t kUrgentLaneInlineBytes = 256;

template <typename M, std::size_t kBytesMax = kLaneInlineBytes>
inline constexpr bool kTravelsInline = sizeof(M) <= kBytesMax && alignof(M) <= 16;

template <typename M>
inline constexpr std::size_t kLanePayloadBytes = kTravelsInline<M> ? sizeof(M) : sizeof(void*);

/// Puts a message into a lane. Requires: the caller drives `from`. The message is moved only on
/// success.
template <typename M>
[[nodiscard]] bool push_to_lane(Worker& from, Worker& to, FrameRing& lane, ActorId id,
                                M&& message) {
  using Plain = std::remove_cvref_t<M>;
  static_cast<void>(
      message_type<Plain>());  // Entered in the process's table before the receiver looks it up.
  FrameHeader* frame = lane.try_reserve(kLanePayloadBytes<Plain>);
  if (frame == nullptr) return false;
  if constexpr (kTravelsInline<Plain>) {
    construct_in_lane(frame->payload(), std::forward<M>(message));
    lane.commit(frame, FrameKind::message, kTraits<Plain>.id, id.value(), sizeof(Plain));
  } else {
    ::new (frame->payload()) void*(from.envelopes().make_block(std::forward<M>(message)));
    lane.commit(frame, FrameKind::block, kTraits<Plain>.id, id.value(), sizeof(void*));
  }
  to.wake();
  return true;
}

/// What is not usual about a delivery.
struct Special {
  const Metadata* metadata = nullptr;
  bool urgent = false;
  Backlog* backlog = nullptr;  ///< Of a published message: the subscription's, without metadata.
  std::uint32_t missed = 0;    ///< Lost on the way before it.
};

/// Puts one reference to a block into a lane; the lane owns it then. False: no room.
[[nodiscard]] bool push_block_to_lane(Worker& from, Worker& to, ActorId id, const MessageType& type,
                                      void* block, const Special& special);

/// `push_to_lane` with metadata, or by the urgent lane.
template <typename M>
[[nodiscard]] bool push_specially(Worker& from, Worker& to, ActorId id, M&& message,
                                  const Special& special) {
  using Plain = std::remove_cvref_t<M>;
  static_cast<void>(message_type<Plain>());
  FrameRing& lane = special.urgent ? from.urgent_lane_to(to) : from.lane_to(to);
  if constexpr (kTravelsInline<Plain, kUrgentLaneInlineBytes>) {
    const std::size_t before = special.metadata != nullptr ? sizeof(Metadata) : 0;
    FrameHeader* const frame = lane.try_reserve(before + sizeof(Plain));
    if (frame == nullptr) return false;
    if (special.metadata != nullptr) ::new (frame->payload()) Metadata{*special.metadata};
    construct_in_lane(static_cast<std::byte*>(frame->payload()) + before, std::forward<M>(message));
    lane.commit(frame, FrameKind::message, kTraits<Plain>.id, id.value(), before + sizeof(Plain),
                (special.metadata != nullptr ? FrameFlags::metadata : FrameFlags::none) |
                    (special.urgent ? FrameFlags::urgent : FrameFlags::none));
    to.wake();
    return true;
  } else {
    if (!lane.has_room(sizeof(Metadata) + sizeof(void*), 1)) return false;
    void* const block = from.envelopes().make_block(std::forward<M>(message));
    return push_block_to_lane(from, to, id, message_type<Plain>(), block, special);
  }
}

/// A message on its way through an injection queue: a block of the sending thread's pool, so that
/// nothing is allocated once that has warmed up.
template <typename M>
class Parcel {
 public:
  template <typename Given>
  Parcel(MailboxCell& cell, ActorId id, Given&& message, const Special& special)
      : block_{BlockPool::of_this_thread().take(kBlockType)} {
    try {
      ::new (block_) Content{cell,
                             id,
                             special.metadata != nullptr ? *special.metadata : Metadata{},
                             special.metadata != nullptr,
                             special.urgent,
                             special.backlog,
                             special.missed,
                             M(std::forward<Given>(message))};
    } catch (...) {
      BlockPool::free_unconstructed(block_, &BlockPool::of_this_thread());
      throw;
    }
  }
  Parcel(Parcel&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
  Parcel& operator=(Parcel&&) = delete;
  ~Parcel() {
    if (block_ != nullptr) BlockPool::release(block_, nullptr);
  }

  /// On the receiver's worker.
  void operator()() {
    auto& content = *static_cast<Content*>(block_);
    EnvelopePool& pool = content.cell.worker->envelopes();
    Envelope* const envelope = content.has_metadata
                                   ? pool.make_with(content.metadata, std::move(content.message))
                                   : pool.make(std::move(content.message));
    envelope->urgent = content.urgent;
    if (content.backlog != nullptr) {
      return content.cell.arrive_published(content.id.value(), envelope, *content.backlog,
                                           content.missed);
    }
    content.cell.operations->arrive(content.cell, content.id.value(), envelope);
  }

 private:
  struct Content {
    MailboxCell& cell;
    ActorId id;
    Metadata metadata;
    bool has_metadata;
    bool urgent;
    Backlog* backlog;
    std::uint32_t missed;
    M message;
  };
  static constexpr MessageType kBlockType{
      0, sizeof(Content), alignof(Content), {}, {}, nullptr, [](void* content) noexcept {
        std::destroy_at(static_cast<Content*>(content));
      }};

  void* block_;
};

/// From a thread that drives no worker of the receiver's system: through the receiver's injection
/// queue. False: the system has ended.
template <typename M>
[[nodiscard, gnu::noinline]] bool inject_message(MailboxCell& cell, ActorId id, M&& message,
                                                 const Special& special = {}) {
  return cell.worker->inject_made(
      [&] { return Parcel<std::remove_cvref_t<M>>{cell, id, std::forward<M>(message), special}; });
}

/// Whether the depth that other workers are told leaves room.
[[nodiscard]] inline bool seems_to_have_room(const MailboxCell& cell) noexcept {
  return cell.published_depth.load(std::memory_order_relaxed) <
         cell.capacity.load(std::memory_order_relaxed);
}

/// Whether the receiver still takes messages, and has room as far as this thread can see. Who waits
/// for room on this worker comes first: for all others there is none.
[[nodiscard]] inline SendResult look_at(const MailboxCell& cell, ActorId id,
                                        const Worker* me) noexcept {
  if (cell.open_id.load(std::memory_order_relaxed) != id.value()) return SendResult::closed;
  const bool room = cell.worker == me
                        ? cell.depth < cell.admits_below
                        : seems_to_have_room(cell) &&
                              (me == nullptr || me->room_waiters().first(cell) == nullptr);
  return room ? SendResult::ok : SendResult::full;
}

/// The same for the one whose turn it is among those who wait.
[[nodiscard]] inline SendResult look_past_waiters(const MailboxCell& cell, ActorId id,
                                                  const Worker* me) noexcept {
  if (cell.open_id.load(std::memory_order_relaxed) != id.value()) return SendResult::closed;
  const bool room = cell.worker == me ? !cell.admits_only_with_room() || cell.depth < cell.bound
                                      : seems_to_have_room(cell);
  return room ? SendResult::ok : SendResult::full;
}

/// Messages that still fit into the receiver's mailbox, as far as this worker can see.
[[nodiscard]] inline std::size_t room_at(const MailboxCell* cell, const Worker* me) noexcept {
  if (cell == nullptr) return 0;
  const std::uint32_t depth =
      cell->worker == me ? cell->depth : cell->published_depth.load(std::memory_order_relaxed);
  const std::uint32_t bound =
      cell->worker == me ? cell->admits_below : cell->capacity.load(std::memory_order_relaxed);
  return bound > depth ? bound - depth : 0;
}

/// The same for urgent messages, which have a bound of their own.
[[nodiscard]] inline SendResult look_at_urgent(const MailboxCell& cell, ActorId id) noexcept {
  if (cell.open_id.load(std::memory_order_relaxed) != id.value()) return SendResult::closed;
  return cell.urgent_full.load(std::memory_order_relaxed) ? SendResult::full : SendResult::ok;
}

/// Whether there is room in the way to a receiver. `seen`: the caller has looked (`way_has_room`),
/// so that the bound of an injection queue does not hold any more: what other threads have put
/// there since is a small excess, and no reason to lose the message.
enum class RoomOnTheWay : bool { unknown, seen };

/// `place` into a cell of another worker, or from a foreign thread. Out of line: it would cost the
/// senders on the same worker the saving of registers.
template <RoomOnTheWay kRoom, typename M>
[[gnu::noinline]] SendResult place_elsewhere(Worker* me, MailboxCell& cell, ActorId id,
                                             M&& message) {
  if (me != nullptr && me->is_peer_of(*cell.worker)) [[likely]] {
    FrameRing& lane = me->lane_to(*cell.worker);
    const bool pushed = push_to_lane(*me, *cell.worker, lane, id, std::forward<M>(message));
    return pushed ? SendResult::ok : SendResult::full;
  }
  if (kRoom == RoomOnTheWay::unknown && !cell.worker->injection_has_room()) return SendResult::full;
  const bool injected = inject_message(cell, id, std::forward<M>(message));
  return injected ? SendResult::ok : SendResult::closed;
}

/// Gives a message to the holder of a cell, without a look at its mailbox, by the shortest way from
/// the calling thread: the plain queue of the same worker, the lane between two workers, or the
/// injection queue from a foreign thread. `full`: the way there is; the message has not been
/// touched. Never waits.
template <RoomOnTheWay kRoom = RoomOnTheWay::unknown, typename M>
SendResult place(MailboxCell& cell, ActorId id, M&& message) {
  Worker* const me = Worker::current();
  if (cell.worker != me) return place_elsewhere<kRoom>(me, cell, id, std::forward<M>(message));
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

/// `place` with metadata, or as urgent.
template <typename M>
SendResult place_specially(MailboxCell& cell, ActorId id, M&& message, const Special& special) {
  Worker* const me = Worker::current();
  if (cell.worker == me) {
    EnvelopePool& pool = me->envelopes();
    Envelope* const envelope = special.metadata != nullptr
                                   ? pool.make_with(*special.metadata, std::forward<M>(message))
                                   : pool.make(std::forward<M>(message));
    special.urgent ? cell.push_urgent(envelope) : cell.push(envelope);
    return SendResult::ok;
  }
  if (me != nullptr && me->is_peer_of(*cell.worker)) {
    return push_specially(*me, *cell.worker, id, std::forward<M>(message), special)
               ? SendResult::ok
               : SendResult::full;
  }
  if (!cell.worker->injection_has_room()) return SendResult::full;
  return inject_message(cell, id, std::forward<M>(message), special) ? SendResult::ok
                                                                     : SendResult::closed;
}

/// `deliver` with metadata, or as urgent.
template <typename M>
SendResult deliver_specially(MailboxCell& cell, ActorId id, M&& message, const Special& special) {
  const SendResult seen =
      special.urgent ? look_at_urgent(cell, id) : look_at(cell, id, Worker::current());
  if (seen != SendResult::ok) return seen;
  return place_specially(cell, id, std::forward<M>(message), special);
}

/// Offers one reference to a shared message; takes it only on `ok`. From any thread.
/// `metadata`: null, or the caller drives a worker of the receiver's system.
SendResult deliver_block(MailboxCell& cell, ActorId id, const MessageType& type, void* block,
                         const Metadata* metadata = nullptr);

/// `place` of one reference to a shared message.
SendResult place_block(MailboxCell& cell, ActorId id, const MessageType& type, void* block,
                       RoomOnTheWay room = RoomOnTheWay::unknown,
                       const Metadata* metadata = nullptr);

template <RoomOnTheWay kRoom = RoomOnTheWay::unknown, typename M>
SendResult place(MailboxCell& cell, ActorId id, const Shared<M>& message) {
  return place_block(cell, id, message_type<M>(), message.payload(), kRoom);
}

/// Offers a shared message: the receiver gets a reference, no copy is made.
template <typename M>
SendResult deliver(MailboxCell& cell, ActorId id, const Shared<M>& message) {
  return deliver_block(cell, id, message_type<M>(), message.payload());
}

/// Whether `count` deliveries of `M` to cells of this one worker would find room in the way there,
/// when a frame carries so many bytes.
template <typename M>
[[nodiscard]] bool way_has_room(Worker& target, std::size_t count,
                                std::size_t payload_bytes = kLanePayloadBytes<M>) {
  Worker* const me = Worker::current();
  if (me == &target) return true;
  if (me != nullptr && me->is_peer_of(target)) {
    return me->lane_to(target).has_room(payload_bytes, count);
  }
  return target.injection_has_room(count);
}

}  // namespace mycelium::detail
