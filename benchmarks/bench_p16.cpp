// P16: what a message costs the more actors, topics, subscribers or lanes there are.
#include <atomic>
#include <limits>

#include "benchmarks/ours.hpp"

namespace mycelium::bench {
namespace {

/// Counts what some actors of one worker handle together, and takes the time from the end of the
/// warm-up to the last. The thread that waits may read when `await` has returned.
class Lap {
 public:
  Lap(std::uint64_t warm_up, std::uint64_t messages) : warm_up_{warm_up}, messages_{messages} {}

  void count() {
    if (++received_ == warm_up_) stopwatch_ = Stopwatch{};
    if (received_ == warm_up_ + messages_) {
      elapsed_ns_ = stopwatch_.elapsed_ns();
      done_.store(true, std::memory_order_release);  // Pairs with await().
      done_.notify_one();
    }
  }
  [[nodiscard]] bool done() const noexcept { return received_ >= warm_up_ + messages_; }
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
  void await() const { done_.wait(false, std::memory_order_acquire); }
  [[nodiscard]] double ns_per_message() const noexcept {
    return elapsed_ns_ / static_cast<double>(messages_);
  }

 private:
  const std::uint64_t warm_up_;
  const std::uint64_t messages_;
  std::uint64_t received_ = 0;
  Stopwatch stopwatch_;
  double elapsed_ns_ = 0;
  std::atomic<bool> done_{false};
};

/// Hands every ball on to the next of its ring.
class Member {
 public:
  using Handles = Messages<Ball>;
  using Ring = std::vector<RefTo<Ball>>;

  /// The ring is complete before its first ball comes.
  Member(Lap& lap, const Ring& ring, std::size_t next) : lap_{lap}, ring_{ring}, next_{next} {}

  void handle(const Ball& ball) {
    if (lap_.done()) return;
    lap_.count();
    if (target_.cell() == nullptr) target_ = ring_[next_];
    if (target_.try_send(ball) != SendResult::ok) fail_measurement("a member of the ring was full");
  }

