#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "mycelium/base/cache_line.hpp"
#include "mycelium/protocol/message.hpp"

namespace mycelium {

/// One message waiting on a worker: a link of a plain list, the message's type, and the message
/// itself: inside when it is small, on the heap when it is not.
///
/// Thread-safety: none; an envelope never leaves the worker whose pool it came from. Memory: 128
/// bytes.
struct alignas(kCacheLineBytes) Envelope {
  static constexpr std::size_t kInlineBytes = 96;

  Envelope* next = nullptr;
  const MessageType* type = nullptr;
  void* payload = nullptr;        ///< `inline_bytes`, or a block of the heap.
  std::uint32_t incarnation = 0;  ///< Of the receiver, for what is bound to it (timers).
  std::uint32_t reserved = 0;
  alignas(16) std::byte inline_bytes[kInlineBytes];

  [[nodiscard]] static constexpr bool fits_inline(std::size_t bytes,
                                                  std::size_t alignment) noexcept {
    return bytes <= kInlineBytes && alignment <= 16;
  }
};
static_assert(sizeof(Envelope) == 128);

/// Envelopes of one worker, reused first: after the first messages nothing is allocated.
///
/// Thread-safety: none; confined to its worker. Memory: slabs of 256 envelopes (32 KiB), kept until
/// destruction.
class EnvelopePool {
 public:
  EnvelopePool() = default;
  EnvelopePool(const EnvelopePool&) = delete;
  EnvelopePool& operator=(const EnvelopePool&) = delete;

  /// An envelope that holds `message`. Allocates only when the pool is dry or the message is larger
  /// than an envelope.
  template <typename M>
  [[nodiscard]] Envelope* make(M&& message) {
    using Plain = std::remove_cvref_t<M>;
    if constexpr (!Envelope::fits_inline(sizeof(Plain), alignof(Plain))) {
      auto block = std::make_unique<Plain>(std::forward<M>(message));
      return adopt_block(message_type<Plain>(), block.release());
    } else {
      if (free_ == nullptr) [[unlikely]]
        refill();
      Envelope* envelope = free_;
      ::new (static_cast<void*>(envelope->inline_bytes)) Plain(std::forward<M>(message));
      free_ = envelope->next;  // Only now: a copy that throws leaves the envelope where it was.
      envelope->payload = envelope->inline_bytes;
      envelope->type = &message_type<Plain>();
      return envelope;
    }
  }

  /// An envelope into which the message at `source` has been moved; `source` stays to be destroyed.
  [[nodiscard]] Envelope* move_from(const MessageType& type, void* source) {
    Envelope* envelope = take();
    envelope->payload = Envelope::fits_inline(type.size_bytes, type.alignment)
                            ? static_cast<void*>(envelope->inline_bytes)
                            : allocate_block(type);
    type.move_to(envelope->payload, source);
    envelope->type = &type;
    return envelope;
  }

  /// An envelope that takes over a block made with `new M`.
  [[nodiscard]] Envelope* adopt_block(const MessageType& type, void* block) {
    Envelope* envelope = take();
    envelope->payload = block;
    envelope->type = &type;
    return envelope;
  }

  /// Destroys the message and takes the envelope back.
  void release(Envelope* envelope) noexcept {
    envelope->type->destroy(envelope->payload);
    recycle(envelope);
  }

  /// Takes back an envelope whose message has been destroyed.
  void recycle(Envelope* envelope) noexcept {
    if (envelope->payload != envelope->inline_bytes) [[unlikely]] {
      free_block(*envelope->type, envelope->payload);
    }
    envelope->next = free_;
    free_ = envelope;
  }

  /// Memory as `new M` would allocate it, and its return: for messages that travel by block.
  [[nodiscard]] static void* allocate_block(const MessageType& type) {
    return type.alignment > __STDCPP_DEFAULT_NEW_ALIGNMENT__
               ? ::operator new(type.size_bytes, std::align_val_t{type.alignment})
               : ::operator new(type.size_bytes);
  }
  static void free_block(const MessageType& type, void* block) noexcept {
    if (type.alignment > __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
      ::operator delete(block, std::align_val_t{type.alignment});
    } else {
      ::operator delete(block);
    }
  }

  /// Slabs allocated so far (a measure of the steady state).
  [[nodiscard]] std::size_t slab_count() const noexcept { return slabs_.size(); }

 private:
  static constexpr std::size_t kSlabEnvelopes = 256;

  [[nodiscard]] Envelope* take() {
    if (free_ == nullptr) [[unlikely]]
      refill();
    Envelope* envelope = free_;
    free_ = envelope->next;
    return envelope;
  }

  [[gnu::noinline, gnu::cold]] void refill() {
    slabs_.push_back(std::make_unique<Envelope[]>(kSlabEnvelopes));
    Envelope* slab = slabs_.back().get();
    for (std::size_t index = kSlabEnvelopes; index > 0; --index) {
      slab[index - 1].next = free_;
      free_ = &slab[index - 1];
    }
  }

  Envelope* free_ = nullptr;
  std::vector<std::unique_ptr<Envelope[]>> slabs_;
};

/// A first-in first-out list of envelopes. Thread-safety: none.
class EnvelopeList {
 public:
  [[nodiscard]] bool empty() const noexcept { return head_ == nullptr; }

  void push_back(Envelope* envelope) noexcept {
    envelope->next = nullptr;
    if (head_ == nullptr) {
      head_ = envelope;
    } else {
      tail_->next = envelope;
    }
    tail_ = envelope;
  }

  /// The oldest, or null.
  [[nodiscard]] Envelope* pop_front() noexcept {
    Envelope* envelope = head_;
    if (envelope != nullptr) head_ = envelope->next;
    return envelope;
  }

 private:
  Envelope* head_ = nullptr;
  Envelope* tail_ = nullptr;
};

}  // namespace mycelium
