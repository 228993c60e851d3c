// The life of CAF's actors: what an idle one costs, how fast they are spawned, and how fast one
// that failed is replaced. And what a request costs.
#include <stdexcept>

#include "benchmarks/peer_caf.hpp"
#include "benchmarks/process.hpp"

namespace mycelium::bench {
struct Fail {};
struct Measure {};
}  // namespace mycelium::bench

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mycelium::bench::Payload64)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mycelium::bench::Fail)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mycelium::bench::Measure)

namespace mycelium::bench {
namespace {

using Started = std::atomic<std::uint64_t>;

/// An actor with nothing in it.
caf::behavior idler(caf::event_based_actor*, Started* started) {
  started->fetch_add(1, std::memory_order_release);  // Pairs with measure_spawning().
  return {[](const Payload64&) {}};
}

Row lives_row(const char* id, const char* condition, const char* variant, double value,
              const char* unit) {
  return {.id = id,
          .condition = condition,
          .kind = "peer",
          .name = named(variant),
          .value = value,
          .unit = unit,
          .mode = "spin",
          .pinning = kPinnedPair,
          .bounded = false};
}

void measure_spawning(const Options& options) {
  const std::size_t count = options.sized(100'000);
  SystemOnReceiverCpu system;
  Started started{0};
  std::vector<caf::actor> actors(count);
  const std::uint64_t before = resident_bytes();
  const Stopwatch stopwatch;
  for (caf::actor& actor : actors) actor = (*system).spawn(idler, &started);
  while (started.load(std::memory_order_acquire) < count) spin_hint();
  const double elapsed_ns = stopwatch.elapsed_ns();
  const double bytes = static_cast<double>(resident_bytes() - before);
  Row memory = lives_row("P7", "idle_memory_100k", "event-based actors",
                         bytes / static_cast<double>(count), "B");
  Row rate = lives_row("P7", "spawn_rate", "event-based actors",
                       to_millions_per_second(count, elapsed_ns), "M actors/s");
  for (Row* row : {&memory, &rate}) {
    row->payload = "empty state";
    row->note = fmt::format("{} actors", count);
    print_row(*row);
  }
}

/// What failing actors, their supervisor and the thread that waits share.
struct Failures {
  explicit Failures(std::size_t count) : samples{count}, left{count} {}

  LatencySamples samples;  // These three by the one worker only.
  std::size_t left;
  std::uint64_t failed_at = 0;
  Completion completion;
};

caf::behavior failing(caf::event_based_actor* self, Failures* failures) {
  self->set_exception_handler([](std::exception_ptr&) -> caf::error {
    return caf::sec::runtime_error;  // The default one prints.
  });
  return {[=](Fail) {
            failures->failed_at = ticks();
            throw std::runtime_error{"planned"};
          },
          [=](Measure) {
            failures->samples.record(ticks() - failures->failed_at);
            if (--failures->left == 0) {
              failures->completion.finish();
              self->quit();
            } else {
              self->send(self, Fail{});
            }
          }};
}

/// Monitors an actor, spawns another when it has failed, and has that one measured.
caf::behavior supervisor(caf::event_based_actor* self, Failures* failures) {
  self->set_down_handler([=](const caf::down_msg&) {
    if (failures->left == 0) return self->quit();
    self->send(self->spawn<caf::monitored>(failing, failures), Measure{});
  });
  self->send(self->spawn<caf::monitored>(failing, failures), Fail{});
  return {[](const Payload64&) {}};
}

void measure_failures(const Options& options) {
  SystemOnReceiverCpu system;
  tick_scale();  // Calibrated before anything is measured.
  Failures failures{options.sized(20'000)};
  // CAF ends an actor that nobody refers to.
  const caf::actor kept = (*system).spawn(supervisor, &failures);
  failures.completion.wait();
  (*system).await_all_actors_done();
  const Percentiles latency = failures.samples.percentiles(tick_scale());
  Row row = lives_row("P8", "failure_to_next", "monitor and spawn by hand", latency.p50, "ns");
  row.pinning = "cpu 1";
  row.percentiles = latency;
  row.note = "a new actor: mailbox and refs are lost";
  print_row(row);
}

caf::behavior answerer(caf::event_based_actor*) {
  return {[](const Payload64& question) { return question; }};
}

/// Asks one question after the other.
void ask(caf::event_based_actor* self, const caf::actor& target, std::size_t* left,
         Completion* completion) {
  self->request(target, caf::infinite, Payload64{}).then([=](const Payload64&) {
    if (--*left == 0) {
      completion->finish();
    } else {
      ask(self, target, left, completion);
    }
  });
}

double asks_ns(caf::actor_system& system, std::size_t asks) {
  std::size_t left = asks;  // Of the one worker.
  Completion completion;
  const caf::actor target = system.spawn(answerer);
  const Stopwatch stopwatch;
  system.spawn([&](caf::event_based_actor* self) { ask(self, target, &left, &completion); });
  completion.wait();
  const double elapsed_ns = stopwatch.elapsed_ns();
  caf::anon_send_exit(target, caf::exit_reason::user_shutdown);
  system.await_all_actors_done();
  return elapsed_ns;
}

void measure_asks(const Options& options) {
  const std::size_t asks = options.sized(500'000);
  SystemOnReceiverCpu system;
  asks_ns(*system, asks / 10);
  Row row = lives_row("P15", "ask_one_worker", "request and then",
                      asks_ns(*system, asks) / static_cast<double>(asks), "ns");
  row.pinning = "cpu 1";
  print_row(row);
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  // First: freed memory of other measurements would be used again.
  if (options.wants("P7")) measure_spawning(options);
  if (options.wants("P8")) measure_failures(options);
  if (options.wants("P15")) measure_asks(options);
}
