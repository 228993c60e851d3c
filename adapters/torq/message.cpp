#include "adapters/torq/message.hpp"

namespace torq {
namespace {

Fault truncated_tlv(std::uint8_t type, std::uint32_t at, std::size_t needed, std::size_t left) {
  return {
      .code = FaultCode::truncated_tlv, .type = type, .at = at, .found = left, .expected = needed};
}

std::optional<Fault> check_sum(const MessageView& message, ChecksumPolicy policy) noexcept {
  if (policy == ChecksumPolicy::off) return std::nullopt;
  const std::uint32_t given = message.header.checksum;
  if (given == 0 && policy == ChecksumPolicy::verify) return std::nullopt;
  const std::uint32_t sum = checksum_of(message.bytes);
  if (given == sum && given != 0) return std::nullopt;
  return Fault{.code = FaultCode::bad_checksum, .at = 28, .found = given, .expected = sum};
}

}  // namespace

std::optional<Fault> take_tlv(Bytes& bytes, std::uint32_t at, Tlv& tlv) noexcept {
  const auto type_or_marker = load<std::uint8_t>(bytes.data());
  if (bytes.size() < kStandardTlvBytes)
    return truncated_tlv(type_or_marker, at, kStandardTlvBytes, bytes.size());
  const auto second = load<std::uint8_t>(bytes.data() + 1);
  std::size_t header_bytes = kStandardTlvBytes;
  std::size_t length = second;
  tlv.type = type_or_marker;
  if (type_or_marker == kExtendedMarker) [[unlikely]] {
    if (second != 0) return Fault{.code = FaultCode::bad_extended_tlv, .at = at, .found = second};
    if (bytes.size() < kExtendedTlvBytes)
      return truncated_tlv(kExtendedMarker, at, kExtendedTlvBytes, bytes.size());
    header_bytes = kExtendedTlvBytes;
    tlv.type = load<std::uint8_t>(bytes.data() + 2);
    length = load<std::uint16_t>(bytes.data() + 3);
  }
  if (bytes.size() - header_bytes < length)
    return truncated_tlv(tlv.type, at, header_bytes + length, bytes.size());
  const TypeRule& rule = type_rule(tlv.type);
  if (rule.rule == SizeRule::fixed && length != rule.bytes)
    return Fault{.code = FaultCode::bad_size,
                 .type = tlv.type,
                 .at = at,
                 .found = length,
                 .expected = rule.bytes};
  tlv.payload = bytes.subspan(header_bytes, length);
  bytes = bytes.subspan(header_bytes + length);
  return std::nullopt;
}

std::expected<MessageView, Fault> parse_message(Bytes bytes, const ParseOptions& options) noexcept {
  MessageView message;
  if (const auto fault = read_header(bytes, options, message.header))
    return std::unexpected{*fault};
  const std::size_t size = message.header.message_bytes();
  if (bytes.size() < size)
    return std::unexpected{
        Fault{.code = FaultCode::truncated, .found = bytes.size(), .expected = size}};
  message.bytes = bytes.first(size);
  if (const auto fault = check_sum(message, options.checksum_of(message.header.domain)))
    return std::unexpected{*fault};
  Bytes left = message.bytes.subspan(kHeaderBytes);
  Tlv tlv;
  while (!left.empty()) {
    const auto at = static_cast<std::uint32_t>(size - left.size());
    if (const auto fault = take_tlv(left, at, tlv)) return std::unexpected{*fault};
    if (tlv.rule().rule == SizeRule::unknown) ++message.unknown_tlvs;
  }
  return message;
}

}  // namespace torq
