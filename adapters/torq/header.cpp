#include "adapters/torq/header.hpp"

#include <algorithm>

#include "adapters/torq/crc32.hpp"

namespace torq {
namespace {

// Where the fields of a header stand.
constexpr std::size_t kDomainAt = 4;
constexpr std::size_t kVersionAt = 5;
constexpr std::size_t kSourceAt = 6;
constexpr std::size_t kFlagsAt = 7;
constexpr std::size_t kSequenceAt = 8;
constexpr std::size_t kTimestampAt = 16;
constexpr std::size_t kPayloadSizeAt = 24;
constexpr std::size_t kChecksumAt = 28;

}  // namespace

std::string_view name_of(Source source) noexcept {
  switch (source) {
    case Source::coinbase:
      return "Coinbase";
    case Source::kraken:
      return "Kraken";
    case Source::arbitrage:
      return "Arbitrage";
    case Source::execution:
      return "Execution";
    case Source::dashboard:
      return "Dashboard";
    case Source::test:
      return "Test";
  }
  return {};
}

std::string_view name_of(Domain domain) noexcept {
  constexpr std::array<std::string_view, kDomains> kNames{"market_data", "signal", "execution",
                                                          "system"};
  return kNames[static_cast<std::size_t>(domain)];
}

std::optional<Fault> read_header(Bytes bytes, const ParseOptions& options,
                                 Header& header) noexcept {
  const std::size_t looked_at = std::min(bytes.size(), kMagicBytes.size());
  if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(looked_at),
                  kMagicBytes.begin()))
    return Fault{.code = FaultCode::bad_magic};
  if (bytes.size() < kHeaderBytes)
    return Fault{.code = FaultCode::truncated, .found = bytes.size(), .expected = kHeaderBytes};
  const std::byte* const at = bytes.data();
  const auto version = load<std::uint8_t>(at + kVersionAt);
  if (version != kVersion)
    return Fault{
        .code = FaultCode::bad_version, .at = kVersionAt, .found = version, .expected = kVersion};
  const auto domain = load<std::uint8_t>(at + kDomainAt);
  const unsigned relative = static_cast<unsigned>(domain) - options.domain_base;
  if (relative >= kDomains)
    return Fault{.code = FaultCode::bad_domain,
                 .at = kDomainAt,
                 .found = domain,
                 .expected = options.domain_base};
  header = {.domain = static_cast<Domain>(relative),
            .source = load<Source>(at + kSourceAt),
            .flags = load<std::uint8_t>(at + kFlagsAt),
            .sequence = load<std::uint64_t>(at + kSequenceAt),
            .timestamp_ns = load<std::uint64_t>(at + kTimestampAt),
            .payload_size = load<std::uint32_t>(at + kPayloadSizeAt),
            .checksum = load<std::uint32_t>(at + kChecksumAt)};
  const std::size_t limit = message_bytes_max(header.domain);
  if (header.message_bytes() > limit)
    return Fault{.code = FaultCode::too_large,
                 .at = kPayloadSizeAt,
                 .found = header.message_bytes(),
                 .expected = limit};
  return std::nullopt;
}

void write_header(std::byte* to, const Header& header, std::uint8_t domain_base) noexcept {
  store(to, kMagic);
  store(to + kDomainAt,
        static_cast<std::uint8_t>(static_cast<std::uint8_t>(header.domain) + domain_base));
  store(to + kVersionAt, kVersion);
  store(to + kSourceAt, header.source);
  store(to + kFlagsAt, header.flags);
  store(to + kSequenceAt, header.sequence);
  store(to + kTimestampAt, header.timestamp_ns);
  store(to + kPayloadSizeAt, header.payload_size);
  store(to + kChecksumAt, header.checksum);
}

std::uint32_t checksum_of(Bytes message) noexcept {
  Crc32 crc;
  crc.add(message.first(kChecksumAt));
  crc.add(message.subspan(kHeaderBytes));
  return crc.value();
}

}  // namespace torq
