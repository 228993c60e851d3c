#include "mycelium/bus/conflation_table.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <functional>
#include <unordered_map>

#include "mycelium/base/random.hpp"

namespace mycelium {

struct Envelope;

namespace {

using Table = ConflationTable<Envelope*>;

// The table never looks into an envelope, so a number can stand for one.
Envelope* envelope(std::uint64_t number) { return reinterpret_cast<Envelope*>(number * 128); }

struct HashOfKey {
  std::size_t operator()(const ConflationKey& key) const {
    return std::hash<std::uint64_t>{}(key.user_key * 31 + key.type_id);
  }
};

TEST(ConflationTable, FindsWhatWasInsertedUntilItIsErased) {
  Table table{4};
  EXPECT_EQ(table.find({1, 7}), nullptr);
  table.insert({1, 7}, envelope(1));
  EXPECT_EQ(table.find({1, 7}), envelope(1));
  EXPECT_TRUE(table.erase({1, 7}));
  EXPECT_EQ(table.find({1, 7}), nullptr);
  EXPECT_FALSE(table.erase({1, 7}));
  EXPECT_TRUE(table.empty());
}

TEST(ConflationTable, TellsEqualKeysOfTwoTypesApart) {
  Table table{4};
  table.insert({1, 7}, envelope(1));
  table.insert({2, 7}, envelope(2));
  table.insert({2, 0}, envelope(3));
  table.insert({0, 0}, envelope(4));
  EXPECT_EQ(table.find({1, 7}), envelope(1));
  EXPECT_EQ(table.find({2, 7}), envelope(2));
  EXPECT_TRUE(table.erase({1, 7}));
  EXPECT_EQ(table.find({2, 7}), envelope(2));
  EXPECT_EQ(table.find({2, 0}), envelope(3));
  EXPECT_EQ(table.find({0, 0}), envelope(4));
}

TEST(ConflationTable, HasRoomForTheMailboxCapacityWithoutGrowing) {
  for (const std::size_t capacity : {1U, 2U, 3U, 64U, 1000U, 1024U}) {
    Table table{capacity};
    const std::size_t slots = table.slot_count();
    EXPECT_EQ(slots, std::bit_ceil(capacity) * 2);
    for (std::uint64_t key = 0; key < capacity; ++key) table.insert({1, key}, envelope(key + 1));
    EXPECT_EQ(table.slot_count(), slots);
    EXPECT_EQ(table.size(), capacity);
  }
}

TEST(ConflationTable, GrowsWhenMoreThanItsHalfWouldBeInUse) {
  Table table{8};
  for (std::uint64_t key = 0; key < 8; ++key) table.insert({1, key}, envelope(key + 1));
  EXPECT_EQ(table.slot_count(), 16U);
  table.insert({1, 8}, envelope(9));
  EXPECT_EQ(table.slot_count(), 32U);
  for (std::uint64_t key = 0; key <= 8; ++key) {
    EXPECT_EQ(table.find({1, key}), envelope(key + 1));
    EXPECT_TRUE(table.erase({1, key}));
  }
  EXPECT_EQ(table.slot_count(), 32U) << "it never shrinks";
}

// Instruments, multiples of a power of two, and addresses are keys as users choose them.
TEST(ConflationTable, SpreadsRegularKeys) {
  for (const unsigned shift : {0U, 6U, 20U, 48U}) {
    Table table{1U << 12};
    std::uint64_t number = 0;
    for (std::uint64_t key = 0; key < 1024; ++key) {
      for (std::uint16_t type = 1; type <= 4; ++type)
        table.insert({type, key << shift}, envelope(++number));
    }
    EXPECT_LE(table.longest_probe(), 64U) << "keys shifted by " << shift;
  }
}

void agree_under_random_use(std::uint64_t seed, std::uint64_t keys, std::size_t capacity,
                            std::size_t slots_max) {
  SCOPED_TRACE(testing::Message() << "seed " << seed << ", keys " << keys);
  Random random{seed};
  Table table{capacity};
  std::unordered_map<ConflationKey, Envelope*, HashOfKey> model;
  for (std::uint64_t operation = 1; operation <= 1'000'000; ++operation) {
    const ConflationKey key{static_cast<std::uint16_t>(random.below(3)), random.below(keys)};
    const auto found = model.find(key);
    ASSERT_EQ(table.find(key), found == model.end() ? nullptr : found->second);
    if (found != model.end()) {
      ASSERT_TRUE(table.erase(key));
      model.erase(found);
    } else if (random.below(4) == 0) {
      ASSERT_FALSE(table.erase(key));
    } else {
      table.insert(key, envelope(operation));
      model.emplace(key, envelope(operation));
    }
    ASSERT_EQ(table.size(), model.size());
  }
  EXPECT_LE(table.slot_count(), slots_max);
  // Nothing else was moved or lost on the way.
  for (const auto& [key, held] : model) {
    ASSERT_EQ(table.find(key), held);
    ASSERT_TRUE(table.erase(key));
  }
  EXPECT_TRUE(table.empty());
}

TEST(ConflationTable, AgreesWithAMapOfFewKeys) {
  // 3 types of 5 keys in 32 slots: every chain wraps around the end at some time.
  agree_under_random_use(1, 5, 16, 32);
  agree_under_random_use(2, 1, 3, 8);
}

TEST(ConflationTable, AgreesWithAMapOfManyKeys) {
  agree_under_random_use(3, 50'000, 1U << 17, 1U << 18);
}

TEST(ConflationTable, AgreesWithAMapWhileItGrows) {
  agree_under_random_use(4, 50'000, 1, 1U << 18);
}

}  // namespace
}  // namespace mycelium
