#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "mycelium/base/actor_id.hpp"
#include "mycelium/protocol/message.hpp"

namespace mycelium {

/// What has happened in the life of an actor.
enum class ActorEventKind : std::uint8_t {
  started,    ///< Its first object runs.
  failed,     ///< With the sentence of the exception.
  restarted,  ///< A further object runs.
  stopped,    ///< For good, with the reason that its watchers are told.
  escalated,  ///< It has given up; its supervisor decides.
};

[[nodiscard]] constexpr std::string_view name_of(ActorEventKind kind) noexcept {
  constexpr std::array<std::string_view, 5> kNames{"started", "failed", "restarted", "stopped",
                                                   "escalated"};
  return kNames[static_cast<std::size_t>(kind)];
}

/// One event of any actor of the system, published on the topic `mycelium.events` while somebody
/// subscribes to it, under the rules of a topic.
struct ActorEvent {
  ActorEventKind kind;
  ActorId actor;
  std::string name;    ///< Its own, or, when it has none, one made of its id.
  std::string reason;  ///< Empty for `started` and `restarted`.
};
[[maybe_unused]] constexpr MessageTraits mycelium_message_traits(const ActorEvent*) {
  return {kReservedTypeIds + 6, "mycelium.events", "ActorEvent"};
}

}  // namespace mycelium
