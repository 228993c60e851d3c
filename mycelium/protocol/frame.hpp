#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

#include "mycelium/base/result.hpp"
#include "mycelium/protocol/metadata.hpp"

/// What a link carries. Little-endian, aligned to 16, readable in place; docs/wire.md, "Frames":
///
///     frame     = header [extension] payload zeros-to-16
///     header    = u32 size          bytes of header, extension and payload, before the zeros
///                 u16 type_id       of the message
///                 u8  kind          FrameKind
///                 u8  flags         bit 0: an extension follows; bit 1: a CRC-32C stands in it
///                 u64 sequence, u64 destination, u64 source
///     extension = u16 bytes         of the extension, a multiple of 16
///                 u16 zero
///                 { u8 tag, u8 bytes, value } zeros-to-16
///
/// An extension's items stand in any order, each at most once; a tag of 0 ends them, unknown tags
/// are skipped.
namespace mycelium {

inline constexpr std::uint8_t kWireVersion = 1;
inline constexpr std::size_t kFrameAlignment = 16;

/// What a frame is for. Part of the wire: numbers never change.
enum class FrameKind : std::uint8_t {
  message = 1,
  ask = 2,
  reply = 3,
  publish = 4,
  subscribe = 5,
  credit = 6,
  acknowledge = 7,
  ping = 8,
  hello = 9,
  down = 10,
  padding = 11,
};
inline constexpr std::uint8_t kFrameKindLast = 11;

struct FrameHeader {
  static constexpr std::uint8_t kExtended = 1;
  static constexpr std::uint8_t kChecked = 2;

  std::uint32_t size = 0;
  std::uint16_t type_id = 0;
  FrameKind kind = FrameKind::message;
  std::uint8_t flags = 0;
  std::uint64_t sequence = 0;     ///< Per link, stream and direction, from 1.
  std::uint64_t destination = 0;  ///< Actor id; for `publish` the topic's.
  std::uint64_t source = 0;       ///< Actor id of the sender, or 0.

  friend constexpr bool operator==(const FrameHeader&, const FrameHeader&) = default;
};
static_assert(sizeof(FrameHeader) == 32 && std::is_trivially_copyable_v<FrameHeader>);

/// Where a piece of work belongs in a distributed trace (W3C Trace Context).
struct TraceContext {
  std::array<std::uint8_t, 16> trace_id{};
  std::array<std::uint8_t, 8> span_id{};
  std::uint8_t flags = 0;

  friend constexpr bool operator==(const TraceContext&, const TraceContext&) = default;
};

/// What may travel with a frame besides its message. An empty one costs no byte.
struct FrameExtension {
  std::optional<Correlation> correlation;
  /// How long somebody waits for the reply, counted from the sending: machines share no clock.
  std::optional<std::chrono::nanoseconds> time_left;
  std::optional<TraceContext> trace;
  std::optional<std::uint64_t> partition_key;

  friend constexpr bool operator==(const FrameExtension&, const FrameExtension&) = default;
};

/// A frame as it was received. `payload` points into the parser's memory, at a multiple of 16, and
/// `padded` is the same with the zeros behind it.
struct Frame {
  FrameHeader header;
  FrameExtension extension;
  std::span<const std::byte> payload;
  std::span<const std::byte> padded;
};

namespace detail {

/// The items of an extension. Part of the wire: numbers never change.
enum class ExtensionTag : std::uint8_t {
  end = 0,
  correlation = 1,
  time_left = 2,
  trace = 3,
  partition_key = 4,
  crc32c = 5,
};

[[nodiscard]] constexpr std::size_t round_up_16(std::size_t bytes) noexcept {
  return (bytes + 15) / 16 * 16;
}

/// The CRC-32C of a whole frame, zeros at its end included, with the CRC itself taken as zeros.
[[nodiscard]] std::uint32_t frame_crc(std::span<const std::byte> frame,
                                      std::size_t crc_at) noexcept;

}  // namespace detail

/// How many bytes an extension takes; `checked`: with a CRC. A multiple of 16.
[[nodiscard]] std::size_t extension_bytes(const FrameExtension& extension, bool checked) noexcept;

/// How many bytes a frame with so much payload takes.
[[nodiscard]] std::size_t frame_bytes(const FrameExtension& extension, bool checked,
                                      std::size_t payload_bytes) noexcept;

/// Builds one frame in memory of the caller, the payload in place:
///
///     FrameWriter writer{buffer, header, extension, /*checked=*/true};
///     const Result<std::size_t> bytes = encode(quote, writer.payload());
///     if (bytes) send(writer.finish(*bytes));
///
/// Thread-safety: none. Memory: the caller's.
class FrameWriter {
 public:
  /// `header.size` and `header.flags` are filled in. Room: see `payload`.
  FrameWriter(std::span<std::byte> to, const FrameHeader& header, const FrameExtension& extension,
              bool checked) noexcept;

  /// Where the payload goes; empty when `to` has no room even for what stands before it.
  [[nodiscard]] std::span<std::byte> payload() const noexcept;

  /// The frame, complete. Requires: payload_bytes <= payload().size(), and `to` had room for what
  /// stands before it.
  [[nodiscard]] std::span<const std::byte> finish(std::size_t payload_bytes) noexcept;

 private:
  std::span<std::byte> to_;
  FrameHeader header_;
  std::size_t payload_at_;
  std::size_t crc_at_ = 0;  ///< 0: not checked.
};

/// Writes a frame whose payload is there already. Errors: `no_room`, `frame_too_large` (above 4
/// GiB).
[[nodiscard]] Result<std::size_t> write_frame(std::span<std::byte> to, const FrameHeader& header,
                                              const FrameExtension& extension, bool checked,
                                              std::span<const std::byte> payload);

}  // namespace mycelium
