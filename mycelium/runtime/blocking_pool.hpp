#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "mycelium/config/cpu_set.hpp"

namespace mycelium {

/// Threads for work that may block: files, name look-ups, calls of libraries. A worker posts it
/// here and goes on.
///
///     if (!pool.post([file, reply] { reply(read_all(file)); })) return full;
///
/// Tasks begin in the order of their posts. Thread-safety: `post` from any thread, tasks of the
/// pool included. Memory: at most `kTasksMax` tasks wait. Life-cycle: threads start when tasks need
/// them, up to the number given, and end with the pool. The destructor drops the tasks that wait,
/// by destroying them, then waits for those that run.
class BlockingPool {
 public:
  using Task = std::move_only_function<void()>;
  /// More tasks than this do not wait: work that blocks comes faster than it is done, and posting
  /// must fail where the poster can still answer it.
  static constexpr std::size_t kTasksMax = 4096;

  /// The threads run on these processors, and not where the thread runs that posts: a worker that
  /// is pinned would share its own. Empty: as the posting thread. Requires: threads > 0.
  explicit BlockingPool(std::size_t threads, CpuSet cpus = {});
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Has a thread run `task` and destroy it. False: too many wait, or the pool is ending; the task
  /// is destroyed unrun. Requires: the task does not throw; an exception ends the process. Errors:
  /// throws std::system_error when a thread is needed and the system gives none, and what
  /// allocating throws; the task is destroyed unrun then too.
  [[nodiscard]] bool post(Task task);

  /// Threads started so far. Any thread.
  [[nodiscard]] std::size_t started_threads() const;

 private:
  /// What a thread does.
  void work() noexcept;

  const std::size_t threads_max_;
  const CpuSet cpus_;
  mutable std::mutex mutex_;
  std::condition_variable task_or_end_;
  // All guarded by `mutex_`.
  std::deque<Task> waiting_;
  std::size_t idle_threads_ = 0;  // In `work`, not running a task.
  bool ending_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace mycelium
