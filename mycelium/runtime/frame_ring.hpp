#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "mycelium/base/assert.hpp"
#include "mycelium/base/cache_line.hpp"

namespace mycelium {

enum class FrameKind : std::uint8_t {
  message,  ///< The payload is the message itself.
  block,    ///< The payload is a pointer to a block of a `BlockPool` and one reference to it.
  padding,  ///< Nothing: the rest of the ring up to its end.
};

/// What more is to be said of a frame.
enum class FrameFlags : std::uint8_t {
  none = 0,
  metadata = 1,  ///< 32 bytes of `Metadata` stand before the payload.
  reply = 2,     ///< The message answers the ask that the metadata names.
  urgent = 4,    ///< The message overtakes those that are not (promise D8).
  backlog = 8,   ///< Behind the message stands whose backlog it belongs to (promise D6).
  /// And the backlog sees it before the receiver: messages were lost before this one, or it may
  /// take the place of one that waits.
  backlog_first = 16,
};
[[nodiscard]] constexpr FrameFlags operator|(FrameFlags left, FrameFlags right) noexcept {
  return static_cast<FrameFlags>(static_cast<unsigned>(left) | static_cast<unsigned>(right));
}
[[nodiscard]] constexpr bool has(FrameFlags flags, FrameFlags wanted) noexcept {
  return (static_cast<unsigned>(flags) & static_cast<unsigned>(wanted)) != 0;
}

/// The first 16 bytes of a frame in a ring; the payload follows, aligned to 16.
struct FrameHeader {
  std::atomic<std::uint32_t>
      size;                   ///< Header and payload, padded to 16; 0: not there yet. The commit.
  std::uint16_t type_id;      ///< Of the message.
  FrameKind kind;             ///< What the payload is.
  FrameFlags flags;           ///< Of a message or block.
  std::uint64_t destination;  ///< `ActorId::value()`.

  [[nodiscard]] void* payload() noexcept { return this + 1; }
  /// The message stands in the frame, and whoever handles it there need not know more of it.
  [[nodiscard]] bool is_plain() const noexcept {
    constexpr auto kBacklog = static_cast<unsigned>(FrameFlags::backlog);
    return kind == FrameKind::message && (static_cast<unsigned>(flags) & ~kBacklog) == 0;
  }
};
static_assert(sizeof(FrameHeader) == 16);

/// A byte ring for one producer and one consumer, committed through the frame header.
///
///     ring = frame*      frame = header payload padding-to-16
///
/// The producer writes the payload first and then `size` with one release store; the consumer needs
/// no shared tail. The header behind a frame is zeroed before the frame is committed, so the
/// consumer never reads old bytes as a size. The consumer gives room back lazily, an eighth of the
/// ring at a time.
///
/// Invariants (`written_`, `read_`, `freed_` count bytes since construction):
///   I1  freed_ <= read_ <= written_ <= freed_ + capacity - 16
///   I2  the header at `written_` is zero
///   I3  freed_seen_ <= freed_: an old view hides room, never invents it
///
/// Thread-safety: `try_reserve`, `commit`, `has_room` by the one producer; `front`, `pop`,
/// `publish_freed` by the one consumer; `looks_empty` by the consumer. Memory: `capacity_bytes`,
/// allocated and touched at construction.
class FrameRing {
 public:
  /// Requires: capacity_bytes is a power of two, at least 1024.
  explicit FrameRing(std::size_t capacity_bytes)
      : capacity_{capacity_bytes}, mask_{capacity_bytes - 1} {
    MYCELIUM_ASSERT(capacity_bytes >= 1024 && (capacity_bytes & mask_) == 0,
                    "a ring's capacity is a power of two, 1024 bytes or more");
    bytes_ = std::unique_ptr<std::byte[], Free>{
        static_cast<std::byte*>(::operator new(capacity_, std::align_val_t{kFalseSharingBytes}))};
    std::memset(bytes_.get(), 0, capacity_);
  }

  /// The largest payload a frame may carry: an eighth of the ring.
  [[nodiscard]] std::size_t payload_bytes_max() const noexcept {
    return capacity_ / 8 - sizeof(FrameHeader);
  }

  /// Bytes that a frame of this payload takes.
  [[nodiscard]] static constexpr std::uint32_t frame_bytes(std::size_t payload_bytes) noexcept {
    return static_cast<std::uint32_t>((sizeof(FrameHeader) + payload_bytes + 15) &
                                      ~std::size_t{15});
  }

