#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "mycelium/base/cache_line.hpp"
#include "mycelium/config/options.hpp"
#include "mycelium/runtime/worker.hpp"
#include "mycelium/telemetry/counter.hpp"

namespace mycelium {

/// How much has been published on a topic, counted by whoever publishes without a word between
/// them: each worker writes counters of its own.
///
/// Thread-safety: any thread. Memory: 8 bytes for each worker there may be, and a cache line for
/// each that has published.
class PublishCounts {
 public:
  struct Sums {
    std::uint64_t published = 0;
    std::uint64_t delivered = 0;
  };

  PublishCounts() = default;
  PublishCounts(const PublishCounts&) = delete;
  PublishCounts& operator=(const PublishCounts&) = delete;
  ~PublishCounts() {
    for (auto& slot : slots_) delete slot.load(std::memory_order_relaxed);
  }

  /// One publication that reached so many. `me`: the calling thread's worker, or null.
  void add(const Worker* me, std::uint32_t delivered) {
    if (me != nullptr) [[likely]] {
      // Acquire: pairs with add_slot(), whose counters are used here.
      Slot* const slot = slots_[me->index()].load(std::memory_order_acquire);
      if (slot != nullptr && slot->worker == me) [[likely]] {
        slot->published.add();
        return slot->delivered.add(delivered);
      }
    }
    add_slowly(me, delivered);
  }

  /// Exact once nobody publishes.
  [[nodiscard]] Sums sums() const noexcept {
    Sums sums{others_published_.load(std::memory_order_relaxed),
              others_delivered_.load(std::memory_order_relaxed)};
    for (const auto& entry : slots_) {
      // Acquire: pairs with add_slot().
      const Slot* const slot = entry.load(std::memory_order_acquire);
      if (slot == nullptr) continue;
      sums.published += slot->published.value();
      sums.delivered += slot->delivered.value();
    }
    return sums;
  }

 private:
  struct alignas(kCacheLineBytes) Slot {
    const Worker* worker;
    Counter published;
    Counter delivered;
  };

  // Threads that drive no worker share two counters, as do workers of another system.
  [[gnu::noinline]] void add_slowly(const Worker* me, std::uint32_t delivered) {
    if (me != nullptr && slots_[me->index()].load(std::memory_order_acquire) == nullptr) {
      add_slot(*me);
      return add(me, delivered);
    }
    others_published_.fetch_add(1, std::memory_order_relaxed);
    others_delivered_.fetch_add(delivered, std::memory_order_relaxed);
  }
  void add_slot(const Worker& me) {
    auto* const made = new Slot{&me, {}, {}};
    Slot* expected = nullptr;
    // Release: pairs with the loads above. A worker of another system may have been faster.
    if (!slots_[me.index()].compare_exchange_strong(expected, made, std::memory_order_release,
                                                    std::memory_order_relaxed)) {
      delete made;
    }
  }

  std::array<std::atomic<Slot*>, kWorkersMax> slots_{};
  std::atomic<std::uint64_t> others_published_{0};
  std::atomic<std::uint64_t> others_delivered_{0};
};

}  // namespace mycelium
