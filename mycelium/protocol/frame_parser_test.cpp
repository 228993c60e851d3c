#include "mycelium/protocol/frame_parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mycelium/base/random.hpp"
#include "mycelium/protocol/crc32c.hpp"

namespace mycelium {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::byte>;

struct Sent {
  FrameHeader header;
  FrameExtension extension;
  Bytes payload;
  bool checked = false;
};

Bytes random_bytes(Random& random, std::size_t count) {
  Bytes bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.next());
  return bytes;
}

Sent random_frame(Random& random, bool checked) {
  Sent sent;
  sent.header.type_id = static_cast<std::uint16_t>(random.next());
  sent.header.kind = static_cast<FrameKind>(1 + random.below(kFrameKindLast));
  sent.header.sequence = random.next();
  sent.header.destination = random.next();
  sent.header.source = random.next();
  if (random.below(2) == 1) sent.extension.correlation = {random.next(), random.next()};
  if (random.below(2) == 1)
    sent.extension.time_left = std::chrono::nanoseconds{random.between(-5, 5)};
  if (random.below(2) == 1) {
    sent.extension.trace.emplace();
    for (auto& byte : sent.extension.trace->trace_id)
      byte = static_cast<std::uint8_t>(random.next());
    sent.extension.trace->flags = 1;
  }
  if (random.below(2) == 1) sent.extension.partition_key = random.next();
  sent.payload = random_bytes(random, random.below(70));
  sent.checked = checked;
  return sent;
}

Bytes bytes_of(const Sent& sent) {
  Bytes bytes(frame_bytes(sent.extension, sent.checked, sent.payload.size()), std::byte{0xEE});
  const auto written = write_frame(bytes, sent.header, sent.extension, sent.checked, sent.payload);
  EXPECT_EQ(written.value_or(0), bytes.size());
  return bytes;
}

void expect_equal(const Frame& frame, const Sent& sent) {
  EXPECT_EQ(frame.header.type_id, sent.header.type_id);
  EXPECT_EQ(frame.header.kind, sent.header.kind);
  EXPECT_EQ(frame.header.sequence, sent.header.sequence);
  EXPECT_EQ(frame.header.destination, sent.header.destination);
  EXPECT_EQ(frame.header.source, sent.header.source);
  EXPECT_EQ(frame.extension, sent.extension);
  EXPECT_EQ(Bytes(frame.payload.begin(), frame.payload.end()), sent.payload);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(frame.payload.data()) % 16, 0U);
}

/// What a parser makes of a whole stream: codes of faults, and "frame" for frames.
std::string story(const FrameOptions& options, std::span<const std::byte> stream) {
  FrameParser parser{options};
  std::string told;
  const auto tell = [&](const std::string& what) { told += (told.empty() ? "" : " ") + what; };
  while (true) {
    stream = stream.subspan(parser.feed(stream));
    const auto next = parser.next();
    if (!next) {
      tell(next.error().code);
      if (!parser.can_resume()) return told;
    } else if (*next) {
      tell("frame");
    } else if (stream.empty()) {
      if (const auto end = parser.finish(); !end) tell(end.error().code);
      return told;
    }
  }
}

constexpr FrameOptions kPlain{.frame_bytes_max = 4096};
constexpr FrameOptions kChecked{.frame_bytes_max = 4096, .checked = true};

// Promises: W5
TEST(FrameParser, GivesTheSameFramesHoweverTheStreamIsCut) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random{seed};
    std::vector<Sent> sent;
    Bytes stream;
    for (int count = 0; count < 60; ++count) {
      sent.push_back(random_frame(random, random.below(2) == 1));
      const Bytes frame = bytes_of(sent.back());
      stream.insert(stream.end(), frame.begin(), frame.end());
    }
    FrameParser parser{FrameOptions{.frame_bytes_max = 256}};
    const std::size_t piece_max = seed % 3 == 0 ? 1 : 1 + random.below(400);
    std::span<const std::byte> rest{stream};
    std::size_t received = 0;
    while (!rest.empty()) {
      const std::size_t piece = std::min<std::size_t>(rest.size(), 1 + random.below(piece_max));
      const std::size_t taken = parser.feed(rest.first(piece));
      ASSERT_GT(taken, 0U) << "seed " << seed;
      rest = rest.subspan(taken);
      for (auto next = parser.next(); next && *next; next = parser.next()) {
        ASSERT_LT(received, sent.size()) << "seed " << seed;
        expect_equal(**next, sent[received++]);
      }
    }
    EXPECT_EQ(received, sent.size()) << "seed " << seed;
    EXPECT_TRUE(parser.finish()) << "seed " << seed;
    EXPECT_EQ(parser.faults(), 0U);
  }
}

