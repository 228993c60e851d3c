#include "mycelium/runtime/worker_group.hpp"

#include <pthread.h>
#include <sched.h>

#include "mycelium/base/assert.hpp"

namespace mycelium {
namespace {

void pin_this_thread(std::uint32_t cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu % CPU_SETSIZE, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

}  // namespace

WorkerGroup::WorkerGroup(std::uint16_t count, const WorkerOptions& options, const Clock& clock,
                         std::size_t cell_slots, std::size_t cell_bytes)
    : options_{options}, clock_{clock}, cells_{cell_slots, cell_bytes} {
  MYCELIUM_ASSERT(count >= 1 && count <= kWorkersMax, "a system has 1 to 64 workers");
  while (this->count() < count) static_cast<void>(add());
}

Worker* WorkerGroup::add() {
  const std::scoped_lock lock{threads_mutex_};
  const std::uint16_t index = count();
  if (index == kWorkersMax || stopped_) return nullptr;
  workers_[index] = std::make_unique<Worker>(index, options_, clock_, cells_, workers_);
  count_.store(static_cast<std::uint16_t>(index + 1), std::memory_order_release);
  Worker* const added = workers_[index].get();
  if (!threads_.empty()) threads_.emplace_back([added] { added->run(); });
  return added;
}

WorkerGroup::~WorkerGroup() {
  stop_threads();
  for (std::uint16_t index = 0; index < count(); ++index) workers_[index]->discard_undelivered();
}

void WorkerGroup::start_threads(std::span<const std::uint32_t> cpus) {
  const std::scoped_lock lock{threads_mutex_};
  MYCELIUM_ASSERT(threads_.empty() && !stopped_, "threads are started once");
  for (std::uint16_t index = 0; index < count(); ++index) {
    const bool pinned = index < cpus.size();
    const std::uint32_t cpu = pinned ? cpus[index] : 0;
    threads_.emplace_back([this, index, pinned, cpu] {
      if (pinned) pin_this_thread(cpu);
      workers_[index]->run();
    });
  }
}

void WorkerGroup::stop_threads() {
  std::vector<std::jthread> ending;
  {
    const std::scoped_lock lock{threads_mutex_};
    stopped_ = true;  // So that nobody comes any more whom nobody would stop.
    ending.swap(threads_);
  }
  for (std::uint16_t index = 0; index < count(); ++index) workers_[index]->request_stop();
  ending.clear();  // Joins.
}

std::uint32_t WorkerGroup::step_all() {
  MYCELIUM_ASSERT(!threads_run(), "either threads or the caller drives the workers");
  std::uint32_t handled = 0;
  for (std::uint16_t index = 0; index < count(); ++index) handled += workers_[index]->step();
  return handled;
}

}  // namespace mycelium
