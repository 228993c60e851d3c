#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "adapters/torq/bytes.hpp"
#include "adapters/torq/fault.hpp"

namespace torq {

// message  = header TLV*                                 all integers little-endian
// header   = u32 magic  u8 domain  u8 version  u8 source  u8 flags  u64 sequence
//            u64 timestamp_ns  u32 payload_size  u32 checksum            32 bytes
// checksum = CRC-32/ISO-HDLC over bytes [0,28) and [32,end); 0: the sender left it out

inline constexpr std::uint32_t kMagic = 0xDEADBEEF;
inline constexpr std::array<std::byte, 4> kMagicBytes{std::byte{0xEF}, std::byte{0xBE},
                                                      std::byte{0xAD}, std::byte{0xDE}};
inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::size_t kHeaderBytes = 32;

/// Which relay a message belongs to. On the wire `domain_base` is added.
enum class Domain : std::uint8_t { market_data, signal, execution, system };
inline constexpr std::size_t kDomains = 4;

/// The services of known number; others keep theirs.
enum class Source : std::uint8_t {
  coinbase = 2,
  kraken = 3,
  arbitrage = 10,
  execution = 20,
  dashboard = 30,
  test = 99,
};
/// The name of a known source; empty for others.
[[nodiscard]] std::string_view name_of(Source source) noexcept;
[[nodiscard]] std::string_view name_of(Domain domain) noexcept;

/// The largest message of each domain, header included.
inline constexpr std::array<std::size_t, kDomains> kMessageBytesMax{64 * 1024, 32 * 1024, 16 * 1024,
                                                                    8 * 1024};
inline constexpr std::size_t kAnyMessageBytesMax = 64 * 1024;
[[nodiscard]] constexpr std::size_t message_bytes_max(Domain domain) noexcept {
  return kMessageBytesMax[static_cast<std::size_t>(domain)];
}

/// What is asked of a checksum.
enum class ChecksumPolicy : std::uint8_t {
  off,       ///< Nothing.
  verify,    ///< It is right, or left out.
  required,  ///< It is there and right.
};

/// How messages are read.
struct ParseOptions {
  std::uint8_t domain_base = 0;  ///< The number of market data on the wire: some count from 1.
  std::array<ChecksumPolicy, kDomains> checksum{ChecksumPolicy::verify, ChecksumPolicy::required,
                                                ChecksumPolicy::required, ChecksumPolicy::verify};

  [[nodiscard]] ChecksumPolicy checksum_of(Domain domain) const noexcept {
    return checksum[static_cast<std::size_t>(domain)];
  }
  /// One policy for every domain.
  [[nodiscard]] static ParseOptions with_checksum(ChecksumPolicy policy) noexcept {
    ParseOptions options;
    options.checksum.fill(policy);
    return options;
  }
};

/// The fields of a header that are not the same in every message.
struct Header {
  Domain domain = Domain::market_data;
  Source source{};
  std::uint8_t flags = 0;
  std::uint64_t sequence = 0;
  std::uint64_t timestamp_ns = 0;  ///< Since the Unix epoch.
  std::uint32_t payload_size = 0;  ///< Bytes of TLVs.
  std::uint32_t checksum = 0;      ///< 0: left out.

  [[nodiscard]] std::size_t message_bytes() const noexcept { return kHeaderBytes + payload_size; }
  friend bool operator==(const Header&, const Header&) = default;
};

/// Reads the header at the start of `bytes`, and says what is wrong with it. `truncated` when there
/// are fewer than 32 bytes and they begin as a message does. The message behind it may be
/// incomplete.
[[nodiscard]] std::optional<Fault> read_header(Bytes bytes, const ParseOptions& options,
                                               Header& header) noexcept;

/// Writes 32 bytes to `to`.
void write_header(std::byte* to, const Header& header, std::uint8_t domain_base) noexcept;

/// The checksum of a whole message. Requires: 32 bytes or more.
[[nodiscard]] std::uint32_t checksum_of(Bytes message) noexcept;

}  // namespace torq
