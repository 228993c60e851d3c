#include "providers/sequence_check.hpp"

#include <gtest/gtest.h>

namespace providers {
namespace {

MarketData data(DataKind kind, std::uint64_t sequence) { return {0, kind, sequence, 0}; }

TEST(SequenceCheck, ADayWithoutAGapHasNone) {
  SequenceCheck check;
  check.take(data(DataKind::snapshot, 0));
  for (std::uint64_t sequence = 1; sequence <= 5; ++sequence)
    check.take(data(DataKind::depth, sequence));
  EXPECT_FALSE(check.total().has_value());
  check.take(data(DataKind::end, 5));
  EXPECT_EQ(check.received(), 5U);
  EXPECT_EQ(check.gaps(), 0U);
  EXPECT_EQ(check.missed(), 0U);
  EXPECT_EQ(check.repeated(), 0U);
  EXPECT_EQ(check.total(), 5U);
}

TEST(SequenceCheck, EveryFrameThatIsMissingIsCountedOnceWhereverItIsNoticed) {
  SequenceCheck check;
  check.take(data(DataKind::trade, 3));     // Counting begins here.
  check.take(data(DataKind::trade, 6));     // 4 and 5.
  check.take(data(DataKind::snapshot, 9));  // 7, 8 and 9.
  check.take(data(DataKind::snapshot, 9));  // Nothing.
  check.take(data(DataKind::ticker, 10));
  check.take(data(DataKind::end, 12));  // 11 and 12.
  EXPECT_EQ(check.received(), 3U);
  EXPECT_EQ(check.gaps(), 3U);
  EXPECT_EQ(check.missed(), 7U);
  EXPECT_EQ(check.total(), 12U);
}

TEST(SequenceCheck, FramesThatComeAgainAreNoNews) {
  SequenceCheck check;
  for (const std::uint64_t sequence : {1, 2, 2, 1, 3}) check.take(data(DataKind::depth, sequence));
  EXPECT_EQ(check.received(), 3U);
  EXPECT_EQ(check.repeated(), 2U);
  EXPECT_EQ(check.gaps(), 0U);
}

}  // namespace
}  // namespace providers
