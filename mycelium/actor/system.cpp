#include "mycelium/actor/system.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "mycelium/actor/backoff.hpp"
#include "mycelium/actor/stall_monitor.hpp"
#include "mycelium/base/assert.hpp"
#include "mycelium/protocol/topic_name.hpp"
#include "mycelium/runtime/affinity.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

constexpr std::size_t kLaneBytesMin = 32 * 1024;
// Fresh places are used before so many wait to be reused, so that a stale ref meets the same place
// seldom.
constexpr std::size_t kFreePlacesMin = 1024;

SystemOptions checked(SystemOptions options) {
  if (options.workers < 1 || options.workers > kWorkersMax) {
    throw std::invalid_argument{
        fmt::format("a system has 1 to {} workers, not {}", kWorkersMax, options.workers)};
  }
  if (options.lane_bytes < kLaneBytesMin || (options.lane_bytes & (options.lane_bytes - 1)) != 0) {
    throw std::invalid_argument{fmt::format("lane_bytes is a power of two from {} up, not {}",
                                            kLaneBytesMin, options.lane_bytes)};
  }
  if (options.actors_max < 1 || options.actors_max > ActorId::kSlotsMax) {
    throw std::invalid_argument{
        fmt::format("actors_max is 1 to {}, not {}", ActorId::kSlotsMax, options.actors_max)};
  }
  if (options.offload_threads < 1) {
    throw std::invalid_argument{"offload_threads is 1 or more: they start when they are needed"};
  }
  if (options.drive != Drive::threads) return options;
  CpuSet wanted = options.other_cpus;
  for (const CpuSet& cpus : options.cpus) wanted.add(cpus);
  if (const CpuSet unusable = unusable_among(wanted); !unusable.empty()) {
    throw std::invalid_argument{fmt::format(
        "threads are to run on processors {}, but this machine does not have {}, or this process "
        "may not use it",
        text_of(wanted), text_of(unusable))};
  }
  if (options.other_cpus.empty()) options.other_cpus = cpus_of_this_thread();
  return options;
}

void check(const ActorRecord& record, const SpawnOptions& options) {
  const auto refuse = [&](const std::string& why) {
    throw std::invalid_argument{fmt::format("actor \"{}\": {}", record.name, why)};
  };
  if (options.mailbox.capacity < 1 || options.mailbox.capacity > kMailboxCapacityMax) {
    refuse(fmt::format("its mailbox holds 1 to {} messages, not {}", kMailboxCapacityMax,
                       options.mailbox.capacity));
  }
  if (options.mailbox.overflow == Overflow::conflate &&
      record.operations->cell.conflation_key == nullptr) {
    refuse(
        "its mailbox cannot conflate, because its class has no `static std::uint64_t "
        "conflation_key(const Message&)`");
  }
  if (options.dedicated && options.worker) refuse("it wants a worker of its own and a given one");
  if (options.restart.backoff) {
    if (const std::string complaint = detail::complaint_about(*options.restart.backoff);
        !complaint.empty())
      refuse(complaint);
  }
}

WorkerOptions worker_options(const SystemOptions& options, System* owner) {
  return WorkerOptions{.idle = options.idle, .lane_bytes = options.lane_bytes, .owner = owner};
}

}  // namespace

System::System(SystemOptions options)
    : options_{checked(std::move(options))},
      clock_{options_.clock != nullptr ? *options_.clock : os_clock()},
      dead_letter_topic_{topics_.topic<DeadLetter>()},
      event_topic_{topics_.topic<ActorEvent>()},
      registry_{*this, topics_.topic<RegistryChange>()},
      groups_{*this},
      group_{options_.workers, worker_options(options_, this), clock_, options_.actors_max,
             sizeof(ActorCell)},
      blocking_pool_{options_.offload_threads, options_.other_cpus} {
  if (options_.drive != Drive::threads) return;
  // The log is made now and not by the first handler that fails, on whichever worker.
  static_cast<void>(spdlog::default_logger_raw());
  group_.start_threads(options_.cpus, options_.other_cpus);
  if (options_.stall_limit > std::chrono::nanoseconds{0})
    stall_monitor_ = std::make_unique<StallMonitor>(*this, options_.stall_limit);
}

