#include "mycelium/runtime/blocking_pool.hpp"

#include <utility>

#include "mycelium/base/assert.hpp"
#include "mycelium/runtime/affinity.hpp"

namespace mycelium {

BlockingPool::BlockingPool(std::size_t threads, CpuSet cpus)
    : threads_max_{threads}, cpus_{std::move(cpus)} {
  MYCELIUM_ASSERT(threads > 0, "a blocking pool needs a thread");
  threads_.reserve(threads);
}

BlockingPool::~BlockingPool() {
  std::deque<Task> dropped;
  {
    const std::scoped_lock lock{mutex_};
    ending_ = true;
    dropped.swap(waiting_);
  }
  task_or_end_.notify_all();
  dropped.clear();  // Without the lock: what a task holds may post as it ends.
  // Without the lock too: threads take it on their way out. None starts any more.
  for (std::jthread& thread : threads_) thread.join();
}

bool BlockingPool::post(Task task) {
  {
    const std::scoped_lock lock{mutex_};
    if (ending_ || waiting_.size() >= kTasksMax) return false;
    // An idle thread may already be meant for a task that waits.
    if (idle_threads_ <= waiting_.size() && threads_.size() < threads_max_) {
      threads_.emplace_back([this] { work(); });
      ++idle_threads_;
    }
    waiting_.push_back(std::move(task));
  }
  task_or_end_.notify_one();
  return true;
}

std::size_t BlockingPool::started_threads() const {
  const std::scoped_lock lock{mutex_};
  return threads_.size();
}

void BlockingPool::work() noexcept {
  static_cast<void>(run_this_thread_on(cpus_));
  std::unique_lock lock{mutex_};
  for (;;) {
    task_or_end_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (ending_) return;
    Task task = std::move(waiting_.front());
    waiting_.pop_front();
    --idle_threads_;
    lock.unlock();
    task();
    task = nullptr;  // Destroyed here, not under the lock.
    lock.lock();
    ++idle_threads_;
  }
}

}  // namespace mycelium
