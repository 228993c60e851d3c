#pragma once

#include <atomic>
#include <cstdint>

namespace mycelium {

/// A count that one thread writes and any thread reads.
///
/// No read-modify-write: a plain add costs nothing on the hot path. Thread-safety: `add`,
/// `raise_to` and `reset` by the one writer; `value` by any thread.
class Counter {
 public:
  void add(std::uint64_t by = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  void raise_to(std::uint64_t value) noexcept {
    if (value > value_.load(std::memory_order_relaxed)) {
      value_.store(value, std::memory_order_relaxed);
    }
  }
  void reset() noexcept { value_.store(0, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace mycelium
