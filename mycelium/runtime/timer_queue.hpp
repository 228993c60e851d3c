#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "mycelium/base/clock.hpp"
#include "mycelium/runtime/cell.hpp"

namespace mycelium {

/// A message that comes due for a cell.
struct Timer {
  Instant deadline;
  std::uint64_t sequence = 0;  ///< Arming order: equal deadlines come due in it.
  Cell* cell = nullptr;
  Envelope* envelope = nullptr;
};

/// Timers of one worker, earliest first.
///
/// Never reads a clock: the caller says what time it is, so a simulation drives it exactly as
/// production does. Thread-safety: none; confined to the worker that owns it. Memory: grows to the
/// most timers armed at once.
class TimerQueue {
 public:
  /// Arms a timer. A past deadline is due at once. O(log n).
  void arm(Instant deadline, Cell& cell, Envelope* envelope);

  /// The next timer due at or before `now`, or nothing. O(log n).
  [[nodiscard]] std::optional<Timer> pop_due(Instant now);

  /// Any timer, for teardown.
  [[nodiscard]] std::optional<Timer> pop_any();

  [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
  /// Requires: !empty().
  [[nodiscard]] Instant next_deadline() const noexcept { return heap_.front().deadline; }

 private:
  std::vector<Timer> heap_;  // Min-heap on (deadline, sequence).
  std::uint64_t armed_ = 0;
};

}  // namespace mycelium
