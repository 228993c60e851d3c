#pragma once

#include <cstdint>
#include <string>

#include "mycelium/actor/ref.hpp"
#include "mycelium/protocol/message.hpp"

// The contract of the example: every message that its actors exchange.
namespace providers {

// To a provider, from whoever controls it. They are sent as urgent messages, so that they pass by
// the frames that wait.

/// Connect, or go on after a pause.
struct Start {};
MYCELIUM_MESSAGE(Start, 201, "provider.start")

/// Read nothing more, and keep the connection: the venue keeps what it sends.
struct Pause {};
MYCELIUM_MESSAGE(Pause, 202, "provider.pause")

/// Close the connection.
struct Stop {};
MYCELIUM_MESSAGE(Stop, 203, "provider.stop")

// To a provider, from its connection. `session` tells which connection it was.

struct LinkUp {
  std::uint64_t session;
};
MYCELIUM_MESSAGE(LinkUp, 204, "provider.link_up", session)

/// One whole WebSocket message.
struct FrameReceived {
  std::uint64_t session;
  std::string text;
};
MYCELIUM_MESSAGE(FrameReceived, 205, "provider.frame", session, text)

/// The connection could not be made, or is lost. Nothing comes from it any more.
struct LinkLost {
  std::uint64_t session;
  std::int64_t noticed_ns;  ///< Monotonic.
  std::string why;
};
MYCELIUM_MESSAGE(LinkLost, 206, "provider.link_lost", session, noticed_ns, why)

/// A provider to itself: has anything come since the last one?
struct SilenceCheck {};
MYCELIUM_MESSAGE(SilenceCheck, 207, "provider.silence_check")

/// What a frame of the venue was.
enum class DataKind : std::uint8_t { snapshot, depth, trade, ticker, end };

/// A provider to all: one frame of the venue, in its order.
struct MarketData {
  std::uint32_t provider;  ///< Index in `kProviders`.
  DataKind kind;
  std::uint64_t sequence;  ///< The venue's. Of a snapshot and of the end: of the frame before it.
  std::int64_t time_ns;    ///< Venue time.
};
MYCELIUM_MESSAGE(MarketData, 208, "market", provider, kind, sequence, time_ns)

using ControlRef = mycelium::RefTo<Start, Pause, Stop>;
using LinkReceiver = mycelium::RefTo<LinkUp, FrameReceived, LinkLost>;

}  // namespace providers
