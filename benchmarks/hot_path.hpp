#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "benchmarks/harness.hpp"
#include "mycelium/actor/system.hpp"

/// What the hot paths share that tools/callgrind-counts counts: one thread, a clock of its own, and
/// an end without a stop, so that the same run executes the same instructions.
namespace mycelium::bench {

struct Ball {
  std::array<std::uint64_t, 8> words{};
};
MYCELIUM_MESSAGE(Ball, 1, "bench.ball", words)

/// Stands still unless it is moved.
class StillClock final : public Clock {
 public:
  [[nodiscard]] Instant monotonic() const noexcept override { return now_; }
  [[nodiscard]] Timestamp wall() const noexcept override { return Timestamp{}; }
  void advance(std::chrono::nanoseconds step) noexcept { now_ += step; }

 private:
  Instant now_{};
};

/// One path: a system with its clock, and how many messages are to be handled at least. It ends the
/// program.
struct HotPath {
  System& system;
  StillClock& clock;
  std::uint64_t messages;

  /// Steps until so many messages, or a few more, have been handled, and ends the program: what the
  /// paths refer to goes out of scope, and the stop is not what is counted.
  [[noreturn]] void run(const std::uint64_t& handled) const {
    while (handled < messages) {
      clock.advance(std::chrono::nanoseconds{1});
      system.step();
    }
    fmt::print("{}\n", handled);
    std::fflush(stdout);
    std::_Exit(0);
  }
};

/// Publications to ten actors that want to lose nothing, and to ten that drop their oldest, as a
/// subscription does unless told otherwise.
[[noreturn]] void publish_to_10(const HotPath& path);
[[noreturn]] void publish_to_10_default(const HotPath& path);
/// To ten receivers that are no actors and are called on the spot.
[[noreturn]] void publish_to_10_sinks(const HotPath& path);
/// To ten pull subscribers, and what each takes.
[[noreturn]] void publish_to_10_pulled(const HotPath& path);
/// To one actor that has stopped reading and whose subscription is at its bound: each publication
/// drops the oldest message. Counted are publications.
[[noreturn]] void publish_to_a_stopped_one(const HotPath& path);

}  // namespace mycelium::bench
