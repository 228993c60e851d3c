#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "mycelium/actor/actor_event.hpp"
#include "mycelium/actor/wait_graph.hpp"
#include "mycelium/runtime/stall_detector.hpp"

namespace mycelium {

class System;

/// Looks at a system from outside and says who holds a worker up and who waits in a circle: in the
/// log, and to those who subscribe to `mycelium.events` (promises D11, S16). Each is said once when
/// it is first seen and once when it has ended.
///
/// Thread-safety: none; one thread looks, any.
class StallWatch {
 public:
  /// Requires: limit > 0; the system outlives it.
  StallWatch(System& system, std::chrono::nanoseconds limit);

  /// Says what is new since the look before. A stall is seen at the second look, a circle at the
  /// third.
  void look();

 private:
  void look_at_workers();
  void look_at_circles();
  void tell_stall(const Stall& stall);
  void tell(ActorEvent event);

  System& system_;
  StallDetector detector_;
  // By worker: what was said of the stall that goes on. Its actor may be gone when it ends.
  struct Told {
    ActorId actor;
    std::string name;
  };
  std::vector<Told> told_;
  WaitLooks looks_;
  std::vector<std::vector<ActorId>> circles_;  // Of which has been said that they are there.
};

}  // namespace mycelium
