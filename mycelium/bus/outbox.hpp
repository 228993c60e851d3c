#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <stdexcept>
#include <utility>

#include "mycelium/bus/topic.hpp"

namespace mycelium {

/// A stage to itself: try again to publish what found no room.
struct Retry {};
[[maybe_unused]] constexpr MessageTraits mycelium_message_traits(const Retry*) {
  return {kReservedTypeIds + 0x12, "mycelium.retry", "Retry"};
}

/// Publishes on any number of topics in one order, and keeps what found no room until it finds
/// some.
///
/// For stages that must not lose what they derive and cannot hold their input back. What it keeps
/// is bounded by whatever bounds the input (a replay clock's grants), and by its capacity; the
/// owner calls `flush` again, from a timer or with the next input. Thread-safety: none; part of one
/// actor. Memory: one allocation per kept message, none otherwise.
class Outbox {
 public:
  /// Messages that wait, unless set: more than this is a stage whose receiver has stood still.
  static constexpr std::size_t kCapacity = std::size_t{1} << 20;

  explicit Outbox(std::size_t capacity = kCapacity) noexcept : capacity_{capacity} {}

  /// Publishes now, or keeps the message when others wait before it or a `block` subscriber has no
  /// room. Throws std::length_error when `capacity` messages wait: the stage fails, and is seen to,
  /// before it takes all memory.
  template <Message M>
  void publish(const Publisher<M>& publisher, const M& message) {
    if (waiting_.empty() && publisher.publish(message).full == 0) return;
    if (waiting_.size() >= capacity_)
      throw std::length_error{
          "an outbox is full: its subscribers have not taken anything for long"};
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
  std::size_t capacity_;
  std::deque<std::move_only_function<bool()>> waiting_;
  std::size_t high_water_ = 0;
};

}  // namespace mycelium
