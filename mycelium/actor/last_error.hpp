#pragma once

#include <atomic>
#include <string>
#include <utility>

namespace mycelium {

/// The sentence of an actor's last failure, which others may want to see.
///
/// Thread-safety: `set` by the owner worker; `get` by any thread. `held_` is taken by both with
/// acquire order and given back with release order, each for as long as a copy takes.
class LastError {
 public:
  void set(std::string sentence) noexcept {
    take();
    sentence_.swap(sentence);
    give_back();
  }
  [[nodiscard]] std::string get() const {
    take();
    std::string copy;
    try {
      copy = sentence_;
    } catch (...) {
      give_back();
      throw;
    }
    give_back();
    return copy;
  }

 private:
  void take() const noexcept {
    while (held_.test_and_set(std::memory_order_acquire))
      held_.wait(true, std::memory_order_relaxed);
  }
  void give_back() const noexcept {
    held_.clear(std::memory_order_release);
    held_.notify_one();
  }

  mutable std::atomic_flag held_;
  std::string sentence_;
};

}  // namespace mycelium
