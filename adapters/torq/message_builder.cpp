#include "adapters/torq/message_builder.hpp"

#include <algorithm>

#include "mycelium/base/assert.hpp"

namespace torq {

MessageBuilder::MessageBuilder(std::span<std::byte> memory, const Header& header,
                               const BuildOptions& options) noexcept
    : memory_{memory.data()},
      limit_{std::min(memory.size(), message_bytes_max(header.domain))},
      header_{header},
      options_{options} {
  MYCELIUM_ASSERT(memory.size() >= kHeaderBytes, "a message has 32 bytes at least");
}

std::byte* MessageBuilder::begin_tlv(std::uint8_t type, std::size_t bytes) noexcept {
  const bool extended = bytes > kStandardPayloadMax;
  const std::size_t header_bytes = extended ? kExtendedTlvBytes : kStandardTlvBytes;
  if (limit_ - size_ < header_bytes + bytes) return nullptr;
  std::byte* at = memory_ + size_;
  if (extended) [[unlikely]] {
    store(at, kExtendedMarker);
    store(at + 1, std::uint8_t{0});
    store(at + 2, type);
    store(at + 3, static_cast<std::uint16_t>(bytes));
  } else {
    store(at, type);
    store(at + 1, static_cast<std::uint8_t>(bytes));
  }
  size_ += header_bytes + bytes;
  return at + header_bytes;
}

Fault MessageBuilder::too_large(std::size_t bytes) const noexcept {
  const std::size_t header_bytes =
      bytes > kStandardPayloadMax ? kExtendedTlvBytes : kStandardTlvBytes;
  return {.code = FaultCode::too_large,
          .at = static_cast<std::uint32_t>(size_),
          .found = size_ + header_bytes + bytes,
          .expected = limit_};
}

std::optional<Fault> MessageBuilder::add_bytes(std::uint8_t type, Bytes payload) noexcept {
  const auto at = static_cast<std::uint32_t>(size_);
  if (type == kExtendedMarker)
    return Fault{.code = FaultCode::bad_extended_tlv, .type = type, .at = at, .found = type};
  const TypeRule& rule = type_rule(type);
  if (rule.rule == SizeRule::fixed && payload.size() != rule.bytes)
    return Fault{.code = FaultCode::bad_size,
                 .type = type,
                 .at = at,
                 .found = payload.size(),
                 .expected = rule.bytes};
  std::byte* const to =
      payload.size() > kExtendedPayloadMax ? nullptr : begin_tlv(type, payload.size());
  if (to == nullptr) return too_large(payload.size());
  std::ranges::copy(payload, to);
  return std::nullopt;
}

Bytes MessageBuilder::finish() noexcept {
  header_.payload_size = static_cast<std::uint32_t>(size_ - kHeaderBytes);
  header_.checksum = 0;
  write_header(memory_, header_, options_.domain_base);
  const Bytes message{memory_, size_};
  if (options_.checksum) {
    header_.checksum = checksum_of(message);
    store(memory_ + 28, header_.checksum);
  }
  return message;
}

}  // namespace torq
