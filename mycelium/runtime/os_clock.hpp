#pragma once

#include <chrono>

#include "mycelium/base/clock.hpp"

namespace mycelium {

/// The operating system's clocks: the one place where the library reads them. Thread-safety: any
/// thread.
[[nodiscard]] const Clock& os_clock();

/// A clock that moves only when told to, for tests and simulations. Starts at the given points.
/// Thread-safety: none; one thread moves and reads it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant now = Instant{}, Timestamp wall = Timestamp{})
      : now_{now}, wall_{wall} {}
  [[nodiscard]] Instant monotonic() const noexcept override { return now_; }
  [[nodiscard]] Timestamp wall() const noexcept override { return wall_; }
  void advance(std::chrono::nanoseconds by) noexcept {
    now_ += by;
    wall_ += by;
  }

 private:
  Instant now_;
  Timestamp wall_;
};

}  // namespace mycelium
