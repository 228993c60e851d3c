#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mycelium/base/result.hpp"

namespace mycelium {

/// What one message on the wire may have at most. The sender keeps to the same limits, so that what
/// it encodes can be decoded.
struct WireLimits {
  std::size_t message_bytes = 1 << 20;  ///< A frame is meant for a ring or a socket buffer.
  std::size_t text_bytes = 65'536;      ///< Of one text.
  std::size_t elements = 65'536;        ///< Of one list.
  std::uint32_t depth = 16;             ///< Structures, lists and variants inside each other.
};

namespace detail {

/// Why bytes are no message, or a message cannot become bytes. The names are the codes of `Error`.
enum class WireFault : std::uint8_t {
  none,
  truncated,        ///< A value ends behind the end of what it lies in.
  too_large,        ///< The message is above `message_bytes`.
  text_too_long,    ///< Above `text_bytes`, or above what a FixedString holds.
  list_too_long,    ///< Above `elements`, or above what a FixedVector holds.
  too_deep,         ///< Above `depth`.
  wrong_kind,       ///< The field has another type there than here.
  unknown_kind,     ///< No version 1 of the wire has such a kind.
  bad_bool,         ///< Neither 0 nor 1.
  bad_enumerator,   ///< No enumerator of the described enum.
  bad_count,        ///< An array of another length.
  bad_alternative,  ///< A variant has fewer alternatives here.
  duplicate_field,  ///< One field twice.
  bad_size,         ///< A fixed-layout message that ends within a field, or bytes left over.
  refused,          ///< The type's own `validate` says no.
  no_room,          ///< The buffer is too small.
};

/// What is known of a fault where it is found; the sentence is made outside the hot path.
struct WireProblem {
  WireFault fault = WireFault::none;
  std::string_view field{};   ///< The innermost around the fault; empty: the message as a whole.
  std::string_view reason{};  ///< What `validate` said.
};

[[nodiscard]] Error wire_error(std::string_view message, const WireProblem& problem);

}  // namespace detail
}  // namespace mycelium
