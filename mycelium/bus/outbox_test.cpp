#include "mycelium/bus/outbox.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "mycelium/testing/capture.hpp"

namespace mycelium {
namespace {

struct Left {
  int number;
};
MYCELIUM_MESSAGE(Left, 41, "test.left", number)
struct Right {
  int number;
};
MYCELIUM_MESSAGE(Right, 42, "test.right", number)

template <typename M>
std::vector<int> numbers(const testing::Capture<M>& capture) {
  std::vector<int> all;
  for (const M& message : capture.messages()) all.push_back(message.number);
  return all;
}

// Promises: D7
TEST(Outbox, KeepsOneOrderOverAllTopicsWhileOneHasNoRoom) {
  // Given two topics, one of them without room
  auto left = testing::capture<Left>();
  auto right = testing::capture<Right>();
  Outbox outbox;
  left.refuse();
  // When messages for both are published
  outbox.publish(left.publisher(), Left{1});
  outbox.publish(right.publisher(), Right{2});
  outbox.publish(left.publisher(), Left{3});
  // Then nothing overtakes the one that waits
  EXPECT_EQ(outbox.waiting(), 3U);
  EXPECT_TRUE(right.messages().empty());
  EXPECT_FALSE(outbox.flush());
  // And once there is room, everything comes, in order, once
  left.refuse(false);
  EXPECT_TRUE(outbox.flush());
  outbox.publish(left.publisher(), Left{4});
  EXPECT_EQ(numbers(left), (std::vector{1, 3, 4}));
  EXPECT_EQ(numbers(right), (std::vector{2}));
  EXPECT_EQ(outbox.high_water(), 3U);
  EXPECT_EQ(outbox.waiting(), 0U);
}

TEST(Outbox, AFlushGoesAsFarAsThereIsRoom) {
  auto left = testing::capture<Left>();
  auto right = testing::capture<Right>();
  Outbox outbox;
  left.refuse();
  right.refuse();
  outbox.publish(left.publisher(), Left{1});
  outbox.publish(right.publisher(), Right{2});
  outbox.publish(left.publisher(), Left{3});
  left.refuse(false);
  EXPECT_FALSE(outbox.flush());
  EXPECT_EQ(numbers(left), (std::vector{1}));
  EXPECT_EQ(outbox.waiting(), 2U);
}

// Promises: T3
TEST(Outbox, KeepsNoMoreThanItsCapacity) {
  auto left = testing::capture<Left>();
  Outbox outbox{/*capacity=*/2};
  left.refuse();
  outbox.publish(left.publisher(), Left{1});
  outbox.publish(left.publisher(), Left{2});
  EXPECT_THROW(outbox.publish(left.publisher(), Left{3}), std::length_error);
  left.refuse(false);
  EXPECT_TRUE(outbox.flush());
  outbox.publish(left.publisher(), Left{4});
  EXPECT_EQ(numbers(left), (std::vector{1, 2, 4}));
}

}  // namespace
}  // namespace mycelium