  /// Producer: whether `count` frames of this payload fit now, wherever the ring's end falls.
  [[nodiscard]] bool has_room(std::size_t payload_bytes, std::size_t count) noexcept {
    return fits(room_needed(payload_bytes, count));
  }
  /// Bytes that must be free for `count` frames of this payload: at most one frame's worth is lost
  /// to padding at the ring's end. A ring that is smaller never has room for them at once.
  [[nodiscard]] static constexpr std::uint64_t room_needed(std::size_t payload_bytes,
                                                           std::size_t count) noexcept {
    return std::uint64_t{frame_bytes(payload_bytes)} * (count + 1) + sizeof(FrameHeader);
  }

  /// Producer: room for a frame of this payload, or null when there is none now. Nothing is visible
  /// before `commit`. Requires: payload_bytes <= payload_bytes_max().
  [[nodiscard]] FrameHeader* try_reserve(std::size_t payload_bytes) noexcept {
    MYCELIUM_DASSERT(payload_bytes <= payload_bytes_max(), "a larger payload travels by block");
    const std::uint32_t frame = frame_bytes(payload_bytes);
    std::uint64_t offset = written_ & mask_;
    const std::uint64_t to_end = capacity_ - offset;
    if (frame > to_end) [[unlikely]] {
      if (!fits(to_end + frame + sizeof(FrameHeader))) return nullptr;
      pad_to_end(offset, to_end);
      offset = 0;
    } else if (!fits(frame + sizeof(FrameHeader))) {
      return nullptr;
    }
    return header_at(offset);
  }

  /// Producer: makes the reserved frame visible. `header` came from `try_reserve` with the same
  /// payload size and its payload is constructed.
  void commit(FrameHeader* header, FrameKind kind, std::uint16_t type_id, std::uint64_t destination,
              std::size_t payload_bytes, FrameFlags flags = FrameFlags::none) noexcept {
    const std::uint32_t frame = frame_bytes(payload_bytes);
    written_ += frame;
    header_at(written_ & mask_)
        ->size.store(0, std::memory_order_relaxed);  // I2, before the commit.
    header->type_id = type_id;
    header->kind = kind;
    header->flags = flags;
    header->destination = destination;
    header->size.store(frame,
                       std::memory_order_release);  // Pairs with front(): hands the frame over.
  }

  /// Consumer: the oldest frame, or null.
  [[nodiscard]] FrameHeader* front() noexcept {
    while (true) {
      FrameHeader* header = header_at(read_ & mask_);
      const std::uint32_t size =
          header->size.load(std::memory_order_acquire);  // Pairs with commit().
      if (size == 0) return nullptr;
      if (header->kind != FrameKind::padding) [[likely]]
        return header;
      read_ += size;
    }
  }

  /// Consumer: done with the frame that `front` gave; its payload has been destroyed.
  void pop(FrameHeader* header) noexcept {
    read_ += header->size.load(std::memory_order_relaxed);
    if (read_ - freed_.load(std::memory_order_relaxed) >= capacity_ / 8) publish_freed();
  }

  /// Consumer: gives all room back now (before it parks, and when it finds the ring empty).
  void publish_freed() noexcept {
    if (freed_.load(std::memory_order_relaxed) != read_) {
      freed_.store(read_,
                   std::memory_order_release);  // Pairs with fits(): the bytes may be overwritten.
    }
  }

  /// Consumer: no committed frame in sight.
  [[nodiscard]] bool looks_empty() noexcept { return front() == nullptr; }

 private:
  struct Free {
    void operator()(std::byte* bytes) const noexcept {
      ::operator delete(bytes, std::align_val_t{kFalseSharingBytes});
    }
  };

  [[nodiscard]] FrameHeader* header_at(std::uint64_t offset) noexcept {
    return reinterpret_cast<FrameHeader*>(bytes_.get() + offset);
  }

  [[nodiscard]] bool fits(std::uint64_t bytes) noexcept {
    if (written_ + bytes - freed_seen_ <= capacity_) [[likely]]
      return true;
    freed_seen_ = freed_.load(std::memory_order_acquire);  // Pairs with publish_freed().
    return written_ + bytes - freed_seen_ <= capacity_;
  }

  void pad_to_end(std::uint64_t offset, std::uint64_t to_end) noexcept {
    header_at(0)->size.store(0, std::memory_order_relaxed);  // I2, before the commit.
    FrameHeader* padding = header_at(offset);
    padding->kind = FrameKind::padding;
    padding->size.store(static_cast<std::uint32_t>(to_end), std::memory_order_release);
    written_ += to_end;
  }

  // Set once.
  const std::size_t capacity_;
  const std::uint64_t mask_;
  std::unique_ptr<std::byte[], Free> bytes_;
  // Written by the producer.
  alignas(kFalseSharingBytes) std::uint64_t written_ = 0;
  std::uint64_t freed_seen_ = 0;
  // Written by the consumer.
  alignas(kFalseSharingBytes) std::uint64_t read_ = 0;
  alignas(kFalseSharingBytes) std::atomic<std::uint64_t> freed_{0};
};

}  // namespace mycelium
