#include "mycelium/bus/lane_copy.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace mycelium {
namespace {

template <std::size_t kBytes>
struct Bytes {
  std::array<std::uint8_t, kBytes> bytes{};
};

template <std::size_t kBytes>
void expect_exact_copy() {
  constexpr std::uint8_t kBehind = 0xEE;
  Bytes<kBytes> original;
  for (std::size_t index = 0; index < kBytes; ++index)
    original.bytes.at(index) = static_cast<std::uint8_t>(index + 1);
  alignas(16) std::array<std::byte, kBytes + 1> place{};
  place.back() = std::byte{kBehind};
  construct_in_lane(place.data(), original);
  EXPECT_EQ(std::memcmp(place.data(), original.bytes.data(), kBytes), 0) << kBytes << " bytes";
  EXPECT_EQ(place.back(), std::byte{kBehind}) << kBytes << " bytes";
}

// Promises: D2
TEST(LaneCopy, CopiesEveryByteOfAnySizeAndNoneBehindIt) {
  expect_exact_copy<1>();
  expect_exact_copy<15>();
  expect_exact_copy<16>();
  expect_exact_copy<17>();
  expect_exact_copy<23>();
  expect_exact_copy<64>();
  expect_exact_copy<100>();
  expect_exact_copy<kWordCopyBytesMax>();
  expect_exact_copy<kWordCopyBytesMax + 9>();
}

TEST(LaneCopy, MovesWhatOwnsMemory) {
  alignas(16) std::array<std::byte, sizeof(std::string)> place{};
  std::string text(100, 'x');
  construct_in_lane(place.data(), std::move(text));
  auto* const moved = reinterpret_cast<std::string*>(place.data());
  EXPECT_EQ(*moved, std::string(100, 'x'));
  EXPECT_TRUE(text.empty());
  std::destroy_at(moved);
}

}  // namespace
}  // namespace mycelium
