#include "providers/venue_client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <utility>

namespace providers {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using ErrorCode = boost::system::error_code;

// A client that connects and asks for nothing does not keep its place longer.
constexpr std::chrono::seconds kHandshakeTimeMax{5};

}  // namespace

void VenueClient::start() {
  auto& tcp_stream = beast::get_lowest_layer(stream_);
  ErrorCode ignored;
  tcp_stream.socket().set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
  tcp_stream.expires_after(kHandshakeTimeMax);
  beast::http::async_read(tcp_stream, buffer_, request_,
                          [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                            if (error || !websocket::is_upgrade(self->request_))
                              return self->close();
                            self->shake_hands();
                          });
}

void VenueClient::shake_hands() {
  beast::get_lowest_layer(stream_).expires_never();
  websocket::stream_base::timeout times{};
  times.handshake_timeout = kHandshakeTimeMax;
  times.idle_timeout = websocket::stream_base::none();
  times.keep_alive_pings = false;
  stream_.set_option(times);
  stream_.async_accept(request_, [self = shared_from_this()](const ErrorCode& error) {
    if (error || self->is_closed_) return self->close();
    self->stream_.text(true);
    self->buffer_.clear();
    const auto target = self->request_.target();
    if (!self->owner_.join(self, std::string_view{target.data(), target.size()}.substr(1)))
      return self->close();
    self->read();
  });
}

// Nothing is expected of a client but its end.
void VenueClient::read() {
  stream_.async_read(buffer_, [self = shared_from_this()](const ErrorCode& error, std::size_t) {
    if (error || self->is_closed_) return self->close();
    self->buffer_.clear();
    self->read();
  });
}

void VenueClient::send(std::string message) {
  if (is_closed_ || is_silent_) return;
  queued_bytes_ += message.size();
  if (queued_bytes_ > queue_bytes_max_) return close();
  queue_.push_back(std::move(message));
  if (queue_.size() == 1) write();
}

void VenueClient::write() {
  stream_.async_write(boost::asio::buffer(queue_.front()),
                      [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                        if (error || self->is_closed_) return self->close();
                        self->has_written_ = true;
                        self->queued_bytes_ -= self->queue_.front().size();
                        self->queue_.pop_front();
                        if (!self->queue_.empty()) self->write();
                      });
}

void VenueClient::close() {
  if (std::exchange(is_closed_, true)) return;
  ErrorCode ignored;
  beast::get_lowest_layer(stream_).socket().close(ignored);
  owner_.leave(shared_from_this());
}

}  // namespace providers
