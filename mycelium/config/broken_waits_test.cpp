// Actors of a topology that would wait for each other, with the lines that its author gets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "mycelium/config/broken_topology_test.hpp"
#include "mycelium/config/toml_loader.hpp"

namespace mycelium {
namespace {

using testing::ElementsAre;

/// A topology of actors, each with what it waits for: the list of the n-th stands on line 4n + 3.
std::string waiting(std::initializer_list<std::pair<std::string_view, std::string_view>> actors) {
  std::string text = "[[bundles]]\nname = \"b\"\nactors = [\"*\"]\n";
  for (const auto& [name, waits_for] : actors) {
    text += "[[actors]]\nname = \"" + std::string{name} + "\"\ntype = \"t\"\n";
    text += waits_for.empty() ? "worker = 0\n" : "waits_for = " + std::string{waits_for} + "\n";
  }
  return text;
}

class BrokenWaits : public testing::TestWithParam<Broken> {};

// Promises: D11
TEST_P(BrokenWaits, AreReportedInExactlyTheseLines) {
  const auto topology = parse_topology(GetParam().text, "t");
  ASSERT_FALSE(topology.has_value());
  EXPECT_EQ(format(topology.error(), "t"), GetParam().lines);
}

const Broken kCircles[] = {
    {"OfTwo", waiting({{"a", "['b']"}, {"b", "['a']"}}),
     "t:11:14: actors.waits_for: these would wait for each other in a circle: \"a\" -> \"b\" -> "
     "\"a\"; one of them must not wait\n"},
    {"BehindOneThatIsNoPartOfIt",
     waiting({{"gate", "['a']"}, {"a", "['b']"}, {"b", "['c']"}, {"c", "['a']"}}),
     "t:19:14: actors.waits_for: these would wait for each other in a circle: \"a\" -> \"b\" -> "
     "\"c\" -> \"a\"; one of them must not wait\n"},
    {"OfOne", waiting({{"a", "['a']"}}), "t:7:14: actors.waits_for: \"a\" would wait for itself\n"},
    {"ByAPattern", waiting({{"hub", "['leg.*']"}, {"leg.1", ""}, {"leg.2", "['hub']"}}),
     "t:15:14: actors.waits_for: these would wait for each other in a circle: \"hub\" -> \"leg.2\" "
     "-> \"hub\"; one of them must not wait\n"},
    {"Two", waiting({{"a", "['b']"}, {"b", "['a']"}, {"c", "['d']"}, {"d", "['c']"}}),
     "t:11:14: actors.waits_for: these would wait for each other in a circle: \"a\" -> \"b\" -> "
     "\"a\"; one of them must not wait\n"
     "t:19:14: actors.waits_for: these would wait for each other in a circle: \"c\" -> \"d\" -> "
     "\"c\"; one of them must not wait\n"},
};
INSTANTIATE_TEST_SUITE_P(Circles, BrokenWaits, testing::ValuesIn(kCircles), claim_of);

const Broken kNames[] = {
    {"Unknown", waiting({{"alpha", "['alpah']"}}),
     "t:7:14: actors.waits_for: no actor is named \"alpah\"; did you mean \"alpha\"?\n"},
    {"Twice", waiting({{"a", "['b', 'b']"}, {"b", ""}}),
     "t:7:19: actors.waits_for: \"b\" is listed twice\n"},
    {"NoName", waiting({{"a", "[1]"}}),
     "t:7:14: actors.waits_for: expected an actor's name, or a prefix and a star at its end, got "
     "the integer 1\n"},
    {"Nobody", waiting({{"a", "[]"}}),
     "t:7:13: actors.waits_for: expected at least one actor, got none\n"},
};
INSTANTIATE_TEST_SUITE_P(Names, BrokenWaits, testing::ValuesIn(kNames), claim_of);

TEST(Waits, OfALongChainAreNoCircle) {
  constexpr int kActors = 20'000;
  std::string text = "[[bundles]]\nname = \"b\"\nactors = [\"*\"]\n";
  for (int actor = 0; actor < kActors; ++actor) {
    text += "[[actors]]\nname = \"a" + std::to_string(actor) + "\"\ntype = \"t\"\n";
    if (actor + 1 < kActors) text += "waits_for = ['a" + std::to_string(actor + 1) + "']\n";
  }
  EXPECT_TRUE(parse_topology(text, "t").has_value());
}

TEST(Waits, OfAPatternAreForAllThatMatchButTheActorItself) {
  const auto topology = parse_topology(
      waiting({{"leg.1", ""}, {"leg.2", "['leg.*', 'end']"}, {"leg.3", ""}, {"end", ""}}), "t");
  ASSERT_TRUE(topology.has_value());
  EXPECT_THAT(topology->actors[1].waits_for, ElementsAre("leg.1", "leg.3", "end"));
}

}  // namespace
}  // namespace mycelium
