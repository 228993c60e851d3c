#pragma once

#include <sys/un.h>

#include <string>
#include <utility>

#include "mycelium/base/result.hpp"

namespace torq {

/// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) noexcept : number_{number} {}
  Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();
  [[nodiscard]] int number() const noexcept { return number_; }
  [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }

 private:
  int number_;
};

/// The address of a socket's path. Errors: `bad_socket` for an empty path or one above 107 bytes.
[[nodiscard]] mycelium::Result<sockaddr_un> unix_address(const std::string& path);

/// Connects to a relay without waiting; the socket itself blocks. Errors: `bad_socket`,
/// `not_connected`.
[[nodiscard]] mycelium::Result<Descriptor> connect_to(const std::string& path);

/// Makes way for a relay's socket: takes away one that nobody listens at any more. Errors:
/// `bad_socket`; `socket_in_use` when a relay listens there, or it is no socket.
[[nodiscard]] mycelium::Result<void> clear_socket(const std::string& path);

}  // namespace torq
