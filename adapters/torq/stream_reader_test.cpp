#include "adapters/torq/stream_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "adapters/torq/message_builder.hpp"
#include "mycelium/base/random.hpp"

namespace torq {
namespace {

void append_message(std::vector<std::byte>& stream, std::uint64_t sequence, std::size_t bytes) {
  std::array<std::byte, kAnyMessageBytesMax> memory;
  MessageBuilder builder{memory, {.source = Source::test, .sequence = sequence}};
  const std::vector<std::byte> payload(bytes, std::byte{0x11});
  ASSERT_FALSE(builder.add_bytes(200, payload));
  const Bytes message = builder.finish();
  stream.insert(stream.end(), message.begin(), message.end());
}

// Promises: Q3
TEST(StreamReader, LosesNothingValidBetweenGarbageWhateverThePieces) {
  mycelium::Random random{4};
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    // Given messages of all sizes with garbage between some, which holds the first bytes of a magic
    std::vector<std::byte> stream;
    std::uint64_t garbage = 0;
    constexpr std::uint64_t kMessages = 40;
    for (std::uint64_t sequence = 0; sequence < kMessages; ++sequence) {
      append_message(stream, sequence, random.below(sequence % 10 == 0 ? 60'000 : 300));
      const std::size_t noise = random.below(3) == 0 ? random.below(50) : 0;
      for (std::size_t byte = 0; byte < noise; ++byte)
        stream.push_back(random.below(2) == 0 ? std::byte{0xEF} : std::byte{0xBE});
      garbage += noise;
    }
    // When it comes in pieces
    StreamReader reader;
    std::vector<std::uint64_t> sequences;
    std::uint64_t skipped = 0;
    const auto take = [&]<typename Event>(const Event& event) {
      if constexpr (std::is_same_v<Event, StreamMessage>) {
        sequences.push_back(event.message.header.sequence);
      } else {
        EXPECT_EQ(event.fault.code, FaultCode::bad_magic);
        skipped += event.skipped;
      }
    };
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t piece = std::min<std::size_t>(
          1 + random.below(round % 2 == 0 ? 200 : 100'000), stream.size() - at);
      reader.feed(Bytes{stream}.subspan(at, piece), take);
      at += piece;
    }
    reader.finish(take);
    // Then every message comes, in order, and the garbage is counted to the byte
    ASSERT_EQ(sequences.size(), kMessages);
    EXPECT_TRUE(std::ranges::is_sorted(sequences));
    EXPECT_EQ(skipped, garbage);
    EXPECT_EQ(reader.counts().skipped_bytes, garbage);
    EXPECT_EQ(reader.counts().messages, kMessages);
    EXPECT_EQ(reader.counts().unknown_tlvs, kMessages);
  }
}

// Promises: Q3
TEST(StreamReader, ADamagedLengthCostsOnlyItsOwnMessage) {
  // Given a message whose length reaches over all that follows
  std::vector<std::byte> stream;
  append_message(stream, 1, 10);
  const std::size_t first = stream.size();
  for (std::uint64_t sequence = 2; sequence < 600; ++sequence)
    append_message(stream, sequence, 100);
  store(stream.data() + 24, std::uint32_t{60'000});
  // When the stream goes on
  StreamReader reader;
  std::uint64_t messages = 0;
  const auto take = [&]<typename Event>(const Event& event) {
    if constexpr (std::is_same_v<Event, StreamMessage>) {
      ++messages;
    } else {
      EXPECT_EQ(event.fault.code, FaultCode::bad_checksum);
      EXPECT_EQ(event.skipped, first);
    }
  };
  reader.feed(stream, take);
  // Then, without waiting for its end, all others have come
  EXPECT_EQ(messages, 598U);
}

TEST(StreamReader, HasRoomForTheLargestMessageWhateverWaits) {
  StreamReader reader;
  std::vector<std::byte> stream;
  append_message(stream, 1, kAnyMessageBytesMax - kHeaderBytes - kExtendedTlvBytes);
  for (int round = 0; round < 5; ++round) {
    std::size_t at = 0;
    while (at < stream.size()) {
      EXPECT_GE(reader.room().size(), kAnyMessageBytesMax);
      reader.feed(Bytes{stream}.subspan(at, std::min<std::size_t>(4096, stream.size() - at)),
                  [](const auto&) {});
      at += 4096;
    }
  }
  EXPECT_EQ(reader.counts().messages, 5U);
}

}  // namespace
}  // namespace torq
