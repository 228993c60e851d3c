#include "mycelium/actor/context.hpp"

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

// FNV-1a, so that an actor's numbers depend on its name and not on its place or start order.
std::uint64_t hash_name(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char letter : name)
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3U;
  return hash;
}

}  // namespace

Random& Context::random() {
  auto& random = cell_.record->random;
  if (random == nullptr) {
    random = std::make_unique<Random>(cell_.system.seed() ^ hash_name(name()) ^ (restarts() << 32));
  }
  return *random;
}

TopicRegistry& Context::topics() noexcept { return cell_.system.topics(); }

void Context::stop_system() { cell_.system.request_stop(); }

}  // namespace mycelium
