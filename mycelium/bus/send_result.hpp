#pragma once

#include <cstdint>
#include <string_view>

namespace mycelium {

/// What became of a message that was offered (promise D4).
enum class [[nodiscard]] SendResult : std::uint8_t {
  ok,      ///< Taken: it will be handled, or end in the dead letters.
  full,    ///< The receiver's mailbox, or the lane to it, has no room now. The message was not
           ///< touched.
  closed,  ///< The receiver has stopped for good, or the ref is empty.
  disconnected,  ///< The link to the receiver is down.
  too_large,     ///< No lane or link takes a message of this size.
};

[[nodiscard]] constexpr std::string_view name_of(SendResult result) noexcept {
  switch (result) {
    case SendResult::ok:
      return "ok";
    case SendResult::full:
      return "full";
    case SendResult::closed:
      return "closed";
    case SendResult::disconnected:
      return "disconnected";
    case SendResult::too_large:
      return "too_large";
  }
  return "unknown";
}

/// What became of a published message, per subscriber (promise D7).
struct [[nodiscard]] PublishResult {
  std::uint32_t delivered = 0;  ///< Subscribers that got it.
  std::uint32_t full =
      0;  ///< `block` subscribers without room; if any, nobody got it: publish it again later.
  std::uint32_t dropped =
      0;  ///< Subscribers that lost it to their own overflow policy (counted there).
};

}  // namespace mycelium
