#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mycelium/base/clock.hpp"

namespace mycelium {

/// What an actor does that is no handler, in the place of its message's type.
inline constexpr std::uint16_t kStarts = 0;
inline constexpr std::uint16_t kStops = 0xFFFF;

/// What a worker was doing when somebody looked.
struct WorkerActivity {
  std::uint64_t step = 0;     ///< Changes with every handler that begins.
  std::uint64_t actor = 0;    ///< The value of the running actor's ActorId; 0: none runs.
  std::uint16_t type_id = 0;  ///< Of the message it handles; or that it starts or stops.

  friend bool operator==(const WorkerActivity&, const WorkerActivity&) = default;
};

/// A handler that does not come to its end, or has come to it late.
struct Stall {
  std::size_t worker = 0;  ///< Index in what was looked at.
  std::uint64_t actor = 0;
  std::uint16_t type_id = 0;
  /// From the look that saw the handler first to the one that reports: the truth is up to one
  /// interval between looks more, and, when it has ended, up to one less.
  std::chrono::nanoseconds lasting{0};
  bool ended = false;  ///< False: it goes on. True: the stall reported before is over.

  friend bool operator==(const Stall&, const Stall&) = default;
};

/// Finds handlers that hold their worker up, from looks at all workers at intervals of the
/// caller's choice.
///
///     for (const Stall& stall : detector.look(now, activities)) report(stall);
///
/// Each stall is reported once when it has lasted `limit`, and once more when it ends. A handler
/// that was short between two looks is never seen. Never reads a clock; time must not run backwards
/// from look to look. Thread-safety: none; one thread looks. Memory: 40 bytes per worker.
class StallDetector {
 public:
  /// Requires: limit > 0.
  explicit StallDetector(std::chrono::nanoseconds limit);

  /// What is new since the look before, in the order of the workers. Requires: the same workers in
  /// the same order at each look.
  [[nodiscard]] std::vector<Stall> look(Instant now, std::span<const WorkerActivity> workers);

 private:
  struct Watched {
    WorkerActivity activity;
    Instant since{};  // The look that saw it first.
    bool reported = false;
  };

  std::chrono::nanoseconds limit_;
  std::vector<Watched> watched_;
};

}  // namespace mycelium
