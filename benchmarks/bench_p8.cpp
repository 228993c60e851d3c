// P8: the time from an actor's failure to its next message handled, and what its siblings notice.
#include <spdlog/spdlog.h>

#include <stdexcept>

#include "benchmarks/one_way.hpp"
#include "benchmarks/turns.hpp"

namespace mycelium::bench {
namespace {

/// Its handler throws.
struct Boom {
  std::uint64_t number = 0;
};
MYCELIUM_MESSAGE(Boom, 7, "bench.boom", number)

SpawnOptions failing_on_worker(std::uint16_t worker) {
  SpawnOptions options = on_worker(worker);
  options.restart.max_restarts = kRestartsMax;
  return options;
}

/// Fails at one message and notes, at the next, which waits already, how long that has taken.
/// What must survive the failure is outside.
class Failing {
 public:
  using Handles = Messages<Boom, Ball>;

  Failing(Progress& progress, LatencySamples& samples, std::uint64_t& failed_at)
      : progress_{progress}, samples_{samples}, failed_at_{failed_at} {}

  void handle(const Boom&) {
    failed_at_ = ticks();
    throw std::runtime_error{"planned"};
  }
  void handle(const Ball& ball, Context& context) {
    const std::uint64_t passed = ticks() - failed_at_;
    if (progress_.measures()) samples_.record(passed);
    progress_.count(context);
    if (progress_.done()) return;
    const auto self = context.self<Failing>();
    if (self.try_send(Boom{}) != SendResult::ok || self.try_send(ball) != SendResult::ok) {
      fail_measurement("the actor's own mailbox was full");
    }
  }

 private:
  Progress& progress_;
  LatencySamples& samples_;
  std::uint64_t& failed_at_;
};

Percentiles failure_to_next(std::size_t failures) {
  Progress progress{failures / 10, failures};
  LatencySamples samples{failures};
  std::uint64_t failed_at = 0;
  tick_scale();  // Calibrated before anything is measured.
  System system{system_options(1)};
  const auto failing = system.spawn(
      "failing", [&](Context&) { return Failing{progress, samples, failed_at}; },
      failing_on_worker(kSenderWorker));
  if (failing.try_send(Boom{}) != SendResult::ok || failing.try_send(Ball{}) != SendResult::ok) {
    fail_measurement("the actor did not start");
  }
  run_to_end(system, Failures::planned);
  return samples.percentiles(tick_scale());
}

/// Fails at every message.
class Stormy {
 public:
  using Handles = Messages<Boom>;
  void handle(const Boom&) { throw std::runtime_error{"planned"}; }
};

/// Makes another actor fail, again and again.
class Storm {
 public:
  using Handles = Messages<Tick>;

  explicit Storm(RefTo<Boom> target) : target_{target} {}

  void on_start(Context& context) { context.after(kInterval, Tick{}); }
  void handle(const Tick&, Context& context) {
    if (target_.try_send(Boom{}) != SendResult::ok) fail_measurement("the storm was held up");
    context.after(kInterval, Tick{});
  }

  static constexpr std::chrono::milliseconds kInterval{1};

 private:
  RefTo<Boom> target_;
};

/// Between two actors of worker 1, while an actor of worker `storm` fails.
Percentiles sibling(std::optional<std::uint16_t> storm, std::size_t messages) {
  const std::size_t warm_up = messages / 10;
  Progress progress{warm_up, messages};
  LatencySamples samples{messages};
  tick_scale();
  System system{system_options(2)};
  const auto receiver = system.spawn(
      "sibling", [&](Context&) { return AgeReceiver{progress, samples}; },
      on_worker(kReceiverWorker));
  const auto sender = system.spawn(
      "sender", [&](Context&) { return ScheduledSender{warm_up + messages, Pace::by_step}; },
      on_worker(kReceiverWorker));
  if (storm) {
    const RefTo<Boom> target =
        system.spawn("stormy", [](Context&) { return Stormy{}; }, failing_on_worker(*storm));
    system.spawn("storm", [target](Context&) { return Storm{target}; }, on_worker(*storm));
  }
  if (sender.try_send(Begin{receiver}) != SendResult::ok) {
    fail_measurement("the sender did not start");
  }
  run_to_end(system, Failures::planned);
  if (storm && system.restarts() == 0) fail_measurement("nothing failed");
  return samples.percentiles(tick_scale());
}

void print(const char* condition, const Percentiles& latency, const char* pinning,
           std::string note) {
  Row row = our_row("P8", condition, latency.p50, "ns", pinning, std::move(note));
  row.percentiles = latency;
  print_row(row);
}

// By turns, so that what the machine takes meets all of them.
void measure_siblings(std::size_t messages) {
  Turns quiet;
  Turns storm_here;
  Turns storm_elsewhere;
  for (std::size_t turn = 0; turn < kTurns; ++turn) {
    quiet.add(sibling(std::nullopt, messages));
    storm_here.add(sibling(kReceiverWorker, messages));
    storm_elsewhere.add(sibling(kSenderWorker, messages));
  }
  const auto note = [](const char* what) {
    return fmt::format("{}, {}; mean of the middle half of {} turns, one after another",
                       kLatencyRate, what, kTurns);
  };
  print("sibling_quiet", quiet.middle_means(), "cpu 1", note("one worker"));
  print("sibling_storm", storm_here.middle_means(), "cpu 1",
        note("another actor of this worker fails 1000 times a second"));
  print("sibling_storm_elsewhere", storm_elsewhere.middle_means(), "cpu 1",
        note("an actor of the other worker fails 1000 times a second"));
}

void measure(const Options& options) {
  spdlog::set_level(spdlog::level::off);  // Whoever writes the log decides what that costs.
  print("failure_to_next", failure_to_next(options.sized(50'000)), "cpu 0",
        "the next message waits already; mailbox and refs stay; the log is off");
  measure_siblings(options.sized(10'000));
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P8")) return 0;
  require_both_cpus();
  measure(options);
}
