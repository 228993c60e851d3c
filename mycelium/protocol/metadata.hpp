#pragma once

#include <cstdint>
#include <type_traits>

#include "mycelium/base/actor_id.hpp"
#include "mycelium/base/clock.hpp"

namespace mycelium {

/// The 128-bit id that ties a reply to its ask (promise A2): who asked, and which of its asks it
/// is.
struct Correlation {
  std::uint64_t asker = 0;   ///< `ActorId::value()`, or 0 for a foreign thread.
  std::uint64_t number = 0;  ///< Never 0 for an ask; unique for its asker.

  friend constexpr bool operator==(const Correlation&, const Correlation&) = default;
};

/// What may travel with a message besides its bytes. A message without any pays nothing for it.
struct Metadata {
  ActorId source;                     ///< Of the sender; of a reply: of the asker, its destination.
  Correlation correlation;            ///< Number 0: this is no ask.
  Instant deadline = Instant::max();  ///< Of an ask: when nobody waits for the reply any more.

  [[nodiscard]] constexpr bool is_ask() const noexcept { return correlation.number != 0; }
};
static_assert(sizeof(Metadata) == 32 && std::is_trivially_copyable_v<Metadata>);

}  // namespace mycelium
