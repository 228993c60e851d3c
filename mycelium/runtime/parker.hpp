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

  alignas(kFalseSharingBytes) std::atomic<std::uint32_t> parked_{0};
};

}  // namespace mycelium
