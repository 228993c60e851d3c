// P7: what an actor without state costs while it has nothing to do, and how fast actors come to
// life.
#include <sys/wait.h>

#include <atomic>

#include "benchmarks/ours.hpp"
#include "benchmarks/process.hpp"

namespace mycelium::bench {
namespace {

/// An actor with nothing in it.
class Idler {
 public:
  using Handles = Messages<Ball>;
  void handle(const Ball&) {}
};

using Started = std::atomic<std::uint64_t>;

// `started` counts in the factory: an actor without state has nothing to count with.
void spawn_idler(System& system, Started& started) {
  system.spawn(
      [&started](Context&) {
        started.fetch_add(1, std::memory_order_release);  // Pairs with await().
        return Idler{};
      },
      on_worker(0));
}

void await(const Started& started, std::uint64_t count) {
  while (started.load(std::memory_order_acquire) < count) spin_hint();
}

/// Spawns so many actors, some at each of its own ticks.
class Spawner {
 public:
  using Handles = Messages<Tick>;

  Spawner(System& system, Started& started, std::uint64_t count)
      : system_{system}, started_{started}, left_{count} {}

  void on_start(Context& context) { go_on(context); }
  void handle(const Tick&, Context& context) {
    for (int spawned = 0; spawned < kAtOnce && left_ > 0; ++spawned) {
      --left_;
      spawn_idler(system_, started_);
    }
    if (left_ > 0) go_on(context);
  }

 private:
  static constexpr int kAtOnce = 256;

  static void go_on(Context& context) {
    if (context.self<Spawner>().try_send(Tick{}) != SendResult::ok) {
      fail_measurement("the spawner's own mailbox was full");
    }
  }

  System& system_;
  Started& started_;
  std::uint64_t left_;
};

// One worker, on the second processor: a worker that spins on the first one would take half the
// time of the thread that spawns there.
SystemOptions options_for(std::uint64_t actors) {
  SystemOptions options = system_options(1);
  options.cpus = {kReceiverCpu};
  options.actors_max = actors + 1;
  return options;
}

void print(const char* condition, double value, const char* unit, const char* pinning,
           std::uint64_t actors) {
  Row row = our_row("P7", condition, value, unit, pinning, fmt::format("{} actors", actors));
  row.payload = "empty state";
  print_row(row);
}

double bytes_each(std::uint64_t before, std::uint64_t actors) {
  return static_cast<double>(resident_bytes() - before) / static_cast<double>(actors);
}

/// Ends this process of the measurement at once: the orderly stop of so many actors takes longer
/// and is not what is measured.
[[noreturn]] void end_process() {
  std::_Exit(0);  // Rows are flushed.
}

/// The first actors' memory, then that of all.
[[noreturn]] void measure_spawning_from_a_thread(std::uint64_t first, std::uint64_t all) {
  Started started{0};
  System system{options_for(all)};
  const std::uint64_t before = resident_bytes();
  const Stopwatch stopwatch;
  for (std::uint64_t number = 0; number < first; ++number) spawn_idler(system, started);
  await(started, first);
  const double first_ns = stopwatch.elapsed_ns();
  print("idle_memory_100k", bytes_each(before, first), "B", kPinnedPair, first);
  const Stopwatch rest;
  for (std::uint64_t number = first; number < all; ++number) spawn_idler(system, started);
  await(started, all);
  const double all_ns = first_ns + rest.elapsed_ns();
  print("idle_memory_1m", bytes_each(before, all), "B", kPinnedPair, all);
  print("spawn_rate", to_millions_per_second(all, all_ns), "M actors/s", kPinnedPair, all);
  end_process();
}

[[noreturn]] void measure_spawning_from_an_actor(std::uint64_t actors) {
  Started started{0};
  System system{options_for(actors)};
  const Stopwatch stopwatch;
  system.spawn("spawner", [&](Context&) { return Spawner{system, started, actors}; }, on_worker(0));
  await(started, actors);
  print("spawn_rate_from_actor", to_millions_per_second(actors, stopwatch.elapsed_ns()),
        "M actors/s", "cpu 1", actors);
  end_process();
}

/// Runs `measure` in a process of its own, which it ends: memory that another measurement has freed
/// would be used again.
template <typename Measure>
void in_a_process_of_its_own(Measure&& measure) {
  const pid_t child = fork();
  if (child == 0) {
    pin_or_exit(kSenderCpu);
    measure();
  }
  int status = -1;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
    fail_measurement("a process of the measurement failed");
  }
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P7")) return 0;
  require_both_cpus();
  const std::uint64_t all = options.sized(1'000'000);
  in_a_process_of_its_own([&] { measure_spawning_from_a_thread(all / 10, all); });
  in_a_process_of_its_own([&] { measure_spawning_from_an_actor(all); });
}
