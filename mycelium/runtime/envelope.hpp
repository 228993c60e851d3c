#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "mycelium/base/cache_line.hpp"
#include "mycelium/protocol/message.hpp"
#include "mycelium/protocol/metadata.hpp"
#include "mycelium/runtime/block_pool.hpp"

namespace mycelium {

/// One message waiting on a worker: a link of a plain list, the message's type, and the message
/// itself: inside when it is small, in a block when it is large or shared.
///
/// Thread-safety: none; an envelope never leaves the worker whose pool it came from. Memory: 128
/// bytes.
struct alignas(kCacheLineBytes) Envelope {
  static constexpr std::size_t kInlineBytes = 96;
  /// Metadata takes the end of the inline bytes; a message that needs them travels by block.
  static constexpr std::size_t kInlineBytesWithMetadata = kInlineBytes - sizeof(Metadata);

  Envelope* next = nullptr;
  const MessageType* type = nullptr;
  void* payload = nullptr;  ///< `inline_bytes`, or a payload of a `BlockPool`.
  union {
    std::uint32_t incarnation = 0;  ///< Of the receiver, for what is bound to it (timers).
    std::uint32_t missed;  ///< With a `backlog`: messages of it that were lost before this one.
    /// Else: how often it has been put back because its handler threw.
    std::uint32_t redeliveries;
  };
  bool has_metadata = false;
  bool urgent = false;
  std::uint16_t backlog = 0;  ///< Number of the subscription it waits for; 0: for none.
  alignas(16) std::byte inline_bytes[kInlineBytes];

  [[nodiscard]] static constexpr bool fits_inline(std::size_t bytes, std::size_t alignment,
                                                  bool with_metadata = false) noexcept {
    return bytes <= (with_metadata ? kInlineBytesWithMetadata : kInlineBytes) && alignment <= 16;
  }
  [[nodiscard]] bool is_inline() const noexcept { return payload == inline_bytes; }
  /// Requires: has_metadata.
  [[nodiscard]] Metadata& metadata() noexcept {
    return *reinterpret_cast<Metadata*>(inline_bytes + kInlineBytesWithMetadata);
  }
  void set_metadata(const Metadata& metadata) noexcept {
    ::new (inline_bytes + kInlineBytesWithMetadata) Metadata{metadata};
    has_metadata = true;
  }
};
static_assert(sizeof(Envelope) == 128);

/// Envelopes and blocks of one worker, reused first: after the first messages nothing is allocated.
///
/// Thread-safety: none; confined to its worker, but for blocks that are given back (`BlockPool`).
/// Memory: slabs of 256 envelopes (32 KiB), kept until destruction.
class EnvelopePool {
 public:
  EnvelopePool() = default;
  EnvelopePool(const EnvelopePool&) = delete;
  EnvelopePool& operator=(const EnvelopePool&) = delete;

