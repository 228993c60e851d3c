#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mycelium/base/actor_id.hpp"
#include "mycelium/base/clock.hpp"
#include "mycelium/protocol/message.hpp"

namespace mycelium {

/// Why a message that had been taken was not handled (promise D9).
enum class DeadLetterReason : std::uint8_t {
  stale_ref,  ///< Its receiver had stopped for good before it arrived.
  stopped,    ///< It waited in the mailbox of a receiver that was stopped.
  poison,     ///< Its handler threw.
  unhandled,  ///< Its receiver has no handler for it.
  restarted,  ///< Its sender and its receiver were restarted together.
};
inline constexpr std::size_t kDeadLetterReasons = 5;

[[nodiscard]] constexpr std::string_view name_of(DeadLetterReason reason) noexcept {
  constexpr std::array<std::string_view, kDeadLetterReasons> kNames{
      "stale_ref", "stopped", "poison", "unhandled", "restarted"};
  return kNames[static_cast<std::size_t>(reason)];
}

/// A message that was taken but not handled, as those see it who subscribe to its topic (promise
/// D9). Dead letters of this type are counted and not published.
struct DeadLetter {
  ActorId receiver;       ///< For whom it was.
  std::uint16_t type_id;  ///< Of the message; `find_message_type` tells its name.
  DeadLetterReason reason;
};
[[maybe_unused]] constexpr MessageTraits mycelium_message_traits(const DeadLetter*) {
  return {kReservedTypeIds + 3, "mycelium.dead_letters", "DeadLetter"};
}

/// Counts messages that were taken but not handled, and logs the first ten, then a line with the
/// count once a minute. Thread-safety: any thread.
class DeadLetters {
 public:
  static constexpr std::uint64_t kLoggedMax = 10;
  /// From then on one line with the count, so often at most.
  static constexpr std::chrono::minutes kLineEvery{1};

  /// Counts one. True: it is among those that are logged one by one, so `log` it.
  [[nodiscard]] bool add(DeadLetterReason reason, Instant now);
  /// `receiver` and `message` are names.
  void log(DeadLetterReason reason, std::string_view receiver, std::string_view message);

  /// Messages that were still on their way when the system ended; counted as `stopped`.
  void add_undelivered(std::uint64_t count) noexcept {
    counts_[static_cast<std::size_t>(DeadLetterReason::stopped)].fetch_add(
        count, std::memory_order_relaxed);
  }

  [[nodiscard]] std::uint64_t count(DeadLetterReason reason) const noexcept {
    return counts_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t total() const noexcept;

 private:
  std::array<std::atomic<std::uint64_t>, kDeadLetterReasons> counts_{};
  std::atomic<std::uint64_t> logged_{0};
  std::atomic<std::int64_t> line_due_ns_{0};  // When the next line with the count is; 0: not set.
};

}  // namespace mycelium
