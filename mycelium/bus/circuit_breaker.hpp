#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mycelium/base/clock.hpp"

namespace mycelium {

/// When a circuit breaker opens, and for how long.
struct BreakerOptions {
  /// So many failures in a row open it. At least 1.
  std::size_t failures = 5;
  /// The first and the last of them are at most this far apart. Above zero.
  std::chrono::nanoseconds window = std::chrono::seconds{1};
  /// How long nothing is let through before a probe is; also how long a probe may go unanswered
  /// before the next one. Above zero.
  std::chrono::nanoseconds open_for = std::chrono::milliseconds{100};
  /// Less room than this at the receiver opens it at once. 0: room does not matter.
  std::size_t room_min = 0;
};

enum class BreakerState : std::uint8_t {
  closed,    ///< Everything is let through.
  open,      ///< Nothing is.
  half_open  ///< One message is on its way as a probe; its outcome decides.
};

/// Keeps a sender from a receiver that cannot keep up: after failures in a row nothing is sent for
/// a while, then one message tries.
///
///     if (!breaker.allows(now, room)) return refused;
///     if (sent_and_answered) breaker.succeeded(now); else breaker.failed(now);
///
/// A failure is what its owner calls so: `full`, or an answer that did not come in time. Each
/// message that was let through ends in one call of `succeeded` or `failed`, or in none when nobody
/// ever learns. Outcomes do not say whose they are: in `half_open` the first one decides, though it
/// may be that of an earlier message; in `open` outcomes change nothing.
///
/// Never reads a clock; time must not run backwards from call to call. Thread-safety: none; it
/// belongs to one sender. Memory: 8 bytes for each of `failures`, taken at construction.
class CircuitBreaker {
 public:
  /// Requires: options as their comments say.
  explicit CircuitBreaker(const BreakerOptions& options);

  /// Whether to send a message now that there is this much room. Opens the breaker when it is
  /// closed and room is too little. Makes it half open, and says yes for the probe, when it has
  /// been open for `open_for`, or the last probe has been unanswered for as long, and there is room
  /// enough.
  [[nodiscard]] bool allows(Instant now, std::size_t room);

  /// A message got through. Closes a half-open breaker; ends a row of failures.
  void succeeded(Instant now);

  /// A message did not. Opens a half-open breaker, and a closed one when it is the last of a row.
  void failed(Instant now);

  [[nodiscard]] BreakerState state() const noexcept { return state_; }
  /// How often it has opened, again after a probe that failed included.
  [[nodiscard]] std::uint64_t opened_count() const noexcept { return opened_count_; }

 private:
  void open(Instant now);
  /// Enters a failure of a closed breaker. True: as many as it takes lie within the window.
  [[nodiscard]] bool is_last_of_a_row(Instant now);

  BreakerOptions options_;
  BreakerState state_ = BreakerState::closed;
  Instant since_{};  // When it opened, or when the last probe was let through.
  std::uint64_t opened_count_ = 0;
  std::vector<Instant> row_;    // The last failures without a success in between, as a ring.
  std::size_t row_length_ = 0;  // Of them; at most options_.failures.
  std::size_t row_next_ = 0;    // Where the next one goes; when the ring is full, the oldest.
};

}  // namespace mycelium
