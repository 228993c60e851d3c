#pragma once

#include <chrono>
#include <cstdint>

namespace mycelium {

/// Tags for the two time lines; never read directly, only through a `Clock`.
struct MonotonicTimeline {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicTimeline>;
  static constexpr bool is_steady = true;
};
struct WallTimeline {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<WallTimeline>;
  static constexpr bool is_steady = false;
};

/// A point on the monotonic time line; only differences mean something.
using Instant = MonotonicTimeline::time_point;
/// Wall time, ns since 1970-01-01 UTC.
using Timestamp = WallTimeline::time_point;

/// `now` and so much more, or the last instant there is when that would be beyond it.
[[nodiscard]] constexpr Instant later(Instant now, std::chrono::nanoseconds delay) noexcept {
  return delay < Instant::max() - now ? now + delay : Instant::max();
}

/// Where all time comes from (promise T2): the operating system's clock in production, a manual one
/// in tests and simulations. Thread-safety: both functions may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant monotonic() const noexcept = 0;
  [[nodiscard]] virtual Timestamp wall() const noexcept = 0;
};

}  // namespace mycelium
