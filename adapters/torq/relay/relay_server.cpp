#include "adapters/torq/relay/relay_server.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/torq/relay/unix_socket.hpp"

namespace torq {
namespace {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;
using ErrorCode = boost::system::error_code;

// After an accept that failed, as when the process has no file descriptors left.
constexpr std::chrono::milliseconds kAcceptPause{50};

// Messages of one sender that are forwarded before others have their turn, and writes theirs: else
// a burst would fill the queue of a client that reads as fast as it can.
constexpr std::size_t kTurnBytes = 16 * 1024;

using FileId = std::pair<dev_t, ino_t>;

std::optional<FileId> file_at(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  return FileId{status.st_dev, status.st_ino};
}

void subtract_one(mycelium::Counter& count) { count.add(~std::uint64_t{0}); }

}  // namespace

/// Sockets, their queues and the thread that serves them; all but the counts belong to that thread.
class RelayServer::Hub {
 public:
  explicit Hub(const RelayServerOptions& options)
      : options_{options}, acceptor_{io_}, accept_pause_{io_} {}
  ~Hub() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
    // Not what somebody else has put there since.
    if (const auto now = file_at(options_.socket); bound_ && now == bound_)
      ::unlink(options_.socket.c_str());
  }

  void start() {
    const asio::local::stream_protocol::endpoint endpoint{options_.socket};
    acceptor_.open(endpoint.protocol());
    acceptor_.bind(endpoint);
    bound_ = file_at(options_.socket);
    acceptor_.listen();
    accept();
    thread_ = std::thread{[this] {
      while (options_.spins && !io_.stopped()) io_.poll();
      io_.run();
    }};
  }

  RelayServerCounts counts;

 private:
  struct Client;
  using ClientPtr = std::shared_ptr<Client>;

  void accept();
  void add(Socket socket);
  void read(const ClientPtr& client);
  void take(const ClientPtr& from, bool has_ended);
  void forward(const ClientPtr& from, Bytes message);
  void write(const ClientPtr& client);
  void remove(const ClientPtr& client);

  const RelayServerOptions options_;
  asio::io_context io_{1};
  asio::local::stream_protocol::acceptor acceptor_;
  asio::steady_timer accept_pause_;
  std::optional<FileId> bound_;  // The socket that this relay has made.
  std::vector<ClientPtr> clients_;
  std::thread thread_;
};

struct RelayServer::Hub::Client {
  Client(Socket connected, const ParseOptions& options)
      : socket{std::move(connected)}, reader{options} {}

  Socket socket;
  StreamReader reader;
  std::vector<std::byte> waiting;  // For the next write.
  std::vector<std::byte> writing;  // Being written.
  bool is_gone = false;

  [[nodiscard]] std::size_t queued() const noexcept { return waiting.size() + writing.size(); }
};

void RelayServer::Hub::accept() {
  acceptor_.async_accept([this](const ErrorCode& error, Socket socket) {
    if (!error) {
      add(std::move(socket));
      return accept();
    }
    accept_pause_.expires_after(kAcceptPause);
    accept_pause_.async_wait([this](const ErrorCode& stopped) {
      if (!stopped) accept();
    });
  });
}

void RelayServer::Hub::add(Socket socket) {
  if (clients_.size() >= options_.clients_max) return counts.refused.add();
  counts.accepted.add();
  counts.clients.add();
  clients_.push_back(std::make_shared<Client>(std::move(socket), options_.parse));
  read(clients_.back());
}

void RelayServer::Hub::read(const ClientPtr& client) {
  const std::span<std::byte> room = client->reader.room();
  client->socket.async_read_some(asio::buffer(room.data(), room.size()),
                                 [this, client](const ErrorCode& error, std::size_t bytes) {
                                   if (client->is_gone) return;
                                   client->reader.commit(bytes);
                                   if (error) client->reader.finish();
                                   take(client, error.failed());
                                 });
}

// Everything that has been read, in turns; then it reads on, or goes.
void RelayServer::Hub::take(const ClientPtr& from, bool has_ended) {
  for (std::size_t bytes = 0; bytes < kTurnBytes;) {
    const StreamReader::Event event = from->reader.next();
    if (const auto* message = std::get_if<StreamMessage>(&event)) {
      counts.received.add(*message);
      forward(from, message->message.bytes);
      bytes += message->message.bytes.size();
    } else if (const auto* fault = std::get_if<StreamFault>(&event)) {
      counts.received.add(*fault);
    } else {
      return has_ended ? remove(from) : read(from);
    }
  }
  asio::post(io_, [this, from, has_ended] {
    if (!from->is_gone) take(from, has_ended);
  });
}

void RelayServer::Hub::forward(const ClientPtr& from, Bytes message) {
  // A client that is dropped on the way leaves the list: hence by index, from the end.
  for (std::size_t index = clients_.size(); index-- > 0;) {
    const ClientPtr to = clients_[index];
    if (to == from) continue;
    if (to->queued() + message.size() > options_.queue_bytes_max) {
      counts.dropped.add();
      counts.dropped_bytes.add(to->queued() + message.size());
      remove(to);
      continue;
    }
    to->waiting.insert(to->waiting.end(), message.begin(), message.end());
    counts.forwarded.add();
    write(to);
  }
}

void RelayServer::Hub::write(const ClientPtr& client) {
  if (!client->writing.empty() || client->waiting.empty()) return;
  client->writing.swap(client->waiting);
  asio::async_write(client->socket, asio::buffer(client->writing),
                    [this, client](const ErrorCode& error, std::size_t) {
                      if (client->is_gone) return;
                      if (error) return remove(client);
                      client->writing.clear();
                      write(client);
                    });
}

void RelayServer::Hub::remove(const ClientPtr& client) {
  if (std::exchange(client->is_gone, true)) return;
  subtract_one(counts.clients);
  std::erase(clients_, client);
  ErrorCode ignored;
  client->socket.close(ignored);
}

RelayServer::RelayServer(std::unique_ptr<Hub> hub) noexcept : hub_{std::move(hub)} {}
RelayServer::~RelayServer() = default;

const RelayServerCounts& RelayServer::counts() const noexcept { return hub_->counts; }

mycelium::Result<std::unique_ptr<RelayServer>> RelayServer::start(
    const RelayServerOptions& options) {
  if (const auto free = clear_socket(options.socket); !free) return std::unexpected{free.error()};
  auto hub = std::make_unique<Hub>(options);
  try {
    hub->start();
  } catch (const boost::system::system_error& error) {
    return mycelium::fail("cannot_listen", fmt::format("cannot listen at {}: {}", options.socket,
                                                       error.code().message()));
  }
  return std::unique_ptr<RelayServer>{new RelayServer{std::move(hub)}};
}

}  // namespace torq
