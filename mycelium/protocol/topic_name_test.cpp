#include "mycelium/protocol/topic_name.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mycelium {
namespace {

using Kind = TopicName::Kind;

// Promises: R2
TEST(TopicName, MakesTheThreeKinds) {
  EXPECT_EQ(TopicName::broadcast("market.quotes")->text(), "market.quotes");
  EXPECT_EQ(TopicName::mailbox(ActorId{1, 1}).text(), "actor.0000000000100001");
  EXPECT_EQ(TopicName::mailbox(ActorId::from_value(0xFEDCBA9876543210U)).text(),
            "actor.fedcba9876543210");
  EXPECT_EQ(TopicName::partition("quoters", 0)->text(), "quoters.0");
  EXPECT_EQ(TopicName::partition("risk.checks", 4294967295U)->text(), "risk.checks.4294967295");
}

// Promises: R2
TEST(TopicName, ReadsBackWhatItHasMade) {
  const std::vector<TopicName> names{TopicName::broadcast("market.quotes").value(),
                                     TopicName::broadcast("A-1_b").value(),
                                     TopicName::broadcast("7").value(),
                                     TopicName::broadcast("actors.all").value(),
                                     TopicName::mailbox(ActorId{3, 9}),
                                     TopicName::partition("quoters", 17).value()};
  for (const TopicName& name : names) {
    const Result<TopicName> read = TopicName::parse(name.text());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, name);
    EXPECT_EQ(read->kind(), name.kind());
    EXPECT_EQ(read->actor(), name.actor());
    EXPECT_EQ(read->base(), name.base());
    EXPECT_EQ(read->number(), name.number());
  }
  EXPECT_EQ(names[0].kind(), Kind::broadcast);
  EXPECT_EQ(names[4].kind(), Kind::mailbox);
  EXPECT_EQ(names[4].actor(), (ActorId{3, 9}));
  EXPECT_EQ(names[5].kind(), Kind::partition);
  EXPECT_EQ(names[5].base(), "quoters");
  EXPECT_EQ(names[5].number(), 17U);
}

// Promises: R2
TEST(TopicName, RefusesWrongNamesWithASentence) {
  struct Wrong {
    std::string text;
    std::string part;
  };
  const std::string long_name(256, 'x');
  for (const Wrong& wrong :
       std::vector<Wrong>{{"", "it is empty"},
                          {long_name, "it has 256 characters, at most 255"},
                          {".quotes", "is empty"},
                          {"quotes.", "is empty"},
                          {"market..quotes", "is empty"},
                          {"market.*", "'*' is not among"},
                          {"market quotes", "' ' is not among"},
                          {"market\n", "'\\x0a' is not among"},
                          {"actor", "16 hexadecimal digits"},
                          {"actor.12", "16 hexadecimal digits"},
                          {"actor.000000000010000A", "16 hexadecimal digits"},
                          {"actor.0000000000000000", "16 hexadecimal digits"},
                          {"actor.0000000000100001.x", "16 hexadecimal digits"},
                          {"quoters.01", "without leading zeros"},
                          {"quoters.4294967296", "0 to 4294967295"},
                          {"quoters.1.2", "a number behind the last dot"}}) {
    const Result<TopicName> read = TopicName::parse(wrong.text);
    ASSERT_FALSE(read) << wrong.text;
    EXPECT_EQ(read.error().code, "bad_name");
    EXPECT_NE(read.error().message.find(wrong.part), std::string::npos) << read.error().message;
  }
}

// Promises: R2
TEST(TopicName, NoNameIsOfTwoKinds) {
  EXPECT_FALSE(TopicName::broadcast("quoters.3"));
  EXPECT_FALSE(TopicName::broadcast("actor.0000000000100001"));
  EXPECT_FALSE(TopicName::broadcast("actor.quotes"));
  EXPECT_FALSE(TopicName::partition("actor", 3));
  EXPECT_FALSE(TopicName::partition("quoters.3", 3));
  EXPECT_FALSE(TopicName::partition(std::string(254, 'x'), 3));
}

}  // namespace
}  // namespace mycelium
