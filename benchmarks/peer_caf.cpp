// Debian's C++ Actor Framework, as good as it can be here: workers that poll and never sleep.
#include "benchmarks/peer_caf.hpp"

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mycelium::bench::Payload64)

namespace mycelium::bench {
namespace {

/// Waits to hear who its peer is, then sends each message on until none is left.
caf::behavior player(caf::event_based_actor* self, std::size_t* left, Completion* completion) {
  return {[=](const caf::actor& peer) {
    self->become([=](const Payload64& message) {
      if (--*left == 0) {
        completion->finish();
      } else {
        self->send(peer, message);
      }
    });
  }};
}

double ping_pong_ns(caf::actor_system& system, std::size_t messages) {
  std::size_t left = messages;  // Both actors run on the one worker.
  Completion completion;
  const caf::actor ping = system.spawn(player, &left, &completion);
  const caf::actor pong = system.spawn(player, &left, &completion);
  caf::anon_send(ping, pong);
  caf::anon_send(pong, ping);
  const Stopwatch stopwatch;
  caf::anon_send(ping, Payload64{});
  completion.wait();
  const double elapsed_ns = stopwatch.elapsed_ns();
  caf::anon_send_exit(ping, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(pong, caf::exit_reason::user_shutdown);
  system.await_all_actors_done();
  return elapsed_ns;
}

/// Checks the order of `messages` messages and stops.
caf::behavior counter(caf::event_based_actor* self, std::size_t messages, Completion* completion) {
  return {[=, expected = std::size_t{0}](const Payload64& message) mutable {
    if (message.words[0] != expected) {
      fmt::print(stderr, "CAF lost or reordered a message: this benchmark is wrong\n");
      std::exit(1);
    }
    if (++expected < messages) return;
    completion->finish();
    self->quit();
  }};
}

double stream_from_outside_ns(caf::actor_system& system, std::size_t messages) {
  Completion completion;
  const caf::actor receiver = system.spawn(counter, messages, &completion);
  const Stopwatch stopwatch;
  Payload64 message;
  for (std::size_t i = 0; i < messages; ++i) {
    message.words[0] = i;
    caf::anon_send(receiver, message);
  }
  completion.wait();
  return stopwatch.elapsed_ns();
}

/// One handler sends everything; the other worker steals the receiver at its first message.
double stream_from_actor_ns(caf::actor_system& system, std::size_t messages) {
  Completion completion;
  const caf::actor receiver = system.spawn(counter, messages, &completion);
  const Stopwatch stopwatch;
  system.spawn([receiver, messages](caf::event_based_actor* self) {
    Payload64 message;
    for (std::size_t i = 0; i < messages; ++i) {
      message.words[0] = i;
      self->send(receiver, message);
    }
  });
  completion.wait();
  return stopwatch.elapsed_ns();
}

/// Checks the order of each of two senders' messages and stops.
caf::behavior fan_in_counter(caf::event_based_actor* self, std::size_t messages,
                             Completion* completion) {
  return {[=, expected = std::array<std::size_t, 2>{},
           received = std::size_t{0}](const Payload64& message) mutable {
    if (message.words[0] != expected[message.words[1]]++) {
      fmt::print(stderr, "CAF lost or reordered a message: this benchmark is wrong\n");
      std::exit(1);
    }
    if (++received < messages) return;
    completion->finish();
    self->quit();
  }};
}

/// Two handlers send half of everything each; other workers steal them at once.
double fan_in_from_actors_ns(caf::actor_system& system, std::size_t messages) {
  Completion completion;
  const caf::actor receiver = system.spawn(fan_in_counter, messages, &completion);
  const Stopwatch stopwatch;
  for (std::uint64_t mark = 0; mark < 2; ++mark) {
    system.spawn([receiver, messages, mark](caf::event_based_actor* self) {
      Payload64 message;
      message.words[1] = mark;
      for (std::size_t i = 0; i < messages / 2; ++i) {
        message.words[0] = i;
        self->send(receiver, message);
      }
    });
  }
  completion.wait();
  return stopwatch.elapsed_ns();
}

Percentiles one_way(caf::actor_system& system, std::size_t messages) {
  LatencySamples samples{messages};
  Completion completion;
  const caf::actor receiver =
      system.spawn([&, messages](caf::event_based_actor* self) -> caf::behavior {
        return {[&, messages, self](const Payload64& message) {
          samples.record(ticks() - message.words[0]);
          if (samples.count() < messages) return;
          completion.finish();
          self->quit();
        }};
      });
  OpenLoopSchedule schedule{tick_scale(), kLatencyMessagesPerSecond};
  Payload64 message;
  for (std::size_t i = 0; i < messages; ++i) {
    message.words[0] = schedule.wait();
    caf::anon_send(receiver, message);
  }
  completion.wait();
  return samples.percentiles(tick_scale());
}

void measure_ping_pong(const Options& options) {
  const std::size_t messages = options.sized(1'000'000);
  SystemOnReceiverCpu system;
  ping_pong_ns(*system, messages / 10);
  print_row({.id = "P1",
             .condition = "ping_pong",
             .kind = "peer",
             .name = named("two actors, one worker"),
             .value = ping_pong_ns(*system, messages) / static_cast<double>(messages),
             .unit = "ns",
             .mode = "spin",
             .pinning = "cpu 1",
             .bounded = false});
}

void print_stream(const char* id, const char* condition, const char* variant, const char* pinning,
                  std::size_t messages, double elapsed_ns) {
  print_row({.id = id,
             .condition = condition,
             .kind = "peer",
             .name = named(variant),
             .value = to_millions_per_second(messages, elapsed_ns),
             .unit = "M msg/s",
             .mode = "spin",
             .pinning = pinning,
             .bounded = false});
}

void measure_stream_from_actor(const Options& options) {
  const std::size_t messages = options.sized(1'000'000);
  SpinningWorkers config{2};
  caf::actor_system system{config};
  stream_from_actor_ns(system, messages);
  print_stream("P2", "stream", "actor to actor", kUnpinnedWorkers, messages,
               stream_from_actor_ns(system, messages));
}

void measure_fan_in(const Options& options) {
  const std::size_t messages = options.sized(1'000'000);
  SpinningWorkers config{3};
  caf::actor_system system{config};
  fan_in_from_actors_ns(system, messages);
  print_stream("P3", "fan_in", "actors to actor", "none (3 workers)", messages,
               fan_in_from_actors_ns(system, messages));
}

void measure_stream_from_outside(const Options& options) {
  const std::size_t messages = options.sized(1'000'000);
  SystemOnReceiverCpu system;
  stream_from_outside_ns(*system, messages);
  print_stream("P2", "stream", "external thread to actor", kPinnedPair, messages,
               stream_from_outside_ns(*system, messages));
}

void measure_latency(const Options& options) {
  const std::size_t messages = options.sized(100'000);
  SystemOnReceiverCpu system;
  one_way(*system, messages / 10);
  const Percentiles latency = one_way(*system, messages);
  print_row({.id = "P4",
             .condition = "one_way",
             .kind = "peer",
             .name = named("external thread to actor"),
             .value = latency.p50,
             .unit = "ns",
             .mode = "spin",
             .pinning = kPinnedPair,
             .bounded = false,
             .percentiles = latency,
             .note = kLatencyRate});
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  keep_freed_memory();
  // First, while this thread may still run anywhere: its workers inherit that.
  if (options.wants("P2")) measure_stream_from_actor(options);
  if (options.wants("P3")) measure_fan_in(options);
  if (options.wants("P1")) measure_ping_pong(options);
  if (options.wants("P2")) measure_stream_from_outside(options);
  if (options.wants("P4")) measure_latency(options);
}
