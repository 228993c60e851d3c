#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mycelium {

/// Where the actors of a bundle run, and so how they reach each other.
enum class BundleMode : std::uint8_t {
  shared_memory,  ///< One process; messages are pointers and rings.
  same_node,      ///< A process per actor on this machine.
  distributed,    ///< On the nodes that the topology names.
};

/// What a worker does when it finds no work.
enum class Idle : std::uint8_t {
  spin,      ///< Polls for ever: the lowest latency, a whole processor.
  adaptive,  ///< Spins, then yields, then parks.
  sleep,     ///< Parks at once: the least processor time.
};

/// What happens to a message that meets a full mailbox.
enum class Overflow : std::uint8_t {
  block,        ///< The sender waits (or is told `full`).
  drop_newest,  ///< The arriving message is dropped and counted.
  drop_oldest,  ///< The longest waiting message is dropped and counted.
  conflate,     ///< The arriving message replaces the waiting one with the same key.
  fail,         ///< The sender gets an error; nothing waits.
};

/// When a stopped actor is started again [Erlang/OTP, supervisor: restart types].
enum class Restart : std::uint8_t {
  permanent,  ///< After every failure or normal end.
  transient,  ///< Only after a failure.
  temporary,  ///< Never.
};

/// One enumerator with the word that files and command lines use for it.
template <typename Enum>
struct NamedValue {
  std::string_view name;
  Enum value;
};

inline constexpr std::array<NamedValue<BundleMode>, 3> kBundleModeNames{{
    {"shared_memory", BundleMode::shared_memory},
    {"same_node", BundleMode::same_node},
    {"distributed", BundleMode::distributed},
}};
inline constexpr std::array<NamedValue<Idle>, 3> kIdleNames{{
    {"spin", Idle::spin},
    {"adaptive", Idle::adaptive},
    {"sleep", Idle::sleep},
}};
inline constexpr std::array<NamedValue<Overflow>, 5> kOverflowNames{{
    {"block", Overflow::block},
    {"drop_newest", Overflow::drop_newest},
    {"drop_oldest", Overflow::drop_oldest},
    {"conflate", Overflow::conflate},
    {"fail", Overflow::fail},
}};
inline constexpr std::array<NamedValue<Restart>, 3> kRestartNames{{
    {"permanent", Restart::permanent},
    {"transient", Restart::transient},
    {"temporary", Restart::temporary},
}};

/// The word of `value` in `names`; `"unknown"` for a value outside the enumeration.
template <typename Enum, std::size_t kCount>
[[nodiscard]] constexpr std::string_view name_in(const std::array<NamedValue<Enum>, kCount>& names,
                                                 Enum value) noexcept {
  for (const NamedValue<Enum>& named : names) {
    if (named.value == value) return named.name;
  }
  return "unknown";
}

[[nodiscard]] constexpr std::string_view name_of(BundleMode mode) noexcept {
  return name_in(kBundleModeNames, mode);
}
[[nodiscard]] constexpr std::string_view name_of(Idle idle) noexcept {
  return name_in(kIdleNames, idle);
}
[[nodiscard]] constexpr std::string_view name_of(Overflow overflow) noexcept {
  return name_in(kOverflowNames, overflow);
}
[[nodiscard]] constexpr std::string_view name_of(Restart restart) noexcept {
  return name_in(kRestartNames, restart);
}

/// Messages that one mailbox may hold: a mebi of them is seconds of backlog at any rate worth
/// running.
inline constexpr std::uint32_t kMailboxCapacityMax = 1U << 20;
/// Workers of one bundle: more threads than this in one process gain nothing on today's machines.
inline constexpr std::uint32_t kWorkersMax = 64;
/// Restarts within one period: beyond this the limit would no longer limit anything.
inline constexpr std::uint32_t kRestartsMax = 1'000'000;
/// Redeliveries of one message: beyond this it is poison for sure.
inline constexpr std::uint32_t kRedeliveriesMax = 1'000;

/// How many messages may wait for an actor, and what happens to the next one.
struct MailboxOptions {
  std::uint32_t capacity = 1024;  ///< Messages, 1 to `kMailboxCapacityMax`.
  Overflow overflow = Overflow::block;
};

/// How long an actor that keeps failing waits before it is made anew [semantics S6]: the n-th
/// delay in a row is min(max, min * factor^n) * (1 - jitter * U), with U random in [0, 1).
struct Backoff {
  std::chrono::nanoseconds min = std::chrono::milliseconds{10};  ///< Greater than zero.
  std::chrono::nanoseconds max = std::chrono::seconds{5};        ///< `min` or more.
  double factor = 2;                                             ///< 1 or more.
  double jitter = 0.2;  ///< 0 to 1: how much of a delay chance may take away.
  /// Having run for so long without a failure, it begins with the shortest delay again.
  std::chrono::nanoseconds reset_after = std::chrono::seconds{10};
  bool first_at_once = true;  ///< The first restart of a row does not wait.
};

/// How often an actor may be restarted before its supervisor gives up [semantics S5], and what
/// becomes of the message that it failed with.
struct RestartOptions {
  Restart restart = Restart::permanent;
  std::uint32_t max_restarts = 5;  ///< Within any `period`; 0 gives up at the first failure.
  std::chrono::nanoseconds period = std::chrono::seconds{10};  ///< Greater than zero, monotonic.
  std::optional<Backoff> backoff{};                            ///< None: every restart is at once.
  /// How often a message whose handler threw is handled again, first in line, by the next object
  /// [semantics S15]; then it is a dead letter. 0: it is one at once.
  std::uint32_t redeliver = 0;
};

}  // namespace mycelium
