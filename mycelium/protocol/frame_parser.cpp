#include "mycelium/protocol/frame_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mycelium/base/assert.hpp"

namespace mycelium {

using detail::ExtensionTag;

enum class FrameParser::Fault : std::uint8_t {
  none,
  incomplete,
  frame_too_small,
  frame_too_large,
  bad_kind,
  bad_flags,
  bad_extension,
  bad_padding,
  no_checksum,
  bad_checksum,
};

/// What stands at the beginning of what is not parsed yet.
struct FrameParser::Looked {
  Fault fault = Fault::none;
  Frame frame;
  std::size_t bytes = 0;    ///< Of the frame with its zeros.
  std::size_t checked = 0;  ///< Bytes that went through the CRC.
};

namespace {

struct Words {
  const char* code;
  const char* sentence;
};

// In the order of FrameParser::Fault.
constexpr std::array<Words, 10> kWords{{
    {"none", ""},
    {"incomplete", ""},
    {"frame_too_small", "says that it is smaller than its own header"},
    {"frame_too_large", "is larger than frame_bytes_max; raise it on both sides"},
    {"bad_kind", "is of a kind that version 1 of the wire does not have"},
    {"bad_flags", "has flags that version 1 of the wire does not have"},
    {"bad_extension", "has an extension that does not add up"},
    {"bad_padding", "does not end in zeros"},
    {"no_checksum", "has no CRC-32C, and this link wants one in every frame"},
    {"bad_checksum", "has a wrong CRC-32C"},
}};

// A search may put so many times the largest frame through the CRC; beyond it the bytes are an
// attack or no frames at all.
constexpr std::size_t kSearchFrames = 16;

template <typename Value>
bool read_item(std::span<const std::byte> item, std::optional<Value>& value) {
  if (item.size() != sizeof(Value) || value.has_value()) return false;
  std::memcpy(static_cast<void*>(&value.emplace()), item.data(), sizeof(Value));
  return true;
}

bool read_time(std::span<const std::byte> item, std::optional<std::chrono::nanoseconds>& value) {
  std::optional<std::int64_t> count;
  if (value.has_value() || !read_item(item, count)) return false;
  value = std::chrono::nanoseconds{*count};
  return true;
}

bool all_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

FrameParser::FrameParser(const FrameOptions& options)
    : options_{options}, capacity_{2 * detail::round_up_16(options.frame_bytes_max)} {
  MYCELIUM_ASSERT(
      options.frame_bytes_max >= sizeof(FrameHeader) && options.frame_bytes_max <= UINT32_MAX / 2,
      "frame_bytes_max is between 32 bytes and 2 GiB");
  memory_ = std::make_unique<Block[]>(capacity_ / kFrameAlignment);
}

std::span<std::byte> FrameParser::room() noexcept {
  if (begin_ > 0 && (begin_ == end_ || capacity_ - end_ < capacity_ / 4)) {
    // `begin_` is a multiple of 16, so frames stay aligned.
    std::memmove(memory(), memory() + begin_, available());
    end_ -= begin_;
    begin_ = 0;
  }
  return ended_ ? std::span<std::byte>{} : std::span{memory() + end_, capacity_ - end_};
}

void FrameParser::commit(std::size_t count) noexcept {
  MYCELIUM_ASSERT(count <= capacity_ - end_, "more bytes than there was room for");
  end_ += count;
}

std::size_t FrameParser::feed(std::span<const std::byte> bytes) noexcept {
  const std::span<std::byte> to = room();
  const std::size_t count = std::min(to.size(), bytes.size());
  if (count > 0) std::memcpy(to.data(), bytes.data(), count);
  end_ += count;
  return count;
}

FrameParser::Fault FrameParser::check_header(const FrameHeader& header) const noexcept {
  if (header.size < sizeof header) return Fault::frame_too_small;
  if (detail::round_up_16(header.size) > options_.frame_bytes_max) return Fault::frame_too_large;
  const auto kind = static_cast<std::uint8_t>(header.kind);
  if (kind == 0 || kind > kFrameKindLast) return Fault::bad_kind;
  constexpr unsigned kKnown = FrameHeader::kExtended | FrameHeader::kChecked;
  if ((header.flags & ~kKnown) != 0 || header.flags == FrameHeader::kChecked)
    return Fault::bad_flags;
  if (options_.checked && (header.flags & FrameHeader::kChecked) == 0) return Fault::no_checksum;
  return Fault::none;
}

FrameParser::Fault FrameParser::read_extension(std::span<const std::byte> items, Frame& frame,
                                               std::size_t& crc_at) {
  std::size_t at = 0;
  while (at < items.size()) {
    const auto tag = static_cast<ExtensionTag>(items[at]);
    if (tag == ExtensionTag::end)
      return all_zero(items.subspan(at)) ? Fault::none : Fault::bad_extension;
    if (items.size() - at < 2) return Fault::bad_extension;
    const auto bytes = static_cast<std::size_t>(items[at + 1]);
    at += 2;
    if (bytes > items.size() - at) return Fault::bad_extension;
    const std::span<const std::byte> item = items.subspan(at, bytes);
    FrameExtension& known = frame.extension;
    bool well = true;
    if (tag == ExtensionTag::correlation) well = read_item(item, known.correlation);
    if (tag == ExtensionTag::time_left) well = read_time(item, known.time_left);
    if (tag == ExtensionTag::trace) well = read_item(item, known.trace);
    if (tag == ExtensionTag::partition_key) well = read_item(item, known.partition_key);
    if (tag == ExtensionTag::crc32c) {
      well = bytes == sizeof(std::uint32_t) && crc_at == 0;
      crc_at = at;
    }
    if (!well) return Fault::bad_extension;
    at += bytes;
  }
  return Fault::none;
}

FrameParser::Looked FrameParser::look() const {
  Looked looked;
  const auto with = [&](Fault fault) -> Looked& {
    looked.fault = fault;
    return looked;
  };
  if (available() < sizeof(FrameHeader)) return with(Fault::incomplete);
  Frame& frame = looked.frame;
  const std::byte* const begin = memory() + begin_;
  std::memcpy(&frame.header, begin, sizeof frame.header);
  if (const Fault fault = check_header(frame.header); fault != Fault::none) return with(fault);
  looked.bytes = detail::round_up_16(frame.header.size);
  if (available() < looked.bytes) return with(Fault::incomplete);
  const std::span<const std::byte> whole{begin, looked.bytes};
  std::size_t payload_at = sizeof(FrameHeader);
  std::size_t crc_at = 0;
  if ((frame.header.flags & FrameHeader::kExtended) != 0) {
    std::array<std::uint16_t, 2> head{};
    if (frame.header.size < payload_at + sizeof head) return with(Fault::bad_extension);
    std::memcpy(head.data(), begin + payload_at, sizeof head);
    if (head[0] == 0 || head[0] % kFrameAlignment != 0 || head[1] != 0 ||
        head[0] > frame.header.size - payload_at)
      return with(Fault::bad_extension);
    const auto items = whole.subspan(payload_at + sizeof head, head[0] - sizeof head);
    if (const Fault fault = read_extension(items, frame, crc_at); fault != Fault::none)
      return with(fault);
    if (crc_at != 0) crc_at += payload_at + sizeof head;
    payload_at += head[0];
  }
  if ((crc_at != 0) != ((frame.header.flags & FrameHeader::kChecked) != 0))
    return with(Fault::bad_extension);
  if (crc_at != 0) {
    std::uint32_t crc;
    std::memcpy(&crc, begin + crc_at, sizeof crc);
    looked.checked = looked.bytes;
    if (crc != detail::frame_crc(whole, crc_at)) return with(Fault::bad_checksum);
  }
  if (!all_zero(whole.subspan(frame.header.size))) return with(Fault::bad_padding);
  frame.payload = whole.subspan(payload_at, frame.header.size - payload_at);
  frame.padded = whole.subspan(payload_at);
  return looked;
}

std::unexpected<Error> FrameParser::refuse(const Looked& looked) {
  const Words& words = kWords[static_cast<std::size_t>(looked.fault)];
  ++faults_;
  searching_ = options_.checked;
  ended_ = !options_.checked;
  search_left_ = kSearchFrames * capacity_ / 2;
  return fail(words.code,
              fmt::format("the frame at byte {} of the stream {}", position_, words.sentence));
}

bool FrameParser::resynchronise() {
  while (available() >= kFrameAlignment) {
    begin_ += kFrameAlignment;
    position_ += kFrameAlignment;
    skipped_ += kFrameAlignment;
    const Looked looked = look();
    if (looked.fault == Fault::none || looked.fault == Fault::incomplete) {
      // Incomplete: perhaps a frame. `next` looks again when there is more.
      return true;
    }
    search_left_ -= std::min(search_left_, looked.checked + kFrameAlignment);
    if (search_left_ == 0) {
      ended_ = true;
      return false;
    }
  }
  return true;
}

Result<std::optional<Frame>> FrameParser::next() {
  if (ended_)
    return fail("lost", fmt::format("no frame was found after the fault before byte {} of the "
                                    "stream; close the link",
                                    position_));
  Looked looked = look();
  if (searching_ && looked.fault != Fault::none && looked.fault != Fault::incomplete) {
    if (!resynchronise()) return next();
    looked = look();
  }
  if (looked.fault == Fault::incomplete || (searching_ && looked.fault != Fault::none))
    return std::optional<Frame>{};
  if (looked.fault != Fault::none) return refuse(looked);
  searching_ = false;
  begin_ += looked.bytes;
  position_ += looked.bytes;
  return std::optional<Frame>{looked.frame};
}

Result<void> FrameParser::finish() const {
  if (available() == 0 || ended_ || searching_) return {};
  return fail("truncated",
              fmt::format("the stream ends within the frame that begins at byte {}", position_));
}

}  // namespace mycelium
