#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "adapters/torq/relay/relay_counts.hpp"
#include "mycelium/base/result.hpp"

namespace torq {

/// How a relay is run.
struct RelayServerOptions {
  std::string socket;  ///< Its path, such as `/tmp/torq/market_data.sock`.
  ParseOptions parse{};
  /// Bytes that may wait for one client, beside what its socket holds: about 50,000 trades. A
  /// client that leaves more unread is dropped.
  std::size_t queue_bytes_max = 4 * 1024 * 1024;
  std::size_t clients_max = 256;  ///< Beyond them who connects is sent away.
  bool spins = false;             ///< Polls for ever instead of sleeping: a whole processor.
};

/// What a relay has done so far. Read by any thread.
struct RelayServerCounts {
  ReceivedCounts received;
  mycelium::Counter clients;        ///< Connected now.
  mycelium::Counter accepted;       ///< Ever.
  mycelium::Counter refused;        ///< Sent away because of `clients_max`.
  mycelium::Counter dropped;        ///< Clients that did not read.
  mycelium::Counter dropped_bytes;  ///< What had waited for those.
  mycelium::Counter forwarded;      ///< Messages, once for each client.
};

/// A relay for existing clients: what one sends, all others get, in order and byte for byte.
/// Connecting is subscribing. Only valid messages are forwarded; faults are counted, and the stream
/// goes on at the next magic (promise Q4).
///
///     const auto relay = RelayServer::start({.socket = "/tmp/torq/market_data.sock"});
///     if (!relay) fmt::print("{}\n", relay.error().message);
///
/// Thread-safety: `counts` from any thread. A thread of its own serves the sockets; the destructor
/// ends it and removes the socket. Memory: 128 KiB and the queue for each client.
class RelayServer {
 public:
  /// Errors: `bad_socket`, `socket_in_use`, `cannot_listen`.
  [[nodiscard]] static mycelium::Result<std::unique_ptr<RelayServer>> start(
      const RelayServerOptions& options);
  ~RelayServer();
  RelayServer(const RelayServer&) = delete;
  RelayServer& operator=(const RelayServer&) = delete;

  [[nodiscard]] const RelayServerCounts& counts() const noexcept;

 private:
  class Hub;
  explicit RelayServer(std::unique_ptr<Hub> hub) noexcept;
  std::unique_ptr<Hub> hub_;
};

}  // namespace torq
