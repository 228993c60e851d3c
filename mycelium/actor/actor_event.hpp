#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "mycelium/base/actor_id.hpp"
#include "mycelium/protocol/message.hpp"

namespace mycelium {

/// What has happened in the life of an actor, or has been seen of it from outside.
enum class ActorEventKind : std::uint8_t {
  started,       ///< Its first object runs.
  failed,        ///< With the sentence of the exception.
  restarted,     ///< A further object runs.
  stopped,       ///< For good, with the reason that its watchers are told.
  escalated,     ///< It has given up; its supervisor decides.
  stalled,       ///< It has held its worker for longer than `SystemOptions::stall_limit`.
  went_on,       ///< It holds its worker no more.
  wait_circle,   ///< It and others wait for each other in a circle (promise D11).
  circle_ended,  ///< They do no more.
};

[[nodiscard]] constexpr std::string_view name_of(ActorEventKind kind) noexcept {
  constexpr std::array<std::string_view, 9> kNames{"started", "failed",      "restarted",
                                                   "stopped", "escalated",   "stalled",
                                                   "went_on", "wait_circle", "circle_ended"};
  return kNames[static_cast<std::size_t>(kind)];
}

/// One event of any actor of the system, published on the topic `mycelium.events` while somebody
/// subscribes to it, under the rules of a topic.
struct ActorEvent {
  ActorEventKind kind;
  ActorId actor;
  std::string name;    ///< Its own, or, when it has none, one made of its id.
  std::string reason;  ///< A sentence, or a `DownReason`; empty for `started` and `restarted`.
};
[[maybe_unused]] constexpr MessageTraits mycelium_message_traits(const ActorEvent*) {
  return {kReservedTypeIds + 6, "mycelium.events", "ActorEvent"};
}

}  // namespace mycelium
