// E1, by hand: a ring, a thread that polls it, a table of instances, and what a failure needs.
#include <chrono>
#include <deque>
#include <memory>
#include <vector>

#include "benchmarks/bare_ring.hpp"
#include "benchmarks/service.hpp"

namespace mycelium::bench {
namespace {

// The service begins here.

/// One account with all that its restart needs. Thread-safety: the service's thread only.
class Instance {
 public:
  void handle(const Fill& fill) {
    if (gave_up_) {
      ++dropped_;
      return;
    }
    try {
      position_->apply(fill);
    } catch (const std::exception& error) {
      last_error_ = error.what();
      restart();
    }
  }
  [[nodiscard]] std::uint64_t restarts() const noexcept { return restarts_; }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kRestartsMax = 1000;
  static constexpr std::chrono::seconds kPeriod{10};

  void restart() {
    const Clock::time_point now = Clock::now();
    while (!failures_.empty() && now - failures_.front() > kPeriod) failures_.pop_front();
    if (failures_.size() >= kRestartsMax) {
      gave_up_ = true;
      return;
    }
    failures_.push_back(now);
    ++restarts_;
    position_ = std::make_unique<Position>();
  }

  std::unique_ptr<Position> position_ = std::make_unique<Position>();
  std::deque<Clock::time_point> failures_;
  std::uint64_t restarts_ = 0;
  std::uint64_t dropped_ = 0;
  bool gave_up_ = false;
  std::string last_error_;
};

/// All accounts, on the thread that calls `poll`. `send` by one other thread.
class Service {
 public:
  explicit Service(std::uint64_t instances) : instances_(instances) {}

  [[nodiscard]] bool send(const Fill& fill) { return ring_.try_push(0, fill.account, fill); }

  template <typename Seen>
  std::size_t poll(Seen&& seen) {
    constexpr std::size_t kBatchMax = 256;
    return ring_.drain(
        [&](std::uint32_t, std::uint64_t account, const void* payload) {
          Fill fill;
          std::memcpy(&fill, payload, sizeof fill);
          seen(fill);
          instances_[account].handle(fill);
        },
        kBatchMax);
  }

  [[nodiscard]] std::uint64_t restarts() const {
    std::uint64_t sum = 0;
    for (const Instance& instance : instances_) sum += instance.restarts();
    return sum;
  }

 private:
  BareRing ring_;
  std::vector<Instance> instances_;
};

// The service ends here.

}  // namespace

ServiceTurn serve_by_hand(std::uint64_t instances, std::uint64_t first, std::size_t messages) {
  Service service{instances};
  const std::size_t warm_up = warm_up_of(messages);
  LatencySamples samples{messages};
  run_pair_ns(
      [&] {
        OpenLoopSchedule schedule{tick_scale(), kLatencyMessagesPerSecond};
        for (std::uint64_t number = 0; number < warm_up + messages; ++number) {
          Fill fill = fill_of(first + number, instances);
          fill.stamp = schedule.wait();
          while (!service.send(fill)) spin_hint();
        }
      },
      [&] {
        std::size_t seen = 0;
        const auto see = [&](const Fill& fill) {
          const std::uint64_t age = ticks() - fill.stamp;
          if (++seen > warm_up) samples.record(age);
        };
        while (seen < warm_up + messages) {
          if (service.poll(see) == 0) spin_hint();
        }
      });
  return {samples.percentiles(tick_scale()), service.restarts()};
}

}  // namespace mycelium::bench
