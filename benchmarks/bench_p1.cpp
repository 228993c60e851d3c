// P1: what a message costs between two actors of one worker, from send to handled.
#include "benchmarks/ping_pong.hpp"

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P1")) return 0;
  require_both_cpus();
  const std::size_t round_trips = options.sized(10'000'000);
  const double per_message_ns = round_trip_ns(round_trips, kSenderWorker) / 2;
  print_row(
      our_row("P1", "ping_pong", per_message_ns, "ns", "cpu 0", "mailboxes of 1024 messages"));
}
