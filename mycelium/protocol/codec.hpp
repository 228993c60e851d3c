#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "mycelium/base/result.hpp"
#include "mycelium/protocol/fixed_layout.hpp"
#include "mycelium/protocol/message.hpp"
#include "mycelium/protocol/tagged_reader.hpp"
#include "mycelium/protocol/tagged_size.hpp"
#include "mycelium/protocol/tagged_writer.hpp"
#include "mycelium/protocol/wire_limits.hpp"

/// Messages as bytes and back. Needed only where messages leave their process; `message.hpp` does
/// not include it.
///
///     std::array<std::byte, 256> buffer;
///     Result<std::size_t> bytes = encode(quote, buffer);
///     Result<Quote> read = decode<Quote>(std::span{buffer}.first(*bytes));
///
/// Thread-safety: free functions. Memory: `encode` takes none; `decode` takes that of the message,
/// so none for a message of fixed layout. Errors: a sentence that names message and field; the
/// codes are those of `detail::WireFault`.
namespace mycelium {

/// How a message travels.
enum class WireForm : std::uint8_t {
  fixed,   ///< As its bytes: `detail::kIsFixedLayout`.
  tagged,  ///< As tagged fields: all others, and those with `static constexpr bool kTagged =
           ///< true;`.
};

template <Message M>
inline constexpr WireForm kWireForm =
    detail::kIsFixedLayout<M> ? WireForm::fixed : WireForm::tagged;

/// The size of any `M` at most; `kNoBound` when a text or list in it has none.
inline constexpr std::size_t kNoBound = detail::kUnbounded;
template <Message M>
inline constexpr std::size_t kEncodedBytesMax = [] {
  static_assert(detail::check_message<M>());
  if constexpr (kWireForm<M> == WireForm::fixed)
    return detail::kOffsets<M>.back();
  else
    return detail::fields_bytes_max<M>();
}();

/// The size of this one.
template <Message M>
[[nodiscard]] std::size_t encoded_bytes(const M& message) {
  static_assert(detail::check_message<M>());
  if constexpr (kWireForm<M> == WireForm::fixed)
    return detail::kOffsets<M>.back();
  else
    return detail::fields_bytes(message);
}

/// Writes `message` to the beginning of `to`. Returns how many bytes it took. The rest of `to` may
/// have changed.
template <Message M>
[[nodiscard]] Result<std::size_t> encode(const M& message, std::span<std::byte> to,
                                         const WireLimits& limits = {}) {
  static_assert(detail::check_message<M>());
  const auto refuse = [](detail::WireFault fault) {
    return std::unexpected{detail::wire_error(kTraits<M>.name, {.fault = fault})};
  };
  if constexpr (kWireForm<M> == WireForm::fixed) {
    constexpr std::size_t kBytes = detail::kOffsets<M>.back();
    if (kBytes > limits.message_bytes) return refuse(detail::WireFault::too_large);
    if (to.size() < kBytes) return refuse(detail::WireFault::no_room);
    if constexpr (kBytes > 0) {
      std::memset(to.data(), 0, kBytes);
      detail::write_fixed(to.data(), message);
    }
    return kBytes;
  } else {
    detail::TaggedWriter writer{to, limits};
    if (!writer.write_fields(message))
      return std::unexpected{detail::wire_error(kTraits<M>.name, writer.problem())};
    if (writer.written() > limits.message_bytes) return refuse(detail::WireFault::too_large);
    return writer.written();
  }
}

/// Reads a message into one that is there, whose texts and lists lend their memory: in the steady
/// state nothing is allocated. Fields that the sender did not know become what they are in `M{}`.
/// After an error `message` is valid, and its content is not specified.
template <Message M>
[[nodiscard]] Result<void> decode_into(M& message, std::span<const std::byte> from,
                                       const WireLimits& limits = {}) {
  static_assert(detail::check_message<M>());
  detail::WireProblem problem;
  if (from.size() > limits.message_bytes) {
    problem.fault = detail::WireFault::too_large;
  } else if constexpr (kWireForm<M> == WireForm::fixed) {
    message = M{};
    if (detail::decode_fixed(message, from, problem)) return {};
  } else {
    detail::TaggedReader reader{from, limits};
    if (reader.read_fields(message)) return {};
    problem = reader.problem();
  }
  return std::unexpected{detail::wire_error(kTraits<M>.name, problem)};
}

/// Reads a message. Bytes may come from anywhere and from another version of the program.
template <Message M>
[[nodiscard]] Result<M> decode(std::span<const std::byte> from, const WireLimits& limits = {}) {
  Result<M> message{std::in_place};
  Result<void> read = decode_into(*message, from, limits);
  if (!read) return std::unexpected{std::move(read.error())};
  return message;
}

/// The message in place, without a copy, for fixed layout. `from` is the payload, `padded` the same
/// with the zeros behind it. Returns null, with no fault, where it must be decoded instead: it came
/// from an older sender, or does not lie at its alignment with all of its bytes.
template <Message M>
[[nodiscard]] Result<const M*> read_in_place(std::span<const std::byte> from,
                                             std::span<const std::byte> padded) {
  static_assert(detail::check_message<M>());
  static_assert(kWireForm<M> == WireForm::fixed,
                "only a message of fixed layout is read in place; use decode or MessageView");
  if (from.size() < detail::kOffsets<M>.back() || padded.size() < sizeof(M) ||
      reinterpret_cast<std::uintptr_t>(padded.data()) % alignof(M) != 0)
    return static_cast<const M*>(nullptr);
  detail::WireProblem problem;
  if (detail::check_fixed<M>(padded.data(), problem)) {
    const M* const message = reinterpret_cast<const M*>(padded.data());
    if (detail::validate_fixed(*message, problem)) return message;
  }
  return std::unexpected{detail::wire_error(kTraits<M>.name, problem)};
}

}  // namespace mycelium
