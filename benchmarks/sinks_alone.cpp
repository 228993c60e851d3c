// P5 without actors: publish and subscribe in a program that has only the bus. A turn of
// bench_p5_sinks.
#include "benchmarks/sink_turn.hpp"

int main(int argc, char** argv) { return mycelium::bench::take_sink_turn(argc, argv); }
