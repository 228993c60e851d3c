#pragma once

#include <chrono>
#include <cstdint>

#include "arbitrage/messages.hpp"
#include "mycelium/actor/context.hpp"
#include "mycelium/bus/outbox.hpp"

namespace arbitrage {

/// What a stage sends on: its messages and its watermark in one order, each kept until there is
/// room for it.
///
/// A stage publishes while it handles an event, forwards how far it has come, and settles: when
/// something still waits, a `Retry` comes back to the stage after `kRetryDelay`, which it hands to
/// `retry`. Thread-safety: none; part of one actor. Memory: what waits, which the replay clock's
/// grants bound.
class StageOutput {
 public:
  /// Long enough for a receiver to work off some of what it has, short beside everything a person
  /// can see.
  static constexpr std::chrono::microseconds kRetryDelay{50};

  /// `input` is the stage's own index, by which its receivers know its watermarks.
  StageOutput(mycelium::Publisher<Watermark> watermarks, std::uint32_t input)
      : watermarks_{watermarks}, input_{input} {}

  template <mycelium::Message M>
  void publish(const mycelium::Publisher<M>& publisher, const M& message) {
    outbox_.publish(publisher, message);
  }

  /// Promises, behind all that was published, to bring nothing before `upto`. Said once for every
  /// new place.
  void forward(const EventTime& upto) {
    if (upto <= forwarded_) return;
    forwarded_ = upto;
    outbox_.publish(watermarks_, Watermark{upto, input_});
  }

  /// Call at the end of a handler.
  void settle(mycelium::Context& context) {
    if (retry_armed_ || outbox_.flush()) return;
    retry_armed_ = true;
    context.after(kRetryDelay, Retry{});
  }

  void retry(mycelium::Context& context) {
    retry_armed_ = false;
    settle(context);
  }

  /// Messages that wait for room.
  [[nodiscard]] std::size_t waiting() const noexcept { return outbox_.waiting(); }

 private:
  mycelium::Outbox outbox_;
  mycelium::Publisher<Watermark> watermarks_;
  std::uint32_t input_;
  EventTime forwarded_ = EventTime::beginning();
  bool retry_armed_ = false;
};

}  // namespace arbitrage
