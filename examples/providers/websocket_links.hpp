#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "providers/feed_link.hpp"
#include "providers/io_thread.hpp"

namespace providers {

/// Connections to a venue on this machine by WebSocket, all served by one thread.
///
/// How a read loop and an actor get along: the loop runs on the I/O thread and never blocks it, and
/// each message that it reads is sent to the actor. So the actor's worker is never held up, by a
/// slow venue as little as by a dead one, and control messages are handled while the loop reads.
/// Other ways were left alone: a dedicated worker whose handler blocks in a read handles no control
/// message until the venue says something; a read by `Context::offload` holds a thread of the pool
/// for each silent venue, costs two wake-ups for each frame, and is not ended by a restart; and a
/// thread for each provider has to be joined by the worker when its provider ends, which its
/// neighbours would notice. Here a provider that ends posts the end of its connection and goes; the
/// one thread, which belongs to nobody's incarnation, closes the socket.
///
/// A receiver without room is offered its message again every millisecond, and nothing is read
/// meanwhile: the venue is held back by TCP, and nothing is dropped on this side.
/// Thread-safety: any thread. Memory: what a connection has read and not delivered, one message.
/// Life-cycle: `IoThread::stop` before the receivers' system ends.
class WebsocketLinks final : public FeedLinks {
 public:
  /// How long connecting and the handshake may take, each: a venue that takes the connection and
  /// says nothing is a failure too.
  static constexpr std::chrono::seconds kConnectTimeMax{5};
  /// The largest message: a snapshot of 5,000 levels a side is below 1 MiB.
  static constexpr std::size_t kMessageBytesMax = std::size_t{4} << 20;

  /// `io` outlives this and all links.
  WebsocketLinks(IoThread& io, std::uint16_t port,
                 std::chrono::nanoseconds connect_time_max = kConnectTimeMax)
      : io_{io}, port_{port}, connect_time_max_{connect_time_max} {}

  [[nodiscard]] std::unique_ptr<FeedLink> open(const std::string& channel,
                                               const LinkReceiver& receiver,
                                               std::uint64_t session) override;

 private:
  IoThread& io_;
  const std::uint16_t port_;
  const std::chrono::nanoseconds connect_time_max_;
};

}  // namespace providers
