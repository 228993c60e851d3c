#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "mycelium/config/cpu_set.hpp"
#include "mycelium/runtime/cell.hpp"
#include "mycelium/runtime/worker.hpp"

namespace mycelium {

/// The workers of one system, their lanes' common cell table, and their threads.
///
/// Thread-safety: start, stop and destruction by one thread; `add` meanwhile by
/// another; `worker` from any.
class WorkerGroup {
 public:
  /// Requires: 1 <= count <= kWorkersMax. `add` makes more.
  WorkerGroup(std::uint16_t count, const WorkerOptions& options, const Clock& clock,
              std::size_t cell_slots, std::size_t cell_bytes);
  ~WorkerGroup();
  WorkerGroup(const WorkerGroup&) = delete;
  WorkerGroup& operator=(const WorkerGroup&) = delete;

  /// Starts a thread per worker; worker i runs on cpus[i], and where that is empty or missing, as
  /// workers that come later, on `others`. Requires: the process may use these processors
  /// (`unusable_among`).
  void start_threads(std::span<const CpuSet> cpus, const CpuSet& others = {});

  /// One more worker, with a thread of its own when threads run, which does not spin for ever: it
  /// has no processor to itself. Null beyond `kWorkersMax` and once
  /// the threads have been stopped. One thread at a time.
  Worker* add();
  /// The same without a thread: for one that exists and is to send by it.
  Worker* add_attachment();

  /// Lets every worker finish its step and joins the threads. Idempotent.
  void stop_threads();

  [[nodiscard]] bool threads_run() const {
    const std::scoped_lock lock{threads_mutex_};
    return !threads_.empty();
  }
  [[nodiscard]] std::uint16_t count() const noexcept {
    return count_.load(std::memory_order_acquire);  // Pairs with add().
  }
  [[nodiscard]] Worker& worker(std::uint16_t index) noexcept { return *workers_[index]; }
  [[nodiscard]] const CellTable& cells() const noexcept { return cells_; }

  /// One step of every worker but attachments in turn, for tests and simulations. Requires: no
  /// threads run.
  std::uint32_t step_all();

 private:
  Worker* add(const WorkerOptions& options);
  void start_thread(Worker& worker, const CpuSet& cpus);

  const WorkerOptions options_;
  const Clock& clock_;
  CellTable cells_;
  std::array<std::unique_ptr<Worker>, kWorkersMax> workers_;  // [0, count_) are set.
  std::atomic<std::uint16_t> count_{0};
  mutable std::mutex threads_mutex_;  // Guards what follows.
  std::vector<std::jthread> threads_;
  CpuSet others_;  // Where workers run that come later: not where the thread runs that adds them.
  bool stopped_ = false;
};

}  // namespace mycelium
