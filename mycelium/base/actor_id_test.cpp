#include "mycelium/base/actor_id.hpp"

#include <gtest/gtest.h>

namespace mycelium {
namespace {

TEST(ActorId, KeepsSlotAndGenerationApart) {
  for (const std::uint32_t slot : {0U, 1U, 77U, ActorId::kSlotsMax - 1}) {
    for (const std::uint32_t generation : {1U, 2U, ActorId::kGenerationMax}) {
      const ActorId id{slot, generation};
      EXPECT_EQ(id.slot(), slot);
      EXPECT_EQ(id.generation(), generation);
      EXPECT_EQ(ActorId::from_value(id.value()), id);
    }
  }
}

TEST(ActorId, PacksGenerationLowestThenSlotThenTheNodesBits) {
  EXPECT_EQ((ActorId{3, 5}.value()), (std::uint64_t{3} << 20) | 5);
  // The node's bits (process and incarnation) lie above and do not leak into slot and generation.
  const ActorId elsewhere =
      ActorId::from_value((std::uint64_t{0x3FFFFF} << 42) | ActorId{3, 5}.value());
  EXPECT_EQ(elsewhere.slot(), 3U);
  EXPECT_EQ(elsewhere.generation(), 5U);
  EXPECT_NE(elsewhere, (ActorId{3, 5}));
}

TEST(ActorId, ADefaultIdIsNobody) {
  EXPECT_EQ(ActorId{}.value(), 0U);
  EXPECT_NE(ActorId{}, (ActorId{0, 1}));
}

}  // namespace
}  // namespace mycelium
