#include "adapters/torq/relay/unix_socket.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace torq {
namespace {

std::string error_text(int error) { return std::generic_category().message(error); }

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
  Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket.is_open() || ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&*address),
                                     sizeof(*address)) != 0) {
    return mycelium::fail(
        "not_connected",
        fmt::format("cannot connect to {}: {}; is a relay there?", path, error_text(errno)));
  }
  return socket;
}

mycelium::Result<void> clear_socket(const std::string& path) {
  if (const auto address = unix_address(path); !address) return std::unexpected{address.error()};
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode))
    return mycelium::fail("socket_in_use", fmt::format("{} is there and is no socket", path));
  if (connect_to(path))
    return mycelium::fail("socket_in_use", fmt::format("a relay listens at {} already", path));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return mycelium::fail("socket_in_use",
                          fmt::format("cannot remove {}: {}", path, error_text(errno)));
  return {};
}

}  // namespace torq
