#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <utility>

#include "mycelium/bus/topic.hpp"

namespace mycelium {

/// Publishes on any number of topics in one order, and keeps what found no room until it finds
/// some.
///
/// For stages that must not lose what they derive and cannot hold their input back. What it keeps
/// is bounded by whatever bounds the input (a replay clock's grants); the owner calls `flush`
/// again, from a timer or with the next input. Thread-safety: none; part of one actor. Memory: one
/// allocation per kept message, none otherwise.
class Outbox {
 public:
  /// Publishes now, or keeps the message when others wait before it or a `block` subscriber has no
  /// room.
  template <Message M>
  void publish(const Publisher<M>& publisher, const M& message) {
    if (waiting_.empty() && publisher.publish(message).full == 0) return;
    waiting_.emplace_back([publisher, message] { return publisher.publish(message).full == 0; });
    if (waiting_.size() > high_water_) high_water_ = waiting_.size();
  }

  /// Publishes what waits, in order, as far as there is room; whether nothing waits any more.
  bool flush() {
    while (!waiting_.empty() && waiting_.front()()) waiting_.pop_front();
    return waiting_.empty();
  }

  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
  [[nodiscard]] std::size_t high_water() const noexcept { return high_water_; }

 private:
  std::deque<std::move_only_function<bool()>> waiting_;
  std::size_t high_water_ = 0;
};

}  // namespace mycelium
