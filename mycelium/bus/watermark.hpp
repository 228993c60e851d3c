#pragma once

#include <cstdint>

#include "mycelium/bus/event_time.hpp"
#include "mycelium/protocol/message.hpp"

namespace mycelium {

/// The stage that sends this brings nothing before `upto` any more (promise T3). It comes behind
/// what the stage has published until then; `EventTime::end()` is the end of its data.
///
/// Each stage has a topic of its own for it, say `watermark.NAME`, to which its receivers subscribe
/// as `block`, like to its events.
struct Watermark {
  EventTime upto;
  std::uint32_t input = 0;  ///< Which input of its receivers it speaks for.
};
BOOST_DESCRIBE_STRUCT(Watermark, (), (upto, input))
[[maybe_unused]] constexpr MessageTraits mycelium_message_traits(const Watermark*) {
  return {kReservedTypeIds + 0x11, "mycelium.watermark", "Watermark"};
}

}  // namespace mycelium
