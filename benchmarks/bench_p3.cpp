// P3: how many messages a second two actors on workers of their own can send to one on a third.
#include "benchmarks/source.hpp"

namespace mycelium::bench {
namespace {

/// Counts balls and checks that none of either source is missing, doubled or out of order.
class Sink {
 public:
  using Handles = Messages<Ball>;

  explicit Sink(Progress& progress) : progress_{progress} {}

  void handle(const Ball& ball, Context& context) {
    std::uint64_t& expected = expected_[ball.words[1]];
    if (ball.words[0] != expected) [[unlikely]] {
      fail_measurement(fmt::format("ball {} of source {} came in place of {}", ball.words[0],
                                   ball.words[1], expected));
    }
    ++expected;
    progress_.count(context);
  }

 private:
  Progress& progress_;
  std::array<std::uint64_t, 2> expected_{};
};

double fan_in_millions_per_second(const FanInCpus& cpus, std::size_t messages) {
  const std::size_t warm_up = messages / 10;
  Progress progress{warm_up, messages};
  SystemOptions options = system_options(3);
  options.cpus.clear();
  for (const int cpu : {cpus.senders[0], cpus.senders[1], cpus.receiver}) {
    options.cpus.push_back(static_cast<std::uint32_t>(cpu));
  }
  System system{options};
  const auto sink = system.spawn("sink", [&](Context&) { return Sink{progress}; }, on_worker(2));
  if (!system.await_started(*sink.cell())) fail_measurement("the sink did not start");
  for (std::uint16_t index = 0; index < 2; ++index) {
    const auto source = system.spawn(
        fmt::format("source {}", index),
        [&, index](Context&) { return Source{(warm_up + messages) / 2, index}; }, on_worker(index));
    if (source.try_send(Begin{sink}) != SendResult::ok) {
      fail_measurement("a source did not start");
    }
  }
  run_to_end(system);
  return to_millions_per_second(messages, progress.elapsed_ns());
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P3")) return 0;
  require_both_cpus();
  const FanInCpus cpus = fan_in_cpus();
  const std::size_t messages = options.sized(20'000'000);
  print_row(our_row("P3", "fan_in", fan_in_millions_per_second(cpus, messages), "M msg/s",
                    cpus.text, "mailbox of 1024 messages, 2 lanes"));
}
