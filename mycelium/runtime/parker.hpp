#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "mycelium/base/cache_line.hpp"
#include "mycelium/runtime/process_barrier.hpp"

namespace mycelium {

/// Puts one thread to sleep until another has work for it, at the cost of one plain load per
/// message for the sender.
///
/// The sleeper sets `parked_`, runs a barrier on every core of the process (the heavy side of
/// `ProcessBarrier`, about 16 us, paid only by the one that goes to sleep), looks for work once
/// more, and sleeps. A sender commits its message and then loads `parked_`. Either the sender sees
/// the flag, or the sleeper's second look sees the message: no wake-up is lost.
///
/// Thread-safety: `park` by the one owner; `wake` and `wake_if_parked` by any thread.
///
/// The barrier interrupts every core that runs a thread of this process: who is not to be woken
/// rests with `rest_for`.
class Parker {
 public:
  /// Prepares the process; call before the first `park`. Idempotent.
  static void prepare_process() noexcept { ProcessBarrier::prepare(); }

  /// Sleeps until woken or for `timeout` (nothing: no limit). `work_waits` is asked once after the
  /// flag is visible; when it says true, returns at once. May return early without a reason.
  template <typename WorkWaits>
  void park(std::optional<std::chrono::nanoseconds> timeout, WorkWaits&& work_waits) {
    announce();
    if (!work_waits()) sleep(timeout);
    parked_.store(0, std::memory_order_relaxed);
  }

  /// Barriers that all parkers of this process have run so far.
  [[nodiscard]] static std::uint64_t barriers() noexcept {
    return barriers_.value.load(std::memory_order_relaxed);
  }

  /// Sender, after its commit: wakes the owner if it sleeps. One load when it does not.
  void wake_if_parked() noexcept {
    ProcessBarrier::light();  // Pairs with announce(): the commit stays before the load.
    if (parked_.load(std::memory_order_relaxed) != 0) [[unlikely]]
      wake();
  }

 private:
  void announce() noexcept;
  void sleep(std::optional<std::chrono::nanoseconds> timeout) noexcept;
  void wake() noexcept;

  // On a line of its own: every sender reads what stands above.
  struct alignas(kFalseSharingBytes) Barriers {
    std::atomic<std::uint64_t> value;
  };
  static inline constinit Barriers barriers_{};
  alignas(kFalseSharingBytes) std::atomic<std::uint32_t> parked_{0};
};

/// The calling thread rests for so long; may return early. Nobody can wake it, so it needs no
/// barrier and disturbs no other thread: for who looks again and again. Any thread.
void rest_for(std::chrono::nanoseconds duration) noexcept;

}  // namespace mycelium
