#pragma once

#include <atomic>
#include <caf/all.hpp>
#include <utility>

#include "benchmarks/harness.hpp"
#include "benchmarks/row.hpp"

/// What the programs that measure CAF share.
namespace mycelium::bench {

inline constexpr const char* kUnpinnedWorkers = "none (2 workers, 2 cpus)";

inline std::string named(const char* variant) {
  return fmt::format("CAF {}.{}.{}, {}", CAF_MAJOR_VERSION, CAF_MINOR_VERSION, CAF_PATCH_VERSION,
                     variant);
}

struct SpinningWorkers : caf::actor_system_config {
  explicit SpinningWorkers(std::size_t workers) {
    constexpr std::int64_t kForever = 1'000'000'000'000;
    set("scheduler.max-threads", workers);
    set("work-stealing.aggressive-poll-attempts", kForever);
  }
};

/// An actor system whose one worker, and every other thread of it, lives on cpu 1. Construct it
/// before anything else pins this thread, which ends up on cpu 0.
class SystemOnReceiverCpu {
 public:
  caf::actor_system& operator*() { return system_; }

 private:
  /// Threads inherit the processor of their creator.
  struct PinDuringConstruction {
    PinDuringConstruction() { pin_or_exit(kReceiverCpu); }
  };
  struct PinAfterConstruction {
    PinAfterConstruction() { pin_or_exit(kSenderCpu); }
  };

  PinDuringConstruction pin_first_;
  SpinningWorkers config_{1};
  caf::actor_system system_{config_};
  PinAfterConstruction pin_last_;
};

/// How the thread that measures learns that the actors are done.
class Completion {
 public:
  void finish() {
    done_.store(true, std::memory_order_release);  // Pairs with wait().
    done_.notify_one();
  }
  void wait() const { done_.wait(false, std::memory_order_acquire); }

 private:
  std::atomic<bool> done_{false};
};

}  // namespace mycelium::bench
