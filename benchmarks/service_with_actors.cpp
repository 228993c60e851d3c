// E1, with actors: an actor for each account. Restarts, their limit, the bound, the counters and
// the way there are the runtime's.
#include "benchmarks/ours.hpp"
#include "benchmarks/service.hpp"

namespace mycelium::bench {

MYCELIUM_MESSAGE(Fill, 91, "bench.fill", account, stamp, quantity, price)

namespace {

// What is measured, for both.
struct Watch {
  LatencySamples samples;
  std::size_t warm_up;
  std::size_t messages;
  std::size_t count = 0;
  void seen(const Fill& fill, Context& context) {
    const std::uint64_t age = ticks() - fill.stamp;
    if (++count > warm_up) samples.record(age);
    if (count == warm_up + messages) context.stop_system();
  }
};

// The service begins here.

class Account {
 public:
  using Handles = Messages<Fill>;
  explicit Account(Watch& watch) : watch_{watch} {}
  void handle(const Fill& fill, Context& context) {
    watch_.seen(fill, context);
    position_.apply(fill);
  }

 private:
  Watch& watch_;
  Position position_;
};

std::vector<RefTo<Fill>> spawn_accounts(System& system, std::uint64_t instances, Watch& watch) {
  SpawnOptions options = on_worker(kReceiverWorker);
  options.restart.max_restarts = 1000;
  std::vector<RefTo<Fill>> accounts;
  for (std::uint64_t account = 0; account < instances; ++account)
    accounts.push_back(system.spawn([&](Context&) { return Account{watch}; }, options));
  return accounts;
}

// The service ends here.

class Sender {
 public:
  using Handles = Messages<Tick>;
  Sender(std::vector<RefTo<Fill>> accounts, std::uint64_t first, std::uint64_t messages)
      : accounts_{std::move(accounts)},
        number_{first},
        end_{first + messages},
        schedule_{tick_scale(), kLatencyMessagesPerSecond} {}

  void on_start(Context& context) { go_on(context); }
  void handle(const Tick&, Context& context) {
    // A fill that found no room keeps its time: waiting counts as latency.
    if (fill_.stamp == 0) {
      fill_ = fill_of(number_, accounts_.size());
      fill_.stamp = schedule_.due(ticks());
    }
    if (fill_.stamp != 0 && accounts_[fill_.account].try_send(fill_) == SendResult::ok) {
      fill_.stamp = 0;
      ++number_;
    }
    if (number_ < end_) go_on(context);
  }

 private:
  static void go_on(Context& context) {
    if (context.self<Sender>().try_send(Tick{}) != SendResult::ok)
      fail_measurement("the sender's own mailbox was full");
  }

  std::vector<RefTo<Fill>> accounts_;
  std::uint64_t number_;
  std::uint64_t end_;
  Fill fill_;
  OpenLoopSchedule schedule_;
};

}  // namespace

ServiceTurn serve_with_actors(std::uint64_t instances, std::uint64_t first, std::size_t messages) {
  const std::size_t warm_up = warm_up_of(messages);
  Watch watch{LatencySamples{messages}, warm_up, messages};
  System system{system_options(2)};
  const auto accounts = spawn_accounts(system, instances, watch);
  if (!system.await_started(*accounts.back().cell())) fail_measurement("an account did not start");
  system.spawn(
      "sender", [&](Context&) { return Sender{accounts, first, warm_up + messages}; },
      on_worker(kSenderWorker));
  run_to_end(system, Failures::planned);
  return {watch.samples.percentiles(tick_scale()), system.restarts()};
}

}  // namespace mycelium::bench
