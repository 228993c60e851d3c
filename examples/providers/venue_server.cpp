#include "providers/venue_server.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <utility>

#include "mycelium/base/clock.hpp"
#include "mycelium/runtime/os_clock.hpp"
#include "mycelium/telemetry/counter.hpp"
#include "providers/io_thread.hpp"
#include "providers/venue_client.hpp"

namespace providers {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using std::chrono::nanoseconds;

// After an accept that failed, as when the process has no file descriptors left.
constexpr std::chrono::milliseconds kAcceptPause{50};

// How soon it is looked again whether a snapshot has been written.
constexpr std::chrono::milliseconds kSnapshotPause{1};

mycelium::Error cannot_listen(std::uint16_t port, const ErrorCode& error) {
  return {"cannot_listen", fmt::format("the venue cannot listen at 127.0.0.1:{}: {}; give another "
                                       "--port, or 0 for any that is free",
                                       port, error.message())};
}

}  // namespace

/// All but the counts and `port` belongs to the thread.
class VenueServer::Hub final : public VenueClient::Owner {
 public:
  explicit Hub(const VenueOptions& options)
      : options_{options}, acceptor_{io_.context()}, accept_pause_{io_.context()} {}
  ~Hub() override { io_.stop(); }

  [[nodiscard]] mycelium::Result<void> bind();
  [[nodiscard]] ErrorCode listen();
  void listen_after(nanoseconds delay);
  void inject(std::string_view instrument, FaultKind kind);

  // For its clients.
  bool join(const std::shared_ptr<VenueClient>& client, std::string_view instrument) override;
  void leave(const std::shared_ptr<VenueClient>& client) override;

  mycelium::Counter joined;
  mycelium::Counter left;
  std::uint16_t port = 0;

 private:
  struct Stream {
    Stream(VenueChannel opened, asio::io_context& io) : channel{std::move(opened)}, timer{io} {}
    VenueChannel channel;
    asio::steady_timer timer;
    std::vector<std::shared_ptr<VenueClient>> clients{};
    std::optional<mycelium::Instant> start{};  // When its first client came.
    std::deque<FaultKind> faults{};            // Due, and nobody was there to be hit.
    bool tears_next = false;                   // A fault: the next frame is torn.
  };

  void accept();
  void pump(Stream& stream);
  void pump_again(Stream& stream, nanoseconds delay);
  [[nodiscard]] bool apply_faults(Stream& stream);
  void apply(Stream& stream, FaultKind kind);
  void send(Stream& stream, std::string frame);
  [[nodiscard]] nanoseconds elapsed(const Stream& stream) const;
  [[nodiscard]] Stream* find(std::string_view instrument);

  const VenueOptions options_;
  IoThread io_;
  tcp::acceptor acceptor_;
  asio::steady_timer accept_pause_;
  std::deque<Stream> streams_;  // Their addresses stay.
};

mycelium::Result<void> VenueServer::Hub::bind() {
  for (const std::string& instrument : options_.instruments) {
    auto channel = VenueChannel::open(instrument, options_.data);
    if (!channel) return std::unexpected{std::move(channel.error())};
    streams_.emplace_back(std::move(*channel), io_.context());
  }
  ErrorCode error;
  const tcp::endpoint endpoint{asio::ip::address_v4::loopback(), options_.port};
  if (!error) acceptor_.open(endpoint.protocol(), error);
  // A port that was asked for may have connections of an earlier run that are not quite over.
  if (!error && options_.port != 0)
    acceptor_.set_option(asio::socket_base::reuse_address{true}, error);
  if (!error) acceptor_.bind(endpoint, error);
  if (error) return std::unexpected{cannot_listen(options_.port, error)};
  port = acceptor_.local_endpoint().port();
  return {};
}

ErrorCode VenueServer::Hub::listen() {
  ErrorCode error;
  acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) asio::post(io_.context(), [this] { accept(); });
  return error;
}

void VenueServer::Hub::listen_after(nanoseconds delay) {
  asio::post(io_.context(), [this, delay] {
    accept_pause_.expires_after(delay);
    accept_pause_.async_wait([this](const ErrorCode& stopped) {
      if (stopped) return;
      if (const ErrorCode error = listen()) spdlog::error("{}", cannot_listen(port, error).message);
    });
  });
}

void VenueServer::Hub::accept() {
  acceptor_.async_accept([this](const ErrorCode& error, tcp::socket socket) {
    if (!error) {
      std::make_shared<VenueClient>(*this, std::move(socket), options_.queue_bytes_max)->start();
      return accept();
    }
    accept_pause_.expires_after(kAcceptPause);
    accept_pause_.async_wait([this](const ErrorCode& stopped) {
      if (!stopped) accept();
    });
  });
}

