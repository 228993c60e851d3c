#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "mycelium/base/result.hpp"

namespace providers {

/// How the venue breaks a connection.
enum class FaultKind : std::uint8_t {
  drop,     ///< It closes the connection without a word.
  corrupt,  ///< The next frame is torn.
  hang,     ///< It keeps the connection, and says nothing on it any more.
};

[[nodiscard]] std::string_view name_of(FaultKind kind) noexcept;

/// A fault of the venue: it hits whoever is connected to the channel then, or next.
struct VenueFault {
  std::string channel;
  std::chrono::nanoseconds at{};  ///< Venue time since the channel's start.
  FaultKind kind = FaultKind::drop;
};

/// `usdm_btcusdt:1s` or `usdm_btcusdt:1500ms:corrupt`. Errors: `bad_fault`, `unknown_provider`.
[[nodiscard]] mycelium::Result<VenueFault> parse_fault(std::string_view text);

/// A provider is told to pause or to stop, and later to start again.
struct Interruption {
  std::uint32_t provider = 0;         ///< Index in `kProviders`.
  std::chrono::nanoseconds at{};      ///< Venue time since the first message of all.
  std::chrono::nanoseconds length{};  ///< Until it is told to start again.
  bool closes = false;                ///< `Stop`, and no `Pause`.
};

/// `cm_btcusd_perp:1s:500ms`. Errors: `bad_interruption`, `unknown_provider`.
[[nodiscard]] mycelium::Result<Interruption> parse_interruption(std::string_view text, bool closes);

}  // namespace providers
