#include "mycelium/runtime/block_pool.hpp"

#include <algorithm>
#include <new>

#include "mycelium/base/assert.hpp"

namespace mycelium {
namespace {

// Every block of a pool begins on a cache line.
constexpr std::size_t kPooledAlignment = kCacheLineBytes;

std::size_t size_class_of(std::size_t bytes) {
  const std::size_t rounded = std::max(std::bit_ceil(bytes), BlockPool::kPayloadBytesMin);
  return static_cast<std::size_t>(std::countr_zero(rounded / BlockPool::kPayloadBytesMin));
}

// The header ends where the payload begins, so an alignment beyond the header's size moves both.
std::size_t offset_for(std::size_t alignment) {
  return std::max(alignment, sizeof(BlockHeader)) - sizeof(BlockHeader);
}

std::byte* start_of(BlockHeader* header) {
  return reinterpret_cast<std::byte*>(header) - header->offset;
}

void* payload_of(BlockHeader* header) { return header + 1; }

void free_pooled(BlockHeader* block) noexcept {
  ::operator delete(static_cast<void*>(block), std::align_val_t{kPooledAlignment});
}

// A block of no pool. Its offset tells its alignment again.
void* take_plain(std::size_t bytes, std::size_t alignment, const MessageType* type) {
  MYCELIUM_ASSERT(alignment <= BlockPool::kAlignmentMax, "a message is aligned wider than allowed");
  const std::size_t offset = offset_for(alignment);
  const std::size_t header_end = offset + sizeof(BlockHeader);  // The alignment, or 32.
  void* start = ::operator new(header_end + bytes, std::align_val_t{header_end});
  auto* header = ::new (static_cast<std::byte*>(start) + offset) BlockHeader;
  header->type = type;
  header->offset = static_cast<std::uint16_t>(offset);
  return payload_of(header);
}

void free_plain(BlockHeader* header) noexcept {
  const std::align_val_t alignment{header->offset + sizeof(BlockHeader)};
  ::operator delete(static_cast<void*>(start_of(header)), alignment);
}

}  // namespace

struct BlockPool::Core {
  // Blocks that other threads gave back, linked by `next`; or `closed()`, when the pool has ended.
  alignas(kFalseSharingBytes) std::atomic<BlockHeader*> returned{nullptr};
  // Blocks out when the pool ended, less those given back since then; below zero while the pool
  // has not yet added its part. Whoever brings it to zero deletes the core.
  std::atomic<std::int64_t> live{0};

  // An address that is no block's.
  [[nodiscard]] BlockHeader* closed() noexcept { return reinterpret_cast<BlockHeader*>(this); }

  void take_back(BlockHeader* block) noexcept;
  void add_live(std::int64_t blocks) noexcept;
};

void BlockPool::Core::take_back(BlockHeader* block) noexcept {
  // Acquire: what the pool did to `live` before it closed. Only the owner takes from the stack, and
  // it takes all, so a head cannot leave and come back in between.
  BlockHeader* head = returned.load(std::memory_order_acquire);
  do {
    if (head == closed()) {
      free_pooled(block);
      add_live(-1);
      return;
    }
    block->next = head;
    // Release: hands over the block; pairs with the exchanges in `refill` and the destructor. Once
    // this has succeeded the core may be gone.
  } while (!returned.compare_exchange_weak(head, block, std::memory_order_release,
                                           std::memory_order_acquire));
}

void BlockPool::Core::add_live(std::int64_t blocks) noexcept {
  // Both ways: every thread's last use of the core happens before the deletion.
  if (live.fetch_add(blocks, std::memory_order_acq_rel) + blocks == 0) delete this;
}

BlockPool::BlockPool() : core_{new Core} {}

BlockPool::~BlockPool() {
  std::int64_t out = static_cast<std::int64_t>(pooled_blocks_);
  const auto free_all = [&out](BlockHeader* block) {
    while (block != nullptr) {
      BlockHeader* next = block->next;
      free_pooled(block);
      --out;
      block = next;
    }
  };
  // Acquire: the links of the returned blocks. Release: pairs with `take_back`'s load of the mark.
  free_all(core_->returned.exchange(core_->closed(), std::memory_order_acq_rel));
  for (BlockHeader* block : free_) free_all(block);
  core_->add_live(out);
}

void* BlockPool::take(const MessageType& type) {
  return take_aligned(type.size_bytes, type.alignment, &type);
}

void* BlockPool::take_bytes(std::size_t bytes) { return take_aligned(bytes, 16, nullptr); }

void* BlockPool::take_from_heap(const MessageType& type) {
  return take_plain(type.size_bytes, type.alignment, &type);
}

void* BlockPool::take_bytes_from_heap(std::size_t bytes) { return take_plain(bytes, 16, nullptr); }

BlockPool& BlockPool::of_this_thread() {
  thread_local BlockPool pool;
  return pool;
}

void* BlockPool::take_aligned(std::size_t bytes, std::size_t alignment, const MessageType* type) {
  const std::size_t offset = offset_for(alignment);
  if (bytes > kPayloadBytesMax - offset || alignment > kPooledAlignment) [[unlikely]] {
    void* payload = take_plain(bytes, alignment, type);
    ++large_blocks_;
    return payload;
  }
  const std::size_t size_class = size_class_of(bytes + offset);
  if (free_[size_class] == nullptr) [[unlikely]]
    refill(size_class);
  BlockHeader* header = free_[size_class];
  free_[size_class] = header->next;
  if (offset != 0) {
    // The header at the block's start stays as it is, for the free list.
    header = ::new (reinterpret_cast<std::byte*>(header) + offset) BlockHeader;
    header->home = core_;
    header->size_class = static_cast<std::uint16_t>(size_class);
    header->offset = static_cast<std::uint16_t>(offset);
  }
  header->type = type;
  header->references.store(1, std::memory_order_relaxed);  // Nobody else knows the block yet.
  return payload_of(header);
}

void BlockPool::refill(std::size_t size_class) {
  // Relaxed: only a look; the exchange acquires what the returning threads have linked.
  if (core_->returned.load(std::memory_order_relaxed) != nullptr) {
    BlockHeader* block = core_->returned.exchange(nullptr, std::memory_order_acquire);
    while (block != nullptr) {
      BlockHeader* next = block->next;
      push_free(block);
      block = next;
    }
    if (free_[size_class] != nullptr) return;
  }
  void* start = ::operator new(sizeof(BlockHeader) + (kPayloadBytesMin << size_class),
                               std::align_val_t{kPooledAlignment});
  auto* block = ::new (start) BlockHeader;
  block->home = core_;
  block->size_class = static_cast<std::uint16_t>(size_class);
  ++pooled_blocks_;
  push_free(block);
}

void BlockPool::push_free(BlockHeader* block) noexcept {
  block->next = free_[block->size_class];
  free_[block->size_class] = block;
}

void BlockPool::finish(void* payload, BlockPool* here) noexcept {
  const MessageType* type = BlockHeader::of(payload)->type;
  if (type != nullptr) type->destroy(payload);
  free_unconstructed(payload, here);
}

void BlockPool::free_unconstructed(void* payload, BlockPool* here) noexcept {
  MYCELIUM_DASSERT(references(payload) <= 1, "a block that others hold cannot be freed");
  BlockHeader* header = BlockHeader::of(payload);
  Core* home = header->home;
  if (home == nullptr) {
    free_plain(header);
    return;
  }
  auto* block = reinterpret_cast<BlockHeader*>(start_of(header));
  if (here != nullptr && here->core_ == home) {
    here->push_free(block);
  } else {
    home->take_back(block);
  }
}

}  // namespace mycelium
