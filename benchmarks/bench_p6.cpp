// P6: how often a message allocates from the heap once everything runs, for every local path.
#include <atomic>

#include "benchmarks/allocations.hpp"
#include "benchmarks/ours.hpp"

namespace mycelium::bench {
namespace {

// Without the stall monitor: its thread looks a few times a second and allocates as it does, which
// would count here although it has nothing to do with messages.
SystemOptions options_for(std::uint16_t workers) {
  SystemOptions options = system_options(workers);
  options.stall_limit = std::chrono::nanoseconds{0};
  return options;
}

/// A message that fits neither a frame nor an envelope.
struct Parcel {
  std::array<std::uint64_t, 512> words{};
};
MYCELIUM_MESSAGE(Parcel, 4, "bench.parcel", words)
static_assert(sizeof(Parcel) == 4096);

template <typename M>
struct Serve {
  RefTo<M> peer;
  std::uint64_t messages = 0;
};
using ServeBalls = Serve<Ball>;
using ServeParcels = Serve<Parcel>;
MYCELIUM_MESSAGE(ServeBalls, 5, "bench.serve_balls", peer, messages)
MYCELIUM_MESSAGE(ServeParcels, 6, "bench.serve_parcels", peer, messages)

/// Counts messages, and allocations from the end of the warm-up to the last message. Its counting
/// thread is one worker; allocations of all threads count. Read after the system has shut down.
class SteadyState {
 public:
  SteadyState(std::uint64_t warm_up, std::uint64_t messages)
      : warm_up_{warm_up}, messages_{messages} {}

  /// One more message, or `messages` of them at once. Asks the system to stop after the last one.
  void count(Context& context, std::uint64_t messages = 1) {
    const std::uint64_t before = received_;
    received_ += messages;
    if (before < warm_up_ && received_ >= warm_up_) {
      first_ = received_;
      allocations_ = allocation_count();
    }
    if (before < warm_up_ + messages_ && received_ >= warm_up_ + messages_) {
      allocations_ = allocation_count() - allocations_;
      counted_ = received_ - first_;
      context.stop_system();
    }
  }
  [[nodiscard]] bool warming_up() const noexcept { return received_ < warm_up_; }
  [[nodiscard]] bool done() const noexcept { return counted_ > 0; }
  [[nodiscard]] double allocations_per_message() const noexcept {
    return static_cast<double>(allocations_) / static_cast<double>(counted_);
  }

 private:
  const std::uint64_t warm_up_;
  const std::uint64_t messages_;
  std::uint64_t received_ = 0;
  std::uint64_t first_ = 0;
  std::uint64_t allocations_ = 0;
  std::uint64_t counted_ = 0;
};

constexpr std::uint64_t kOnTheWay = 16;
constexpr std::uint64_t kWarmUpOnTheWay = 24;  // From each side.

/// Sends every message back, some of which are always on their way: `kWarmUpOnTheWay` from each
/// side in the warm-up, so that each side's pool holds what the rest can need at its worst moment.
template <typename M>
class Player {
 public:
  using Handles = Messages<M, Serve<M>>;

  /// `steady` is null for the player that only returns.
  explicit Player(SteadyState* steady) : steady_{steady} {}

  void handle(const M& message, Context& context) {
    if (steady_ != nullptr) {
      if (!steady_->done()) steady_->count(context, 2);  // There and back.
      if (steady_->done()) return;
      serve();
      if (!steady_->warming_up() && kept_ < 2 * kWarmUpOnTheWay - kOnTheWay) {
        ++kept_;
        return;
      }
    }
    hit(message);
  }
  void handle(const Serve<M>& serve) {
    peer_ = serve.peer;
    to_serve_ = serve.messages;
    if (steady_ == nullptr) this->serve();  // The other one waits until the first ball is here.
  }

 private:
  void serve() {
    for (; to_serve_ > 0; --to_serve_) hit(M{});
  }

  void hit(const M& message) {
    if (peer_.try_send(message) != SendResult::ok) {
      fail_measurement("a mailbox of a ping-pong was full or closed");
    }
  }

  SteadyState* steady_;
  std::uint64_t to_serve_ = 0;
  std::uint64_t kept_ = 0;
  RefTo<M> peer_;
};

template <typename M>
double exchange(std::size_t messages, std::uint16_t second_worker) {
  SteadyState steady{messages / 10, messages};
  System system{options_for(static_cast<std::uint16_t>(second_worker + 1))};
  const auto first =
      system.spawn("first", [&](Context&) { return Player<M>{&steady}; }, on_worker(kSenderWorker));
  const auto second =
      system.spawn("second", [](Context&) { return Player<M>{nullptr}; }, on_worker(second_worker));
  if (first.try_send(Serve<M>{second, kWarmUpOnTheWay}) != SendResult::ok ||
      !system.await_started(*first.cell()) ||
      second.try_send(Serve<M>{first, kWarmUpOnTheWay}) != SendResult::ok) {
    fail_measurement("the players did not start");
  }
  run_to_end(system);
  return steady.allocations_per_message();
}

/// Publishes again and again, as far as its subscribers have room.
class Newsroom {
 public:
  using Handles = Messages<Tick>;

  Newsroom(Publisher<Ball> news, SteadyState& steady) : news_{news}, steady_{steady} {}

