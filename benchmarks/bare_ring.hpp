#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

namespace mycelium::bench {

/// The floor: the least that a byte ring committed through its frame headers can do between two
/// threads.
///
///     ring = (header payload padding-to-16)*     header = size:u32 type:u32 context:u64
///
/// Written apart from the library's own ring on purpose, so that a slower library never lowers its
/// floor. No mailbox, no bound but the ring's, no generation check, no waking. Thread-safety:
/// `try_push` by one thread, `drain` by one other. Memory: 256 KiB, touched at construction.
class BareRing {
 public:
  BareRing() : bytes_{static_cast<std::byte*>(::operator new(kBytes + kSlackBytes, kPage))} {
    std::memset(bytes_.get(), 0, kBytes + kSlackBytes);
  }

  /// Producer. False when there is no room.
  template <typename Message>
  bool try_push(std::uint32_t type, std::uint64_t context, const Message& message) noexcept {
    constexpr std::uint32_t kFrame =
        static_cast<std::uint32_t>((sizeof(Header) + sizeof(Message) + 15) & ~std::size_t{15});
    std::uint64_t offset = written_ & kMask;
    const bool wraps = offset + kFrame + sizeof(Header) > kBytes;
    const std::uint64_t needed = kFrame + sizeof(Header) + (wraps ? kBytes - offset : 0);
    if (written_ + needed - freed_seen_ > kBytes) {
      freed_seen_ = freed_.load(std::memory_order_acquire);  // Pairs with drain's release.
      if (written_ + needed - freed_seen_ > kBytes) return false;
    }
    if (wraps) {
      header_at(0)->size.store(0, std::memory_order_relaxed);
      header_at(offset)->size.store(kWrapped, std::memory_order_release);
      written_ += kBytes - offset;
      offset = 0;
    }
    header_at(offset + kFrame)->size.store(0, std::memory_order_relaxed);
    Header* header = header_at(offset);
    header->type = type;
    header->context = context;
    std::memcpy(static_cast<void*>(header + 1), &message, sizeof message);
    header->size.store(kFrame,
                       std::memory_order_release);  // Pairs with drain's acquire: the commit.
    written_ += kFrame;
    return true;
  }

  /// Consumer. Calls `handle(type, context, const void* payload)` for up to `frames_max` frames, in
  /// order; returns how many.
  template <typename Handle>
  std::size_t drain(Handle&& handle, std::size_t frames_max) noexcept {
    std::size_t frames = 0;
    while (frames < frames_max) {
      const std::uint64_t offset = read_ & kMask;
      Header* header = header_at(offset);
      const std::uint32_t size = header->size.load(std::memory_order_acquire);
      if (size == 0) break;
      if (size == kWrapped) {
        read_ += kBytes - offset;
        continue;
      }
      handle(header->type, header->context, static_cast<const void*>(header + 1));
      read_ += size;
      ++frames;
    }
    // Room is given back an eighth of the ring at a time: the line moves rarely.
    if (read_ - freed_.load(std::memory_order_relaxed) > kBytes / 8) {
      freed_.store(read_, std::memory_order_release);  // Pairs with try_push's acquire.
    }
    return frames;
  }

 private:
  struct Header {
    std::atomic<std::uint32_t> size;  // 0: not committed yet.
    std::uint32_t type;
    std::uint64_t context;
  };
  static_assert(sizeof(Header) == 16);

  static constexpr std::uint64_t kBytes = 1U << 18;
  static constexpr std::uint64_t kMask = kBytes - 1;
  static constexpr std::uint64_t kSlackBytes = 4096;
  static constexpr std::uint32_t kWrapped = 0xFFFFFFFF;
  static constexpr std::align_val_t kPage{4096};

  struct Free {
    void operator()(std::byte* bytes) const noexcept { ::operator delete(bytes, kPage); }
  };

  Header* header_at(std::uint64_t offset) noexcept {
    return reinterpret_cast<Header*>(bytes_.get() + offset);
  }

  // Set once.
  std::unique_ptr<std::byte[], Free> bytes_;
  // Producer's.
  alignas(128) std::uint64_t written_ = 0;
  std::uint64_t freed_seen_ = 0;
  // Consumer's.
  alignas(128) std::uint64_t read_ = 0;
  // Written by the consumer, read by the producer when it runs out of room.
  alignas(128) std::atomic<std::uint64_t> freed_{0};
};

}  // namespace mycelium::bench
