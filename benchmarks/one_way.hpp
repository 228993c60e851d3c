#pragma once

#include <optional>

#include "benchmarks/ours.hpp"
#include "benchmarks/pauses.hpp"

namespace mycelium::bench {

/// How a scheduled sender gets to its next look at the schedule.
enum class Pace : std::uint8_t {
  at_once,  ///< By a message to itself: as often as it can, many times a step.
  by_step,  ///< By a timer that is due at once: each step, so that others of its worker come in
            ///< between.
};

/// Looks at the schedule with every tick of its own, and sends what is due.
class ScheduledSender {
 public:
  using Handles = Messages<Tick, Begin>;

  /// `pauses`: of this thread, or null.
  explicit ScheduledSender(std::uint64_t messages, Pace pace = Pace::at_once,
                           PauseLog* pauses = nullptr)
      : left_{messages}, pace_{pace}, pauses_{pauses} {}

  void handle(const Begin& begin, Context& context) {
    receiver_ = begin.receiver;
    schedule_.emplace(tick_scale(), kLatencyMessagesPerSecond);
    go_on(context);
  }

  void handle(const Tick&, Context& context) {
    const std::uint64_t now = ticks();
    if (pauses_ != nullptr) pauses_->look(now);
    // A stamp that found no room keeps its time: waiting counts as latency.
    if (ball_.words[0] == 0) ball_.words[0] = schedule_->due(now);
    if (ball_.words[0] != 0 && receiver_.try_send(ball_) == SendResult::ok) {
      ball_.words[0] = 0;
      --left_;
    }
    if (left_ > 0) go_on(context);
  }

 private:
  void go_on(Context& context) const {
    if (pace_ == Pace::by_step) {
      context.after(std::chrono::nanoseconds{0}, Tick{});
      return;
    }
    if (context.self<ScheduledSender>().try_send(Tick{}) != SendResult::ok) {
      fail_measurement("the sender's own mailbox was full");
    }
  }

  std::uint64_t left_;
  Pace pace_;
  PauseLog* pauses_;
  Ball ball_;
  RefTo<Ball> receiver_;
  std::optional<OpenLoopSchedule> schedule_;
};

/// Records how old each ball is when its handler begins.
class AgeReceiver {
 public:
  using Handles = Messages<Ball>;

  AgeReceiver(Progress& progress, LatencySamples& samples)
      : progress_{progress}, samples_{samples} {}

  void handle(const Ball& ball, Context& context) {
    const std::uint64_t age = ticks() - ball.words[0];
    if (progress_.measures()) samples_.record(age);
    progress_.count(context);
  }

 private:
  Progress& progress_;
  LatencySamples& samples_;
};

/// Nanoseconds from the send on one worker to the inside of the handler on another, at the rate of
/// P4.
inline Percentiles one_way(const SystemOptions& options, std::size_t messages) {
  const std::size_t warm_up = messages / 10;
  Progress progress{warm_up, messages};
  LatencySamples samples{messages};
  tick_scale();  // Calibrated before anything is measured.
  System system{options};
  const auto receiver = system.spawn(
      "receiver", [&](Context&) { return AgeReceiver{progress, samples}; },
      on_worker(kReceiverWorker));
  const auto sender = system.spawn(
      "sender", [&](Context&) { return ScheduledSender{warm_up + messages}; },
      on_worker(kSenderWorker));
  if (!system.await_started(*receiver.cell()) ||
      sender.try_send(Begin{receiver}) != SendResult::ok) {
    fail_measurement("the sender did not start");
  }
  run_to_end(system);
  return samples.percentiles(tick_scale());
}

}  // namespace mycelium::bench
