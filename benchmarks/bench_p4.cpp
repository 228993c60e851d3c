// P4: the time from a send on one worker to the inside of the handler on another, and there and
// back.
#include "benchmarks/ping_pong.hpp"

namespace mycelium::bench {
namespace {

/// Looks at the schedule with every tick that it sends itself, and sends what is due.
class Sender {
 public:
  using Handles = Messages<Tick, Begin>;

  explicit Sender(std::uint64_t messages) : left_{messages} {}

  void handle(const Begin& begin, Context& context) {
    receiver_ = begin.receiver;
    schedule_.emplace(tick_scale(), kLatencyMessagesPerSecond);
    go_on(context);
  }

  void handle(const Tick&, Context& context) {
    // A stamp that found no room keeps its time: waiting counts as latency.
    if (ball_.words[0] == 0) ball_.words[0] = schedule_->due(ticks());
    if (ball_.words[0] != 0 && receiver_.try_send(ball_) == SendResult::ok) {
      ball_.words[0] = 0;
      --left_;
    }
    if (left_ > 0) go_on(context);
  }

 private:
  static void go_on(Context& context) {
    if (context.self<Sender>().try_send(Tick{}) != SendResult::ok) {
      fail_measurement("the sender's own mailbox was full");
    }
  }

  std::uint64_t left_;
  Ball ball_;
  RefTo<Ball> receiver_;
  std::optional<OpenLoopSchedule> schedule_;
};

/// Records how old each ball is when its handler begins.
class Receiver {
 public:
  using Handles = Messages<Ball>;

  Receiver(Progress& progress, LatencySamples& samples) : progress_{progress}, samples_{samples} {}

  void handle(const Ball& ball, Context& context) {
    const std::uint64_t age = ticks() - ball.words[0];
    if (progress_.measures()) samples_.record(age);
    progress_.count(context);
  }

 private:
  Progress& progress_;
  LatencySamples& samples_;
};

Percentiles one_way(std::size_t messages) {
  const std::size_t warm_up = messages / 10;
  Progress progress{warm_up, messages};
  LatencySamples samples{messages};
  tick_scale();  // Calibrated before anything is measured.
  System system{system_options(2)};
  const auto receiver = system.spawn(
      "receiver", [&](Context&) { return Receiver{progress, samples}; },
      on_worker(kReceiverWorker));
  const auto sender = system.spawn(
      "sender", [&](Context&) { return Sender{warm_up + messages}; }, on_worker(kSenderWorker));
  if (!system.await_started(*receiver.cell()) ||
      sender.try_send(Begin{receiver}) != SendResult::ok) {
    fail_measurement("the sender did not start");
  }
  run_to_end(system);
  return samples.percentiles(tick_scale());
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P4")) return 0;
  require_both_cpus();
  const Percentiles latency = one_way(options.sized(100'000));
  Row row = our_row("P4", "one_way", latency.p50, "ns", kPinnedPair,
                    fmt::format("{}, 1 lane", kLatencyRate));
  row.percentiles = latency;
  print_row(row);
  print_row(our_row("P4", "round_trip", round_trip_ns(options.sized(1'000'000), kReceiverWorker),
                    "ns", kPinnedPair, "ping-pong, 1 lane each way"));
}
