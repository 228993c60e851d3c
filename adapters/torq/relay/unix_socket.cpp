#include "adapters/torq/relay/unix_socket.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace torq {
namespace {

std::string error_text(int error) { return std::generic_category().message(error); }

struct Attempt {
  Descriptor socket;
  int error;  // 0: it is connected.
};

// Never waits: a listener that has no room for one more answers EAGAIN.
Attempt connect_at_once(const sockaddr_un& address) {
  Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket.is_open() || ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address),
                                     sizeof(address)) != 0) {
    return {std::move(socket), errno};
  }
  ::fcntl(socket.number(), F_SETFL, 0);  // Whoever uses it may wait.
  return {std::move(socket), 0};
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

mycelium::Result<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return mycelium::fail("bad_socket",
                          fmt::format("\"{}\" cannot be the path of a socket: it has 1 to {} bytes",
                                      path, sizeof(address.sun_path) - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

mycelium::Result<Descriptor> connect_to(const std::string& path) {
  const auto address = unix_address(path);
  if (!address) return std::unexpected{address.error()};
  Attempt attempt = connect_at_once(*address);
  if (attempt.error != 0) {
    return mycelium::fail("not_connected",
                          fmt::format("cannot connect to {}: {}; is a relay there?", path,
                                      error_text(attempt.error)));
  }
  return std::move(attempt.socket);
}

mycelium::Result<void> clear_socket(const std::string& path) {
  const auto address = unix_address(path);
  if (!address) return std::unexpected{address.error()};
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode))
    return mycelium::fail("socket_in_use", fmt::format("{} is there and is no socket", path));
  const int error = connect_at_once(*address).error;
  if (error == 0 || error == EAGAIN)
    return mycelium::fail("socket_in_use", fmt::format("a relay listens at {} already", path));
  // Only who gets this answer knows that nobody listens; any other may come from a living socket.
  if (error != ECONNREFUSED) {
    return mycelium::fail("socket_in_use",
                          fmt::format("{} is there and may be in use: {}; remove it by hand when "
                                      "it is not",
                                      path, error_text(error)));
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return mycelium::fail("socket_in_use",
                          fmt::format("cannot remove {}: {}", path, error_text(errno)));
  return {};
}

}  // namespace torq
