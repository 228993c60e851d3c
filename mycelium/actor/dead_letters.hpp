#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mycelium {

/// Why a message that had been taken was not handled (promise D9).
enum class DeadLetterReason : std::uint8_t {
  stale_ref,  ///< Its receiver had stopped for good before it arrived.
  stopped,    ///< It waited in the mailbox of a receiver that was stopped.
  poison,     ///< Its handler threw.
  unhandled,  ///< Its receiver has no handler for it.
};
inline constexpr std::size_t kDeadLetterReasons = 4;

[[nodiscard]] constexpr std::string_view name_of(DeadLetterReason reason) noexcept {
  constexpr std::array<std::string_view, kDeadLetterReasons> kNames{"stale_ref", "stopped",
                                                                    "poison", "unhandled"};
  return kNames[static_cast<std::size_t>(reason)];
}

/// Counts messages that were taken but not handled, and logs the first ten. Thread-safety: any
/// thread.
class DeadLetters {
 public:
  static constexpr std::uint64_t kLoggedMax = 10;

  /// `receiver` and `message` are names for the log.
  void add(DeadLetterReason reason, std::string_view receiver, std::string_view message);

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
};

}  // namespace mycelium
