// The same in a program whose actors run meanwhile, on the other processor. A turn of
// bench_p5_sinks.
#include "benchmarks/ours.hpp"
#include "benchmarks/sink_turn.hpp"

namespace mycelium::bench {
namespace {

/// Works now and then.
class Clerk {
 public:
  using Handles = Messages<Tick>;
  void on_start(Context& context) { context.every(std::chrono::milliseconds{1}, Tick{}); }
  void handle(const Tick&) {}
};

int take_turn_beside_actors(int argc, char** argv) {
  SystemOptions options = system_options(1);
  options.idle = Idle::sleep;
  options.cpus = {kReceiverCpu};
  System system{options};
  const auto clerk = system.spawn("clerk", [](Context&) { return Clerk{}; });
  if (!system.await_started(*clerk.cell())) fail_measurement("the clerk did not start");
  const int code = take_sink_turn(argc, argv);
  system.shutdown();
  return code;
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) { return mycelium::bench::take_turn_beside_actors(argc, argv); }
