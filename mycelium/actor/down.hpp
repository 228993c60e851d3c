#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "mycelium/base/actor_id.hpp"
#include "mycelium/protocol/message.hpp"

namespace mycelium {

/// Why an actor is down (promises S10, S11).
enum class DownReason : std::uint8_t {
  stopped,    ///< By itself or by a caller.
  failed,     ///< Beyond its restart intensity.
  not_there,  ///< It had stopped for good before it was watched.
  ended,      ///< Its work was done (`Context::end`), or its supervisor's was.
  linked,     ///< An actor that it was linked with had stopped for good.
  killed,     ///< It did not stop within its `shutdown`, or gets no time to stop.
};

[[nodiscard]] constexpr std::string_view name_of(DownReason reason) noexcept {
  constexpr std::array<std::string_view, 6> kNames{"stopped", "failed", "not_there",
                                                   "ended",   "linked", "killed"};
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

/// Tells an actor that handles it, once, that an actor it was linked with has stopped for good
/// (promise S11). One that does not handle it is stopped instead.
struct Exit {
  ActorId actor;
  DownReason reason;
};
[[maybe_unused]] constexpr MessageTraits mycelium_message_traits(const Exit*) {
  return {kReservedTypeIds + 5, "mycelium.exit", "Exit"};
}

}  // namespace mycelium
