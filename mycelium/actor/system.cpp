#include "mycelium/actor/system.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "mycelium/base/assert.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

WorkerOptions worker_options(const SystemOptions& options) {
  return WorkerOptions{.idle = options.idle, .lane_bytes = options.lane_bytes};
}

}  // namespace

System::System(SystemOptions options)
    : options_{std::move(options)},
      clock_{options_.clock != nullptr ? *options_.clock : os_clock()},
      actors_on_worker_(options_.workers, 0),
      free_(options_.workers),
      group_{options_.workers, worker_options(options_), clock_, options_.actors_max, sizeof(ActorCell)} {
  if (options_.drive == Drive::threads) group_.start_threads(options_.cpus);
}

System::~System() {
  shutdown();
  for (std::uint32_t slot = 0; slot < slots_used_; ++slot) std::destroy_at(&cell_at(slot));
}

Worker& System::place(const SpawnOptions& options) {
  if (options.worker) {
    if (*options.worker >= group_.count()) {
      throw std::invalid_argument{fmt::format("worker {} is wanted, but the system has {}: 0 to {}",
                                              *options.worker, group_.count(), group_.count() - 1)};
    }
    return group_.worker(*options.worker);
  }
  const auto least = std::min_element(actors_on_worker_.begin(), actors_on_worker_.end());
  return group_.worker(static_cast<std::uint16_t>(least - actors_on_worker_.begin()));
}

ActorCell& System::take_cell(Worker& worker) {
  ActorId id;
  auto& free = free_[worker.index()];
  if (slots_used_ < group_.cells().slots()) {
    id = ActorId{slots_used_++, 1};
    std::construct_at(&cell_at(id.slot()), *this, worker);
  } else if (!free.empty()) {
    id = ActorId{free.front().slot(), free.front().generation() + 1};
    free.pop_front();
  } else {
    throw std::length_error{fmt::format("all {} places for actors are taken; raise SystemOptions::actors_max",
                                        group_.cells().slots())};
  }
  ActorCell& cell = cell_at(id.slot());
  // Open from now on: what is sent before the start waits in the mailbox.
  cell.open_id.store(id.value(), std::memory_order_release);
  return cell;
}

ActorCell& System::launch(ActorRecord record) {
  const std::scoped_lock lock{mutex_};
  if (const auto holder = names_.find(record.name); holder != names_.end()) {
    throw std::invalid_argument{
        fmt::format("the name \"{}\" is taken by actor {:016x}; names are unique in a system", record.name,
                    holder->second.cell->open_id.load())};
  }
  Worker& worker = place(record.options);
  ActorCell& cell = take_cell(worker);
  record.id = ActorId::from_value(cell.open_id.load(std::memory_order_relaxed));
  cell.capacity.store(record.options.mailbox.capacity, std::memory_order_relaxed);
  cell.state.store(ActorState::starting, std::memory_order_relaxed);
  ++actors_on_worker_[worker.index()];
  names_.emplace(record.name, Holder{&cell, started_++});
  // Still under the lock: whoever finds the name finds the start already on its way, before any stop.
  worker.inject([&cell, holder = std::make_unique<ActorRecord>(std::move(record))]() mutable {
    cell.start(std::move(holder));
  });
  return cell;
}

bool System::await_started(const ActorCell& cell) {
  while (true) {
    const ActorState state = cell.state.load(std::memory_order_acquire);  // Pairs with change_state().
    if (state == ActorState::running) return true;
    if (state == ActorState::stopped || state == ActorState::stopping) return false;
    if (options_.drive == Drive::manual) {
      step();
    } else {
      cell.state.wait(state);
    }
  }
}

void System::actor_gave_up(const ActorRecord& record) {
  const RestartOptions& limits = record.options.restart;
  const std::scoped_lock lock{mutex_};
  if (!failure_) {
    failure_ = Error{"restart_intensity",
                     fmt::format("actor \"{}\" failed more than {} times within {} s, the last time with: {}",
                                 record.name, limits.max_restarts,
                                 std::chrono::duration<double>(limits.period).count(), record.last_error)};
  }
  request_stop();
}

void System::actor_stopped(ActorCell& cell) {
  const ActorId id = cell.record->id;
  topics_.unsubscribe_everywhere(id);
  const std::scoped_lock lock{mutex_};
  names_.erase(cell.record->name);
  --actors_on_worker_[cell.worker->index()];
  // A slot whose generations are used up is retired: an id never comes twice.
  if (id.generation() < ActorId::kGenerationMax) free_[cell.worker->index()].push_back(id);
}

std::optional<Error> System::failure() const {
  const std::scoped_lock lock{mutex_};
  return failure_;
}

std::vector<ActorStatus> System::actors() const {
  std::vector<ActorStatus> all;
  const std::scoped_lock lock{mutex_};
  for (const auto& [name, holder] : names_) {
    const ActorCell* cell = holder.cell;
    all.push_back(ActorStatus{name, cell->state.load(std::memory_order_relaxed), cell->worker->index(),
                              cell->handled.value(),
                              cell->published_depth.load(std::memory_order_relaxed),
                              cell->depth_high_water.value(), cell->restart_count.value(),
                              cell->dead_letters.value()});
  }
  return all;
}

}  // namespace mycelium
