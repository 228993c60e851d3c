#pragma once

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>
#if defined(__x86_64__)
#include <immintrin.h>
#include <x86intrin.h>
#endif

/// The one home of clocks, pinning and percentiles of the benchmarks. Nothing of the library
/// includes it.
namespace mycelium::bench {

/// Reads the processor's cycle counter (about 10 ns; a steady_clock read takes 22). Monotonic
/// across the cores of one socket where the kernel says `constant_tsc nonstop_tsc`.
inline std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
  return __rdtsc();
#else
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

/// Tells the processor that this is a spin loop.
inline void spin_hint() noexcept {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

/// How many nanoseconds a tick takes on this machine.
class TickScale {
 public:
  /// Spins for 50 ms between two pairs of readings of both clocks.
  static TickScale calibrate() {
    using std::chrono::steady_clock;
    const auto began = steady_clock::now();
    const std::uint64_t first = ticks();
    auto ended = began;
    while (ended - began < std::chrono::milliseconds{50}) ended = steady_clock::now();
    const std::uint64_t last = ticks();
    const double elapsed_ns = std::chrono::duration<double, std::nano>(ended - began).count();
    return TickScale{elapsed_ns / static_cast<double>(last - first)};
  }

  [[nodiscard]] double to_ns(std::uint64_t tick_count) const noexcept {
    return static_cast<double>(tick_count) * ns_per_tick_;
  }
  [[nodiscard]] std::uint64_t from_ns(double duration_ns) const noexcept {
    return static_cast<std::uint64_t>(duration_ns / ns_per_tick_);
  }

 private:
  explicit TickScale(double ns_per_tick) : ns_per_tick_{ns_per_tick} {}

  double ns_per_tick_;
};

/// The scale of this process, calibrated at its first use.
inline const TickScale& tick_scale() {
  static const TickScale scale = TickScale::calibrate();
  return scale;
}

/// Elapsed wall time since construction.
class Stopwatch {
 public:
  [[nodiscard]] double elapsed_ns() const {
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - began_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// Keeps the calling thread, and threads that it creates from now on, on one processor.
/// Returns false when the machine has no such processor or does not allow it.
[[nodiscard]] inline bool pin_to_cpu(int cpu) noexcept {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  CPU_SET(cpu, &mask);
  return pthread_setaffinity_np(pthread_self(), sizeof mask, &mask) == 0;
}

/// Nanoseconds.
struct Percentiles {
  double p50;
  double p99;
  double p99_9;
};

/// Latencies of one measurement, in ticks. Memory: all of it at construction.
class LatencySamples {
 public:
  explicit LatencySamples(std::size_t samples_max) : ticks_(samples_max) {}

  /// Ignores what exceeds `samples_max`.
  void record(std::uint64_t tick_count) noexcept {
    if (count_ < ticks_.size()) ticks_[count_++] = tick_count;
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

  /// Nearest rank. Requires: count() > 0.
  [[nodiscard]] Percentiles percentiles(const TickScale& scale) const {
    std::vector<std::uint64_t> sorted(ticks_.begin(),
                                      ticks_.begin() + static_cast<std::ptrdiff_t>(count_));
    std::sort(sorted.begin(), sorted.end());
    const auto at = [&](std::size_t per_mille) {
      return scale.to_ns(sorted[std::min(count_ - 1, count_ * per_mille / 1000)]);
    };
    return Percentiles{.p50 = at(500), .p99 = at(990), .p99_9 = at(999)};
  }

 private:
  std::vector<std::uint64_t> ticks_;
  std::size_t count_ = 0;
};

/// Says when the next message is due, from a schedule that does not slow down when the system does.
///
///     OpenLoopSchedule schedule{tick_scale(), /*messages_per_second=*/100'000};
///     if (const std::uint64_t stamp = schedule.due(ticks())) send(stamp);   // latency = ticks() -
///     stamp
///
/// The stamp is the time of the send. A sender that was held up catches up at once, so a receiver
/// that is slow meets the messages it would have met (no coordinated omission); what the machine
/// takes from the sender itself, before there is a message, is no latency of a message.
class OpenLoopSchedule {
 public:
  OpenLoopSchedule(const TickScale& scale, double messages_per_second)
      : interval_{scale.from_ns(1e9 / messages_per_second)}, next_{ticks() + interval_} {}

  /// The stamp of the message to be sent now, or 0 when none is due.
  [[nodiscard]] std::uint64_t due(std::uint64_t now) noexcept {
    if (now < next_) return 0;
    next_ += interval_;
    return now;
  }

  /// Spins until the next message is due; its stamp.
  [[nodiscard]] std::uint64_t wait() noexcept {
    while (true) {
      if (const std::uint64_t stamp = due(ticks())) return stamp;
      spin_hint();
    }
  }

 private:
  std::uint64_t interval_;
  std::uint64_t next_;
};

}  // namespace mycelium::bench
