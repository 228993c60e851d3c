#include <sys/socket.h>

#include <cerrno>

#include "adapters/torq/relay/unix_socket.hpp"
#include "apps/torq/commands.hpp"
#include "apps/torq/line_writer.hpp"

namespace torq::command {

int run(const Tail& command) {
  const auto socket = connect_to(command.socket);
  if (!socket) {
    complain(socket.error().message);
    return kUsage;
  }
  StreamReader reader{command.parse};
  LineWriter writer;
  const auto drain = [&] {
    for (auto event = reader.next(); event.index() != 0; event = reader.next()) {
      if (const auto* message = std::get_if<StreamMessage>(&event)) writer(*message);
      if (const auto* fault = std::get_if<StreamFault>(&event)) writer(*fault);
    }
    writer.flush();
  };
  while (!writer.is_closed()) {
    const std::span<std::byte> room = reader.room();
    const ssize_t count = ::recv(socket->number(), room.data(), room.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;  // The relay has ended, or has dropped us.
    reader.commit(static_cast<std::size_t>(count));
    drain();
  }
  reader.finish();
  drain();
  return writer.finish();
}

}  // namespace torq::command
