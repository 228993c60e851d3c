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
    : cells_{cell_slots, cell_bytes} {
  MYCELIUM_ASSERT(count >= 1 && count <= kWorkersMax, "a system has 1 to 64 workers");
  workers_.resize(count);  // First the table of peers, then the workers that look into it.
  for (std::uint16_t index = 0; index < count; ++index) {
    workers_[index] = std::make_unique<Worker>(index, options, clock, cells_, workers_);
  }
}

WorkerGroup::~WorkerGroup() {
  stop_threads();
  for (auto& worker : workers_) worker->discard_undelivered();
}

void WorkerGroup::start_threads(std::span<const std::uint32_t> cpus) {
  MYCELIUM_ASSERT(threads_.empty(), "threads are started once");
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
  for (auto& worker : workers_) worker->request_stop();
  threads_.clear();  // Joins.
}

std::uint32_t WorkerGroup::step_all() {
  MYCELIUM_ASSERT(threads_.empty(), "either threads or the caller drives the workers");
  std::uint32_t handled = 0;
  for (auto& worker : workers_) handled += worker->step();
  return handled;
}

}  // namespace mycelium
