#include "mycelium/actor/stall_monitor.hpp"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/affinity.hpp"

namespace mycelium {

StallMonitor::StallMonitor(System& system, std::chrono::nanoseconds limit)
    : system_{system}, interval_{limit / 2}, detector_{limit}, thread_{[this] { watch(); }} {}

StallMonitor::~StallMonitor() {
  ended_.store(true, std::memory_order_seq_cst);
  pause_.wake_if_parked();
}

void StallMonitor::watch() {
  static_cast<void>(run_this_thread_on(system_.options().other_cpus));
  while (!ended_.load(std::memory_order_acquire)) {
    pause_.park(interval_, [this] { return ended_.load(std::memory_order_acquire); });
    if (!ended_.load(std::memory_order_acquire)) look();
  }
}

void StallMonitor::look() {
  WorkerGroup& group = system_.worker_group();
  std::vector<WorkerActivity> activities;
  for (std::uint16_t index = 0; index < group.count(); ++index)
    activities.push_back(group.worker(index).activity());
  activities.resize(kWorkersMax);  // Workers that come later: the detector wants the same ones.
  for (const auto& cycle : system_.find_wait_cycles()) {
    spdlog::warn("these actors wait for each other in a circle: {}", fmt::join(cycle, " -> "));
  }
  for (const Stall& stall : detector_.look(system_.clock().monotonic(), activities)) {
    // The address that Worker::activity() made a number of.
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    const auto& cell = *reinterpret_cast<const ActorCell*>(stall.actor);
    const MessageType* const type = find_message_type(stall.type_id);
    const double seconds = std::chrono::duration<double>(stall.lasting).count();
    if (stall.ended) {
      spdlog::warn("worker {} goes on after {:.3f} s", stall.worker, seconds);
      continue;
    }
    system_.count_stall();
    spdlog::warn("worker {} has been held for {:.3f} s by actor \"{}\", which handles {}",
                 stall.worker, seconds, system_.name_of_holder(cell),
                 type != nullptr ? type->name : "its start");
  }
}

}  // namespace mycelium
