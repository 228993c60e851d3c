#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "mycelium/base/cache_line.hpp"
#include "mycelium/protocol/message.hpp"

namespace mycelium {

struct BlockHeader;

/// Counted blocks of memory in a few sizes: for messages that are large or shared, and for
/// coroutine frames. One pool per worker.
///
///     void* payload = pool.take(message_type<Book>());
///     std::construct_at(static_cast<Book*>(payload), ...);
///     BlockPool::retain(payload);           // One more holder, on any thread.
///     BlockPool::release(payload, &pool);   // On the pool's own worker.
///     BlockPool::release(payload, nullptr); // Elsewhere: destroys the Book, the block goes home.
///
/// Sizes are the powers of two from 64 bytes to 64 KiB of payload; what is larger, or aligned
/// wider than a cache line, is a plain block of the heap. Blocks may outlive their pool.
///
/// Thread-safety: `take`, `take_bytes` and `heap_blocks` for the owner only; the static functions
/// from any thread. Memory: blocks are reused for ever: a size keeps as many as were ever out at
/// once, until the pool ends; the last of those that are out then frees what blocks shared.
class BlockPool {
 public:
  /// What blocks share with their pool, and what is left of it while one is out.
  struct Core;

  static constexpr std::size_t kPayloadBytesMin = 64;
  static constexpr std::size_t kPayloadBytesMax = std::size_t{64} << 10;
  /// A wider alignment is a caller's bug: the header's `offset` has 16 bits.
  static constexpr std::size_t kAlignmentMax = std::size_t{64} << 10;

  BlockPool();
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  /// Memory for a message, uninitialised, aligned as its type asks; one holder. Owner only.
  /// Allocates when no block of the size is free, here or among the returned ones.
  /// Errors: throws std::bad_alloc.
  [[nodiscard]] void* take(const MessageType& type);

  /// Memory for plain bytes, uninitialised, aligned to 16; one holder. Owner only. Errors: throws
  /// std::bad_alloc.
  [[nodiscard]] void* take_bytes(std::size_t bytes);

  /// Like `take`, on any thread and of no pool: the last release frees the block. Errors: throws
  /// std::bad_alloc.
  [[nodiscard]] static void* take_from_heap(const MessageType& type);
  /// The calling thread's own pool, for threads that drive no worker; ends with the thread.
  [[nodiscard]] static BlockPool& of_this_thread();
  /// The same for plain bytes, aligned to 16.
  [[nodiscard]] static void* take_bytes_from_heap(std::size_t bytes);

  /// One holder more. Any thread. Requires: the caller holds the payload.
  static void retain(void* payload) noexcept;

  /// One holder less. Any thread; `here` is the pool of the calling thread, or null. The last one
  /// destroys the message and gives the block back, to its own pool or to the heap.
  static void release(void* payload, BlockPool* here) noexcept;

  /// Gives a block back whose message has been destroyed or was never made. Any thread, `here` as
  /// for `release`. Requires: the caller is the only holder.
  static void free_unconstructed(void* payload, BlockPool* here) noexcept;

  /// How many hold the payload. Exact when the caller is the only one, else a moment's view.
  [[nodiscard]] static std::uint32_t references(const void* payload) noexcept;

  /// Blocks ever taken from the heap by this pool (a measure of the steady state). Owner only.
  [[nodiscard]] std::size_t heap_blocks() const noexcept { return pooled_blocks_ + large_blocks_; }

 private:
  static constexpr std::size_t kSizeClasses =
      static_cast<std::size_t>(std::countr_zero(kPayloadBytesMax / kPayloadBytesMin)) + 1;

  [[nodiscard]] void* take_aligned(std::size_t bytes, std::size_t alignment,
                                   const MessageType* type);
  /// Fills the free list of a size: from the returned blocks, or else with one from the heap.
  void refill(std::size_t size_class);
  void push_free(BlockHeader* block) noexcept;
  /// Destroys the message and gives the block back, for the last holder.
  static void finish(void* payload, BlockPool* here) noexcept;

  // All owner only. A free list links blocks by the header at their start.
  std::array<BlockHeader*, kSizeClasses> free_{};
  Core* core_;
  std::size_t pooled_blocks_ = 0;  // Of the heap, in a size class.
  std::size_t large_blocks_ = 0;   // Of the heap, beyond the classes.
};

/// What stands right in front of every payload.
struct alignas(16) BlockHeader {
  BlockPool::Core* home = nullptr;    ///< Null: a plain block of the heap.
  BlockHeader* next = nullptr;        ///< In a free list or among the returned blocks.
  const MessageType* type = nullptr;  ///< Null: plain bytes, nothing to destroy.
  /// Holders. Every release is an acquire and a release: what one holder did with the payload
  /// happens before the last one destroys it.
  std::atomic<std::uint32_t> references{1};
  std::uint16_t size_class = 0;  ///< Payload bytes: kPayloadBytesMin << size_class, in a pool.
  std::uint16_t offset = 0;      ///< Bytes from the block's start; over-aligned payloads have it.

  [[nodiscard]] static BlockHeader* of(void* payload) noexcept {
    return static_cast<BlockHeader*>(payload) - 1;
  }
  [[nodiscard]] static const BlockHeader* of(const void* payload) noexcept {
    return static_cast<const BlockHeader*>(payload) - 1;
  }
};
static_assert(sizeof(BlockHeader) == 32);

inline void BlockPool::retain(void* payload) noexcept {
  // Relaxed: the caller holds the payload already, so nothing is handed over here.
  BlockHeader::of(payload)->references.fetch_add(1, std::memory_order_relaxed);
}

inline void BlockPool::release(void* payload, BlockPool* here) noexcept {
  std::atomic<std::uint32_t>& references = BlockHeader::of(payload)->references;
  // A single holder needs no exchange: nobody else can retain. The acquire pairs with the release
  // of the holders that have gone.
  if (references.load(std::memory_order_acquire) == 1 ||
      references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    finish(payload, here);
  }
}

inline std::uint32_t BlockPool::references(const void* payload) noexcept {
  // Acquire: who sees 1 may change the payload; pairs with `release` of the other holders.
  return BlockHeader::of(payload)->references.load(std::memory_order_acquire);
}

}  // namespace mycelium