VenueServer::Hub::Stream* VenueServer::Hub::find(std::string_view instrument) {
  const auto found = std::ranges::find(streams_, instrument,
                                       [](const Stream& stream) { return stream.channel.name(); });
  return found != streams_.end() ? &*found : nullptr;
}

bool VenueServer::Hub::join(const std::shared_ptr<VenueClient>& client,
                            std::string_view instrument) {
  Stream* const stream = find(instrument);
  if (stream == nullptr) return false;
  joined.add();
  stream->clients.push_back(client);
  client->send(stream->channel.snapshot());
  if (!stream->start) stream->start = mycelium::os_clock().monotonic();
  if (!stream->channel.next_at()) {
    client->send(stream->channel.end());
  } else {
    pump(*stream);
  }
  return true;
}

void VenueServer::Hub::leave(const std::shared_ptr<VenueClient>& client) {
  for (Stream& stream : streams_) {
    if (std::erase(stream.clients, client) > 0) left.add();
  }
}

nanoseconds VenueServer::Hub::elapsed(const Stream& stream) const {
  return (mycelium::os_clock().monotonic() - *stream.start) * options_.speed;
}

// Sends what is due, and comes again when the next thing is.
void VenueServer::Hub::pump(Stream& stream) {
  const nanoseconds now = elapsed(stream);
  auto next_at = stream.channel.next_at();
  for (; next_at && *next_at <= now; next_at = stream.channel.next_at()) {
    if (!apply_faults(stream)) return pump_again(stream, kSnapshotPause);
    VenueChannel::Event event = stream.channel.next();
    if (event.fault) {
      stream.faults.push_back(*event.fault);
    } else {
      send(stream, std::move(event.frame));
    }
  }
  if (!next_at) return send(stream, stream.channel.end());
  if (!apply_faults(stream)) return pump_again(stream, kSnapshotPause);
  pump_again(stream, (*next_at - now) / options_.speed);
}

void VenueServer::Hub::pump_again(Stream& stream, nanoseconds delay) {
  stream.timer.expires_after(delay);
  stream.timer.async_wait([this, &stream](const ErrorCode& stopped) {
    if (!stopped) pump(stream);
  });
}

// A fault waits for somebody to hit, so that each is seen. False: it waits for a snapshot that is
// being written, so that who has come back from the last fault has recovered from it.
bool VenueServer::Hub::apply_faults(Stream& stream) {
  while (!stream.faults.empty() && !stream.clients.empty()) {
    if (!std::ranges::all_of(stream.clients, &VenueClient::has_written)) return false;
    const FaultKind kind = stream.faults.front();
    stream.faults.pop_front();
    apply(stream, kind);
  }
  return true;
}

void VenueServer::Hub::send(Stream& stream, std::string frame) {
  if (std::exchange(stream.tears_next, false)) frame.resize(frame.size() / 2);
  // A client that does not read is dropped, and leaves the list.
  const auto clients = stream.clients;
  for (const auto& client : clients) client->send(frame);
}

void VenueServer::Hub::apply(Stream& stream, FaultKind kind) {
  if (kind == FaultKind::corrupt) {
    stream.tears_next = true;
    return;
  }
  const auto clients = stream.clients;
  for (const auto& client : clients) {
    if (kind == FaultKind::drop) client->close();
    if (kind == FaultKind::hang) client->fall_silent();
  }
}

void VenueServer::Hub::inject(std::string_view instrument, FaultKind kind) {
  asio::post(io_.context(), [this, name = std::string{instrument}, kind] {
    Stream* const stream = find(name);
    if (stream == nullptr) return;
    stream->faults.push_back(kind);
    // Otherwise with the next frame.
    static_cast<void>(apply_faults(*stream));
  });
}

VenueServer::VenueServer(std::unique_ptr<Hub> hub) noexcept : hub_{std::move(hub)} {}
VenueServer::~VenueServer() = default;

mycelium::Result<std::unique_ptr<VenueServer>> VenueServer::bind(const VenueOptions& options) {
  auto hub = std::make_unique<Hub>(options);
  if (auto bound = hub->bind(); !bound) return std::unexpected{std::move(bound.error())};
  return std::unique_ptr<VenueServer>{new VenueServer{std::move(hub)}};
}

mycelium::Result<void> VenueServer::listen(nanoseconds delay) {
  if (delay > nanoseconds{0}) {
    hub_->listen_after(delay);
    return {};
  }
  if (const ErrorCode error = hub_->listen()) {
    return std::unexpected{cannot_listen(hub_->port, error)};
  }
  return {};
}

std::uint16_t VenueServer::port() const noexcept { return hub_->port; }

void VenueServer::inject(std::string_view instrument, FaultKind kind) {
  hub_->inject(instrument, kind);
}

std::uint64_t VenueServer::clients() const noexcept {
  return hub_->joined.value() - hub_->left.value();
}

}  // namespace providers
