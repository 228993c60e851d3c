#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "adapters/torq/relay/unix_socket.hpp"
#include "adapters/torq/stream_reader.hpp"

namespace torq {

/// How a client keeps its connection to a relay.
struct RelayConnectionOptions {
  std::string socket{};
  /// Sent first on each connection: the 32-byte message by which a publisher makes itself known.
  /// Empty: a subscriber only.
  std::vector<std::byte> identification{};
  /// Bytes that may wait to be written; what is written meanwhile comes on top.
  std::size_t queue_bytes_max = 1024 * 1024;
  /// Between two attempts to connect: doubled after each that brought nothing.
  std::chrono::milliseconds backoff_min{10};
  std::chrono::milliseconds backoff_max{2000};
};

/// A client's connection to a relay, kept by a thread of its own, which connects again whenever it
/// is lost.
///
/// Messages that wait are kept over a loss. One that had been written in part is written again,
/// since the relay cannot have forwarded it; what had been written whole is not.
/// Thread-safety: `try_write` and the counts from any thread.
class RelayConnection {
 public:
  /// Called on the connection's thread with what was received, in order; empty bytes: the session
  /// has ended. May wait, and then returns once `is_stopping` says so.
  using Receive = std::function<void(std::uint64_t session, Bytes bytes)>;

  RelayConnection(RelayConnectionOptions options, Receive receive);
  /// Ends the thread; what waits to be written is dropped.
  ~RelayConnection();
  RelayConnection(const RelayConnection&) = delete;
  RelayConnection& operator=(const RelayConnection&) = delete;

  /// Puts one whole message into the queue. False: it has no room.
  [[nodiscard]] bool try_write(Bytes message);

  [[nodiscard]] bool is_stopping() const noexcept {
    return stopping_.load(std::memory_order_acquire);  // Pairs with the destructor's store.
  }
  /// Connections ever made.
  [[nodiscard]] std::uint64_t sessions() const noexcept {
    return sessions_.load(std::memory_order_relaxed);  // A count; publishes nothing.
  }

 private:
  void run();
  // Whether anything was received or written.
  bool serve(int socket);
  // False: the connection is lost.
  bool read_some(int socket, bool& was_useful);
  bool write_some(int socket, bool& was_useful);
  [[nodiscard]] bool has_something_to_write();
  void back_to_message_start() noexcept;
  void pause(std::chrono::milliseconds time);

  const RelayConnectionOptions options_;
  const Receive receive_;
  const Descriptor wake_;  // An eventfd: something is to be written, or it is over.
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> sessions_{0};
  std::mutex mutex_;
  std::vector<std::byte> queued_;  // Guarded by mutex_.
  // The thread's own.
  std::vector<std::byte> memory_;
  std::vector<std::byte> writing_;
  std::size_t written_ = 0;  // Bytes of writing_.
  std::thread thread_;       // Last: it uses all of the above.
};

}  // namespace torq
