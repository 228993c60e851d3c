#include "providers/feed_frame.hpp"

#include <gtest/gtest.h>

namespace providers {
namespace {

TEST(FeedFrame, WhatIsWrittenIsReadAgain) {
  const FeedFrame frame{FrameKind::update, 17, 1'723'161'255'000'000'000, R"({"a": 1})"};
  const std::string text = text_of_frame(frame);
  EXPECT_EQ(text, R"(F 17 1723161255000000000 {"a": 1})");
  const auto read = read_frame(text);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->kind, frame.kind);
  EXPECT_EQ(read->sequence, frame.sequence);
  EXPECT_EQ(read->time_ns, frame.time_ns);
  EXPECT_EQ(read->json, frame.json);
  EXPECT_EQ(read_frame("E 17 5")->kind, FrameKind::end);
  EXPECT_EQ(read_frame("S 0 5 {}")->kind, FrameKind::snapshot);
}

TEST(FeedFrame, WhatIsNoneIsRefusedWithWhatIsMissing) {
  for (const char* text : {"", "F", "X 1 2 {}", "F1 2 {}", "F  1 2 {}", "F a 2 {}", "F 1 {}",
                           "F 1 x {}", "F 1 2", "F 1", "F 1 2{}", "E 1 2 {}", "F -1 2 {}"}) {
    const auto read = read_frame(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().code, "bad_frame") << text;
  }
}

}  // namespace
}  // namespace providers
