#include "providers/websocket_links.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <exception>
#include <utility>

#include "mycelium/runtime/os_clock.hpp"

namespace providers {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using ErrorCode = boost::system::error_code;
using asio::ip::tcp;

// How soon a message that found no room is offered again.
constexpr std::chrono::milliseconds kRoomPause{1};

/// One connection. All of it belongs to the I/O thread; what runs on it keeps it alive.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(asio::io_context& io, std::string channel, LinkReceiver receiver, std::uint64_t session)
      : stream_{io},
        room_pause_{io},
        channel_{std::move(channel)},
        receiver_{receiver},
        session_{session} {}

  void connect(std::uint16_t port, std::chrono::nanoseconds time_max);
  void pause() { is_paused_ = true; }
  void resume() {
    is_paused_ = false;
    read();
  }
  void close();

 private:
  void shake_hands(std::uint16_t port, std::chrono::nanoseconds time_max);
  void read();
  void take(std::size_t bytes);
  void lose(const std::string& why);
  template <typename M>
  void deliver(M message);

  // Without compression: it would only cost time on one machine.
  websocket::stream<beast::tcp_stream, false> stream_;
  asio::steady_timer room_pause_;
  const std::string channel_;
  const LinkReceiver receiver_;
  const std::uint64_t session_;
  beast::flat_buffer buffer_;
  bool is_busy_ = true;     // A message is on its way from the socket or to the receiver.
  bool is_paused_ = false;  // The provider wants nothing for now.
  bool is_over_ = false;    // The socket is closed.
  bool is_closed_ = false;  // The provider wants nothing any more.
};

void Session::connect(std::uint16_t port, std::chrono::nanoseconds time_max) {
  auto& tcp_stream = beast::get_lowest_layer(stream_);
  tcp_stream.expires_after(time_max);
  tcp_stream.async_connect(tcp::endpoint{asio::ip::address_v4::loopback(), port},
                           [self = shared_from_this(), port, time_max](const ErrorCode& error) {
                             if (error) return self->lose("cannot connect: " + error.message());
                             self->shake_hands(port, time_max);
                           });
}

void Session::shake_hands(std::uint16_t port, std::chrono::nanoseconds time_max) {
  if (is_over_) return;
  auto& tcp_stream = beast::get_lowest_layer(stream_);
  tcp_stream.expires_never();  // The stream has a time of its own for the handshake.
  ErrorCode ignored;
  tcp_stream.socket().set_option(tcp::no_delay{true}, ignored);
  websocket::stream_base::timeout times{};
  times.handshake_timeout =
      std::chrono::duration_cast<beast::net::steady_timer::duration>(time_max);
  times.idle_timeout = websocket::stream_base::none();
  times.keep_alive_pings = false;
  stream_.set_option(times);
  stream_.read_message_max(WebsocketLinks::kMessageBytesMax);
  stream_.async_handshake("127.0.0.1:" + std::to_string(port), "/" + channel_,
                          [self = shared_from_this()](const ErrorCode& error) {
                            if (error) return self->lose("no handshake: " + error.message());
                            self->deliver(LinkUp{self->session_});
                          });
}

void Session::read() {
  if (is_busy_ || is_paused_ || is_over_) return;
  is_busy_ = true;
  stream_.async_read(buffer_, [self = shared_from_this()](const ErrorCode& error, std::size_t) {
    if (error) return self->lose(error.message());
    self->take(self->buffer_.size());
  });
}

// What is thrown here must not end the other connections of the thread.
void Session::take(std::size_t bytes) {
  try {
    FrameReceived frame{session_, {static_cast<const char*>(buffer_.data().data()), bytes}};
    buffer_.consume(bytes);
    deliver(std::move(frame));
  } catch (const std::exception& error) {
    lose(error.what());
  }
}

void Session::lose(const std::string& why) {
  if (is_over_) return;  // Closed on this side.
  const auto now = mycelium::os_clock().monotonic().time_since_epoch();
  is_over_ = true;
  ErrorCode ignored;
  beast::get_lowest_layer(stream_).socket().close(ignored);
  deliver(LinkLost{session_, now.count(), why});
}

template <typename M>
void Session::deliver(M message) {
  if (is_closed_) return;
  const mycelium::SendResult result = receiver_.try_send(std::move(message));  // Moves only on ok.
  if (result == mycelium::SendResult::closed) return close();
  if (result == mycelium::SendResult::ok) {
    is_busy_ = false;
    return read();
  }
  room_pause_.expires_after(kRoomPause);
  room_pause_.async_wait([self = shared_from_this(), message = std::move(message)](
                             const ErrorCode&) mutable { self->deliver(std::move(message)); });
}

void Session::close() {
  is_closed_ = is_over_ = true;
  room_pause_.cancel();
  ErrorCode ignored;
  beast::get_lowest_layer(stream_).socket().close(ignored);
}

class WebsocketLink final : public FeedLink {
 public:
  WebsocketLink(asio::io_context& io, std::shared_ptr<Session> session)
      : io_{io}, session_{std::move(session)} {}
  ~WebsocketLink() override {
    asio::post(io_, [session = std::move(session_)] { session->close(); });
  }
  void pause() override {
    asio::post(io_, [session = session_] { session->pause(); });
  }
  void resume() override {
    asio::post(io_, [session = session_] { session->resume(); });
  }

 private:
  asio::io_context& io_;
  std::shared_ptr<Session> session_;
};

}  // namespace

std::unique_ptr<FeedLink> WebsocketLinks::open(const std::string& channel,
                                               const LinkReceiver& receiver,
                                               std::uint64_t session) {
  auto made = std::make_shared<Session>(io_.context(), channel, receiver, session);
  asio::post(io_.context(),
             [made, port = port_, time_max = connect_time_max_] { made->connect(port, time_max); });
  return std::make_unique<WebsocketLink>(io_.context(), std::move(made));
}

}  // namespace providers