// Promises: W5
TEST(FrameParser, WaitsForTheRestOfEveryPrefix) {
  Random random{3};
  for (const bool checked : {false, true}) {
    const Bytes frame = bytes_of(random_frame(random, checked));
    for (std::size_t size = 1; size < frame.size(); ++size) {
      const Bytes prefix(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(story(kPlain, prefix), "truncated") << size;
    }
    EXPECT_EQ(story(kPlain, frame), "frame");
    EXPECT_EQ(story(kPlain, {}), "");
  }
}

// Promises: W5
TEST(FrameParser, WithACheckEverySingleFlippedBitIsFound) {
  Random random{4};
  for (int round = 0; round < 10; ++round) {
    Bytes frame = bytes_of(random_frame(random, true));
    for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
      frame[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
      const std::string told = story(kChecked, frame);
      EXPECT_NE(told, "") << "bit " << bit;
      EXPECT_EQ(told.find("frame "), std::string::npos) << "bit " << bit << ": " << told;
      EXPECT_NE(told, "frame") << "bit " << bit;
      frame[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    }
    EXPECT_EQ(story(kChecked, frame), "frame");
  }
}

// Promises: W5
TEST(FrameParser, WithoutACheckFaultsOfTheHeaderHaveNames) {
  Sent sent;
  sent.payload = Bytes(20, std::byte{7});
  sent.extension.partition_key = 5;
  const Bytes good = bytes_of(sent);
  ASSERT_EQ(good.size(), 80U);  // 32 header, 16 extension, 20 payload, 12 zeros
  const auto with = [&](std::size_t at, int value) {
    Bytes bytes = good;
    bytes[at] = static_cast<std::byte>(value);
    return story(kPlain, bytes);
  };
  EXPECT_EQ(with(0, 31), "frame_too_small");
  EXPECT_EQ(with(1, 0x10), "frame_too_large");
  EXPECT_EQ(with(3, 1), "frame_too_large");
  EXPECT_EQ(with(6, 0), "bad_kind");
  EXPECT_EQ(with(6, 12), "bad_kind");
  EXPECT_EQ(with(7, 2), "bad_flags");
  EXPECT_EQ(with(7, 5), "bad_flags");
  EXPECT_EQ(with(7, 3), "bad_extension");  // It says that it is checked, and has no CRC.
  EXPECT_EQ(with(32, 15), "bad_extension");
  EXPECT_EQ(with(32, 64), "bad_extension");
  EXPECT_EQ(with(34, 1), "bad_extension");
  EXPECT_EQ(with(37, 9), "bad_extension");  // The item ends behind the extension, or within it.
  EXPECT_EQ(with(37, 200), "bad_extension");
  EXPECT_EQ(with(79, 1), "bad_padding");
  EXPECT_EQ(with(60, 1), "frame");
  EXPECT_EQ(story(kChecked, good), "no_checksum");
  EXPECT_EQ(story({.frame_bytes_max = 64}, good), "frame_too_large");
}

// Promises: W5
TEST(FrameParser, UnknownItemsOfAnExtensionAreSkipped) {
  Sent sent;
  sent.extension.partition_key = 5;
  Bytes bytes = bytes_of(sent);
  bytes[36] = std::byte{77};
  FrameParser parser{kPlain};
  ASSERT_EQ(parser.feed(bytes), bytes.size());
  const auto next = parser.next();
  ASSERT_TRUE(next && *next);
  EXPECT_EQ((*next)->extension, FrameExtension{});
}

// Promises: W5
TEST(FrameParser, WhereFramesAreCheckedItFindsTheNextOneAfterAFault) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random{seed};
    std::vector<Sent> sent;
    Bytes stream;
    std::vector<std::size_t> begins;
    for (int count = 0; count < 20; ++count) {
      sent.push_back(random_frame(random, true));
      begins.push_back(stream.size());
      const Bytes frame = bytes_of(sent.back());
      stream.insert(stream.end(), frame.begin(), frame.end());
    }
    // When something behind the size of one frame is wrong
    const std::size_t broken = random.below(sent.size() - 1);
    const std::size_t at =
        begins[broken] + 4 + random.below(begins[broken + 1] - begins[broken] - 4);
    stream[at] ^= static_cast<std::byte>(1 + random.below(255));
    // Then it is told once, and every other frame comes
    FrameParser parser{kChecked};
    std::span<const std::byte> rest{stream};
    std::size_t received = 0;
    std::size_t faults = 0;
    while (received < sent.size() - 1) {
      rest = rest.subspan(parser.feed(rest.first(std::min<std::size_t>(rest.size(), 37))));
      while (true) {
        const auto next = parser.next();
        if (!next) {
          ++faults;
          ASSERT_TRUE(parser.can_resume()) << "seed " << seed;
        } else if (*next) {
          expect_equal(**next, sent[received < broken ? received : received + 1]);
          ++received;
        } else {
          break;
        }
      }
      ASSERT_FALSE(rest.empty() && received < sent.size() - 1) << "seed " << seed;
    }
    EXPECT_EQ(faults, 1U) << "seed " << seed;
    EXPECT_EQ(parser.skipped_bytes(), begins[broken + 1] - begins[broken]) << "seed " << seed;
  }
}