 private:
  Lap& lap_;
  const Ring& ring_;
  std::size_t next_;
  RefTo<Ball> target_;
};

void print(const char* condition, std::uint64_t size, std::size_t working_set, double value_ns,
           std::string note) {
  Row row = our_row("P16", condition, value_ns, "ns", "cpu 0", std::move(note));
  row.size = size;
  row.working_set = working_set;
  print_row(row);
}

/// Bytes that the messages of a ring touch: what is written or read for each, once for each actor
/// and each message on its way.
constexpr std::size_t ring_bytes(std::size_t size, std::size_t tokens) {
  return size * (sizeof(ActorCell) + sizeof(Member)) + tokens * sizeof(Envelope);
}

/// `tokens` balls go round among `size` actors of one worker. The worker's other actors wait.
double ring_ns(System& system, std::size_t size, std::size_t tokens, std::size_t messages) {
  // Referred to by actors until the system ends.
  static std::vector<std::unique_ptr<Member::Ring>> rings;
  static std::vector<std::unique_ptr<Lap>> laps;
  Member::Ring& ring = *rings.emplace_back(std::make_unique<Member::Ring>(size));
  // Two rounds at least, so that every actor and every envelope has been used.
  Lap& lap = *laps.emplace_back(std::make_unique<Lap>(std::max(messages / 10, 2 * size), messages));
  for (std::size_t index = 0; index < size; ++index) {
    ring[index] = system.spawn(fmt::format("m{}.{}", rings.size(), index), [&, index](Context&) {
      return Member{lap, ring, (index + 1) % ring.size()};
    });
  }
  if (!system.await_started(*ring.back().cell())) fail_measurement("the ring did not start");
  for (std::size_t token = 0; token < tokens; ++token) {
    while (ring[token * size / tokens].try_send(Ball{}) != SendResult::ok) spin_hint();
  }
  lap.await();
  return lap.ns_per_message();
}

void measure_actors(const Options& options) {
  constexpr std::array<std::size_t, 5> kSizes{10, 100, 1'000, 10'000, 100'000};
  const std::size_t messages = options.sized(2'000'000);
  System system{system_options(1)};
  for (const std::size_t size : kSizes) {
    print("actors_one_token", size, ring_bytes(size, 1), ring_ns(system, size, 1, messages),
          "ring, 1 token");
  }
  for (const std::size_t size : kSizes) {
    print("actors_many_tokens", size, ring_bytes(size, size / 2),
          ring_ns(system, size, size / 2, messages), fmt::format("ring, {} tokens", size / 2));
  }
  std::_Exit(0);  // Rows are flushed; the orderly stop of so many actors is not what is measured.
}

/// Publishes on its topics in turn, until so many deliveries wait.
class Newsroom {
 public:
  using Handles = Messages<Tick>;

  /// `readers`: of each topic. `waiting`: deliveries.
  Newsroom(std::vector<Publisher<Ball>> topics, const Lap& lap, std::size_t readers,
           std::size_t waiting)
      : topics_{std::move(topics)}, lap_{lap}, readers_{readers}, waiting_{waiting} {}

  void on_start(Context& context) { go_on(context); }
  void handle(const Tick&, Context& context) {
    for (; delivered_ + readers_ <= lap_.received() + waiting_; delivered_ += readers_) {
      if (topics_[next_].publish(Ball{}).delivered != readers_)
        fail_measurement("a ball did not reach every reader");
      next_ = next_ + 1 < topics_.size() ? next_ + 1 : 0;
    }
    if (!lap_.done()) go_on(context);
  }

 private:
  static void go_on(Context& context) {
    if (context.self<Newsroom>().try_send(Tick{}) != SendResult::ok) {
      fail_measurement("the newsroom's own mailbox was full");
    }
  }

  std::vector<Publisher<Ball>> topics_;
  const Lap& lap_;
  const std::size_t readers_;
  const std::size_t waiting_;
  std::uint64_t delivered_ = 0;
  std::size_t next_ = 0;
};

std::string topic_name(std::size_t index) { return fmt::format("topic.t{}", index); }

/// Counts what comes on so many topics.
class Reader {
 public:
  using Handles = Messages<Ball>;

  Reader(Lap& lap, std::size_t topics) : lap_{lap}, topics_{topics} {}

  void on_start(Context& context) {
    for (std::size_t index = 0; index < topics_; ++index) {
      context.subscribe<Ball>(topic_name(index), {Overflow::block});
    }
  }
  void handle(const Ball&) { lap_.count(); }

 private:
  Lap& lap_;
  std::size_t topics_;
};

/// Bytes that publications touch, as `ring_bytes`: the topics with their routes and counters, the
/// readers, and what waits.
constexpr std::size_t publish_bytes(std::size_t topics, std::size_t readers, std::size_t waiting) {
  using Route = mycelium::Route<Ball>;
  constexpr std::size_t kTopicBytes = sizeof(Topic<Ball>) - sizeof(PublishCounts) +
                                      2 * kCacheLineBytes + sizeof(Route) + sizeof(Route::Way) +
                                      sizeof(Publisher<Ball>);
  return topics * (kTopicBytes + readers * sizeof(Route::CellTarget)) +
         readers * (sizeof(ActorCell) + sizeof(Reader)) + waiting * sizeof(Envelope);
}

/// Nanoseconds per delivery, over so many topics with so many subscribers each.
double publish_ns(std::size_t topics, std::size_t readers, std::size_t waiting,
                  std::size_t deliveries) {
  Lap lap{deliveries / 10, deliveries};
  System system{system_options(1)};
  for (std::size_t index = 0; index < readers; ++index) {
    system.spawn(fmt::format("reader {}", index), [&](Context&) { return Reader{lap, topics}; });
  }
  system.spawn("newsroom", [&](Context& context) {
    std::vector<Publisher<Ball>> publishers;
    for (std::size_t index = 0; index < topics; ++index) {
      publishers.push_back(context.publisher<Ball>(topic_name(index)));
    }
    return Newsroom{std::move(publishers), lap, readers, waiting};
  });
  lap.await();
  system.shutdown();
  return lap.ns_per_message();
}

void measure_topics(const Options& options) {
  const std::size_t deliveries = options.sized(5'000'000);
  for (const std::size_t topics : {1, 10, 100, 1'000}) {
    constexpr std::size_t kWaiting = 1'000;
    print("topics", topics, publish_bytes(topics, 1, kWaiting),
          publish_ns(topics, 1, kWaiting, deliveries),
          "per delivery, all topics to one subscriber, for which 1,000 messages wait");
  }
}

// So many messages wait for each subscriber, whatever their number: it handles them in one turn, so
// that their number decides what a delivery has to bear of the turn's cost.
void measure_subscribers(const Options& options, const char* condition, std::size_t for_each) {
  const std::size_t deliveries = options.sized(5'000'000);
  for (const std::size_t readers : {1, 3, 10, 30, 100, 300, 1'000}) {
    const std::size_t waiting = readers * for_each;
    print(condition, readers, publish_bytes(1, readers, waiting),
          publish_ns(1, readers, waiting, deliveries),
          fmt::format("per delivery, one topic, messages that wait for each subscriber: {}",
                      for_each));
  }
}

/// Sends one ball to start with, which opens the lane.
class Opener {
 public:
  using Handles = Messages<Ball>;

  explicit Opener(RefTo<Ball> target) : target_{target} {}
  void on_start(Context&) {
    if (target_.try_send(Ball{}) != SendResult::ok) fail_measurement("a lane did not open");
  }
  void handle(const Ball&) {}

 private:
  RefTo<Ball> target_;
};

/// The least of several measurements: whatever else runs on this machine only adds.
double step_ns(System& system, std::size_t steps) {
  constexpr int kMeasurements = 5;
  double least_ns = std::numeric_limits<double>::max();
  for (int measurement = 0; measurement < kMeasurements; ++measurement) {
    const Stopwatch stopwatch;
    for (std::size_t step = 0; step < steps / kMeasurements; ++step) system.step();
    least_ns = std::min(least_ns, stopwatch.elapsed_ns());
  }
  return least_ns / static_cast<double>(steps / kMeasurements);
}

/// What each of `lanes` lanes adds to a step of the worker they lead to while nothing is in them.
double empty_lane_ns(std::size_t lanes, std::size_t steps) {
  SystemOptions options = system_options(static_cast<std::uint16_t>(lanes + 1));
  options.drive = Drive::manual;
  System system{options};
  Lap unused{1, 1};
  const auto target =
      system.spawn("target", [&](Context&) { return Reader{unused, 0}; }, on_worker(0));
  const double before = step_ns(system, steps);
  for (std::size_t lane = 1; lane <= lanes; ++lane) {
    system.spawn(
        fmt::format("opener {}", lane), [target](Context&) { return Opener{target}; },
        on_worker(static_cast<std::uint16_t>(lane)));
  }
  return (step_ns(system, steps) - before) / static_cast<double>(lanes);
}

void measure_lanes(const Options& options) {
  pin_or_exit(kSenderCpu);
  for (const std::size_t lanes : {1, 3, 10, 30, 63}) {
    Row row = our_row(
        "P16", "empty_lanes", empty_lane_ns(lanes, options.sized(5'000'000 / (lanes + 10))), "ns",
        "cpu 0", "per lane and step; one thread drives all workers: the lines are in its cache");
    row.mode = "manual";
    row.payload = "none";
    row.size = lanes;
    print_row(row);
  }
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P16")) return 0;
  require_both_cpus();
  measure_topics(options);
  measure_subscribers(options, "subscribers", 1);
  measure_subscribers(options, "subscribers_in_tens", 10);
  std::thread{[&] { measure_lanes(options); }}.join();  // Keeps its processor to itself.
  measure_actors(options);
}