System::~System() {
  shutdown();
  group_.stop_threads();  // After a late shutdown: waits for the handler that held it up.
  for (std::uint32_t slot = 0; slot < slots_used_; ++slot) {
    if (cell_at(slot).record != nullptr) cell_at(slot).stop(StopMode::discard);
  }
  foreign_asks_.fail_all({AskError::target_down, "the system has ended"});
  for (std::uint32_t slot = 0; slot < slots_used_; ++slot) std::destroy_at(&cell_at(slot));
}

Worker& System::place_dedicated() {
  // One that is free again, or a new one.
  for (std::uint16_t index = options_.workers; index < group_.count(); ++index) {
    if (actors_on_worker_[index] == 0) return group_.worker(index);
  }
  if (Worker* const added = group_.add()) return *added;
  if (group_.count() < kWorkersMax)
    throw std::logic_error{"the system has been shut down; nothing can be spawned"};
  throw std::length_error{fmt::format(
      "there are {} workers already; no further actor gets one of its own", kWorkersMax)};
}

Worker& System::place(const SpawnOptions& options) {
  if (options.dedicated) return place_dedicated();
  if (options.worker) {
    if (*options.worker >=
        group_.count()) {  // An index a dedicated worker has is fine: its child's.
      throw std::invalid_argument{fmt::format("worker {} is wanted, but the system has {}: 0 to {}",
                                              *options.worker, group_.count(), group_.count() - 1)};
    }
    return group_.worker(*options.worker);
  }
  const auto least =
      std::min_element(actors_on_worker_.begin(), actors_on_worker_.begin() + options_.workers);
  return group_.worker(static_cast<std::uint16_t>(least - actors_on_worker_.begin()));
}

ActorId System::take_id(Worker& worker) {
  auto& free = free_[worker.index()];
  const bool fresh_left = slots_used_ < group_.cells().slots();
  if (free.size() >= kFreePlacesMin || (!fresh_left && !free.empty())) {
    const ActorId last = free.front();
    free.pop_front();
    return ActorId{last.slot(), last.generation() + 1};
  }
  if (!fresh_left) {
    throw std::length_error{fmt::format(
        "all {} places for actors are taken on worker {}; raise SystemOptions::actors_max",
        group_.cells().slots(), worker.index())};
  }
  const ActorId id{slots_used_++, 1};
  std::construct_at(&cell_at(id.slot()), worker);
  return id;
}

std::pair<ActorCell*, ActorId> System::launch(std::unique_ptr<ActorRecord> record,
                                              const SpawnOptions& options, bool held) {
  check(*record, options);
  const std::scoped_lock lock{mutex_};
  const Worker* const spawning = Worker::current();
  if (is_shutting_down_ && (spawning == nullptr || !spawning->is_peer_of(group_.worker(0))))
    throw std::logic_error{"the system is shutting down; nothing can be spawned"};
  Registry::Claim claim = registry_.claim(record->name);
  Worker& worker = place(options);
  const ActorId id = take_id(worker);
  record->id = id;
  record->start_order = started_++;
  ActorCell& cell = cell_at(id.slot());
  cell.claim(options.mailbox);
  cell.record = std::move(record);
  cell.state.store(ActorState::starting, std::memory_order_relaxed);
  // Open from now on: what is sent before the start waits in the mailbox.
  cell.open_id.store(id.value(), std::memory_order_release);
  // All under the lock: whoever finds the name finds the start already on its way, before any stop.
  const auto start = [&cell, id, held] {
    if (!held) cell.start(id);
  };
  if (!worker.inject(start)) {
    cell.open_id.store(0, std::memory_order_relaxed);
    cell.state.store(ActorState::stopped, std::memory_order_relaxed);
    cell.record.reset();
    throw std::logic_error{"the system has been shut down; nothing can be spawned"};
  }
  ++actors_on_worker_[worker.index()];
  claim.grant({cell, id});
  return {&cell, id};
}