// Promises: W5
TEST(FrameParser, ASearchEndsWhenTheBytesAreNoFrames) {
  // Given a stream of headers that each promise a frame, none of them right
  Sent sent;
  sent.checked = true;
  sent.payload = Bytes(16);
  Bytes stream;
  for (int count = 0; count < 4000; ++count) {
    Bytes frame = bytes_of(sent);
    const std::uint32_t size = 2048;
    std::memcpy(frame.data(), &size, sizeof size);
    stream.insert(stream.end(), frame.begin(), frame.end());
  }
  EXPECT_EQ(story(kChecked, stream).substr(0, 12), "bad_checksum");
  EXPECT_TRUE(story(kChecked, stream).ends_with(" lost"));
}

TEST(FrameParser, SaysWhereTheFaultIs) {
  Random random{8};
  Bytes stream = bytes_of(random_frame(random, false));
  const std::size_t first = stream.size();
  stream.resize(first + 32);
  FrameParser parser{kPlain};
  ASSERT_EQ(parser.feed(stream), stream.size());
  ASSERT_TRUE(parser.next());
  EXPECT_EQ(parser.next().error().message,
            "the frame at byte " + std::to_string(first) +
                " of the stream says that it is smaller than its own header");
}

TEST(FrameWriter, SaysWhenThereIsNoRoom) {
  Bytes small(47);
  EXPECT_EQ(write_frame(small, {}, {}, false, Bytes(1)).error().code, "no_room");
  EXPECT_TRUE((FrameWriter{std::span{small}.first(31), {}, {}, false}.payload().empty()));
  EXPECT_EQ((FrameWriter{small, {}, {}, false}.payload().size()), 0U);
}

TEST(Crc32c, IsTheOneOfTheStandardByTableAndByInstruction) {
  const std::string_view digits = "123456789";
  const std::span<const std::byte> bytes{reinterpret_cast<const std::byte*>(digits.data()), 9};
  EXPECT_EQ(crc32c(bytes), 0xE3069283U);
  EXPECT_EQ(crc32c(Bytes(32)), 0x8A9136AAU);  // RFC 3720, B.4
  Random random{1};
  for (std::size_t size = 0; size < 100; ++size) {
    const Bytes some = random_bytes(random, size);
    EXPECT_EQ(crc32c(some), detail::crc32c_by_table(some, 0));
    const std::span<const std::byte> whole{some};
    EXPECT_EQ(crc32c(whole.subspan(size / 3), crc32c(whole.first(size / 3))), crc32c(some));
  }
}

}  // namespace
}  // namespace mycelium
