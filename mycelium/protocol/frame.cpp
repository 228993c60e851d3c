#include "mycelium/protocol/frame.hpp"

#include <fmt/format.h>

#include "mycelium/base/assert.hpp"
#include "mycelium/protocol/crc32c.hpp"

namespace mycelium {
namespace {

using detail::ExtensionTag;
using detail::round_up_16;

constexpr std::size_t kHeadBytes = 4;  // Of an extension.
constexpr std::size_t kItemHeadBytes = 2;

/// Writes the items of an extension one behind the other.
class ItemWriter {
 public:
  explicit ItemWriter(std::byte* at) noexcept : at_{at} {}

  template <typename Value>
  std::byte* add(ExtensionTag tag, const Value& value) noexcept {
    static_assert(std::is_trivially_copyable_v<Value> && sizeof(Value) <= 255);
    *at_++ = static_cast<std::byte>(tag);
    *at_++ = static_cast<std::byte>(sizeof value);
    std::memcpy(at_, &value, sizeof value);
    std::byte* const begin = at_;
    at_ += sizeof value;
    return begin;
  }

 private:
  std::byte* at_;
};

}  // namespace

std::uint32_t detail::frame_crc(std::span<const std::byte> frame, std::size_t crc_at) noexcept {
  constexpr std::array<std::byte, 4> kZeros{};
  std::uint32_t crc = crc32c(frame.first(crc_at));
  crc = crc32c(kZeros, crc);
  return crc32c(frame.subspan(crc_at + kZeros.size()), crc);
}

std::size_t extension_bytes(const FrameExtension& extension, bool checked) noexcept {
  std::size_t bytes = 0;
  if (extension.correlation) bytes += kItemHeadBytes + sizeof(Correlation);
  if (extension.time_left) bytes += kItemHeadBytes + sizeof(std::int64_t);
  if (extension.trace) bytes += kItemHeadBytes + sizeof(TraceContext);
  if (extension.partition_key) bytes += kItemHeadBytes + sizeof(std::uint64_t);
  if (checked) bytes += kItemHeadBytes + sizeof(std::uint32_t);
  return bytes == 0 ? 0 : round_up_16(kHeadBytes + bytes);
}

std::size_t frame_bytes(const FrameExtension& extension, bool checked,
                        std::size_t payload_bytes) noexcept {
  return round_up_16(sizeof(FrameHeader) + extension_bytes(extension, checked) + payload_bytes);
}

FrameWriter::FrameWriter(std::span<std::byte> to, const FrameHeader& header,
                         const FrameExtension& extension, bool checked) noexcept
    : to_{to}, header_{header}, payload_at_{sizeof(FrameHeader)} {
  const std::size_t bytes = extension_bytes(extension, checked);
  payload_at_ += bytes;
  header_.flags = static_cast<std::uint8_t>((bytes > 0 ? FrameHeader::kExtended : 0) |
                                            (checked ? FrameHeader::kChecked : 0));
  if (bytes == 0 || to.size() < payload_at_) return;
  std::byte* const begin = to.data() + sizeof(FrameHeader);
  std::memset(begin, 0, bytes);
  const auto head = static_cast<std::uint16_t>(bytes);
  std::memcpy(begin, &head, sizeof head);
  ItemWriter items{begin + kHeadBytes};
  if (extension.correlation) items.add(ExtensionTag::correlation, *extension.correlation);
  if (extension.time_left) {
    const std::int64_t nanoseconds = extension.time_left->count();
    items.add(ExtensionTag::time_left, nanoseconds);
  }
  if (extension.trace) items.add(ExtensionTag::trace, *extension.trace);
  if (extension.partition_key) items.add(ExtensionTag::partition_key, *extension.partition_key);
  if (checked) {
    const std::byte* const crc = items.add(ExtensionTag::crc32c, std::uint32_t{0});
    crc_at_ = static_cast<std::size_t>(crc - to.data());
  }
}

std::span<std::byte> FrameWriter::payload() const noexcept {
  // The zeros behind the payload need room too.
  const std::size_t whole = to_.size() / kFrameAlignment * kFrameAlignment;
  return whole < payload_at_ ? std::span<std::byte>{}
                             : to_.subspan(payload_at_, whole - payload_at_);
}

std::span<const std::byte> FrameWriter::finish(std::size_t payload_bytes) noexcept {
  const std::size_t size = payload_at_ + payload_bytes;
  const std::size_t padded = round_up_16(size);
  MYCELIUM_ASSERT(padded <= to_.size() && size <= UINT32_MAX, "the frame has no room for that");
  header_.size = static_cast<std::uint32_t>(size);
  std::memcpy(to_.data(), &header_, sizeof header_);
  std::memset(to_.data() + size, 0, padded - size);
  const std::span<std::byte> frame = to_.first(padded);
  if (crc_at_ != 0) {
    const std::uint32_t crc = detail::frame_crc(frame, crc_at_);
    std::memcpy(frame.data() + crc_at_, &crc, sizeof crc);
  }
  return frame;
}

Result<std::size_t> write_frame(std::span<std::byte> to, const FrameHeader& header,
                                const FrameExtension& extension, bool checked,
                                std::span<const std::byte> payload) {
  const std::size_t bytes = frame_bytes(extension, checked, payload.size());
  if (bytes > UINT32_MAX)
    return fail("frame_too_large", fmt::format("a frame of {} bytes; at most 4 GiB", bytes));
  if (bytes > to.size())
    return fail("no_room", fmt::format("a frame of {} bytes does not fit into {}; enlarge the "
                                       "buffer",
                                       bytes, to.size()));
  FrameWriter writer{to, header, extension, checked};
  if (!payload.empty()) std::memcpy(writer.payload().data(), payload.data(), payload.size());
  return writer.finish(payload.size()).size();
}

}  // namespace mycelium
