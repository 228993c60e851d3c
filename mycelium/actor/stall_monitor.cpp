#include "mycelium/actor/stall_monitor.hpp"

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/affinity.hpp"

namespace mycelium {

StallMonitor::StallMonitor(System& system, std::chrono::nanoseconds limit)
    : system_{system}, interval_{limit / 2}, watch_{system, limit}, thread_{[this] { watch(); }} {}

StallMonitor::~StallMonitor() {
  ended_.store(true, std::memory_order_seq_cst);
  pause_.wake_if_parked();
}

void StallMonitor::watch() {
  static_cast<void>(run_this_thread_on(system_.options().other_cpus));
  while (!ended_.load(std::memory_order_acquire)) {
    pause_.park(interval_, [this] { return ended_.load(std::memory_order_acquire); });
    if (!ended_.load(std::memory_order_acquire)) watch_.look();
  }
}

}  // namespace mycelium
