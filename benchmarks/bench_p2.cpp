// P2: how many messages a second one actor, or a thread, can send to an actor on another worker.
#include <optional>
#include <thread>

#include "benchmarks/source.hpp"
#include "mycelium/actor/attachment.hpp"

namespace mycelium::bench {
namespace {

/// Counts balls and checks that none is missing, doubled or out of order.
class Sink {
 public:
  using Handles = Messages<Ball, Tick>;

  /// With `queues` a tick of its own waits in the mailbox while more balls come out of the lane:
  /// all but the first of each batch go through the mailbox instead of being handled in the lane.
  Sink(Progress& progress, bool queues) : progress_{progress}, queues_{queues} {}

  void handle(const Ball& ball, Context& context) {
    if (ball.words[0] != progress_.received()) [[unlikely]] {
      fail_measurement(
          fmt::format("ball {} came in place of {}", ball.words[0], progress_.received()));
    }
    progress_.count(context);
    if (queues_ && !tick_waits_) {
      // A full mailbox is not empty, which is all that the tick is for.
      tick_waits_ = context.self<Sink>().try_send(Tick{}) == SendResult::ok;
    }
  }

  void handle(const Tick&) { tick_waits_ = false; }

 private:
  Progress& progress_;
  bool queues_;
  bool tick_waits_ = false;
};

double stream_millions_per_second(std::size_t messages, bool queues) {
  const std::size_t warm_up = messages / 10;
  Progress progress{warm_up, messages};
  System system{system_options(2)};
  const auto sink = system.spawn(
      "sink", [&](Context&) { return Sink{progress, queues}; }, on_worker(kReceiverWorker));
  const auto source = system.spawn(
      "source", [&](Context&) { return Source{warm_up + messages}; }, on_worker(kSenderWorker));
  if (!system.await_started(*sink.cell()) || source.try_send(Begin{sink}) != SendResult::ok) {
    fail_measurement("the stream did not start");
  }
  run_to_end(system);
  return to_millions_per_second(messages, progress.elapsed_ns());
}

/// The same from a thread that is no worker, which has lanes of its own or not.
double thread_millions_per_second(std::size_t messages, bool attached) {
  const std::size_t warm_up = messages / 10;
  Progress progress{warm_up, messages};
  SystemOptions options = system_options(1);
  options.cpus = {kReceiverCpu};
  System system{options};
  const auto sink =
      system.spawn("sink", [&](Context&) { return Sink{progress, false}; }, on_worker(0));
  if (!system.await_started(*sink.cell())) fail_measurement("the stream did not start");
  std::jthread{[&] {
    pin_or_exit(kSenderCpu);
    std::optional<Attachment> attachment;
    if (attached) attachment.emplace(system);
    Ball ball;
    while (ball.words[0] < warm_up + messages) {
      if (sink.try_send(ball) == SendResult::ok) {
        ++ball.words[0];
      } else {
        spin_hint();
      }
    }
  }}.join();
  run_to_end(system);
  return to_millions_per_second(messages, progress.elapsed_ns());
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P2")) return 0;
  require_both_cpus();
  const std::size_t messages = options.sized(20'000'000);
  print_row(our_row("P2", "stream", stream_millions_per_second(messages, false), "M msg/s",
                    kPinnedPair, "mailbox of 1024 messages, 1 lane; handled in the lane"));
  print_row(our_row(
      "P2", "stream_queued", stream_millions_per_second(messages, true), "M msg/s", kPinnedPair,
      "mailbox of 1024 messages, 1 lane; all but the first of a batch moved to the mailbox"));
  print_row(our_row("P2", "stream_attached", thread_millions_per_second(messages, true), "M msg/s",
                    kPinnedPair, "mailbox of 1024 messages, 1 lane of an attached thread"));
  print_row(our_row("P2", "stream_from_thread", thread_millions_per_second(messages / 4, false),
                    "M msg/s", kPinnedPair, "mailbox of 1024 messages, by the injection queue"));
}
