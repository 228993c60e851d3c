#include <gtest/gtest.h>

#include <string>

#include "mycelium/protocol/fixed_string.hpp"
#include "mycelium/protocol/fixed_vector.hpp"

namespace mycelium {
namespace {

TEST(FixedString, HoldsUpToItsBytesAndSaysWhatDoesNotFit) {
  FixedString<5> text{"abc"};
  EXPECT_EQ(text.view(), "abc");
  EXPECT_TRUE(text.assign("12345"));
  EXPECT_EQ(text.size(), 5U);
  EXPECT_FALSE(text.assign("123456"));
  EXPECT_EQ(text, FixedString<5>{"12345"});
  text.clear();
  EXPECT_TRUE(text.empty());
  static_assert(sizeof(FixedString<15>) == 16 && sizeof(FixedString<300>) == 302);
}

TEST(FixedString, ComparesAsATextAndLeavesNothingBehind) {
  FixedString<5> left{"abcde"};
  ASSERT_TRUE(left.assign("ab"));
  EXPECT_EQ(left, FixedString<5>{"ab"});
  EXPECT_EQ(std::string(left.view().data(), 5), std::string("ab\0\0\0", 5));
  EXPECT_LT(left, FixedString<5>{"b"});
}

TEST(FixedStringDeathTest, ATextThatIsTooLongIsACallersBug) {
  const std::string text = "123456";
  EXPECT_DEATH(FixedString<5>{std::string_view{text}}, "longer than the FixedString");
}

TEST(FixedVector, HoldsUpToItsItemsAndSaysWhenItIsFull) {
  FixedVector<int, 2> items;
  EXPECT_TRUE(items.try_push_back(1) && items.try_push_back(2));
  EXPECT_FALSE(items.try_push_back(3));
  EXPECT_EQ(items, (FixedVector<int, 2>{1, 2}));
  items.pop_back();
  EXPECT_NE(items, (FixedVector<int, 2>{1, 2}));
  EXPECT_TRUE(items.try_resize(2));
  EXPECT_EQ(items[1], 0);
  EXPECT_FALSE(items.try_resize(3));
  items.clear();
  EXPECT_TRUE(items.empty() && items.begin() == items.end());
}

TEST(FixedVector, ItsElementsLieBehindTheCountAtTheirAlignment) {
  static_assert(FixedVector<char, 3>::kItemsOffset == 4 && sizeof(FixedVector<char, 3>) == 8);
  static_assert(FixedVector<double, 3>::kItemsOffset == 8 && sizeof(FixedVector<double, 3>) == 32);
  const FixedVector<double, 3> items;
  EXPECT_EQ(reinterpret_cast<const char*>(items.data()) - reinterpret_cast<const char*>(&items), 8);
}

TEST(FixedVectorDeathTest, MoreItemsThanItHoldsAreACallersBug) {
  EXPECT_DEATH((FixedVector<int, 2>{1, 2, 3}), "more items than the FixedVector holds");
}

}  // namespace
}  // namespace mycelium
