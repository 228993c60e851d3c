// P4: the time from a send on one worker to the inside of the handler on another, and there and
// back.
#include "benchmarks/one_way.hpp"
#include "benchmarks/ping_pong.hpp"

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P4")) return 0;
  require_both_cpus();
  const Percentiles latency = one_way(system_options(2), options.sized(100'000));
  Row row = our_row("P4", "one_way", latency.p50, "ns", kPinnedPair,
                    fmt::format("{}, 1 lane", kLatencyRate));
  row.percentiles = latency;
  print_row(row);
  print_row(our_row("P4", "round_trip", round_trip_ns(options.sized(1'000'000), kReceiverWorker),
                    "ns", kPinnedPair, "ping-pong, 1 lane each way"));
}
