// P5: how many deliveries a second one actor makes that publishes to ten others.
#include <algorithm>
#include <atomic>

#include "benchmarks/ours.hpp"

namespace mycelium::bench {
namespace {

constexpr std::size_t kReaders = 10;
constexpr const char* kTopic = "news";

/// Counts what the readers of one worker handle together; the last of all tallies to be complete
/// stops the system. Read after the system has shut down.
class Tally {
 public:
  Tally(std::uint64_t warm_up, std::uint64_t all, std::atomic<int>& incomplete)
      : warm_up_{warm_up}, all_{all}, incomplete_{incomplete} {}

  void count(Context& context) {
    if (++received_ == warm_up_) began_ = ticks();
    if (received_ != all_) return;
    ended_ = ticks();
    // Both ways: the one that stops the system has seen the others' times.
    if (incomplete_.fetch_sub(1, std::memory_order_acq_rel) == 1) context.stop_system();
  }
  [[nodiscard]] std::uint64_t began() const noexcept { return began_; }
  [[nodiscard]] std::uint64_t ended() const noexcept { return ended_; }

 private:
  const std::uint64_t warm_up_;
  const std::uint64_t all_;
  std::atomic<int>& incomplete_;
  std::uint64_t received_ = 0;
  std::uint64_t began_ = 0;
  std::uint64_t ended_ = 0;
};

class Reader {
 public:
  using Handles = Messages<Ball>;

  explicit Reader(Tally& tally) : tally_{tally} {}
  void on_start(Context& context) {
    context.subscribe<Ball>(kTopic, SubscriptionOptions{Overflow::block});
  }
  void handle(const Ball&, Context& context) { tally_.count(context); }

 private:
  Tally& tally_;
};

/// Publishes a number of balls, as far as its subscribers have room.
class Newsroom {
 public:
  using Handles = Messages<Tick>;

  Newsroom(Publisher<Ball> news, std::uint64_t balls) : news_{news}, left_{balls} {}

  void on_start(Context& context) { go_on(context); }
  void handle(const Tick&, Context& context) {
    for (int published = 0; published < kAtOnce && left_ > 0; ++published, --left_) {
      if (news_.publish(ball_).full > 0) break;
      ++ball_.words[0];
    }
    if (left_ > 0) go_on(context);
  }

 private:
  static constexpr int kAtOnce = 6;  // What waits meanwhile stays in the nearest cache.

  static void go_on(Context& context) {
    if (context.self<Newsroom>().try_send(Tick{}) != SendResult::ok) {
      fail_measurement("the newsroom's own mailbox was full");
    }
  }

  Publisher<Ball> news_;
  std::uint64_t left_;
  Ball ball_;
};

/// Millions of deliveries a second to ten readers, spread over so many workers.
double broadcast(std::uint16_t workers, std::size_t messages) {
  const std::uint64_t balls = messages + messages / 10;
  const std::uint64_t readers_each = kReaders / workers;
  std::atomic<int> incomplete{workers};
  std::vector<std::unique_ptr<Tally>> tallies;
  System system{system_options(workers)};
  for (std::uint16_t worker = 0; worker < workers; ++worker) {
    Tally& tally = *tallies.emplace_back(
        std::make_unique<Tally>(messages / 10 * readers_each, balls * readers_each, incomplete));
    for (std::uint64_t reader = 0; reader < readers_each; ++reader) {
      const auto spawned =
          system.spawn([&tally](Context&) { return Reader{tally}; }, on_worker(worker));
      if (!system.await_started(*spawned.cell())) fail_measurement("a reader did not start");
    }
  }
  system.spawn(
      "newsroom",
      [balls](Context& context) { return Newsroom{context.publisher<Ball>(kTopic), balls}; },
      on_worker(0));
  run_to_end(system);
  std::uint64_t began = tallies.front()->began();
  std::uint64_t ended = 0;
  for (const auto& tally : tallies) {
    began = std::min(began, tally->began());
    ended = std::max(ended, tally->ended());
  }
  return to_millions_per_second(messages * kReaders, tick_scale().to_ns(ended - began));
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P5")) return 0;
  require_both_cpus();
  const std::size_t messages = options.sized(1'000'000);
  print_row(our_row("P5", "one_worker", broadcast(1, messages), "M deliveries/s", "cpu 0",
                    "10 actors; mailboxes of 1024 messages"));
  print_row(our_row("P5", "two_workers", broadcast(2, messages), "M deliveries/s", kPinnedPair,
                    "5 actors on each worker; mailboxes of 1024 messages, 1 lane"));
}
