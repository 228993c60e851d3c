#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mycelium/actor/stall_monitor.hpp"
#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

// Asks a cell to stop once nothing is left in the lanes that lead to its worker; after so many
// steps in spite of it, because senders that never pause must not hold the stop up.
constexpr int kLaneRoundsMax = 1000;

constexpr std::chrono::milliseconds kLateGrace{200};

// Of actors whose stop starts another one; a clock that stands still ends no shutdown.
constexpr int kSpawnRoundsMax = 1000;

std::string complaint_about(const ActorCell& cell, std::string_view name) {
  return fmt::format("actor \"{}\" did not stop in time: {}, {} messages wait", name,
                     name_of(cell.state.load(std::memory_order_acquire)), cell.waiting_seen());
}

void stop_when_lanes_are_empty(ActorCell& cell, ActorId id, StopMode mode, int rounds) {
  if (!cell.is_held_by(id)) return;
  if (rounds < kLaneRoundsMax && cell.worker->lanes_wait()) {
    cell.worker->inject(
        [&cell, id, mode, rounds] { stop_when_lanes_are_empty(cell, id, mode, rounds + 1); });
    return;
  }
  cell.stop(mode);
}

}  // namespace

void System::stop(const AnyRef& ref, StopMode mode) {
  if (!ref) return;
  ActorCell& cell = *ref.cell();
  cell.worker->inject(
      [&cell, id = ref.id(), mode] { stop_when_lanes_are_empty(cell, id, mode, 0); });
}

bool System::await_stopped(const AnyRef& ref, std::chrono::nanoseconds timeout) {
  if (!ref) return true;
  return await_stopped(Holder{ref.cell(), ref.id(), 0, {}}, later(clock_.monotonic(), timeout));
}

bool System::await_stopped(const Holder& holder, Instant deadline) {
  constexpr int kSpins = 200;  // Most actors stop within the time that parking once would take.
  const ActorCell& cell = *holder.cell;
  // Its id is gone while it drains already; its state tells when it has stopped.
  for (int spins = 0; cell.open_id.load(std::memory_order_acquire) == holder.id.value() ||
                      cell.state.load(std::memory_order_acquire) == ActorState::stopping;
       ++spins) {
    if (options_.drive == Drive::manual) {
      if (step() == 0) return false;
    } else if (spins > kSpins) {
      if (clock_.monotonic() >= deadline) return false;
      rest_for(std::chrono::microseconds{50});
    }
  }
  return true;
}

std::vector<System::Holder> System::holders_last_first() const {
  std::vector<Holder> holders;
  {
    const std::scoped_lock lock{mutex_};
    for (std::uint32_t slot = 0; slot < slots_used_; ++slot) {
      ActorCell& cell = cell_at(slot);
      if (cell.record == nullptr) continue;
      const bool is_supervised =
          cell.record->tree != nullptr && cell.record->tree->supervisor.cell != nullptr;
      holders.push_back(
          {&cell, cell.record->id, cell.record->start_order, display_name(cell), is_supervised});
    }
  }
  std::sort(holders.begin(), holders.end(), [](const Holder& left, const Holder& right) {
    return left.start_order > right.start_order;
  });
  return holders;
}

// Stops the first of these, and with it as many of the next as live on the same worker and stop at
// once; returns how many have been asked. One behind the other in any case.
std::size_t System::stop_in_turn(std::span<const Holder> holders, Instant deadline) {
  const Worker* const worker = holders.front().cell->worker;
  std::size_t together = 1;
  while (together < holders.size() && holders[together].cell->worker == worker) ++together;
  if (together == 1) {
    stop(AnyRef{*holders[0].cell, holders[0].id}, StopMode::drain);
    await_stopped(holders[0], deadline);
    return 1;
  }
  struct Turn {
    std::atomic<std::size_t> asked{0};
    std::atomic<bool> over{false};
  };
  const auto turn = std::make_shared<Turn>();
  // A copy: when the time is up the task may come later than this function ends.
  auto batch = std::make_shared<std::vector<std::pair<ActorCell*, ActorId>>>();
  for (const Holder& holder : holders.first(together)) batch->emplace_back(holder.cell, holder.id);
  holders[0].cell->worker->inject([turn, batch] {
    for (const auto& [cell, id] : *batch) {
      if (cell->worker->lanes_wait()) break;
      turn->asked.fetch_add(1, std::memory_order_relaxed);
      if (!cell->is_held_by(id)) continue;
      cell->stop(StopMode::drain);
      if (cell->is_held_by(id)) break;
    }
    turn->over.store(true, std::memory_order_release);
  });
  while (!turn->over.load(std::memory_order_acquire)) {
    if (options_.drive == Drive::manual) {
      step();
    } else {
      if (clock_.monotonic() >= deadline) break;
      rest_for(std::chrono::microseconds{20});
    }
  }
  const std::size_t asked = turn->asked.load(std::memory_order_relaxed);
  if (asked == 0) {
    stop(AnyRef{*holders[0].cell, holders[0].id}, StopMode::drain);
    await_stopped(holders[0], deadline);
    return 1;
  }
  await_stopped(holders[asked - 1], deadline);
  return asked;
}

// Stops all of these in their order; one sentence for each that has not stopped in time.
std::vector<std::string> System::stop_all(const std::vector<Holder>& holders, Instant deadline) {
  std::vector<Holder> outermost = holders;
  std::erase_if(outermost, [](const Holder& holder) { return holder.is_supervised; });
  for (std::span<const Holder> left{outermost}; !left.empty();)
    left = left.subspan(stop_in_turn(left, deadline));
  std::vector<std::string> late;
  for (const Holder& holder : holders) {
    // Whoever came behind one that used up the time has been asked too, and gets a moment.
    if (!await_stopped(holder, later(deadline, kLateGrace)))
      late.push_back(complaint_about(*holder.cell, holder.name));
  }
  return late;
}

// When all actors have stopped: ends the threads, and with them whatever is on its way still.
void System::end_workers(Instant deadline) {
  group_.stop_threads();
  // What foreign threads injected at the last moment still arrives, as dead letters; then they are
  // refused.
  for (std::uint16_t index = 0; index < group_.count(); ++index)
    group_.worker(index).close_injection();
  while (group_.step_all() > 0 && clock_.monotonic() < deadline) {
  }
  for (std::uint16_t index = 0; index < group_.count(); ++index) {
    dead_letters_.add_undelivered(group_.worker(index).discard_undelivered());
  }
  foreign_asks_.fail_all({AskError::target_down, "the system has ended"});
}

std::vector<std::string> System::shutdown(std::chrono::nanoseconds timeout) {
  std::vector<std::string> late;
  if (std::exchange(shut_down_, true)) return late;
  {
    const std::scoped_lock lock{mutex_};
    is_shutting_down_ = true;
  }
  request_stop();
  const Instant deadline = later(clock_.monotonic(), timeout);
  // Again for those whom actors have spawned meanwhile, until nobody is left who could spawn any.
  for (int round = 0; late.empty(); ++round) {
    const std::vector<Holder> holders = holders_last_first();
    if (holders.empty()) break;
    if (round == 0 || (round < kSpawnRoundsMax && clock_.monotonic() < deadline)) {
      late = stop_all(holders, deadline);
    } else {
      for (const Holder& holder : holders)
        late.push_back(complaint_about(*holder.cell, holder.name));
    }
  }
  stall_monitor_.reset();
  if (late.empty()) end_workers(later(deadline, kLateGrace));
  return late;
}

}  // namespace mycelium
