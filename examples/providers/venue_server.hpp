#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mycelium/base/result.hpp"
#include "providers/venue_channel.hpp"

namespace providers {

/// How the venue is run.
struct VenueOptions {
  std::vector<std::string> instruments{};
  VenueData data{};
  std::uint16_t port = 0;   ///< 0: a free one.
  std::uint32_t speed = 1;  ///< Seconds of venue time in a second.
  /// Bytes that may wait for one client. One that leaves more unread is dropped.
  std::size_t queue_bytes_max = std::size_t{8} << 20;
};

/// The simulated venue behind a WebSocket on this machine: one channel for each instrument, at
/// `ws://127.0.0.1:PORT/INSTRUMENT`.
///
/// A channel's time begins with its first client, and goes on whoever is connected. A client gets a
/// snapshot of the book first, then the frames as their time comes, then the end. The venue breaks
/// the connections that its plan of faults names, or that it is told to; a fault that finds nobody
/// connected waits for the next one who is.
/// Thread-safety: any thread. A thread of its own serves the sockets; the destructor ends it and
/// closes them.
class VenueServer {
 public:
  /// Takes the port, but does not listen yet: who connects is refused. Errors: `cannot_listen` for
  /// a port that is taken, and those of `VenueChannel::open`.
  [[nodiscard]] static mycelium::Result<std::unique_ptr<VenueServer>> bind(
      const VenueOptions& options);
  ~VenueServer();
  VenueServer(const VenueServer&) = delete;
  VenueServer& operator=(const VenueServer&) = delete;

  /// Clients may connect from now on, or after `delay`. Errors: `cannot_listen`, without a delay.
  [[nodiscard]] mycelium::Result<void> listen(std::chrono::nanoseconds delay = {});
  [[nodiscard]] std::uint16_t port() const noexcept;

  /// Breaks the connections of a channel as soon as there is one.
  void inject(std::string_view instrument, FaultKind kind);
  /// Clients that are connected now, to all channels.
  [[nodiscard]] std::uint64_t clients() const noexcept;

 private:
  class Hub;
  explicit VenueServer(std::unique_ptr<Hub> hub) noexcept;
  std::unique_ptr<Hub> hub_;
};

}  // namespace providers
