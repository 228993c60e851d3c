// The floor of P2, P4 and P13: a bare frame-commit ring between two pinned, spinning threads.
#include <atomic>
#include <cstring>

#include "benchmarks/bare_ring.hpp"
#include "benchmarks/harness.hpp"
#include "benchmarks/pauses.hpp"
#include "benchmarks/row.hpp"
#include "benchmarks/turns.hpp"

namespace mycelium::bench {
namespace {

constexpr std::size_t kBatchMax = 256;

Payload64 copy_of(const void* payload) {
  Payload64 message;
  std::memcpy(&message, payload, sizeof message);
  return message;
}

std::uint64_t first_word(const void* payload) {
  std::uint64_t word = 0;
  std::memcpy(&word, payload, sizeof word);
  return word;
}

double stream_ns(std::size_t messages, int pauses_when_empty) {
  BareRing ring;
  std::size_t received = 0;
  std::uint64_t sum = 0;
  const auto handle = [&](std::uint32_t, std::uint64_t, const void* payload) {
    ++received;
    sum += first_word(payload);
  };
  const double elapsed_ns = run_pair_ns(
      [&] {
        Payload64 message;
        for (std::size_t i = 0; i < messages; ++i) {
          message.words[0] = i;
          while (!ring.try_push(0, 0, message)) spin_hint();
        }
      },
      [&] {
        while (received < messages) {
          if (ring.drain(handle, kBatchMax) > 0) continue;
          for (int i = 0; i < pauses_when_empty; ++i) spin_hint();
        }
      });
  if (sum != messages * (messages - 1) / 2) {
    fmt::print(stderr, "the bare ring lost or changed a message\n");
    std::exit(1);
  }
  return elapsed_ns;
}

Percentiles one_way(std::size_t messages) {
  BareRing ring;
  LatencySamples samples{messages};
  const auto handle = [&](std::uint32_t, std::uint64_t, const void* payload) {
    samples.record(ticks() - first_word(payload));
  };
  run_pair_ns(
      [&] {
        OpenLoopSchedule schedule{tick_scale(), kLatencyMessagesPerSecond};
        Payload64 message;
        for (std::size_t i = 0; i < messages; ++i) {
          message.words[0] = schedule.wait();
          while (!ring.try_push(0, 0, message)) spin_hint();
        }
      },
      [&] {
        while (samples.count() < messages) {
          if (ring.drain(handle, kBatchMax) == 0) spin_hint();
        }
      });
  return samples.percentiles(tick_scale());
}

// The same with both threads watched.
Undisturbed one_way_undisturbed(std::size_t messages) {
  BareRing ring;
  std::vector<Stretch> ways;
  ways.reserve(messages);
  PauseLog sender_pauses{messages};
  PauseLog receiver_pauses{messages};
  const auto handle = [&](std::uint32_t, std::uint64_t, const void* payload) {
    ways.push_back({first_word(payload), ticks()});
  };
  run_pair_ns(
      [&] {
        OpenLoopSchedule schedule{tick_scale(), kLatencyMessagesPerSecond};
        Payload64 message;
        for (std::size_t sent = 0; sent < messages;) {
          const std::uint64_t now = ticks();
          sender_pauses.look(now);
          message.words[0] = schedule.due(now);
          if (message.words[0] == 0) continue;
          while (!ring.try_push(0, 0, message)) spin_hint();
          ++sent;
        }
      },
      [&] {
        while (ways.size() < messages) {
          if (ring.drain(handle, kBatchMax) == 0) spin_hint();
          receiver_pauses.look(ticks());
        }
      });
  return leave_out_disturbed(ways, sender_pauses, receiver_pauses);
}

double round_trip_ns(std::size_t round_trips) {
  BareRing there;
  BareRing back;
  std::size_t returned = 0;
  std::size_t echoed = 0;
  const double elapsed_ns = run_pair_ns(
      [&] {
        Payload64 message;
        there.try_push(0, 0, message);
        const auto again = [&](std::uint32_t, std::uint64_t, const void* payload) {
          if (++returned < round_trips) there.try_push(0, 0, copy_of(payload));
        };
        while (returned < round_trips) {
          if (back.drain(again, kBatchMax) == 0) spin_hint();
        }
      },
      [&] {
        const auto echo = [&](std::uint32_t, std::uint64_t, const void* payload) {
          ++echoed;
          back.try_push(0, 0, copy_of(payload));
        };
        while (echoed < round_trips) {
          if (there.drain(echo, kBatchMax) == 0) spin_hint();
        }
      });
  return elapsed_ns / static_cast<double>(round_trips);
}

// How much of a second goes by in gaps between two looks at the clock, while a thread does nothing
// else.
double stolen_percent() {
  constexpr double kGapNs = 250;
  constexpr double kSecondNs = 1e9;
  const TickScale& scale = tick_scale();
  std::uint64_t stolen = 0;
  std::thread{[&] {
    pin_or_exit(kReceiverCpu);
    const std::uint64_t gap = scale.from_ns(kGapNs);
    const std::uint64_t end = ticks() + scale.from_ns(kSecondNs);
    std::uint64_t before = ticks();
    while (before < end) {
      const std::uint64_t now = ticks();
      if (now - before > gap) stolen += now - before;
      before = now;
    }
  }}.join();
  return scale.to_ns(stolen) / kSecondNs * 100;
}

void measure_stream(const Options& options) {
  const std::size_t messages = options.sized(20'000'000);
  for (const int pauses : {4, 16, 64}) {
    stream_ns(messages / 10, pauses);
    print_row({.id = "P2",
               .condition = "stream",
               .kind = "floor",
               .name = fmt::format("frame-commit ring, {} PAUSEs when empty", pauses),
               .value = to_millions_per_second(messages, stream_ns(messages, pauses)),
               .unit = "M msg/s",
               .mode = "spin",
               .pinning = kPinnedPair,
               .bounded = true});
  }
}

void print_one_way(const char* id, const char* condition, std::size_t messages) {
  one_way(messages);
  Turns turns;
  while (turns.count() < kTurns) turns.add(one_way(messages));
  const Percentiles latency = turns.medians();
  print_row({.id = id,
             .condition = condition,
             .kind = "floor",
             .name = "frame-commit ring",
             .value = latency.p50,
             .unit = "ns",
             .mode = "spin",
             .pinning = kPinnedPair,
             .bounded = true,
             .percentiles = latency,
             .note = fmt::format("{}, 1 lane; median of {} turns", kLatencyRate, kTurns)});
}

void print_one_way_undisturbed(std::size_t messages) {
  const Undisturbed undisturbed = one_way_undisturbed(messages);
  print_row({.id = "P4",
             .condition = "one_way_undisturbed",
             .kind = "floor",
             .name = "frame-commit ring",
             .value = undisturbed.latency.p50,
             .unit = "ns",
             .mode = "spin",
             .pinning = kPinnedPair,
             .bounded = true,
             .percentiles = undisturbed.latency,
             .note = describe(undisturbed)});
}

void measure_round_trip(std::size_t round_trips) {
  round_trip_ns(round_trips / 10);
  print_row({.id = "P4",
             .condition = "round_trip",
             .kind = "floor",
             .name = "frame-commit ring",
             .value = round_trip_ns(round_trips),
             .unit = "ns",
             .mode = "spin",
             .pinning = kPinnedPair,
             .bounded = true,
             .note = "ping-pong, 1 lane each way"});
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (options.wants("P2")) measure_stream(options);
  const std::size_t latency_messages = options.sized(10'000);
  if (options.wants("P4")) {
    print_one_way("P4", "one_way", latency_messages);
    print_one_way_undisturbed(options.sized(100'000));
    measure_round_trip(options.sized(1'000'000));
    print_row({.id = "P4",
               .condition = "stolen_time",
               .kind = "floor",
               .name = "a spinning thread",
               .value = stolen_percent(),
               .unit = "% of the time",
               .mode = "spin",
               .pinning = "cpu 1",
               .bounded = true,
               .note = "no messages"});
  }
  if (options.wants("P13")) print_one_way("P13", "one_way_adaptive", latency_messages);
}
