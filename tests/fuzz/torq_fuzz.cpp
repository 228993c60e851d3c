// Any bytes as a stream of Torq messages: read in two ways of cutting, nothing may crash, both must
// give the same, and what was read must be found again where it was rebuilt.
//
// The first byte says how the stream is cut and which checksums are asked for.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "adapters/torq/json.hpp"
#include "adapters/torq/message_builder.hpp"
#include "adapters/torq/stream_reader.hpp"
#include "mycelium/base/assert.hpp"

namespace {

using namespace torq;

void check_rebuilt(const MessageView& message) {
  static std::array<std::byte, kAnyMessageBytesMax> memory;
  MessageBuilder builder{memory, message.header};
  for (const Tlv& tlv : message.tlvs()) {
    std::optional<Fault> refused;
    if (!tlv.visit([&](const auto& payload) { refused = builder.add(payload); }))
      refused = builder.add_bytes(tlv.type, tlv.payload);
    // An extended TLV may bear the marker as its type, which no builder writes.
    if (refused) return;
  }
  const auto again = parse_message(builder.finish(), {});
  MYCELIUM_ASSERT(again.has_value(), "what was built can be read");
  auto theirs = message.tlvs().begin();
  for (const Tlv& tlv : again->tlvs()) {
    MYCELIUM_ASSERT(tlv.type == theirs->type && tlv.payload.size() == theirs->payload.size(),
                    "the same TLVs in the same order");
    ++theirs;
  }
}

std::string read(Bytes bytes, std::size_t piece, const ParseOptions& options) {
  StreamReader reader{options};
  std::string lines;
  std::uint64_t accounted = 0;
  const auto take = [&]<typename Event>(const Event& event) {
    append_json(lines, event);
    if constexpr (std::is_same_v<Event, StreamMessage>) {
      accounted += event.message.bytes.size();
      check_rebuilt(event.message);
    } else {
      accounted += event.skipped;
    }
  };
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    reader.feed(bytes.subspan(at, std::min(piece, bytes.size() - at)), take);
  reader.finish(take);
  MYCELIUM_ASSERT(accounted == bytes.size(), "every byte belongs to a message or was skipped");
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes bytes = std::as_bytes(std::span{data + 1, size - 1});
  const auto policy = static_cast<ChecksumPolicy>(data[0] % 3);
  ParseOptions options = ParseOptions::with_checksum(policy);
  options.domain_base = (data[0] & 4) != 0 ? 1 : 0;
  const std::string whole = read(bytes, bytes.size() + 1, options);
  const std::string cut = read(bytes, 1 + static_cast<std::size_t>(data[0] >> 3), options);
  MYCELIUM_ASSERT(whole == cut, "what comes out does not depend on how the stream was cut");
  return 0;
}
