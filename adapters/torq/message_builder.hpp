#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "adapters/torq/header.hpp"
#include "adapters/torq/message.hpp"

namespace torq {

/// What a builder writes into every header.
struct BuildOptions {
  std::uint8_t domain_base = 0;
  bool checksum = true;  ///< False: left out, as the hot path of some services does.
};

/// Writes one message, with any number of TLVs, into memory of the caller.
///
///     std::array<std::byte, 128> memory;
///     MessageBuilder builder{memory, {.source = Source::kraken, .sequence = 7, .timestamp_ns =
///     now}}; builder.add(trade); socket.write(builder.finish());
///
/// A TLV that was refused leaves the message as it was. Thread-safety: none. Memory: none of its
/// own.
class MessageBuilder {
 public:
  /// Takes `domain`, `source`, `flags`, `sequence` and `timestamp_ns` of `header`. Requires: memory
  /// for 32 bytes.
  MessageBuilder(std::span<std::byte> memory, const Header& header,
                 const BuildOptions& options = {}) noexcept;

  /// Errors: `too_large`: the memory, or the limit of the domain, has no room for it.
  template <Payload P>
  std::optional<Fault> add(const P& payload) noexcept {
    std::byte* const to = begin_tlv(WireLayout<P>::kType, WireLayout<P>::kBytes);
    if (to == nullptr) return too_large(WireLayout<P>::kBytes);
    encode(payload, to);
    return std::nullopt;
  }
  /// A TLV of any type as bytes: a vendor's, or one that was kept as it came. Errors: `too_large`;
  /// `bad_size` for a fixed-size type; `bad_extended_tlv` for the type 255, which is none.
  std::optional<Fault> add_bytes(std::uint8_t type, Bytes payload) noexcept;

  /// Fills in length and checksum. More TLVs may follow; then it is called again.
  [[nodiscard]] Bytes finish() noexcept;

  /// Bytes so far.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  // Where the payload goes, behind the TLV's header; null: no room.
  [[nodiscard]] std::byte* begin_tlv(std::uint8_t type, std::size_t bytes) noexcept;
  [[nodiscard]] Fault too_large(std::size_t bytes) const noexcept;

  std::byte* const memory_;
  const std::size_t limit_;  // Of the message: the memory's or the domain's, whichever is less.
  std::size_t size_ = kHeaderBytes;
  Header header_;
  const BuildOptions options_;
};

}  // namespace torq
