#pragma once

#include <chrono>
#include <cstdint>

#include "mycelium/actor/context.hpp"
#include "mycelium/bus/outbox.hpp"
#include "mycelium/bus/watermark.hpp"

namespace mycelium {

/// What a stage sends on: its messages and its watermark in one order, each kept until there is
/// room for it (promise T3).
///
///     void handle(const Trade& trade) { output_.publish(bars_, bar_of(trade)); }
///     void handle(const Watermark& mark, Context& context) {   // of the stage before this one
///       output_.forward(mark.upto);
///       output_.settle(context);
///     }
///     void handle(const Retry&, Context& context) { output_.retry(context); }
///
/// A stage publishes while it handles an event, forwards how far it has come, also when it has
/// published nothing, and settles: when something still waits, a `Retry` comes back after
/// `kRetryDelay`, which it hands to `retry`. So no stage ever waits, and no circle of full
/// mailboxes can stand still. A stage of several inputs forwards `Aligner::watermark()`.
///
/// Thread-safety: none; part of one actor. Memory: what waits, which is bounded by whatever bounds
/// the stage's input. Life-cycle: one incarnation; what waits is lost with it.
class StageOutput {
 public:
  /// Long enough for a receiver to work off some of what it has, short beside everything a person
  /// can see.
  static constexpr std::chrono::microseconds kRetryDelay{50};

  /// `input` is the stage's own index, by which its receivers know its watermarks.
  StageOutput(Publisher<Watermark> watermarks, std::uint32_t input)
      : watermarks_{watermarks}, input_{input} {}

  /// Publishes, or keeps the message behind those that wait already.
  template <Message M>
  void publish(const Publisher<M>& publisher, const M& message) {
    outbox_.publish(publisher, message);
  }

  /// Promises, behind all that was published, to bring nothing before `upto`. Said once for every
  /// new place; an earlier one is ignored.
  void forward(const EventTime& upto) {
    if (upto <= forwarded_) return;
    forwarded_ = upto;
    outbox_.publish(watermarks_, Watermark{upto, input_});
  }

  /// Call at the end of a handler. Requires: the class handles `Retry`.
  void settle(Context& context) {
    if (retry_armed_ || outbox_.flush()) return;
    retry_armed_ = true;
    context.after(kRetryDelay, Retry{});
  }

  void retry(Context& context) {
    retry_armed_ = false;
    settle(context);
  }

  /// Messages that wait for room. A source reads nothing more while there are any.
  [[nodiscard]] std::size_t waiting() const noexcept { return outbox_.waiting(); }

 private:
  Outbox outbox_;
  Publisher<Watermark> watermarks_;
  std::uint32_t input_;
  EventTime forwarded_ = EventTime::beginning();
  bool retry_armed_ = false;
};

}  // namespace mycelium
