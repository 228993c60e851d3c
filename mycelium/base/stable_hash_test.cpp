#include "mycelium/base/stable_hash.hpp"

#include <gtest/gtest.h>

namespace mycelium {
namespace {

// Promises: R1
TEST(StableHash, OfTextIsThePublishedFnv1a) {
  EXPECT_EQ(stable_hash(""), 0xcbf29ce484222325U);
  EXPECT_EQ(stable_hash("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(stable_hash("foobar"), 0x85944171f73967e8U);
}

// Promises: R1
TEST(StableHash, OfNumbersIsThePublishedSplitmix64) {
  EXPECT_EQ(mix_bits(0), 0xe220a8397b1dcdafU);
  EXPECT_EQ(mix_bits(0x9E3779B97F4A7C15U), 0x6e789e6aa1b965f4U);
}

}  // namespace
}  // namespace mycelium
