#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "mycelium/base/actor_id.hpp"
#include "mycelium/protocol/message.hpp"

namespace mycelium {

/// Why a watched actor is down (promise S10).
enum class DownReason : std::uint8_t {
  stopped,    ///< By itself or by a caller.
  failed,     ///< Beyond its restart intensity.
  not_there,  ///< It had stopped for good before it was watched.
};

[[nodiscard]] constexpr std::string_view name_of(DownReason reason) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"stopped", "failed", "not_there"};
  return kNames[static_cast<std::size_t>(reason)];
}

/// Tells a watcher, once, that an actor has stopped for good; behind all that the actor sent it.
struct Down {
  ActorId actor;
  DownReason reason;
};
[[maybe_unused]] constexpr MessageTraits mycelium_message_traits(const Down*) {
  return {kReservedTypeIds + 1, "mycelium.down", "Down"};
}

}  // namespace mycelium
