#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "mycelium/config/options.hpp"

namespace mycelium {

/// Who is restarted when one child of a supervisor fails [Erlang/OTP, supervisor: strategies].
enum class Strategy : std::uint8_t {
  one_for_one,   ///< The one that failed.
  one_for_all,   ///< All children.
  rest_for_one,  ///< The one that failed, and all that were started after it.
};

/// What failures of a supervisor's children are counted together (promise S5).
enum class Counting : std::uint8_t {
  by_strategy,     ///< `per_child` under `one_for_one`, `per_supervisor` under the others.
  per_child,       ///< Each child's, against its own `RestartOptions`.
  per_supervisor,  ///< All, against the supervisor's `intensity`.
};

/// Whether a supervisor stops because significant children have ended by themselves.
enum class AutoShutdown : std::uint8_t {
  never,
  any_significant,  ///< When the first of them has.
  all_significant,  ///< When the last of them has.
};

inline constexpr std::array<NamedValue<Strategy>, 3> kStrategyNames{{
    {"one_for_one", Strategy::one_for_one},
    {"one_for_all", Strategy::one_for_all},
    {"rest_for_one", Strategy::rest_for_one},
}};
inline constexpr std::array<NamedValue<Counting>, 3> kCountingNames{{
    {"by_strategy", Counting::by_strategy},
    {"per_child", Counting::per_child},
    {"per_supervisor", Counting::per_supervisor},
}};
inline constexpr std::array<NamedValue<AutoShutdown>, 3> kAutoShutdownNames{{
    {"never", AutoShutdown::never},
    {"any_significant", AutoShutdown::any_significant},
    {"all_significant", AutoShutdown::all_significant},
}};

[[nodiscard]] constexpr std::string_view name_of(Strategy strategy) noexcept {
  return name_in(kStrategyNames, strategy);
}
[[nodiscard]] constexpr std::string_view name_of(Counting counting) noexcept {
  return name_in(kCountingNames, counting);
}
[[nodiscard]] constexpr std::string_view name_of(AutoShutdown shutdown) noexcept {
  return name_in(kAutoShutdownNames, shutdown);
}

/// How many failures of its children a supervisor accepts within any `period`.
struct Intensity {
  std::uint32_t max_restarts = 5;
  std::chrono::nanoseconds period = std::chrono::seconds{10};  ///< Greater than zero, monotonic.
};

/// For `shutdown`: no time at all, and as much as it takes.
inline constexpr std::chrono::nanoseconds kKill{0};
inline constexpr std::chrono::nanoseconds kUnlimited = std::chrono::nanoseconds::max();

/// What a child gets when nothing is said; a supervisor takes as long as it takes.
inline constexpr std::chrono::nanoseconds kShutdownDefault = std::chrono::seconds{5};

/// How one child of a supervisor is run.
struct ChildOptions {
  MailboxOptions mailbox{};
  RestartOptions restart{};
  /// How long it may take to handle what waits and to stop, before it is killed (promise S7).
  std::chrono::nanoseconds shutdown = kShutdownDefault;
  bool significant = false;               ///< For `AutoShutdown`; not on a permanent child.
  std::optional<std::uint16_t> worker{};  ///< Else the worker with the fewest actors.
  bool dedicated = false;                 ///< A worker of its own.
};

/// How a supervisor treats its children, and how its own supervisor treats it.
struct SupervisorOptions {
  Strategy strategy = Strategy::one_for_one;
  Intensity intensity{};
  Counting counting = Counting::by_strategy;
  AutoShutdown auto_shutdown = AutoShutdown::never;
  // As a child.
  RestartOptions restart{};
  std::chrono::nanoseconds shutdown = kUnlimited;
  bool significant = false;
  std::optional<std::uint16_t> worker{};

  [[nodiscard]] constexpr bool counts_together() const noexcept {
    return counting == Counting::per_supervisor ||
           (counting == Counting::by_strategy && strategy != Strategy::one_for_one);
  }
};

}  // namespace mycelium
