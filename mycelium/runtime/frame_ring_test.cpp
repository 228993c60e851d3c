#include "mycelium/runtime/frame_ring.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <thread>
#include <vector>

#include "mycelium/base/random.hpp"

namespace mycelium {
namespace {

constexpr std::size_t kCapacity = 1024;

std::vector<std::byte> draw_bytes(Random& random, std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random.next());
  return bytes;
}

bool push(FrameRing& ring, const std::vector<std::byte>& payload, std::uint64_t destination = 1) {
  FrameHeader* frame = ring.try_reserve(payload.size());
  if (frame == nullptr) return false;
  if (!payload.empty()) std::memcpy(frame->payload(), payload.data(), payload.size());
  ring.commit(frame, FrameKind::message, 7, destination, payload.size());
  return true;
}

bool holds(FrameHeader& frame, const std::vector<std::byte>& payload) {
  return payload.empty() || std::memcmp(frame.payload(), payload.data(), payload.size()) == 0;
}

// Fills the ring with empty frames; returns how many.
std::size_t fill(FrameRing& ring) {
  std::size_t count = 0;
  while (push(ring, {})) ++count;
  return count;
}

TEST(FrameRing, GivesBackWhatWasPutInWithItsHeader) {
  FrameRing ring{kCapacity};
  Random random{1};
  const auto payload = draw_bytes(random, 24);
  ASSERT_EQ(ring.front(), nullptr);
  ASSERT_TRUE(push(ring, payload, 99));
  FrameHeader* frame = ring.front();
  ASSERT_NE(frame, nullptr);
  EXPECT_EQ(frame->destination, 99U);
  EXPECT_EQ(frame->type_id, 7);
  EXPECT_EQ(frame->kind, FrameKind::message);
  EXPECT_TRUE(holds(*frame, payload));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(frame->payload()) % 16, 0U);
  ring.pop(frame);
  EXPECT_EQ(ring.front(), nullptr);
}

TEST(FrameRing, NothingIsVisibleBeforeTheCommit) {
  FrameRing ring{kCapacity};
  // At every place in the ring, its end and the padding there included
  for (int round = 0; round < 200; ++round) {
    FrameHeader* frame = ring.try_reserve(100);
    ASSERT_NE(frame, nullptr);
    std::memset(frame->payload(), 0xFF, 100);
    ASSERT_EQ(ring.front(), nullptr) << "round " << round;
    ring.commit(frame, FrameKind::message, 1, 1, 100);
    ASSERT_EQ(ring.front(), frame);
    ring.pop(frame);
  }
}

TEST(FrameRing, BytesOfOlderFramesAreNeverReadAsAFrame) {
  FrameRing ring{kCapacity};
  // Given a ring whose every byte has been part of a payload that looks like committed frames
  const std::vector<std::byte> noise(64, std::byte{0x10});
  for (int round = 0; round < 100; ++round) {
    ASSERT_TRUE(push(ring, noise));
    ring.pop(ring.front());
  }
  // When frames of other sizes pass over these bytes, then only they are seen
  for (std::size_t size = 0; size < ring.payload_bytes_max(); ++size) {
    ASSERT_EQ(ring.front(), nullptr) << "before size " << size;
    ASSERT_TRUE(push(ring, std::vector<std::byte>(size, std::byte{0x20})));
    FrameHeader* frame = ring.front();
    ASSERT_NE(frame, nullptr);
    ASSERT_EQ(frame->size.load(), FrameRing::frame_bytes(size));
    ring.pop(frame);
  }
}

TEST(FrameRing, FullSaysNullUntilTheConsumerGivesRoomBack) {
  FrameRing ring{kCapacity};
  const std::size_t count = fill(ring);
  // One header's worth stays free, so that the next header can be zero (I1, I2).
  EXPECT_EQ(count, kCapacity / 16 - 1);
  ring.pop(ring.front());
  EXPECT_EQ(ring.try_reserve(0), nullptr);  // Freed lazily.
  ring.publish_freed();
  EXPECT_NE(ring.try_reserve(0), nullptr);
}

TEST(FrameRing, AFrameIsNeverOverwrittenWhileTheConsumerHoldsIt) {
  Random random{2};
  for (int round = 0; round < 300; ++round) {
    FrameRing ring{kCapacity};
    // Given a consumer that is anywhere in the ring and holds the oldest of some frames
    for (std::uint64_t skip = random.below(100); skip > 0; --skip) {
      ASSERT_TRUE(push(ring, draw_bytes(random, random.below(100))));
      ring.pop(ring.front());
    }
    const auto held = draw_bytes(random, 1 + random.below(100));
    ASSERT_TRUE(push(ring, held));
    FrameHeader* frame = ring.front();
    ASSERT_NE(frame, nullptr);
    ring.publish_freed();  // All before it.
    // When the producer writes as much as it can
    while (push(ring, draw_bytes(random, random.below(100)))) {
    }
    // Then the held frame is as it was
    ASSERT_TRUE(holds(*frame, held)) << "round " << round;
    ASSERT_EQ(ring.front(), frame);
  }
}

