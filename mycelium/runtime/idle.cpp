#include "mycelium/runtime/idle.hpp"

#include <sched.h>

#include <algorithm>

namespace mycelium {
namespace {

void pause_processor() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

IdleAction IdlePolicy::after_step(std::uint32_t handled, const Clock& clock) {
  rate_ = rate_ - rate_ / 8 + handled;
  if (handled > 0) {
    empty_steps_ = 0;
    yields_ = 0;
    return IdleAction::step;
  }
  if (idle_ == Idle::sleep) return IdleAction::park;
  const std::uint32_t pauses = std::clamp(rate_ / 8, 1U, kPausesMax);
  for (std::uint32_t count = 0; count < pauses; ++count) pause_processor();
  if (rate_ < 8) rate_ = 0;
  if (idle_ == Idle::spin) return IdleAction::step;

  if (empty_steps_++ == 0) idle_since_ = clock.monotonic();
  if (empty_steps_ % kClockEvery != 0 || clock.monotonic() - idle_since_ < kSpin) {
    return IdleAction::step;
  }
  if (yields_++ < kYields) {
    sched_yield();
    return IdleAction::step;
  }
  yields_ = 0;
  return IdleAction::park;
}

}  // namespace mycelium
