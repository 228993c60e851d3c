// P13: what a system costs that has nothing to do, and what waking up costs one that has little.
#include "benchmarks/one_way.hpp"
#include "benchmarks/process.hpp"

namespace mycelium::bench {
namespace {

constexpr std::uint64_t kActors = 10'000;

class Idler {
 public:
  using Handles = Messages<Ball>;
  void handle(const Ball&) {}
};

/// Percent of one processor that the whole process uses while nobody sends anything.
double idle_percent(Idle idle, std::chrono::nanoseconds duration) {
  SystemOptions options = system_options(2);
  options.idle = idle;
  System system{options};
  std::vector<ActorCell*> cells;
  for (std::uint64_t number = 0; number < kActors; ++number) {
    cells.push_back(
        system.spawn(fmt::format("a{}", number), [](Context&) { return Idler{}; }).cell());
  }
  for (const ActorCell* cell : cells) {
    if (!system.await_started(*cell)) fail_measurement("an actor did not start");
  }
  // Sleeps, since nobody asks for a stop: first until the workers sleep too.
  static_cast<void>(system.wait_for(std::chrono::milliseconds{100}));
  const double used_before = processor_time_ns();
  const Stopwatch stopwatch;
  static_cast<void>(system.wait_for(duration));
  const double used = processor_time_ns() - used_before;
  return 100 * used / stopwatch.elapsed_ns();
}

void print_idle(const char* condition, Idle idle, std::chrono::nanoseconds duration) {
  Row row = our_row("P13", condition, idle_percent(idle, duration), "% of a core", "cpu 0, cpu 1",
                    fmt::format("{} actors on 2 workers", kActors));
  row.mode = std::string{name_of(idle)};
  row.payload = "none";
  print_row(row);
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P13")) return 0;
  require_both_cpus();
  const std::chrono::seconds duration{options.quick ? 1 : 3};
  print_idle("idle_cpu_sleep", mycelium::Idle::sleep, duration);
  print_idle("idle_cpu_adaptive", mycelium::Idle::adaptive, duration);
  mycelium::SystemOptions adaptive = system_options(2);
  adaptive.idle = mycelium::Idle::adaptive;
  const Percentiles latency = one_way(adaptive, options.sized(100'000));
  Row row = our_row("P13", "one_way_adaptive", latency.p50, "ns", kPinnedPair,
                    fmt::format("{}, 1 lane", kLatencyRate));
  row.mode = std::string{name_of(mycelium::Idle::adaptive)};
  row.percentiles = latency;
  print_row(row);
}
