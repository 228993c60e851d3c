#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

// Asks a cell to stop once nothing is left in the lanes that lead to its worker; after so many
// steps in spite of it, because senders that never pause must not hold the stop up.
constexpr int kLaneRoundsMax = 1000;

constexpr std::chrono::milliseconds kLateGrace{200};

void stop_when_lanes_are_empty(ActorCell& cell, int rounds) {
  if (rounds < kLaneRoundsMax && cell.worker->lanes_wait()) {
    cell.worker->inject([&cell, rounds] { stop_when_lanes_are_empty(cell, rounds + 1); });
    return;
  }
  cell.stop(/*drain=*/true);
}

}  // namespace

void System::stop_and_wait(ActorCell& cell, Instant deadline) {
  cell.worker->inject([&cell] { stop_when_lanes_are_empty(cell, 0); });
  await_stopped(cell, deadline);
}

bool System::await_stopped(const ActorCell& cell, Instant deadline) {
  while (cell.state.load(std::memory_order_acquire) != ActorState::stopped) {
    if (clock_.monotonic() >= deadline) return false;
    if (options_.drive == Drive::manual) {
      if (step() == 0) return false;
    } else {
      pause_.park(std::chrono::microseconds{50}, [] { return false; });
    }
  }
  return true;
}

std::vector<std::string> System::shutdown(std::chrono::nanoseconds timeout) {
  std::vector<std::string> late;
  if (std::exchange(shut_down_, true)) return late;
  request_stop();
  std::vector<std::pair<std::string, Holder>> holders;
  {
    const std::scoped_lock lock{mutex_};
    holders.assign(names_.begin(), names_.end());
  }
  std::sort(holders.begin(), holders.end(), [](const auto& left, const auto& right) {
    return left.second.start_order > right.second.start_order;
  });
  const Instant deadline = clock_.monotonic() + timeout;
  for (auto& [name, holder] : holders) stop_and_wait(*holder.cell, deadline);
  for (const auto& [name, holder] : holders) {
    // Whoever came behind one that used up the time has been asked too, and gets a moment.
    if (await_stopped(*holder.cell, deadline + kLateGrace)) continue;
    const ActorState state = holder.cell->state.load(std::memory_order_acquire);
    late.push_back(fmt::format("actor \"{}\" did not stop in time: {}, {} messages wait", name,
                               name_of(state), holder.cell->published_depth.load()));
  }
  if (late.empty()) {
    group_.stop_threads();
    // What foreign threads injected at the last moment still arrives, as dead letters; then they
    // are refused.
    for (std::uint16_t index = 0; index < group_.count(); ++index)
      group_.worker(index).close_injection();
    while (group_.step_all() > 0) {
    }
    for (std::uint16_t index = 0; index < group_.count(); ++index) {
      dead_letters_.add_undelivered(group_.worker(index).discard_undelivered());
    }
  }
  return late;
}

}  // namespace mycelium
