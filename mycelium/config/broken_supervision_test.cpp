// Every way in which the supervisors of a topology can be wrong, with the lines that its author
// gets.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "mycelium/config/broken_topology_test.hpp"
#include "mycelium/config/toml_loader.hpp"

namespace mycelium {
namespace {

std::string supervisor(std::string_view name, std::string_view children) {
  return "[[supervisors]]\nname = \"" + std::string{name} +
         "\"\nchildren = " + std::string{children} + "\n";
}

/// The two actors of `with`, with a supervisor before them that has these children.
std::string under(std::string_view children) { return supervisor("top", children) + with("", ""); }

/// The same with all of them as children, and lines added to the supervisor and the first actor.
std::string supervised(std::string_view top, std::string_view actor) {
  return supervisor("top", "[\"*\"]") + std::string{top} + "\n" + with("", actor);
}

class BrokenSupervision : public testing::TestWithParam<Broken> {};

TEST_P(BrokenSupervision, IsReportedInExactlyTheseLines) {
  const auto topology = parse_topology(GetParam().text, "t");
  ASSERT_FALSE(topology.has_value());
  EXPECT_EQ(format(topology.error(), "t"), GetParam().lines);
}

TEST(BrokenSupervisionTable, IsBuiltFromAValidTopology) {
  EXPECT_TRUE(parse_topology(supervised("", ""), "t").has_value());
  EXPECT_TRUE(parse_topology(under("[\"feed.spot\"]"), "t").has_value());
}

const Broken kChildTerms[] = {
    {"UnknownBackoffKey", with("", "restart = { backoff = { mini = \"1s\" } }"),
     "t:8:25: actors.restart.backoff.mini: unknown key, expected one of min, max, factor, jitter, "
     "reset_after, first_at_once; did you mean \"min\"?\n"},
    {"BackoffThatIsNoTable", with("", "restart = { backoff = true }"),
     "t:8:23: actors.restart.backoff: expected a table, got true\n"},
    {"BackoffOutOfRange",
     with("",
          "restart = { backoff = { min = \"0s\", factor = 0.5, jitter = 2, first_at_once = 1 } }"),
     "t:8:31: actors.restart.backoff.min: expected a duration greater than zero, got \"0s\"\n"
     "t:8:46: actors.restart.backoff.factor: expected a number of 1 or more, got the number 0.5\n"
     "t:8:60: actors.restart.backoff.jitter: expected a number from 0 to 1, got the integer 2\n"
     "t:8:79: actors.restart.backoff.first_at_once: expected true or false, got the integer 1\n"},
    {"BackoffThatIsNoNumber",
     with("", "restart = { backoff = { factor = inf, jitter = nan, reset_after = \"1 s\" } }"),
     "t:8:34: actors.restart.backoff.factor: expected a number of 1 or more, got the number inf\n"
     "t:8:48: actors.restart.backoff.jitter: expected a number from 0 to 1, got the number nan\n"
     "t:8:67: actors.restart.backoff.reset_after: expected a duration such as \"50ms\", \"1.5s\" "
     "or \"2h\" (units ns, us, ms, s, m, h), got \"1 s\"\n"},
    {"RedeliveriesOutOfRange", with("", "restart = { redeliver = 1001 }"),
     "t:8:25: actors.restart.redeliver: expected an integer from 0 to 1000, got 1001\n"},
    {"LongestDelayBelowTheShortest",
     with("", "restart = { backoff = { min = \"10s\", max = \"1500ms\" } }"),
     "t:8:44: actors.restart.backoff.max: expected a duration of \"min\" or more, which is 10s, "
     "got "
     "1500ms\n"},
    {"LongestDelayBelowTheUsualShortest", with("", "restart = { backoff = { max = \"1ms\" } }"),
     "t:8:31: actors.restart.backoff.max: expected a duration of \"min\" or more, which is 10ms "
     "when it is not given, got 1ms\n"},
    {"ShortestDelayAboveTheUsualLongest", with("", "restart = { backoff = { min = \"6s\" } }"),
     "t:8:31: actors.restart.backoff.min: expected a duration of \"max\" or less, which is 5s when "
     "it is not given, got 6s\n"},
    {"ShutdownOfNoKind", with("", "shutdown = \"unlimted\"\nsignificant = \"yes\""),
     "t:8:12: actors.shutdown: expected \"kill\", \"unlimited\" or a duration such as \"5s\", got "
     "\"unlimted\"; did you mean \"unlimited\"?\n"
     "t:9:15: actors.significant: expected true or false, got \"yes\"\n"},
    {"ShutdownOfNoTime", supervised("shutdown = 5", "shutdown = \"0s\""),
     "t:4:12: supervisors.shutdown: expected \"kill\", \"unlimited\" or a duration such as \"5s\", "
     "got the integer 5\n"
     "t:12:12: actors.shutdown: expected \"kill\", \"unlimited\" or a duration such as \"5s\", got "
     "\"0s\"\n"},
    {"SignificantButPermanent",
     supervised("auto_shutdown = \"any_significant\"", "significant = true"),
     "t:12:15: actors.significant: a permanent child does not end, so it cannot be significant; "
     "make the type of its restart \"transient\" or \"temporary\"\n"},
    {"SignificantForNothing",
     supervised("", "significant = true\nrestart = { type = \"transient\" }"),
     "t:12:15: actors.significant: nothing follows from its end, because the auto_shutdown of "
     "supervisor \"top\" is \"never\" (line 1)\n"},
    {"LimitsWhereAllAreCountedTogether",
     supervised("strategy = \"one_for_all\"", "restart = { period = \"1s\", max_restarts = 1 }"),
     "t:12:43: actors.restart: supervisor \"top\" counts the failures of all its children together "
     "(line 1); set its intensity instead, or its counting to \"per_child\"\n"},
    {"IntensityWhereEachCountsForItself", supervised("intensity = { max_restarts = 1 }", ""),
     "t:4:13: supervisors.intensity: here each child's failures are counted by the limits of its "
     "own restart; set counting to \"per_supervisor\", or leave the intensity out\n"},
};
INSTANTIATE_TEST_SUITE_P(ChildTerms, BrokenSupervision, testing::ValuesIn(kChildTerms), claim_of);

const Broken kSupervisors[] = {
    {"NoSupervisor", "supervisors = []\n" + with("", ""),
     "t:1:15: supervisors: expected at least one [[supervisors]] table, got none\n"},
    {"SupervisorWithoutAnything", "[[supervisors]]\n" + with("", ""),
     "t:1:1: supervisors.children: missing, expected an array of names of actors and supervisors, "
     "or of prefixes with a star\n"
     "t:1:1: supervisors.name: missing, expected the name of the supervisor\n"},
    {"UnknownSupervisorKey", supervised("stratgy = \"one_for_all\"", ""),
     "t:4:1: supervisors.stratgy: unknown key, expected one of name, children, strategy, "
     "intensity, "
     "counting, auto_shutdown, restart, shutdown, significant, worker; did you mean "
     "\"strategy\"?\n"},
    {"UnknownIntensityKey",
     supervised("counting = \"per_supervisor\"\nintensity = { restarts = 1 }", ""),
     "t:5:15: supervisors.intensity.restarts: unknown key, expected one of max_restarts, period\n"},
    {"UnknownWords",
     supervised("strategy = \"one_for_al\"\ncounting = \"per_chlid\"\nauto_shutdown = true", ""),
     "t:4:12: supervisors.strategy: expected \"one_for_one\" or \"one_for_all\" or "
     "\"rest_for_one\", got \"one_for_al\"; did you mean \"one_for_all\"?\n"
     "t:5:12: supervisors.counting: expected \"by_strategy\" or \"per_child\" or "
     "\"per_supervisor\", got \"per_chlid\"; did you mean \"per_child\"?\n"
     "t:6:17: supervisors.auto_shutdown: expected \"never\" or \"any_significant\" or "
     "\"all_significant\", got true\n"},
    {"IntensityOutOfRange",
     supervised("strategy = \"one_for_all\"\nintensity = { max_restarts = -1, period = \"0s\" }",
                ""),
     "t:5:30: supervisors.intensity.max_restarts: expected an integer from 0 to 1000000, got -1\n"
     "t:5:43: supervisors.intensity.period: expected a duration greater than zero, got \"0s\"\n"},
    {"BackoffOfASupervisor", supervised("restart = { backoff = { jitter = -1 } }", ""),
     "t:4:34: supervisors.restart.backoff.jitter: expected a number from 0 to 1, got the integer "
     "-1\n"},
    {"ChildThatIsNot", under("[\"feed.spto\", \"boss\"]"),
     "t:3:13: supervisors.children: no actor or supervisor is named \"feed.spto\"; did you mean "
     "\"feed.spot\"?\n"
     "t:3:26: supervisors.children: no actor or supervisor is named \"boss\"\n"},
    {"ChildrenWithoutMatch", under("[\"fed.*\", \"web.*\"]"),
     "t:3:13: supervisors.children: no actor's name starts with \"fed.\"; did you mean "
     "\"feed.*\"?\n"
     "t:3:22: supervisors.children: no actor's name starts with \"web.\"\n"},
    {"ChildrenThatAreNoNames", under("[\"feed.spot\", 3, \"a b\"]"),
     "t:3:26: supervisors.children: expected the name of an actor or a supervisor, or a prefix and "
     "a star at its end, got the integer 3\n"
     "t:3:29: supervisors.children: expected the name of an actor or a supervisor, or a prefix and "
     "a star at its end, got \"a b\"\n"},
    {"NoChildren", under("[]"),
     "t:3:12: supervisors.children: expected at least one child, got none\n"},
    {"ChildListedTwice", under("[\"feed.spot\", \"*\", \"feed.spot\"]"),
     "t:3:31: supervisors.children: \"feed.spot\" is listed twice among these children\n"},
    {"ChildOfTwo",
     under("[\"feed.spot\"]") + "[[supervisors]]\nname = \"other\"\nchildren = [\"*\"]\n",
     "t:17:13: supervisors.children: actor \"feed.spot\" is already a child of supervisor \"top\" "
     "(line 1)\n"},
    {"SupervisorUnderTwo",
     under("[\"feed.spot\", \"b\"]") + supervisor("b", "[\"book.spot\"]") +
         supervisor("c", "[\"b\"]"),
     "t:20:13: supervisors.children: supervisor \"b\" is already a child of supervisor \"top\" "
     "(line 1)\n"},
    {"OwnChild", under("[\"top\", \"*\"]"),
     "t:3:13: supervisors.children: supervisor \"top\" cannot be its own child\n"},
    {"Circle",
     under("[\"feed.spot\", \"b\"]") + supervisor("b", "[\"book.spot\", \"c\"]") +
         supervisor("c", "[\"top\"]"),
     "t:20:13: supervisors.children: supervisor \"top\" stands below itself, by way of \"c\", "
     "\"b\"\n"},
    {"NameOfAnActor", supervisor("feed.spot", "[\"*\"]") + with("", ""),
     "t:2:8: supervisors.name: expected a name of its own, but an actor is already named "
     "\"feed.spot\" (line 9)\n"},
    {"NameOfASupervisor", under("[\"feed.spot\"]") + supervisor("top", "[\"book.spot\"]"),
     "t:16:8: supervisors.name: expected a name of its own, but a supervisor is already named "
     "\"top\" (line 2)\n"},
    {"TreeInTwoBundles",
     supervisor("top", "[\"feed.spot\", \"b\"]") + supervisor("b", "[\"book.spot\"]") +
         "[[bundles]]\nname = \"x\"\nactors = [\"feed.*\"]\n"
         "[[bundles]]\nname = \"y\"\nactors = [\"book.*\"]\n" +
         kActors,
     "t:6:13: supervisors.children: actor \"book.spot\" is in bundle \"y\", but actor "
     "\"feed.spot\" of the same tree is in bundle \"x\"; a tree is in one\n"},
    {"WorkerOfASupervisorBeyondTheBundle", supervised("worker = 1", ""),
     "t:4:10: supervisors.worker: expected an integer from 0 to 0, as bundle \"trading\" has 1 "
     "worker, got 1\n"},
    {"SupervisorsTermsUnderNobody", supervised("shutdown = \"1s\"\nsignificant = true", ""),
     "t:4:12: supervisors.shutdown: supervisor \"top\" is under no supervisor, who would keep to "
     "this; add it to the children of one\n"
     "t:5:15: supervisors.significant: supervisor \"top\" is under no supervisor, who would keep "
     "to "
     "this; add it to the children of one\n"},
};
INSTANTIATE_TEST_SUITE_P(Supervisors, BrokenSupervision, testing::ValuesIn(kSupervisors), claim_of);

TEST(BrokenSupervisionTable, NamesTheFirstSupervisorThatStandsTooDeep) {
  std::string text = with("", "");
  for (std::size_t level = 1; level <= kSupervisionLevelsMax + 2; ++level) {
    const std::string child =
        level == kSupervisionLevelsMax + 2 ? "*" : "s" + std::to_string(level + 1);
    text += supervisor("s" + std::to_string(level), "[\"" + child + "\"]");
  }
  EXPECT_EQ(format(parse_topology(text, "t").error(), "t"),
            "t:203:13: supervisors.children: expected at most 64 levels of supervisors, but "
            "\"s65\" is one more\n");
}

}  // namespace
}  // namespace mycelium
