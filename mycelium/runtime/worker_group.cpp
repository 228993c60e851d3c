#include "mycelium/runtime/worker_group.hpp"

#include "mycelium/base/assert.hpp"
#include "mycelium/runtime/affinity.hpp"

namespace mycelium {

WorkerGroup::WorkerGroup(std::uint16_t count, const WorkerOptions& options, const Clock& clock,
                         std::size_t cell_slots, std::size_t cell_bytes)
    : options_{options}, clock_{clock}, cells_{cell_slots, cell_bytes} {
  MYCELIUM_ASSERT(count >= 1 && count <= kWorkersMax, "a system has 1 to 64 workers");
  while (this->count() < count) static_cast<void>(add(options_));
}

Worker* WorkerGroup::add() {
  WorkerOptions options = options_;
  if (options.idle == Idle::spin) options.idle = Idle::adaptive;
  return add(options);
}

Worker* WorkerGroup::add_attachment() {
  WorkerOptions options = options_;
  options.is_attachment = true;
  return add(options);
}

Worker* WorkerGroup::add(const WorkerOptions& options) {
  const std::scoped_lock lock{threads_mutex_};
  const std::uint16_t index = count();
  if (index == kWorkersMax || stopped_) return nullptr;
  workers_[index] = std::make_unique<Worker>(index, options, clock_, cells_, workers_);
  count_.store(static_cast<std::uint16_t>(index + 1), std::memory_order_release);
  Worker* const added = workers_[index].get();
  if (!threads_.empty() && !options.is_attachment) start_thread(*added, others_);
  return added;
}

WorkerGroup::~WorkerGroup() {
  stop_threads();
  for (std::uint16_t index = 0; index < count(); ++index) workers_[index]->discard_undelivered();
}

void WorkerGroup::start_thread(Worker& worker, const CpuSet& cpus) {
  threads_.emplace_back([&worker, cpus] {
    static_cast<void>(run_this_thread_on(cpus));
    worker.run();
  });
}

void WorkerGroup::start_threads(std::span<const CpuSet> cpus, const CpuSet& others) {
  const std::scoped_lock lock{threads_mutex_};
  MYCELIUM_ASSERT(threads_.empty() && !stopped_, "threads are started once");
  others_ = others;
  for (std::uint16_t index = 0; index < count(); ++index) {
    const bool is_given = index < cpus.size() && !cpus[index].empty();
    start_thread(*workers_[index], is_given ? cpus[index] : others_);
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
  for (std::uint16_t index = 0; index < count(); ++index) {
    if (!workers_[index]->is_attachment()) handled += workers_[index]->step();
  }
  return handled;
}

}  // namespace mycelium
