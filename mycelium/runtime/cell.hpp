#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "mycelium/base/actor_id.hpp"
#include "mycelium/base/cache_line.hpp"
#include "mycelium/config/options.hpp"
#include "mycelium/runtime/envelope.hpp"
#include "mycelium/runtime/frame_ring.hpp"

namespace mycelium {

struct Cell;
class Worker;

/// What a worker asks of the things that live on it. All are called on the cell's own worker only.
struct CellOperations {
  /// A frame has come out of a lane. Consumes the payload: handles it in place or moves it away,
  /// and ends it.
  void (*receive)(Cell& cell, FrameHeader& frame);
  /// Handles up to `budget` waiting messages; returns how many. The worker calls again while
  /// `Cell::has_work`.
  std::uint32_t (*run)(Cell& cell, std::uint32_t budget);
  /// A timer armed for this cell came due; the cell owns the envelope now.
  void (*timer_due)(Cell& cell, Envelope* envelope);
  /// A message for the holder with this id has come from a foreign thread; the cell owns the
  /// envelope now.
  void (*arrive)(Cell& cell, std::uint64_t id, Envelope* envelope);
  /// A message is about to wait although the holder does not run; true: the cell has put it
  /// elsewhere. Null: it always waits.
  bool (*divert)(Cell& cell, Envelope* envelope) = nullptr;
  /// A message that was taken is given up by an overflow policy; the cell owns the envelope now.
  void (*drop)(Cell& cell, Envelope* envelope) = nullptr;
  /// The key under which a message replaces the waiting one; false: this message replaces none.
  bool (*conflation_key)(const Cell& cell, const Envelope& envelope, std::uint64_t& key) = nullptr;
};

/// The place of an actor (or of anything else that receives messages): what workers and lanes know
/// of it.
///
/// Cells are type-stable: they live in one table until the system ends, so a stale ref always finds
/// a cell and compares ids. Grouped by who may write.
struct Cell {
  // Set once, before the first ref to the cell is handed out: a cell belongs to one worker for
  // ever.
  Worker* worker = nullptr;
  // Any thread reads.
  std::atomic<std::uint32_t> capacity{0};  ///< Messages its mailbox holds. Written at the claim.
  /// Messages waiting, as other workers see them. Written by the owner at zero, at full and at
  /// every eighth of the capacity between.
  std::atomic<std::uint32_t> published_depth{0};
  /// The id of the holder while it takes messages, else 0. Written at the claim and by the owner;
  /// senders compare it with their ref's.
  std::atomic<std::uint64_t> open_id{0};
  /// No room for urgent messages, as other workers see it. Written by the owner.
  std::atomic<bool> urgent_full{false};
  std::atomic<bool> never_waits{false};  ///< Nobody waits for room here. Written at the claim.
  // Written at the claim, read by the owner.
  Overflow overflow = Overflow::block;
  std::uint32_t bound = 0;  ///< The mailbox's capacity, whatever its policy.
  // Written and read by the owner, seldom: a bit for each worker where someone waits for room.
  std::uint64_t room_wanted = 0;

  // Written by the owner worker only, read by it only.
  alignas(kCacheLineBytes) const CellOperations* operations = nullptr;
  Cell* ready_next = nullptr;
  bool in_ready = false;
  bool has_work = false;  ///< There is something to run now.
};

/// The metadata of a frame that has some, else null.
[[nodiscard]] inline const Metadata* metadata_of(FrameHeader& frame) noexcept {
  return has(frame.flags, FrameFlags::metadata) ? static_cast<Metadata*>(frame.payload()) : nullptr;
}

/// The message of a frame: in the frame, or the block it points to.
[[nodiscard]] inline void* message_of(FrameHeader& frame) noexcept {
  void* const payload = static_cast<std::byte*>(frame.payload()) +
                        (has(frame.flags, FrameFlags::metadata) ? sizeof(Metadata) : 0);
  return frame.kind == FrameKind::block ? *static_cast<void**>(payload) : payload;
}

/// Ends the life of a frame's message, or gives back its reference to a block. `here`: the pool of
/// the calling worker, or null.
inline void destroy_payload(FrameHeader& frame, BlockPool* here) noexcept {
  void* const message = message_of(frame);
  if (frame.kind == FrameKind::block) return BlockPool::release(message, here);
  find_message_type(frame.type_id)->destroy(message);
}

/// All cells of a system, in one reserved stretch of memory: a cell is found from its slot without
/// a look-up.
///
/// The memory is only reserved; the kernel gives pages when a cell is first used. The stride lets a
/// higher layer put its own type, derived from `Cell`, into the slots. Thread-safety: `at` from any
/// thread.
class CellTable {
 public:
  /// Reserves `slots` places of `stride_bytes`. Throws std::bad_alloc when the address space is not
  /// to be had.
  CellTable(std::size_t slots, std::size_t stride_bytes);
  ~CellTable();
  CellTable(const CellTable&) = delete;
  CellTable& operator=(const CellTable&) = delete;

  [[nodiscard]] std::size_t slots() const noexcept { return slots_; }
  [[nodiscard]] void* at(std::uint32_t slot) const noexcept { return base_ + slot * stride_bytes_; }

 private:
  std::byte* base_;
  std::size_t slots_;
  std::size_t stride_bytes_;
};

}  // namespace mycelium