TEST(FrameRing, RoomThatItPromisesIsThere) {
  Random random{3};
  for (int round = 0; round < 2000; ++round) {
    FrameRing ring{kCapacity};
    for (std::uint64_t step = random.below(60); step > 0; --step) {
      static_cast<void>(push(ring, draw_bytes(random, random.below(112))));
      if (random.below(3) != 0 && ring.front() != nullptr) ring.pop(ring.front());
    }
    const std::size_t payload = random.below(ring.payload_bytes_max() + 1);
    const std::size_t count = 1 + random.below(8);
    if (!ring.has_room(payload, count)) continue;
    for (std::size_t frame = 0; frame < count; ++frame) {
      ASSERT_TRUE(push(ring, std::vector<std::byte>(payload))) << "round " << round;
    }
  }
}

TEST(FrameRing, AnEmptyRingHasRoomForItsLargestFrame) {
  FrameRing ring{kCapacity};
  for (int round = 0; round < 100; ++round) {
    ASSERT_TRUE(ring.has_room(ring.payload_bytes_max(), 1)) << "round " << round;
    ASSERT_TRUE(push(ring, std::vector<std::byte>(ring.payload_bytes_max())));
    ring.pop(ring.front());
    ring.publish_freed();
  }
}

// Promises: D1, D2
TEST(FrameRing, AgreesWithAQueueUnderRandomSizesAndInterleavings) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Random random{seed};
    FrameRing ring{kCapacity << random.below(3)};
    std::deque<std::vector<std::byte>> model;
    for (int step = 0; step < 4000; ++step) {
      const std::uint64_t action = random.below(8);
      if (action < 4) {
        auto payload = draw_bytes(random, random.below(ring.payload_bytes_max() + 1));
        if (push(ring, payload)) model.push_back(std::move(payload));
      } else if (action < 7) {
        FrameHeader* frame = ring.front();
        ASSERT_EQ(frame == nullptr, model.empty()) << "seed " << seed << ", step " << step;
        if (frame == nullptr) continue;
        ASSERT_EQ(frame->size.load(), FrameRing::frame_bytes(model.front().size()));
        ASSERT_TRUE(holds(*frame, model.front())) << "seed " << seed << ", step " << step;
        ring.pop(frame);
        model.pop_front();
      } else {
        ring.publish_freed();
        ASSERT_EQ(ring.looks_empty(), model.empty());
      }
    }
  }
}

// A frame of the streaming test says its number and carries as many words as follow from it.
constexpr std::uint64_t kStreamed = 2'000'000;
std::size_t words_of(std::uint64_t number) { return 1 + number % 7; }

// Promises: D1, D2
TEST(FrameRing, CarriesTwoMillionFramesBetweenTwoThreadsUnharmed) {
  FrameRing ring{16 * 1024};
  const std::jthread producer{[&] {
    for (std::uint64_t number = 0; number < kStreamed;) {
      const std::size_t bytes = words_of(number) * sizeof(std::uint64_t);
      FrameHeader* frame = ring.try_reserve(bytes);
      if (frame == nullptr) continue;
      auto* word = static_cast<std::uint64_t*>(frame->payload());
      for (std::size_t index = 0; index < words_of(number); ++index) {
        word[index] = number * 0x9E3779B97F4A7C15U + index;
      }
      ring.commit(frame, FrameKind::message, 1, number, bytes);
      ++number;
    }
  }};
  std::uint64_t broken = 0;
  for (std::uint64_t number = 0; number < kStreamed;) {
    FrameHeader* frame = ring.front();
    if (frame == nullptr) {
      ring.publish_freed();
      continue;
    }
    const auto* word = static_cast<const std::uint64_t*>(frame->payload());
    bool whole = frame->destination == number &&
                 frame->size.load() == FrameRing::frame_bytes(words_of(number) * sizeof *word);
    for (std::size_t index = 0; whole && index < words_of(number); ++index) {
      whole = word[index] == number * 0x9E3779B97F4A7C15U + index;
    }
    broken += whole ? 0 : 1;
    ring.pop(frame);
    ++number;
  }
  EXPECT_EQ(broken, 0U);
}

TEST(FrameRingDeathTest, RefusesACapacityThatIsNoPowerOfTwoOrTooSmall) {
  EXPECT_DEATH(FrameRing{1000}, "power of two");
  EXPECT_DEATH(FrameRing{1536}, "power of two");
  EXPECT_DEATH(FrameRing{512}, "power of two");
}

}  // namespace
}  // namespace mycelium