bool System::await_started(const ActorCell& cell) {
  while (true) {
    const ActorState state =
        cell.state.load(std::memory_order_acquire);  // Pairs with change_state().
    if (state == ActorState::running) return true;
    if (state == ActorState::stopped || state == ActorState::stopping) return false;
    if (options_.drive == Drive::manual) {
      step();
    } else {
      cell.state.wait(state);
    }
  }
}

void System::actor_gave_up(const std::string& why) {
  const std::scoped_lock lock{mutex_};
  if (!failure_) failure_ = Error{"restart_intensity", why};
  request_stop();
}

void System::actor_stopped(ActorCell& cell) {
  const ActorId id = cell.record->id;
  if (cell.record->has_subscribed) topics_.unsubscribe_everywhere(id);
  groups_.forget(id);
  registry_.forget(cell, id);
  std::unique_ptr<ActorRecord> ended;  // Ends outside the lock: a factory may own anything.
  const std::scoped_lock lock{mutex_};
  --actors_on_worker_[cell.worker->index()];
  ended = std::move(cell.record);
  // Before the place can be taken again, and after the name can.
  cell.state.store(ActorState::stopped, std::memory_order_release);
  cell.state.notify_all();
  // A slot whose generations are used up is retired: an id never comes twice.
  if (id.generation() < ActorId::kGenerationMax) free_[cell.worker->index()].push_back(id);
}

Result<AnyRef> System::find(ActorId id, detail::TypeList types) const {
  const std::string name = TopicName::mailbox(id).text();
  const std::scoped_lock lock{mutex_};
  ActorCell* const cell = id.slot() < slots_used_ ? &cell_at(id.slot()) : nullptr;
  if (cell == nullptr || cell->record == nullptr || cell->record->id != id)
    return fail("not_found", fmt::format("{} is no actor of this system now", name));
  if (const auto* unhandled = detail::first_unhandled(cell->actor_operations(), types)) {
    return fail("not_handled", fmt::format("{} does not handle {}: it is not among its Handles",
                                           name, unhandled->name));
  }
  return AnyRef{*cell, id};
}

std::optional<Error> System::failure() const {
  const std::scoped_lock lock{mutex_};
  return failure_;
}

std::uint32_t System::places_used() const {
  const std::scoped_lock lock{mutex_};
  return slots_used_;
}

std::string System::display_name(const ActorCell& cell) {
  if (cell.record == nullptr) return "a stopped actor";
  const ActorRecord& record = *cell.record;
  return record.name.empty() ? TopicName::mailbox(record.id).text() : record.name;
}

std::pair<ActorId, std::string> System::holder_of(const ActorCell& cell) const {
  const std::scoped_lock lock{mutex_};
  return {cell.record != nullptr ? cell.record->id : ActorId{}, display_name(cell)};
}

std::string System::name_of_actor(ActorId id) const {
  const auto [holder, name] = holder_of(cell_at(id.slot()));
  return holder == id ? name : TopicName::mailbox(id).text();
}

std::vector<ActorStatus> System::actors() const {
  std::vector<ActorStatus> all;
  const std::scoped_lock lock{mutex_};
  for (std::uint32_t slot = 0; slot < slots_used_; ++slot) {
    const ActorCell& cell = cell_at(slot);
    if (cell.record == nullptr) continue;
    all.push_back(ActorStatus{
        display_name(cell), cell.state.load(std::memory_order_relaxed), cell.worker->index(),
        cell.handled.value(), cell.published_depth.load(std::memory_order_relaxed),
        cell.depth_high_water.value(), cell.restart_count.value(), cell.dead_letters.value(),
        cell.dropped.value(), cell.conflated.value(), cell.ticks_missed.value()});
  }
  std::sort(all.begin(), all.end(), [](const ActorStatus& left, const ActorStatus& right) {
    return left.name < right.name;
  });
  return all;
}

}  // namespace mycelium
