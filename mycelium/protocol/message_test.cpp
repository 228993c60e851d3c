#include "mycelium/protocol/message.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace venue {

struct Quote {
  std::int64_t bid;
  std::int64_t ask;
  std::string note;
};
MYCELIUM_MESSAGE(Quote, 11, "market.quote", bid, ask, note)

struct Heartbeat {};
MYCELIUM_MESSAGE(Heartbeat, 12, "market.heartbeat")

struct Undescribed {
  int value;
};

}  // namespace venue

namespace mycelium {
namespace {

struct ThrowingMove {
  ThrowingMove() = default;
  ThrowingMove(ThrowingMove&&) noexcept(false) {}
};
struct Unmovable {
  ThrowingMove part;
};
MYCELIUM_MESSAGE(Unmovable, 13, "test.unmovable", part)

struct Owner {
  std::shared_ptr<int> owned;
};
MYCELIUM_MESSAGE(Owner, 14, "test.owner", owned)

template <typename M>
std::vector<std::string> member_names() {
  std::vector<std::string> names;
  using Members = boost::describe::describe_members<M, boost::describe::mod_public>;
  boost::mp11::mp_for_each<Members>([&](auto member) { names.emplace_back(member.name); });
  return names;
}

TEST(Message, TraitsSayIdTopicAndName) {
  EXPECT_EQ(kTraits<venue::Quote>.id, 11);
  EXPECT_EQ(kTraits<venue::Quote>.topic, "market.quote");
  EXPECT_EQ(kTraits<venue::Quote>.name, "Quote");
}

TEST(Message, EveryFieldIsDescribedInOrderOfDeclaration) {
  EXPECT_EQ(member_names<venue::Quote>(), (std::vector<std::string>{"bid", "ask", "note"}));
}

TEST(Message, MayHaveNoFields) {
  static_assert(Message<venue::Heartbeat>);
  EXPECT_TRUE(member_names<venue::Heartbeat>().empty());
}

TEST(Message, IsADescribedTypeThatMovesWithoutThrowing) {
  static_assert(Message<venue::Quote>);
  static_assert(!Message<venue::Undescribed>);
  static_assert(!Message<int>);
  static_assert(!Message<Unmovable>);
}

TEST(Message, TheTableKnowsEveryTypeThatIsUsed) {
  const MessageType& type = message_type<venue::Quote>();
  EXPECT_EQ(find_message_type(11), &type);
  EXPECT_EQ(type.size_bytes, sizeof(venue::Quote));
  EXPECT_EQ(type.alignment, alignof(venue::Quote));
  EXPECT_EQ(type.name, "Quote");
  EXPECT_EQ(type.topic, "market.quote");
  EXPECT_EQ(find_message_type(9999), nullptr);
}

TEST(Message, MovesAndEndsALifeWithoutKnowingTheType) {
  // Given a message in raw memory that owns something
  alignas(Owner) std::byte from[sizeof(Owner)];
  alignas(Owner) std::byte to[sizeof(Owner)];
  const auto owned = std::make_shared<int>(5);
  std::construct_at(reinterpret_cast<Owner*>(from), Owner{owned});
  const MessageType& type = message_type<Owner>();
  // When it is moved and the source destroyed
  type.move_to(to, from);
  type.destroy(from);
  // Then the destination owns it alone, until it is destroyed in turn
  EXPECT_EQ(reinterpret_cast<Owner*>(to)->owned, owned);
  EXPECT_EQ(owned.use_count(), 2);
  type.destroy(to);
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(Message, AListKnowsItsTypesExactly) {
  using List = Messages<venue::Quote, Owner>;
  static_assert(List::kCount == 2);
  static_assert(List::kContains<Owner>);
  static_assert(!List::kContains<venue::Heartbeat>);
}

TEST(MessageDeathTest, TwoTypesOfOneIdEndTheProcessWithBothNames) {
  const auto register_twice = [] {
    static constexpr MessageType kImpostor{11, 8, 8, "Impostor", "elsewhere", nullptr, nullptr};
    static_cast<void>(message_type<venue::Quote>());
    detail::register_message_type(kImpostor);
  };
  EXPECT_DEATH(register_twice(), "message id 11 is taken twice, by Quote and by Impostor");
}

TEST(MessageDeathTest, TwoTypesOfOneIdAreToldApartByTheirTopicToo) {
  const auto register_namesake = [] {
    // Another namespace's `Quote`, of the same size by chance.
    static constexpr MessageType kNamesake{
        11, sizeof(venue::Quote), alignof(venue::Quote), "Quote", "other", nullptr, nullptr};
    static_cast<void>(message_type<venue::Quote>());
    detail::register_message_type(kNamesake);
  };
  EXPECT_DEATH(register_namesake(), "message id 11 is taken twice");
}

}  // namespace
}  // namespace mycelium
