// P5 without actors: publish and subscribe in a program that has only the bus.
#include "benchmarks/sink_broadcast.hpp"

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (options.wants("P5")) measure_sinks("sinks", options.sized(2'000'000));
}
