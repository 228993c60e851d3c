#pragma once

#include <fmt/format.h>
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "benchmarks/timer.hpp"

namespace mycelium::bench {

inline constexpr int kSenderCpu = 0;
inline constexpr int kReceiverCpu = 1;
inline constexpr const char* kPinnedPair = "cpu 0 -> cpu 1";

/// The rate of P4, and how many messages one measurement takes.
inline constexpr double kLatencyMessagesPerSecond = 100'000;
inline constexpr const char* kLatencyRate = "100k msg/s, open loop";

/// What every program sends: 64 bytes.
struct Payload64 {
  std::array<std::uint64_t, 8> words{};
};
static_assert(sizeof(Payload64) == 64);

/// The command line that all benchmark programs share: `[--only P1,P2] [--quick]`.
struct Options {
  std::vector<std::string> only;
  bool quick = false;

  /// Exits with CLI11's code and message when the arguments are wrong.
  static Options parse(int argc, char** argv) {
    CLI::App app{"Prints one JSON row per measured condition"};
    Options options;
    app.add_option("--only", options.only, "Targets to measure, such as P1,P2")->delimiter(',');
    app.add_flag("--quick", options.quick, "Smaller sizes, rougher numbers");
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      std::exit(app.exit(error));
    }
    return options;
  }

  [[nodiscard]] bool wants(const std::string& id) const {
    return only.empty() || std::find(only.begin(), only.end(), id) != only.end();
  }
  /// `full`, or a fifth of it with `--quick`.
  [[nodiscard]] std::size_t sized(std::size_t full) const { return quick ? full / 5 : full; }
};

/// Pins or ends the program: a number that was measured somewhere else than its row says is worse
/// than none.
inline void pin_or_exit(int cpu) {
  if (pin_to_cpu(cpu)) return;
  fmt::print(stderr, "cannot pin to cpu {}: this benchmark needs a machine with two processors\n",
             cpu);
  std::exit(3);
}

/// Makes malloc keep what was freed, so that a peer with an unbounded queue pays for fresh pages in
/// the warm-up and not in the measurement.
inline void keep_freed_memory() {
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
  mallopt(M_MMAP_THRESHOLD, 1'000'000'000);
}

/// Runs `send` on cpu 0 (the calling thread) and `receive` on cpu 1, started together.
/// Returns the nanoseconds until both have returned.
template <typename Send, typename Receive>
double run_pair_ns(Send&& send, Receive&& receive) {
  std::atomic<bool> receiver_runs{false};
  std::thread receiver([&] {
    pin_or_exit(kReceiverCpu);
    receiver_runs.store(true, std::memory_order_release);  // Pairs with the sender's wait below.
    receive();
  });
  pin_or_exit(kSenderCpu);
  while (!receiver_runs.load(std::memory_order_acquire)) spin_hint();
  const Stopwatch stopwatch;
  send();
  receiver.join();
  return stopwatch.elapsed_ns();
}

/// Where two senders and a receiver run: on a processor each, or, with two processors, both senders
/// on the first.
struct FanInCpus {
  std::array<int, 2> senders;
  int receiver;
  const char* text;
};

inline FanInCpus fan_in_cpus() {
  if (std::thread::hardware_concurrency() >= 3) return {{0, 1}, 2, "cpu 0, cpu 1 -> cpu 2"};
  return {{0, 0}, 1, "both cpu 0 -> cpu 1"};
}

/// Runs `send(0)` and `send(1)` on threads of their own and `receive` on the calling thread, each
/// where `cpus` says and started together. Returns the nanoseconds until all have returned.
template <typename Send, typename Receive>
double run_fan_in_ns(const FanInCpus& cpus, Send&& send, Receive&& receive) {
  std::atomic<bool> go{false};
  std::atomic<int> ready{0};
  const auto start = [&](std::size_t index) {
    return std::thread([&, index] {
      pin_or_exit(cpus.senders[index]);
      ready.fetch_add(1, std::memory_order_release);  // Pairs with the wait below.
      while (!go.load(std::memory_order_acquire)) spin_hint();
      send(index);
    });
  };
  std::array<std::thread, 2> senders{start(0), start(1)};
  pin_or_exit(cpus.receiver);
  while (ready.load(std::memory_order_acquire) < 2) spin_hint();
  const Stopwatch stopwatch;
  go.store(true, std::memory_order_release);  // Pairs with the senders' wait.
  receive();
  for (std::thread& sender : senders) sender.join();
  return stopwatch.elapsed_ns();
}

/// Millions of messages a second.
inline double to_millions_per_second(std::size_t messages, double elapsed_ns) {
  return static_cast<double>(messages) * 1e3 / elapsed_ns;
}

}  // namespace mycelium::bench
