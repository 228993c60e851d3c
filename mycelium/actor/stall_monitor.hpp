#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#include "mycelium/actor/stall_watch.hpp"
#include "mycelium/runtime/parker.hpp"

namespace mycelium {

class System;

/// Looks at a system from a thread of its own, twice in each time that a handler may take
/// (`StallWatch`).
///
/// Thread-safety: made and ended by one thread.
class StallMonitor {
 public:
  /// Requires: limit > 0; the system outlives the monitor.
  StallMonitor(System& system, std::chrono::nanoseconds limit);
  ~StallMonitor();
  StallMonitor(const StallMonitor&) = delete;
  StallMonitor& operator=(const StallMonitor&) = delete;

 private:
  void watch();

  System& system_;
  const std::chrono::nanoseconds interval_;
  StallWatch watch_;
  std::atomic<bool> ended_{false};
  Parker pause_;
  std::jthread thread_;
};

}  // namespace mycelium