  void on_start(Context& context) { go_on(context); }
  void handle(const Tick&, Context& context) {
    steady_.count(context, news_.publish(Ball{}).delivered);
    if (!steady_.done()) go_on(context);
  }

 private:
  static void go_on(Context& context) {
    if (context.self<Newsroom>().try_send(Tick{}) != SendResult::ok) {
      fail_measurement("the newsroom's own mailbox was full");
    }
  }

  Publisher<Ball> news_;
  SteadyState& steady_;
};

class Reader {
 public:
  using Handles = Messages<Ball>;
  void on_start(Context& context) { context.subscribe<Ball>("news", {Overflow::block}); }
  void handle(const Ball&) {}
};

double publish(std::size_t messages) {
  constexpr int kReaders = 10;
  SteadyState steady{messages / 10, messages};
  System system{options_for(1)};
  for (int index = 0; index < kReaders; ++index) {
    system.spawn(fmt::format("reader {}", index), [](Context&) { return Reader{}; });
  }
  system.spawn("newsroom",
               [&](Context& context) { return Newsroom{context.publisher<Ball>("news"), steady}; });
  run_to_end(system);
  return steady.allocations_per_message();
}

/// Arms its next timer when one comes due.
class Alarm {
 public:
  using Handles = Messages<Tick>;

  explicit Alarm(SteadyState& steady) : steady_{steady} {}

  void on_start(Context& context) { context.after(kDelay, Tick{}); }
  void handle(const Tick&, Context& context) {
    steady_.count(context);
    if (!steady_.done()) context.after(kDelay, Tick{});
  }

 private:
  static constexpr std::chrono::nanoseconds kDelay{500};

  SteadyState& steady_;
};

double timer(std::size_t messages) {
  SteadyState steady{messages / 10, messages};
  System system{options_for(1)};
  system.spawn("alarm", [&](Context&) { return Alarm{steady}; });
  run_to_end(system);
  return steady.allocations_per_message();
}

/// Counts, visibly for the thread that sends, as soon as the gate is open.
class Counter {
 public:
  using Handles = Messages<Ball>;

  Counter(std::atomic<std::uint64_t>& handled, const std::atomic<bool>& gate)
      : handled_{handled}, gate_{gate} {}
  void handle(const Ball&) {
    while (!gate_.load(std::memory_order_acquire)) spin_hint();  // Pairs with the store in warm-up.
    handled_.fetch_add(1, std::memory_order_release);  // Pairs with the wait of the sending thread.
  }

 private:
  std::atomic<std::uint64_t>& handled_;
  const std::atomic<bool>& gate_;
};

double foreign_thread(std::size_t messages) {
  constexpr std::uint64_t kForeignOnTheWay = 512;
  std::atomic<std::uint64_t> handled{0};
  std::atomic<bool> gate{false};
  System system{options_for(2)};
  const auto counter = system.spawn(
      "counter", [&](Context&) { return Counter{handled, gate}; }, on_worker(kReceiverWorker));
  const auto send_all = [&](std::uint64_t count) {
    const std::uint64_t before = handled.load(std::memory_order_relaxed);
    const auto on_the_way = [&](std::uint64_t sent) {
      return before + sent - handled.load(std::memory_order_acquire);
    };
    for (std::uint64_t sent = 0; sent < count; ++sent) {
      while (on_the_way(sent) >= kForeignOnTheWay) spin_hint();
      if (counter.try_send(Ball{}) != SendResult::ok) fail_measurement("a mailbox was full");
    }
    while (on_the_way(count) > 0) spin_hint();
  };
  // Many more are on their way here than later: the pools hold enough from now on.
  std::uint64_t on_the_way = 0;
  while (counter.try_send(Ball{}) == SendResult::ok) ++on_the_way;
  gate.store(true, std::memory_order_release);
  while (handled.load(std::memory_order_acquire) < on_the_way) spin_hint();
  send_all(messages / 10);
  const std::uint64_t before = allocation_count();
  send_all(messages);
  const std::uint64_t after = allocation_count();
  system.shutdown();
  return static_cast<double>(after - before) / static_cast<double>(messages);
}

void print(const char* condition, double allocations, const char* pinning, const char* payload,
           const char* note) {
  Row row = our_row("P6", condition, allocations, "allocations", pinning, note);
  row.payload = payload;
  print_row(row);
}

void measure(std::size_t messages) {
  constexpr const char* kOneCpu = "cpu 0";
  constexpr const char* kExchange = "ping-pong with 16 messages on their way";
  print("same_worker", exchange<Ball>(messages, kSenderWorker), kOneCpu, "64 B", kExchange);
  print("across_workers", exchange<Ball>(messages, kReceiverWorker), kPinnedPair, "64 B",
        kExchange);
  print("publish", publish(messages), kOneCpu, "64 B", "10 subscribers, per delivery");
  print("timer", timer(messages / 10), kOneCpu, "8 B", "each arms the next, 500 ns ahead");
  print("large_same_worker", exchange<Parcel>(messages / 10, kSenderWorker), kOneCpu, "4 KiB",
        kExchange);
  print("large_across_workers", exchange<Parcel>(messages / 10, kReceiverWorker), kPinnedPair,
        "4 KiB", kExchange);
  print("foreign_thread", foreign_thread(messages), "none -> cpu 1", "64 B",
        "a thread that is no worker sends to an actor, 512 messages on their way");
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P6")) return 0;
  require_both_cpus();
  measure(options.sized(1'000'000));
}
