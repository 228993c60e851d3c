// P5: what a publisher and its other readers notice of one that has stopped reading.
#include "benchmarks/one_way.hpp"
#include "benchmarks/turns.hpp"

namespace mycelium::bench {
namespace {

constexpr const char* kTopic = "news";

struct Stand {};
MYCELIUM_MESSAGE(Stand, 15, "bench.stand")

/// Publishes what is due by a schedule, and records how long each call takes.
class ScheduledNewsroom {
 public:
  using Handles = Messages<Tick>;

  ScheduledNewsroom(Publisher<Ball> news, std::uint64_t warm_up, LatencySamples& samples)
      : news_{news}, warm_up_{warm_up}, samples_{samples} {}

  void on_start(Context& context) { go_on(context); }
  void handle(const Tick&, Context& context) {
    if (const std::uint64_t stamp = schedule_.due(ticks()); stamp != 0) publish(stamp);
    go_on(context);
  }

 private:
  static void go_on(Context& context) { context.after(std::chrono::nanoseconds{0}, Tick{}); }
  void publish(std::uint64_t stamp) {
    Ball ball;
    ball.words[0] = stamp;
    const std::uint64_t began = ticks();
    const PublishResult result = news_.publish(ball);
    if (++published_ > warm_up_) samples_.record(ticks() - began);
    if (result.delivered != 2) fail_measurement("a ball did not reach both readers");
  }

  Publisher<Ball> news_;
  std::uint64_t warm_up_;
  LatencySamples& samples_;
  std::uint64_t published_ = 0;
  OpenLoopSchedule schedule_{tick_scale(), kLatencyMessagesPerSecond};
};

/// The reader that is measured.
class Reader : public AgeReceiver {
 public:
  using AgeReceiver::AgeReceiver;
  void on_start(Context& context) { context.subscribe<Ball>(kTopic); }
};

/// Reads, until it is told to stand still.
class Other {
 public:
  using Handles = Messages<Ball, Stand>;
  void on_start(Context& context) { context.subscribe<Ball>(kTopic, {.capacity = 64}); }
  void handle(const Ball&) {}
  Task<> handle(const Stand&, Context& context) {
    while (!context.stop_requested()) co_await context.sleep(std::chrono::milliseconds{10});
  }
};

struct Noticed {
  Percentiles reader;
  Percentiles publisher;
};

/// Three actors of one worker.
Noticed publish_to_two(bool one_stands_still, std::size_t messages) {
  const std::size_t warm_up = messages / 10;
  Progress progress{warm_up, messages};
  LatencySamples ages{messages};
  LatencySamples calls{messages};
  tick_scale();
  System system{system_options(2)};
  const auto reader = system.spawn(
      "reader", [&](Context&) { return Reader{progress, ages}; }, on_worker(kReceiverWorker));
  const auto other =
      system.spawn("other", [](Context&) { return Other{}; }, on_worker(kReceiverWorker));
  if (!system.await_started(*reader.cell()) || !system.await_started(*other.cell()) ||
      (one_stands_still && other.try_send(Stand{}) != SendResult::ok)) {
    fail_measurement("a reader did not start");
  }
  system.spawn(
      "newsroom",
      [&](Context& context) {
        return ScheduledNewsroom{context.publisher<Ball>(kTopic), warm_up, calls};
      },
      on_worker(kReceiverWorker));
  run_to_end(system, Failures::none);
  const bool dropped = system.topic<Ball>(kTopic).dropped() > 0;
  if (dropped != one_stands_still) fail_measurement("the other reader did not do what it should");
  return {ages.percentiles(tick_scale()), calls.percentiles(tick_scale())};
}

/// The turns of both.
struct NoticedTurns {
  Turns reader;
  Turns publisher;
  void add(const Noticed& noticed) {
    reader.add(noticed.reader);
    publisher.add(noticed.publisher);
  }
};

void print(const char* condition, const Percentiles& latency, const char* note) {
  Row row = our_row("P5", condition, latency.p50, "ns", "cpu 1", note);
  row.percentiles = latency;
  print_row(row);
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P5")) return 0;
  require_both_cpus();
  const std::size_t messages = options.sized(10'000);
  NoticedTurns all_read;
  NoticedTurns one_stands;
  for (std::size_t turn = 0; turn < kTurns; ++turn) {
    all_read.add(publish_to_two(false, messages));
    one_stands.add(publish_to_two(true, messages));
  }
  constexpr const char* kHow =
      "100,000 a second, one worker; mean of the middle half of 21 turns, one after another";
  constexpr const char* kStuck = "64 messages of the other wait; in turns with the one above";
  print("reader_beside_a_reader", all_read.reader.middle_means(), kHow);
  print("reader_beside_a_stuck_one", one_stands.reader.middle_means(), kStuck);
  print("publishing_to_two", all_read.publisher.middle_means(), kHow);
  print("publishing_to_a_stuck_one", one_stands.publisher.middle_means(), kStuck);
}
