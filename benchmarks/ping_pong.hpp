#pragma once

#include "benchmarks/ours.hpp"

namespace mycelium::bench {

/// Sends every ball back; the one that serves also counts.
///
/// A ball that the peer has no room for would be lost, and there is only one: the measurement
/// fails.
class Player {
 public:
  using Handles = Messages<Ball, Begin>;

  /// `progress` is null for the player that only returns.
  explicit Player(Progress* progress) : progress_{progress} {}

  void handle(const Ball& ball, Context& context) {
    if (progress_ != nullptr) {
      progress_->count(context);
      if (progress_->done()) return;
    }
    hit(ball);
  }

  void handle(const Begin& begin) {
    peer_ = begin.receiver;
    if (progress_ != nullptr) hit(Ball{});
  }

 private:
  void hit(const Ball& ball) {
    if (peer_.try_send(ball) != SendResult::ok) {
      fail_measurement("a mailbox of a ping-pong was full or closed");
    }
  }

  Progress* progress_;
  RefTo<Ball> peer_;
};

/// Nanoseconds per round trip of one ball between two actors, on the given workers.
inline double round_trip_ns(std::size_t round_trips, std::uint16_t second_worker) {
  Progress progress{round_trips / 10, round_trips};
  System system{system_options(static_cast<std::uint16_t>(second_worker + 1))};
  const auto first =
      system.spawn("first", [&](Context&) { return Player{&progress}; }, on_worker(kSenderWorker));
  const auto second =
      system.spawn("second", [](Context&) { return Player{nullptr}; }, on_worker(second_worker));
  // The one that returns must know its peer first; both orders of starting are fine.
  if (second.try_send(Begin{first}) != SendResult::ok || !system.await_started(*second.cell()) ||
      first.try_send(Begin{second}) != SendResult::ok) {
    fail_measurement("the players did not start");
  }
  run_to_end(system);
  return progress.elapsed_ns() / static_cast<double>(round_trips);
}

}  // namespace mycelium::bench
