#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace providers {

/// One client of the venue: its handshake, and what waits to be written to it. All of it belongs to
/// the venue's thread; what runs on it keeps it alive.
class VenueClient : public std::enable_shared_from_this<VenueClient> {
 public:
  /// Whoever has the channels.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// False: there is no such channel.
    virtual bool join(const std::shared_ptr<VenueClient>& client, std::string_view channel) = 0;
    virtual void leave(const std::shared_ptr<VenueClient>& client) = 0;
  };

  VenueClient(Owner& owner, boost::asio::ip::tcp::socket socket, std::size_t queue_bytes_max)
      : owner_{owner}, stream_{std::move(socket)}, queue_bytes_max_{queue_bytes_max} {}

  /// Reads the request for the channel, and joins it.
  void start();
  /// Puts one message into the queue. A client whose queue is full is dropped.
  void send(std::string message);
  /// Closes the connection without a word.
  void close();
  /// Whether its first message has left.
  [[nodiscard]] bool has_written() const { return has_written_; }
  /// Nothing is sent any more, and the connection stays.
  void fall_silent() { is_silent_ = true; }

 private:
  void shake_hands();
  void read();
  void write();

  Owner& owner_;
  // Without compression: it would only cost time on one machine.
  boost::beast::websocket::stream<boost::beast::tcp_stream, false> stream_;
  const std::size_t queue_bytes_max_;
  boost::beast::flat_buffer buffer_;
  boost::beast::http::request<boost::beast::http::string_body> request_;
  std::deque<std::string> queue_;  // The first is being written.
  std::size_t queued_bytes_ = 0;
  bool has_written_ = false;
  bool is_silent_ = false;
  bool is_closed_ = false;
};

}  // namespace providers
