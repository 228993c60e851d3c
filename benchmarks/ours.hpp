#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "benchmarks/harness.hpp"
#include "benchmarks/row.hpp"
#include "mycelium/actor/system.hpp"

/// What our own programs share: one idle mode, one set of system options, one message. So that P1,
/// P2 and P4 are numbers of one system and not of three that were each tuned for their number.
namespace mycelium::bench {

inline constexpr Idle kIdle = Idle::spin;
inline constexpr std::uint16_t kSenderWorker = 0;
inline constexpr std::uint16_t kReceiverWorker = 1;

/// What all peers send too.
struct Ball {
  std::array<std::uint64_t, 8> words{};
};
MYCELIUM_MESSAGE(Ball, 1, "bench.ball", words)
static_assert(sizeof(Ball) == sizeof(Payload64));

/// Sent by an actor to itself, so that it goes on with what it does after all that waits.
struct Tick {
  std::uint64_t number = 0;
};
MYCELIUM_MESSAGE(Tick, 2, "bench.tick", number)

/// Starts a sender.
struct Begin {
  RefTo<Ball> receiver;
};
MYCELIUM_MESSAGE(Begin, 3, "bench.begin", receiver)

/// All else is the library's default: mailboxes for 1024 messages, lanes of 256 KiB.
inline SystemOptions system_options(std::uint16_t workers) {
  return SystemOptions{.workers = workers, .idle = kIdle, .cpus = {kSenderCpu, kReceiverCpu}};
}

inline SpawnOptions on_worker(std::uint16_t worker) {
  SpawnOptions options;
  options.worker = worker;
  return options;
}

/// Counts what an actor received, and takes the time from the end of the warm-up to the last
/// message. Its owner reads `elapsed_ns` after the system has shut down.
class Progress {
 public:
  Progress(std::size_t warm_up, std::size_t messages) : mark_{warm_up}, messages_{messages} {}

  /// One more message. Asks the system to stop after the last one.
  void count(Context& context) {
    if (++received_ == mark_) [[unlikely]]
      reach_mark(context);
  }
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
  [[nodiscard]] bool measures() const noexcept { return measures_; }
  [[nodiscard]] bool done() const noexcept { return done_; }
  [[nodiscard]] double elapsed_ns() const noexcept { return elapsed_ns_; }
  [[nodiscard]] std::size_t messages() const noexcept { return messages_; }

 private:
  void reach_mark(Context& context) {
    if (!measures_) {
      measures_ = true;
      mark_ += messages_;
      stopwatch_ = Stopwatch{};
      return;
    }
    elapsed_ns_ = stopwatch_.elapsed_ns();
    done_ = true;
    context.stop_system();
  }

  std::uint64_t received_ = 0;
  std::uint64_t mark_;
  const std::size_t messages_;
  Stopwatch stopwatch_;
  double elapsed_ns_ = 0;
  bool measures_ = false;
  bool done_ = false;
};

/// Ends the program at once, from any thread: a number from a run that lost a message means
/// nothing.
[[noreturn]] inline void fail_measurement(const std::string& what) {
  fmt::print(stderr, "{}: no number is reported\n", what);
  std::_Exit(1);  // Other workers still run; rows printed so far are flushed.
}

/// Whether handlers throw on purpose in a measurement.
enum class Failures : std::uint8_t { none, planned };

/// Waits until an actor stops the system, and ends its workers.
inline void run_to_end(System& system, Failures failures = Failures::none) {
  constexpr std::chrono::seconds kMeasurementMax{
      60};  // One takes a second; this one lost a message.
  if (!system.wait_for(kMeasurementMax)) {
    fail_measurement(
        fmt::format("a message was lost: not all had come after {} s", kMeasurementMax.count()));
  }
  const std::uint64_t poison = system.dead_letters().count(DeadLetterReason::poison);
  const std::uint64_t dead = system.dead_letters().total();
  if (const std::uint64_t lost = failures == Failures::planned ? dead - poison : dead; lost > 0) {
    fail_measurement(fmt::format("{} messages ended in the dead letters", lost));
  }
  if (const auto failure = system.failure()) fail_measurement(failure->message);
  system.shutdown();
}

/// Ends the program on a machine where workers cannot run as the rows say.
inline void require_both_cpus() {
  std::thread{[] {
    pin_or_exit(kSenderCpu);
    pin_or_exit(kReceiverCpu);
  }}.join();
}

/// A row of ours with all that is the same in each.
inline Row our_row(std::string id, std::string condition, double value, std::string unit,
                   std::string pinning, std::string note) {
  return Row{.id = std::move(id),
             .condition = std::move(condition),
             .kind = "ours",
             .name = "Mycelium",
             .value = value,
             .unit = std::move(unit),
             .mode = std::string{name_of(kIdle)},
             .pinning = std::move(pinning),
             .bounded = true,
             .note = std::move(note)};
}

}  // namespace mycelium::bench
