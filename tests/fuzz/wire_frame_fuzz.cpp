// Any bytes as the stream of a link, in pieces of any size: no crash, no over-read, an end.
//
// The first byte chooses: bit 0, whether frames are checked; the others, the size of the pieces.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mycelium/base/assert.hpp"
#include "mycelium/protocol/frame_parser.hpp"

namespace {

using namespace mycelium;

constexpr std::size_t kFrameBytesMax = 4096;

void check_frame(const Frame& frame, bool checked) {
  MYCELIUM_ASSERT(frame.payload.size() <= kFrameBytesMax, "a frame keeps to its limit");
  // What was read and is written again is read as the same.
  std::vector<std::byte> again(frame_bytes(frame.extension, checked, frame.payload.size()));
  const auto written = write_frame(again, frame.header, frame.extension, checked, frame.payload);
  MYCELIUM_ASSERT(written.has_value(), "what was received can be sent");
  FrameParser parser{{.frame_bytes_max = kFrameBytesMax + 64, .checked = checked}};
  MYCELIUM_ASSERT(parser.feed(again) == again.size(), "one frame fits");
  const auto read = parser.next();
  MYCELIUM_ASSERT(read && *read && (*read)->extension == frame.extension &&
                      std::ranges::equal((*read)->payload, frame.payload),
                  "a frame survives a round trip");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  if (count == 0) return 0;
  const bool checked = (bytes[0] & 1) != 0;
  const std::size_t piece = 1 + bytes[0] / 2;
  std::span<const std::byte> rest{reinterpret_cast<const std::byte*>(bytes) + 1, count - 1};
  FrameParser parser{{.frame_bytes_max = kFrameBytesMax, .checked = checked}};
  while (true) {
    rest = rest.subspan(parser.feed(rest.first(std::min(piece, rest.size()))));
    const auto next = parser.next();
    if (next && *next) {
      check_frame(**next, checked);
    } else if (!next) {
      MYCELIUM_ASSERT(!next.error().message.empty(), "a fault has a sentence");
      if (!parser.can_resume()) break;
    } else if (rest.empty()) {
      break;
    }
  }
  static_cast<void>(parser.finish());
  return 0;
}
