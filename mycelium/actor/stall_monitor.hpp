#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#include "mycelium/runtime/parker.hpp"
#include "mycelium/runtime/stall_detector.hpp"

namespace mycelium {

class System;

/// Looks at a system's workers from a thread of its own and names in the log whoever holds one up.
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
  void look();

  System& system_;
  const std::chrono::nanoseconds interval_;
  StallDetector detector_;
  std::atomic<bool> ended_{false};
  Parker pause_;
  std::jthread thread_;
};

}  // namespace mycelium
