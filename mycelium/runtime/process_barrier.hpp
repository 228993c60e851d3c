#pragma once

#include <atomic>

namespace mycelium {

/// A full barrier between two sides of which one runs often and the other seldom: the seldom one
/// pays for both, with membarrier, which runs a barrier on every core of the process (about 16 us).
/// Of two threads that each write and then, behind their side of the barrier, read what the other
/// has written, one at least sees the other's write. Where the kernel has no membarrier both sides
/// use a full fence.
///
/// Thread-safety: any thread, once `prepare` has returned to it.
class ProcessBarrier {
 public:
  /// Idempotent.
  static void prepare() noexcept;

  /// The side that runs often: costs nothing but an order for the compiler.
  static void light() noexcept {
    if (asymmetric_) [[likely]] {
      std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
      std::atomic_thread_fence(std::memory_order_seq_cst);
    }
  }
  /// The side that runs seldom.
  static void heavy() noexcept;

 private:
  static bool asymmetric_;  // Set once, by prepare.
};

}  // namespace mycelium
