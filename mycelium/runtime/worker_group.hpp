#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "mycelium/runtime/cell.hpp"
#include "mycelium/runtime/worker.hpp"

namespace mycelium {

/// The workers of one system, their lanes' common cell table, and their threads.
///
/// Thread-safety: start, stop and destruction by one thread; `worker` from any.
class WorkerGroup {
 public:
  /// Requires: 1 <= count <= kWorkersMax.
  WorkerGroup(std::uint16_t count, const WorkerOptions& options, const Clock& clock,
              std::size_t cell_slots, std::size_t cell_bytes);
  ~WorkerGroup();
  WorkerGroup(const WorkerGroup&) = delete;
  WorkerGroup& operator=(const WorkerGroup&) = delete;

  /// Starts a thread per worker; worker i is pinned to cpus[i] where given. A processor that this
  /// machine has not, or forbids, is ignored.
  void start_threads(std::span<const std::uint32_t> cpus);

  /// Lets every worker finish its step and joins the threads. Idempotent.
  void stop_threads();

  [[nodiscard]] bool threads_run() const noexcept { return !threads_.empty(); }
  [[nodiscard]] std::uint16_t count() const noexcept {
    return static_cast<std::uint16_t>(workers_.size());
  }
  [[nodiscard]] Worker& worker(std::uint16_t index) noexcept { return *workers_[index]; }
  [[nodiscard]] const CellTable& cells() const noexcept { return cells_; }

  /// One step of every worker in turn, for tests and simulations. Requires: no threads run.
  std::uint32_t step_all();

 private:
  CellTable cells_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::jthread> threads_;
};

}  // namespace mycelium
