// P4: the time from a send on one worker to the inside of the handler on another, and there and
// back.
#include "benchmarks/one_way.hpp"
#include "benchmarks/ping_pong.hpp"
#include "benchmarks/turns.hpp"

namespace mycelium::bench {
namespace {

/// Notes when each ball was sent and when its handler began.
class WayReceiver {
 public:
  using Handles = Messages<Ball>;

  WayReceiver(Progress& progress, std::vector<Stretch>& ways) : progress_{progress}, ways_{ways} {}

  void handle(const Ball& ball, Context& context) {
    if (progress_.measures()) ways_.push_back({ball.words[0], ticks()});
    progress_.count(context);
  }

 private:
  Progress& progress_;
  std::vector<Stretch>& ways_;
};

/// Looks at the clock with every step of its worker.
class Watcher {
 public:
  using Handles = Messages<Tick>;

  explicit Watcher(PauseLog& pauses) : pauses_{pauses} {}
  void on_start(Context& context) { go_on(context); }
  void handle(const Tick&, Context& context) {
    pauses_.look(ticks());
    go_on(context);
  }

 private:
  static void go_on(Context& context) { context.after(std::chrono::nanoseconds{0}, Tick{}); }

  PauseLog& pauses_;
};

/// P4 with both threads watched.
Undisturbed one_way_undisturbed(std::size_t messages) {
  const std::size_t warm_up = messages / 10;
  Progress progress{warm_up, messages};
  std::vector<Stretch> ways;
  ways.reserve(messages);
  PauseLog sender_pauses{messages};
  PauseLog receiver_pauses{messages};
  System system{system_options(2)};
  const auto receiver = system.spawn(
      "receiver", [&](Context&) { return WayReceiver{progress, ways}; },
      on_worker(kReceiverWorker));
  const auto watcher = system.spawn(
      "watcher", [&](Context&) { return Watcher{receiver_pauses}; }, on_worker(kReceiverWorker));
  const auto sender = system.spawn(
      "sender",
      [&](Context&) { return ScheduledSender{warm_up + messages, Pace::at_once, &sender_pauses}; },
      on_worker(kSenderWorker));
  if (!system.await_started(*receiver.cell()) || !system.await_started(*watcher.cell()) ||
      sender.try_send(Begin{receiver}) != SendResult::ok) {
    fail_measurement("the sender did not start");
  }
  run_to_end(system);
  return leave_out_disturbed(ways, sender_pauses, receiver_pauses);
}

void print_one_way(const char* condition, const Percentiles& latency, std::string note) {
  Row row = our_row("P4", condition, latency.p50, "ns", kPinnedPair, std::move(note));
  row.percentiles = latency;
  print_row(row);
}

void measure(const Options& options) {
  Turns turns;
  while (turns.count() < kTurns) turns.add(one_way(system_options(2), options.sized(10'000)));
  print_one_way("one_way", turns.medians(),
                fmt::format("{}, 1 lane; median of {} turns", kLatencyRate, kTurns));
  const Undisturbed undisturbed = one_way_undisturbed(options.sized(100'000));
  print_one_way("one_way_undisturbed", undisturbed.latency,
                describe(undisturbed) + "; a timer in each step of the receiver's worker");
  print_row(our_row("P4", "round_trip", round_trip_ns(options.sized(1'000'000), kReceiverWorker),
                    "ns", kPinnedPair, "ping-pong, 1 lane each way"));
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P4")) return 0;
  require_both_cpus();
  measure(options);
}
