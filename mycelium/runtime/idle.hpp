#pragma once

#include <cstdint>

#include "mycelium/base/clock.hpp"
#include "mycelium/config/options.hpp"

namespace mycelium {

enum class IdleAction : std::uint8_t { step, park };

/// What a worker does between steps.
///
/// `spin` never sleeps; `adaptive` spins, then yields the processor, then parks; `sleep` parks at
/// the first empty step. Between polls under load it waits a little longer the more messages came
/// lately, so that a poll takes a batch: on a shared cache line 64 pauses give twice the throughput
/// of 4, but would cost latency when idle. Thread-safety: none; the worker's own.
class IdlePolicy {
 public:
  explicit IdlePolicy(Idle idle) : idle_{idle} {}

  /// After each step, with how much it handled. Waits a moment itself, or says that the worker
  /// should park.
  IdleAction after_step(std::uint32_t handled, const Clock& clock);

  /// The worker has been parked and is back.
  void woke() noexcept { empty_steps_ = 0; }

 private:
  // Longer than a wake-up of a halted processor takes on a virtual machine (about 32 us), so that
  // parking pays.
  static constexpr std::chrono::nanoseconds kSpin = std::chrono::microseconds{150};
  static constexpr std::uint32_t kYields = 8;
  static constexpr std::uint32_t kPausesMax = 64;
  static constexpr std::uint32_t kClockEvery = 64;  // Empty steps between two looks at the clock.

  Idle idle_;
  std::uint32_t rate_ = 0;  // Messages of the last steps, decaying by an eighth a step.
  std::uint32_t empty_steps_ = 0;
  std::uint32_t yields_ = 0;
  Instant idle_since_{};
};

}  // namespace mycelium
