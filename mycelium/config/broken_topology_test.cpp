// Every way in which a topology can be wrong, with the exact lines that its author gets to read.
#include "mycelium/config/broken_topology_test.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "mycelium/config/toml_loader.hpp"

namespace mycelium {
namespace {

std::string bundle_of(std::string_view actors) {
  return "[[bundles]]\nname = \"trading\"\nactors = " + std::string{actors} + "\n" + kActors;
}

class BrokenTopology : public testing::TestWithParam<Broken> {};

TEST_P(BrokenTopology, IsReportedInExactlyTheseLines) {
  const auto topology = parse_topology(GetParam().text, "t");
  ASSERT_FALSE(topology.has_value());
  EXPECT_EQ(format(topology.error(), "t"), GetParam().lines);
}

TEST(BrokenTopologyTable, IsBuiltFromAValidTopology) {
  EXPECT_TRUE(parse_topology(with("", ""), "t").has_value());
  EXPECT_TRUE(parse_topology(bundle_of("[\"*\"]"), "t").has_value());
}

const Broken kTables[] = {
    {"Empty", "",
     "t:1:1: actors: missing, expected at least one [[actors]] table\n"
     "t:1:1: bundles: missing, expected at least one [[bundles]] table\n"},
    {"SyntaxErrorAlone", "nmae = 1\nname = \n",
     "t:2:8: not valid TOML: Error while parsing key-value pair: expected value, saw '\\n'\n"},
    {"UnknownTopKey", "nmae = \"x\"\n" + with("", ""),
     "t:1:1: nmae: unknown key, expected one of name, settings, bundles, supervisors, actors; did "
     "you "
     "mean \"name\"?\n"},
    {"UnknownKeyWithoutNeighbour", "\"a\\u001b\" = \"x\"\n" + with("", ""),
     "t:1:1: \"a\\x1b\": unknown key, expected one of name, settings, bundles, supervisors, "
     "actors\n"},
    {"UnknownBundleKey", with("worker = 2", ""),
     "t:4:1: bundles.worker: unknown key, expected one of name, actors, mode, workers, cpus, "
     "other_cpus, idle; "
     "did you mean \"workers\"?\n"},
    {"UnknownActorKey", with("", "mail_box = 1"),
     "t:8:1: actors.mail_box: unknown key, expected one of name, type, worker, dedicated, mailbox, "
     "restart, shutdown, significant, waits_for, settings; did you mean \"mailbox\"?\n"},
    {"DedicatedIsNoNumber", with("", "dedicated = 1"),
     "t:8:13: actors.dedicated: expected true or false, got the integer 1\n"},
    {"DedicatedAndPlaced", with("", "worker = 0\ndedicated = true"),
     "t:9:13: actors.dedicated: expected no \"worker\" beside it: this actor has one of its own\n"},
    {"UnknownMailboxKey", with("", "mailbox = { capcity = 1 }"),
     "t:8:13: actors.mailbox.capcity: unknown key, expected one of capacity, overflow; did you "
     "mean "
     "\"capacity\"?\n"},
    {"UnknownRestartKey", with("", "restart = { max = 1 }"),
     "t:8:13: actors.restart.max: unknown key, expected one of type, max_restarts, period, "
     "backoff, redeliver\n"},
    {"BundlesNotAnArray", "[bundles]\nname = \"x\"\n" + kActors,
     "t:1:1: bundles: expected at least one [[bundles]] table, got a table\n"},
    {"BundlesOfNumbers", "bundles = [1]\n" + kActors,
     "t:1:12: bundles: expected a [[bundles]] table, got the integer 1\n"},
    {"TablesExpected", "settings = 1\n" + with("", "mailbox = 2\nrestart = 'x'\nsettings = []"),
     "t:1:12: settings: expected a table, got the integer 1\n"
     "t:9:11: actors.mailbox: expected a table, got the integer 2\n"
     "t:10:11: actors.restart: expected a table, got \"x\"\n"
     "t:11:12: actors.settings: expected a table, got an array\n"},
    {"ErrorsOfAllTablesAtOnce", with("idle = \"spinn\"", "worker = -1") + "[bad]\n",
     "t:4:8: bundles.idle: expected \"spin\" or \"adaptive\" or \"sleep\", got \"spinn\"; did you "
     "mean \"spin\"?\n"
     "t:8:10: actors.worker: expected an integer from 0 to 63, got -1\n"
     "t:12:2: bad: unknown key, expected one of name, settings, bundles, supervisors, actors\n"},
};
INSTANTIATE_TEST_SUITE_P(Tables, BrokenTopology, testing::ValuesIn(kTables), claim_of);

const Broken kValues[] = {
    {"WrongMode", with("mode = \"shared_memroy\"", ""),
     "t:4:8: bundles.mode: expected \"shared_memory\" or \"same_node\" or \"distributed\", got "
     "\"shared_memroy\"; did you mean \"shared_memory\"?\n"},
    {"ModeNotAString", with("mode = 1", ""),
     "t:4:8: bundles.mode: expected \"shared_memory\" or \"same_node\" or \"distributed\", got the "
     "integer 1\n"},
    {"NoWorkers", with("workers = 0", ""),
     "t:4:11: bundles.workers: expected an integer from 1 to 64, got 0\n"},
    {"TooManyWorkers", with("workers = 65", ""),
     "t:4:11: bundles.workers: expected an integer from 1 to 64, got 65\n"},
    {"WorkersNotANumber", with("workers = \"2\"", ""),
     "t:4:11: bundles.workers: expected an integer from 1 to 64, got \"2\"\n"},
    {"MoreCpusThanWorkers", with("workers = 2\ncpus = [0, 1, 2]", ""),
     "t:5:8: bundles.cpus: expected at most one entry for each of the 2 workers, got 3\n"},
    {"RepeatedCpu", with("workers = 2\ncpus = [1, 1]", ""),
     "t:5:12: bundles.cpus: processor 1 is listed twice\n"},
    {"CpuOutOfRange", with("workers = 3\ncpus = [-1, 1024, 1.5]", ""),
     "t:5:9: bundles.cpus: expected an integer from 0 to 1023, got -1\n"
     "t:5:13: bundles.cpus: expected an integer from 0 to 1023, got 1024\n"
     "t:5:19: bundles.cpus: expected an integer from 0 to 1023, got the number 1.5\n"},
    {"CpusNotAnArray", with("cpus = 1", ""),
     "t:4:8: bundles.cpus: expected an array of processor numbers, or of arrays of them, got the "
     "integer 1\n"},
    {"CpuOfTwoWorkers", with("workers = 2\ncpus = [[1, 2], 2]", ""),
     "t:5:17: bundles.cpus: processor 2 is listed twice\n"},
    {"CpuTwiceInOneSet", with("cpus = [[1, 1]]", ""),
     "t:4:13: bundles.cpus: processor 1 is listed twice\n"},
    {"CpuOfASetBehindTheOneAlone", with("workers = 2\ncpus = [2, [1, 2]]", ""),
     "t:5:16: bundles.cpus: processor 2 is listed twice\n"},
    {"CpusTooDeep", with("cpus = [[[1]]]", ""),
     "t:4:10: bundles.cpus: expected an integer from 0 to 1023, got an array\n"},
    {"OtherCpusRepeated", with("other_cpus = [3, 3]", ""),
     "t:4:18: bundles.other_cpus: processor 3 is listed twice\n"},
    {"OtherCpusInSets", with("other_cpus = [[3]]", ""),
     "t:4:15: bundles.other_cpus: expected an integer from 0 to 1023, got an array\n"},
    {"CapacityOutOfRange", with("", "mailbox = { capacity = 1048577 }"),
     "t:8:24: actors.mailbox.capacity: expected an integer from 1 to 1048576, got 1048577\n"},
    {"CapacityZero", with("", "mailbox = { capacity = 0 }"),
     "t:8:24: actors.mailbox.capacity: expected an integer from 1 to 1048576, got 0\n"},
    {"WrongOverflow", with("", "mailbox = { overflow = \"drop\" }"),
     "t:8:24: actors.mailbox.overflow: expected \"block\" or \"drop_newest\" or \"drop_oldest\" or "
     "\"conflate\" or \"fail\", got \"drop\"\n"},
    {"WrongRestart", with("", "restart = { type = \"permanant\", max_restarts = -1 }"),
     "t:8:20: actors.restart.type: expected \"permanent\" or \"transient\" or \"temporary\", got "
     "\"permanant\"; did you mean \"permanent\"?\n"
     "t:8:48: actors.restart.max_restarts: expected an integer from 0 to 1000000, got -1\n"},
    {"DurationWithoutUnit", with("", "restart = { period = 10 }"),
     "t:8:22: actors.restart.period: expected a duration with its unit, such as \"10s\" or "
     "\"10ms\", got the integer 10\n"},
    {"DurationOfZero", with("", "restart = { period = \"0s\" }"),
     "t:8:22: actors.restart.period: expected a duration greater than zero, got \"0s\"\n"},
    {"DurationMalformed", with("", "restart = { period = \"10 s\" }"),
     "t:8:22: actors.restart.period: expected a duration such as \"50ms\", \"1.5s\" or \"2h\" "
     "(units ns, us, ms, s, m, h), got \"10 s\"\n"},
    {"DurationOfAnotherKind", with("", "restart = { period = true }"),
     "t:8:22: actors.restart.period: expected a duration such as \"50ms\" or \"10s\", got true\n"},
    {"WorkerBeyondTheBundle", with("workers = 2", "worker = 2"),
     "t:8:10: actors.worker: expected an integer from 0 to 1, as bundle \"trading\" has 2 workers, "
     "got 2\n"},
    {"WorkerBeyondTheOnlyOne", with("", "worker = 1"),
     "t:8:10: actors.worker: expected an integer from 0 to 0, as bundle \"trading\" has 1 worker, "
     "got 1\n"},
    {"SettingsOfUnknownKinds",
     with("", "[actors.settings]\na.b = 1\nc = [1, \"x\"]\nd = 2024-08-08\ne = [1.5]\n\"f g\" = 1"),
     "t:9:1: actors.settings.a: expected true, false, a number, a string, or an array of strings "
     "or "
     "of integers, got a table\n"
     "t:10:5: actors.settings.c: expected true, false, a number, a string, or an array of strings "
     "or "
     "of integers, got an array of something else\n"
     "t:11:5: actors.settings.d: expected true, false, a number, a string, or an array of strings "
     "or "
     "of integers, got a date\n"
     "t:12:5: actors.settings.e: expected true, false, a number, a string, or an array of strings "
     "or "
     "of integers, got an array of something else\n"
     "t:13:1: actors.settings: expected a setting's name of up to 128 letters, digits, '_', '.' "
     "and "
     "'-' that does not start with a digit or a dot, got \"f g\"\n"},
};
INSTANTIATE_TEST_SUITE_P(Values, BrokenTopology, testing::ValuesIn(kValues), claim_of);

const Broken kNames[] = {
    {"MissingNames", "[[bundles]]\nactors = [\"*\"]\n[[actors]]\n" + kActors,
     "t:1:1: bundles.name: missing, expected the name of the bundle\n"
     "t:3:1: actors.name: missing, expected the name of the actor\n"
     "t:3:1: actors.type: missing, expected the type that the program registered for it\n"},
    {"BadCharacters",
     "name = \"a b\"\n" + with("", "") + "[[actors]]\nname = \"9lives\"\ntype = \".x\"",
     "t:1:8: name: expected a name of up to 128 letters, digits, '_', '.' and '-' that does not "
     "start with a digit or a dot, got \"a b\"\n"
     "t:14:8: actors.name: expected a name of up to 128 letters, digits, '_', '.' and '-' that "
     "does "
     "not start with a digit or a dot, got \"9lives\"\n"
     "t:15:8: actors.type: expected a name of up to 128 letters, digits, '_', '.' and '-' that "
     "does "
     "not start with a digit or a dot, got \".x\"\n"},
    {"NameTooLong", "name = \"" + std::string(129, 'x') + "\"\n" + with("", ""),
     "t:1:8: name: expected a name of up to 128 letters, digits, '_', '.' and '-' that does not "
     "start with a digit or a dot, got "
     "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\"\n"},
    {"DuplicateActor", with("", "") + "[[actors]]\nname = \"feed.spot\"\ntype = \"x\"\n",
     "t:13:8: actors.name: expected a name of its own, but an actor is already named \"feed.spot\" "
     "(line 6)\n"},
    {"DuplicateBundle",
     "[[bundles]]\nname = \"x\"\nactors = [\"feed.*\"]\n[[bundles]]\nname = \"x\"\nactors = "
     "[\"book.*\"]\n" +
         kActors,
     "t:5:8: bundles.name: expected a name of its own, but a bundle is already named \"x\" (line "
     "2)\n"},
    {"ActorInNoBundle", bundle_of("[\"feed.spot\"]"),
     "t:8:8: actors.name: actor \"book.spot\" is in no bundle; add it to the actors of one\n"},
    {"ActorInTwoBundles",
     "[[bundles]]\nname = \"x\"\nactors = [\"feed.spot\"]\n[[bundles]]\nname = \"y\"\nactors = "
     "[\"*\"]\n" +
         kActors,
     "t:6:11: bundles.actors: actor \"feed.spot\" is already in bundle \"x\" (line 1)\n"},
    {"ActorListedTwice", bundle_of("[\"feed.spot\", \"*\", \"feed.spot\"]"),
     "t:3:29: bundles.actors: \"feed.spot\" is listed twice in this bundle\n"},
    {"UnknownActor", bundle_of("[\"*\", \"feed.spto\", \"dashboard\"]"),
     "t:3:16: bundles.actors: no actor is named \"feed.spto\"; did you mean \"feed.spot\"?\n"
     "t:3:29: bundles.actors: no actor is named \"dashboard\"\n"},
    {"PatternWithoutMatch", bundle_of("[\"*\", \"bok.*\", \"web.*\"]"),
     "t:3:16: bundles.actors: no actor's name starts with \"bok.\"; did you mean \"book.*\"?\n"
     "t:3:25: bundles.actors: no actor's name starts with \"web.\"\n"},
    {"EntriesThatAreNoNames", bundle_of("[\"feed.spot\", 3, \"b*k.spot\", \"\", \"9*\", \"**\"]"),
     "t:3:24: bundles.actors: expected an actor's name, or a prefix and a star at its end, got the "
     "integer 3\n"
     "t:3:27: bundles.actors: expected an actor's name, or a prefix and a star at its end, got "
     "\"b*k.spot\"\n"
     "t:3:39: bundles.actors: expected an actor's name, or a prefix and a star at its end, got "
     "\"\"\n"
     "t:3:43: bundles.actors: expected an actor's name, or a prefix and a star at its end, got "
     "\"9*\"\n"
     "t:3:49: bundles.actors: expected an actor's name, or a prefix and a star at its end, got "
     "\"**\"\n"},
    {"BundleWithoutActors", bundle_of("[]"),
     "t:3:10: bundles.actors: expected at least one actor, got none\n"
     "t:5:8: actors.name: actor \"feed.spot\" is in no bundle; add it to the actors of one\n"
     "t:8:8: actors.name: actor \"book.spot\" is in no bundle; add it to the actors of one\n"},
    {"BundleWithoutAList", "[[bundles]]\nname = \"x\"\n" + kActors,
     "t:1:1: bundles.actors: missing, expected an array of actor names, or of prefixes with a "
     "star\n"},
    {"ActorsOfABundleNotAnArray", bundle_of("\"*\""),
     "t:3:10: bundles.actors: expected an array of actor names, or of prefixes with a star, got "
     "\"*\"\n"},
    {"ActorsWithoutABundle", kActors,
     "t:1:1: bundles: missing, expected at least one [[bundles]] table\n"},
};
INSTANTIATE_TEST_SUITE_P(Names, BrokenTopology, testing::ValuesIn(kNames), claim_of);

}  // namespace
}  // namespace mycelium
