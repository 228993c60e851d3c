#include "adapters/torq/relay/relay_connection.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace torq {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;

void wake(const Descriptor& descriptor) {
  const std::uint64_t one = 1;
  // It fails only when the count would overflow: then a wake-up is waiting anyway.
  [[maybe_unused]] const auto written = ::write(descriptor.number(), &one, sizeof(one));
}

void forget_wake(const Descriptor& descriptor) {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(descriptor.number(), &count, sizeof(count));
}

bool may_go_on(ssize_t result) {
  return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

}  // namespace

RelayConnection::RelayConnection(RelayConnectionOptions options, Receive receive)
    : options_{std::move(options)},
      receive_{std::move(receive)},
      wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
      memory_(kReadBytes),
      thread_{[this] { run(); }} {}

RelayConnection::~RelayConnection() {
  stopping_.store(true, std::memory_order_release);  // Pairs with is_stopping().
  wake(wake_);
  thread_.join();
}

bool RelayConnection::try_write(Bytes message) {
  const std::scoped_lock lock{mutex_};
  if (queued_.size() + message.size() > options_.queue_bytes_max) return false;
  const bool was_empty = queued_.empty();
  queued_.insert(queued_.end(), message.begin(), message.end());
  if (was_empty) wake(wake_);
  return true;
}

void RelayConnection::run() {
  std::chrono::milliseconds backoff = options_.backoff_min;
  while (!is_stopping()) {
    const auto socket = connect_to(options_.socket);
    bool was_useful = false;
    if (socket) {
      sessions_.fetch_add(1, std::memory_order_relaxed);  // A count.
      was_useful = serve(socket->number());
      back_to_message_start();
      receive_(sessions(), {});
    }
    if (is_stopping()) return;
    if (was_useful) backoff = options_.backoff_min;
    pause(backoff);
    backoff = std::min(2 * backoff, options_.backoff_max);
  }
}

void RelayConnection::pause(std::chrono::milliseconds time) {
  pollfd wait{wake_.number(), POLLIN, 0};
  // Something to write wakes it too, and then it only tries earlier.
  ::poll(&wait, 1, static_cast<int>(time.count()));
  forget_wake(wake_);
}

bool RelayConnection::serve(int socket) {
  bool was_useful = false;
  const std::vector<std::byte>& hello = options_.identification;
  if (!hello.empty() && ::send(socket, hello.data(), hello.size(), MSG_NOSIGNAL) !=
                            static_cast<ssize_t>(hello.size()))
    return was_useful;
  while (!is_stopping()) {
    const short wanted = has_something_to_write() ? short{POLLIN | POLLOUT} : short{POLLIN};
    std::array<pollfd, 2> waits{{{socket, wanted, 0}, {wake_.number(), POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return was_useful;
    if (waits[1].revents != 0) forget_wake(wake_);
    if ((waits[0].revents & POLLOUT) != 0 && !write_some(socket, was_useful)) return was_useful;
    if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !read_some(socket, was_useful))
      return was_useful;
  }
  return was_useful;
}

bool RelayConnection::read_some(int socket, bool& was_useful) {
  const ssize_t count = ::recv(socket, memory_.data(), memory_.size(), MSG_DONTWAIT);
  if (count <= 0) return may_go_on(count);
  was_useful = true;
  receive_(sessions(), Bytes{memory_}.first(static_cast<std::size_t>(count)));
  return true;
}

bool RelayConnection::has_something_to_write() {
  if (written_ < writing_.size()) return true;
  writing_.clear();
  written_ = 0;
  const std::scoped_lock lock{mutex_};
  writing_.swap(queued_);
  return !writing_.empty();
}

bool RelayConnection::write_some(int socket, bool& was_useful) {
  const ssize_t count = ::send(socket, writing_.data() + written_, writing_.size() - written_,
                               MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count < 0) return may_go_on(count);
  written_ += static_cast<std::size_t>(count);
  was_useful = true;
  return true;
}

void RelayConnection::back_to_message_start() noexcept {
  std::size_t start = 0;
  while (start < written_) {
    const std::size_t size = kHeaderBytes + load<std::uint32_t>(writing_.data() + start + 24);
    if (start + size > written_) break;
    start += size;
  }
  written_ = start;
}

}  // namespace torq
