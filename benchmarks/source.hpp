#pragma once

#include "benchmarks/ours.hpp"

namespace mycelium::bench {

/// Sends numbered balls until the receiver's side is full, then goes on with the next tick.
class Source {
 public:
  using Handles = Messages<Tick, Begin>;

  /// `mark` is the second word of each ball: tells sources apart.
  explicit Source(std::uint64_t messages, std::uint64_t mark = 0) : left_{messages} {
    ball_.words[1] = mark;
  }

  void handle(const Begin& begin, Context& context) {
    receiver_ = begin.receiver;
    go_on(context);
  }

  void handle(const Tick&, Context& context) {
    for (std::uint32_t sent = 0; sent < kBurstMax && left_ > 0; ++sent, --left_, ++ball_.words[0]) {
      if (receiver_.try_send(ball_) != SendResult::ok) break;
    }
    if (left_ > 0) go_on(context);
  }

 private:
  static constexpr std::uint32_t kBurstMax = 1024;  // So that its worker stays fair to others.

  static void go_on(Context& context) {
    if (context.self<Source>().try_send(Tick{}) != SendResult::ok) {
      fail_measurement("the source's own mailbox was full");
    }
  }

  std::uint64_t left_;
  Ball ball_;
  RefTo<Ball> receiver_;
};

}  // namespace mycelium::bench
