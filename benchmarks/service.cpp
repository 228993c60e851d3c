// E1: the latency of one service, written by hand and with actors, in one program and by turns: the
// two meet the same machine, and what it takes in a burst lies on neither alone.
#include "benchmarks/service.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <thread>

#include "benchmarks/row.hpp"
#include "benchmarks/turns.hpp"

namespace mycelium::bench {
namespace {

constexpr std::size_t kServiceTurns = 11;

/// One of the two over the number of instances.
struct Side {
  const char* condition;
  ServiceTurn (*serve)(std::uint64_t instances, std::uint64_t first, std::size_t messages);
  std::array<Turns, kInstances.size()> turns{};
  std::array<std::uint64_t, kInstances.size()> restarts{};

  void take_turn(std::size_t index, std::uint64_t first, std::size_t messages) {
    ServiceTurn turn{};
    std::thread{[&] { turn = serve(kInstances[index], first, messages); }}.join();
    turns[index].add(turn.latency);
    restarts[index] += turn.restarts;
  }
};

void print(const Side& side) {
  for (std::size_t index = 0; index < kInstances.size(); ++index) {
    const Percentiles latency = side.turns[index].medians();
    Row row{.id = "E1",
            .condition = side.condition,
            .kind = "ours",
            .name = "Mycelium",
            .value = latency.p50,
            .unit = "ns",
            .mode = "spin",
            .pinning = kPinnedPair,
            .bounded = true,
            .percentiles = latency,
            .note = fmt::format("{}; median of {} turns, by turns with the other; {} restarts",
                                kLatencyRate, kServiceTurns, side.restarts[index])};
    row.payload = "32 B";
    row.size = kInstances[index];
    print_row(row);
  }
}

void measure(std::size_t messages) {
  std::array sides{Side{"by_hand", serve_by_hand}, Side{"with_actors", serve_with_actors}};
  for (std::size_t turn = 0; turn < kServiceTurns; ++turn) {
    const std::uint64_t first = turn * (warm_up_of(messages) + messages);
    for (std::size_t index = 0; index < kInstances.size(); ++index) {
      sides[turn % 2].take_turn(index, first, messages);
      sides[1 - turn % 2].take_turn(index, first, messages);
    }
  }
  for (const Side& side : sides) print(side);
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("E1")) return 0;
  std::thread{[] {
    pin_or_exit(kSenderCpu);
    pin_or_exit(kReceiverCpu);
  }}.join();
  spdlog::set_level(spdlog::level::off);  // Whoever writes the log decides what that costs.
  tick_scale();                           // Calibrated before anything is measured.
  measure(options.sized(10'000));
}
