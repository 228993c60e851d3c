#pragma once

#include <cstdint>
#include <string_view>

#include "mycelium/protocol/message.hpp"

namespace mycelium {

/// Tells an actor that a subscription of its own has dropped messages: it comes where they would
/// have come, before the next message of that topic (promise D6). Only actors whose class handles
/// it get it.
struct Gap {
  std::string_view topic;    ///< Valid as long as the system.
  std::uint64_t missed = 0;  ///< Messages of that topic since the one handled last.
};
[[maybe_unused]] constexpr MessageTraits mycelium_message_traits(const Gap*) {
  return {kReservedTypeIds + 0x10, "mycelium.gap", "Gap"};
}

}  // namespace mycelium
