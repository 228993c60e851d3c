#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "mycelium/base/cache_line.hpp"

namespace mycelium {

/// Work handed to a worker by threads that have no lane to it: sends from foreign threads, spawns,
/// stops.
///
/// Thread-safety: `push` from any thread; `take` by the owner. Memory: `kTasksMax` tasks.
class InjectionQueue {
 public:
  using Task = std::move_only_function<void()>;
  /// Sends of foreign threads beyond this say `full`; control tasks pass.
  static constexpr std::size_t kTasksMax = 1U << 16;

  /// Whether so many more sends of a foreign thread fit. A hint under concurrency: others may come
  /// first.
  [[nodiscard]] bool has_room(std::size_t count = 1) const noexcept {
    return count_.load(std::memory_order_relaxed) + count <= kTasksMax;
  }

  /// Adds what `make` returns. False: the queue is closed, and `make` has not been called.
  template <typename Make>
  bool push_made(Make&& make) {
    const std::scoped_lock lock{mutex_};
    if (closed_) return false;
    tasks_.emplace_back(make());
    count_.store(tasks_.size(), std::memory_order_release);
    return true;
  }

  bool push(Task task) {
    return push_made([&] { return std::move(task); });
  }

  /// Takes nothing from now on; what waits can still be taken.
  void close() {
    const std::scoped_lock lock{mutex_};
    closed_ = true;
  }

  [[nodiscard]] bool empty() const noexcept { return count_.load(std::memory_order_acquire) == 0; }

  /// Owner: everything that waits, in order. `taken` is cleared and reused: what it was given room
  /// for becomes room for what comes next, so neither grows again before more wait than ever.
  void take(std::vector<Task>& taken) {
    taken.clear();
    const std::scoped_lock lock{mutex_};
    taken.reserve(tasks_.capacity());
    taken.swap(tasks_);
    count_.store(0, std::memory_order_relaxed);
  }

 private:
  alignas(kFalseSharingBytes) std::atomic<std::size_t> count_{0};
  std::mutex mutex_;
  std::vector<Task> tasks_;
  bool closed_ = false;
};

}  // namespace mycelium
