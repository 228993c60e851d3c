#pragma once

#include <atomic>
#include <cstdint>

namespace mycelium {

/// A value that one thread sets and any thread reads. Thread-safety: `set` by the one writer;
/// `value` by any thread.
class Gauge {
 public:
  void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t by) noexcept { set(value() + by); }
  [[nodiscard]] std::int64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::int64_t> value_{0};
};

}  // namespace mycelium
