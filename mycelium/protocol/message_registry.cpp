#include <cstdio>
#include <cstdlib>

#include "mycelium/protocol/message.hpp"

namespace mycelium {
namespace {

using Table = std::array<const MessageType*, 1U << 16>;

Table& table() {
  static Table types{};
  return types;
}

}  // namespace

const MessageType* find_message_type(std::uint16_t id) noexcept { return table()[id]; }

bool detail::register_message_type(const MessageType& type) {
  const MessageType*& entry = table()[type.id];
  if (entry != nullptr && entry != &type) {
    std::fprintf(stderr,
                 "mycelium: message id %u is taken twice, by %.*s and by %.*s; give one of them "
                 "another id\n",
                 type.id, static_cast<int>(entry->name.size()), entry->name.data(),
                 static_cast<int>(type.name.size()), type.name.data());
    std::abort();
  }
  entry = &type;
  return true;
}

}  // namespace mycelium