  /// An envelope that holds `message`. Allocates only when the pools are dry.
  template <typename M>
  [[nodiscard]] Envelope* make(M&& message) {
    using Plain = std::remove_cvref_t<M>;
    if constexpr (!Envelope::fits_inline(sizeof(Plain), alignof(Plain))) {
      return adopt_block(message_type<Plain>(), make_block(std::forward<M>(message)));
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

  /// The same with metadata.
  template <typename M>
  [[nodiscard]] Envelope* make_with(const Metadata& metadata, M&& message) {
    using Plain = std::remove_cvref_t<M>;
    Envelope* envelope;
    if constexpr (Envelope::fits_inline(sizeof(Plain), alignof(Plain), true)) {
      envelope = make(std::forward<M>(message));
    } else {
      envelope = adopt_block(message_type<Plain>(), make_block(std::forward<M>(message)));
    }
    envelope->set_metadata(metadata);
    return envelope;
  }

  /// A block that holds `message`, with one reference.
  template <typename M>
  [[nodiscard]] void* make_block(M&& message) {
    using Plain = std::remove_cvref_t<M>;
    void* block = blocks_.take(message_type<Plain>());
    try {
      ::new (block) Plain(std::forward<M>(message));
    } catch (...) {
      BlockPool::free_unconstructed(block, &blocks_);
      throw;
    }
    return block;
  }

  /// An envelope into which the message at `source` has been moved; `source` stays to be destroyed.
  [[nodiscard]] Envelope* move_from(const MessageType& type, void* source,
                                    const Metadata* metadata = nullptr) {
    Envelope* envelope = take();
    envelope->payload = Envelope::fits_inline(type.size_bytes, type.alignment, metadata != nullptr)
                            ? static_cast<void*>(envelope->inline_bytes)
                            : blocks_.take(type);
    type.move_to(envelope->payload, source);
    envelope->type = &type;
    if (metadata != nullptr) envelope->set_metadata(*metadata);
    return envelope;
  }

  /// An envelope that takes over one reference to a block.
  [[nodiscard]] Envelope* adopt_block(const MessageType& type, void* block) {
    Envelope* envelope = take();
    envelope->payload = block;
    envelope->type = &type;
    return envelope;
  }

  /// Ends the message's life (a shared one's with its last reference) and takes the envelope back.
  void release(Envelope* envelope) noexcept {
    if (envelope->is_inline()) [[likely]] {
      envelope->type->destroy(envelope->payload);
    } else {
      BlockPool::release(envelope->payload, &blocks_);
    }
    put_back(envelope);
  }

  /// The same for an envelope whose message inside needs no destructor.
  void release_trivial(Envelope* envelope) noexcept {
    if (!envelope->is_inline()) [[unlikely]] {
      BlockPool::release(envelope->payload, &blocks_);
    }
    put_back(envelope);
  }

  [[nodiscard]] BlockPool& blocks() noexcept { return blocks_; }
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

  void put_back(Envelope* envelope) noexcept {
    envelope->redeliveries = 0;  // With the three that follow it is one store.
    envelope->has_metadata = false;
    envelope->urgent = false;
    envelope->backlog = 0;
    envelope->next = free_;
    free_ = envelope;
  }

  [[gnu::noinline, gnu::cold]] void refill() {
    slabs_.push_back(std::make_unique<Envelope[]>(kSlabEnvelopes));
    Envelope* slab = slabs_.back().get();
    for (std::size_t index = kSlabEnvelopes; index > 0; --index) {
      slab[index - 1].next = free_;
      free_ = &slab[index - 1];
    }
  }

  BlockPool blocks_;
  Envelope* free_ = nullptr;
  std::vector<std::unique_ptr<Envelope[]>> slabs_;
};

/// A first-in first-out list of envelopes. Thread-safety: none.
class EnvelopeList {
 public:
  [[nodiscard]] bool empty() const noexcept { return head_ == nullptr; }
  [[nodiscard]] Envelope* front() const noexcept { return head_; }

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

  /// Puts all of `others` before what is here, in their order, and leaves `others` empty.
  void prepend(EnvelopeList& others) noexcept {
    if (others.empty()) return;
    others.tail_->next = head_;
    if (head_ == nullptr) tail_ = others.tail_;
    head_ = std::exchange(others.head_, nullptr);
  }

  /// Moves every envelope for which `wanted` says true to the end of `target`; the others stay in
  /// their order. O(n).
  template <typename Wanted>
  std::uint32_t extract(Wanted&& wanted, EnvelopeList& target) {
    EnvelopeList kept;
    std::uint32_t count = 0;
    while (Envelope* envelope = pop_front()) {
      if (wanted(*envelope)) {
        target.push_back(envelope);
        ++count;
      } else {
        kept.push_back(envelope);
      }
    }
    *this = kept;
    return count;
  }

 private:
  Envelope* head_ = nullptr;
  Envelope* tail_ = nullptr;
};

}  // namespace mycelium
