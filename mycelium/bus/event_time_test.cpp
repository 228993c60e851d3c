#include "mycelium/bus/event_time.hpp"

#include <gtest/gtest.h>

namespace mycelium {
namespace {

// Promises: T3
TEST(EventTime, TheTimeDecidesThenTheSourceThenTheSequence) {
  EXPECT_LT((EventTime{1, 9, 9}), (EventTime{2, 0, 0}));
  EXPECT_LT((EventTime{2, 0, 9}), (EventTime{2, 1, 0}));
  EXPECT_LT((EventTime{2, 1, 0}), (EventTime{2, 1, 1}));
  EXPECT_EQ((EventTime{2, 1, 1}), (EventTime{2, 1, 1}));
  EXPECT_LT((EventTime{-5, 0, 0}), (EventTime{0, 0, 0}));
}

// Promises: T3
TEST(EventTime, TheEndOfATimeLiesBetweenItAndTheNext) {
  EXPECT_LT((EventTime{7, 1000, 1'000'000}), EventTime::end_of(7));
  EXPECT_LT(EventTime::end_of(7), (EventTime{8, 0, 0}));
  EXPECT_LT(EventTime::beginning(), (EventTime{-1'000'000, 0, 0}));
  EXPECT_LT(EventTime::end_of(1'000'000), EventTime::end());
}

}  // namespace
}  // namespace mycelium
