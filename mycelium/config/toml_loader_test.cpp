#include "mycelium/config/toml_loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace mycelium {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr std::string_view kWhole = R"(name = "arbitrage"
[settings]
window = "50ms"
[[bundles]]
name = "trading"
actors = ["feed.spot", "book.*"]
mode = "shared_memory"
workers = 2
cpus = [0, [3, 5]]
other_cpus = [1, 2]
idle = "spin"
[[bundles]]
name = "dashboard"
actors = ["web"]
mode = "same_node"
[[actors]]
name = "feed.spot"
type = "feed"
worker = 1
mailbox = { capacity = 4096, overflow = "fail" }
restart = { type = "transient", max_restarts = 3, period = "1.5m" }
settings = { instrument = "spot", levels = 20, band = 1.5, live = true, ids = [1], all = [] }
[[actors]]
name = "book.usdm"
type = "book"
[[actors]]
name = "web"
type = "websocket"
[[actors]]
name = "book.coinm"
type = "book"
)";

TEST(TopologyLoader, ReadsTheBundles) {
  const Topology topology = parse_topology(kWhole, "t.toml").value();
  EXPECT_EQ(topology.name, "arbitrage");
  EXPECT_EQ(topology.source, "t.toml");
  ASSERT_EQ(topology.bundles.size(), 2U);
  const BundleSpec& trading = topology.bundles[0];
  EXPECT_EQ(trading.name, "trading");
  EXPECT_EQ(trading.mode, BundleMode::shared_memory);
  EXPECT_EQ(trading.workers, 2U);
  EXPECT_THAT(trading.cpus, ElementsAre(CpuSet{0}, CpuSet{3, 5}));
  EXPECT_EQ(trading.other_cpus, (CpuSet{1, 2}));
  EXPECT_EQ(trading.idle, Idle::spin);
  EXPECT_EQ(trading.at, (SourcePosition{4, 1}));
  EXPECT_EQ(trading.mode_at, (SourcePosition{7, 8}));
  EXPECT_EQ(topology.bundles[1].mode, BundleMode::same_node);
}

TEST(TopologyLoader, ReplacesAPatternByItsActorsInTheOrderOfTheFile) {
  const Topology topology = parse_topology(kWhole, "t.toml").value();
  EXPECT_THAT(topology.bundles[0].actors, ElementsAre("feed.spot", "book.usdm", "book.coinm"));
  EXPECT_THAT(topology.bundles[1].actors, ElementsAre("web"));
}

TEST(TopologyLoader, AStarTakesWhatTheBundleHasNotListedYet) {
  const auto topology = parse_topology(R"(
bundles = [{ name = "b", actors = ["z", "*", "a"] }]
actors = [{ name = "a", type = "t" }, { name = "m", type = "t" }, { name = "z", type = "t" }]
)",
                                       "t");
  EXPECT_THAT(topology.value().bundles[0].actors, ElementsAre("z", "a", "m"));
}

TEST(TopologyLoader, ReadsTheActors) {
  const Topology topology = parse_topology(kWhole, "t.toml").value();
  ASSERT_EQ(topology.actors.size(), 4U);
  const ActorSpec& feed = topology.actors[0];
  EXPECT_EQ(feed.name, "feed.spot");
  EXPECT_EQ(feed.type, "feed");
  EXPECT_EQ(feed.worker, 1U);
  EXPECT_EQ(feed.mailbox.capacity, 4096U);
  EXPECT_EQ(feed.mailbox.overflow, Overflow::fail);
  EXPECT_EQ(feed.restart.restart, Restart::transient);
  EXPECT_EQ(feed.restart.max_restarts, 3U);
  EXPECT_EQ(feed.restart.period, 90s);
  EXPECT_EQ(feed.at, (SourcePosition{16, 1}));
  EXPECT_EQ(feed.overflow_at, (SourcePosition{20, 41}));
  EXPECT_EQ(feed.restart_at, (SourcePosition{21, 20}));
}

TEST(TopologyLoader, ReadsSettingsWithTheirPlaces) {
  const Topology topology = parse_topology(kWhole, "t.toml").value();
  EXPECT_EQ(topology.settings.get_duration("window"), 50ms);
  const Settings& settings = topology.actors[0].settings;
  EXPECT_EQ(settings.get_string("instrument"), "spot");
  EXPECT_EQ(settings.get_int("levels"), 20);
  EXPECT_EQ(settings.get_double("band"), 1.5);
  EXPECT_EQ(settings.get_bool("live"), true);
  EXPECT_THAT(settings.get_ints("ids").value(), ElementsAre(1));
  EXPECT_EQ(settings.get_strings("all"), Settings::Strings{});
  EXPECT_EQ(settings.get_string("levels").error().message,
            "t.toml:22:44: settings.levels: expected a string, got the integer 20");
  EXPECT_EQ(topology.actors[1].settings.get_int("levels").error().message,
            "t.toml:23:1: settings.levels: missing for actor \"book.usdm\"; set it to an integer");
}

TEST(TopologyLoader, DefaultsAreThoseOfTheDocumentation) {
  const Topology topology = parse_topology(kWhole, "t.toml").value();
  const ActorSpec& book = topology.actors[1];
  EXPECT_EQ(book.worker, std::nullopt);
  EXPECT_EQ(book.mailbox.capacity, 1024U);
  EXPECT_EQ(book.mailbox.overflow, Overflow::block);
  EXPECT_EQ(book.restart.restart, Restart::permanent);
  EXPECT_EQ(book.restart.max_restarts, 5U);
  EXPECT_EQ(book.restart.period, 10s);
  EXPECT_EQ(topology.bundles[1].workers, 1U);
  EXPECT_EQ(topology.bundles[1].idle, Idle::adaptive);
  EXPECT_TRUE(topology.bundles[1].cpus.empty());
}

TEST(TopologyLoader, StopsAtAHundredErrors) {
  std::string text;
  for (int key = 0; key < 1'000; ++key) text += "k" + std::to_string(key) + " = 1\n";
  const auto diagnostics = parse_topology(text, "t").error();
  ASSERT_EQ(diagnostics.size(), kDiagnosticsMax);
  EXPECT_EQ(format(diagnostics.back(), "t"),
            "t:100:1: more errors than 99 are not shown; correct these first");
}

TEST(TopologyLoader, RefusesMoreActorsThanThereAreIds) {
  std::string text = "bundles = [{ name = 'b', actors = ['*'] }]\nactors = [{}";
  for (std::size_t actor = 0; actor < kActorsMax; ++actor) text += ",{}";
  const auto diagnostics = parse_topology(text + "]", "t").error();
  EXPECT_EQ(format(diagnostics.front(), "t"),
            "t:1:36: bundles.actors: no actor's name starts with \"\"");
  EXPECT_EQ(format(diagnostics.back(), "t"),
            "t:2:3145739: actors: expected at most 1048576 [[actors]] tables, got 1048577");
}

TEST(TopologyLoader, RefusesMoreBundlesThanThereAreProcesses) {
  std::string text = "actors = []\nbundles = [{}";
  for (std::size_t bundle = 0; bundle < kBundlesMax; ++bundle) text += ",{}";
  EXPECT_EQ(format(parse_topology(text + "]", "t").error(), "t"),
            "t:1:10: actors: expected at least one [[actors]] table, got none\n"
            "t:2:12300: bundles: expected at most 4096 [[bundles]] tables, got 4097\n");
}

/// A file of its own in the test's temporary folder, removed at the end.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& name, std::string_view text)
      : path_{std::filesystem::path{testing::TempDir()} /
              ("mycelium_topology_" + std::to_string(::getpid()) + "_" + name)} {
    std::ofstream{path_, std::ios::binary} << text;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string message_of(const std::filesystem::path& path) {
  const auto topology = load_topology(path);
  return topology ? "accepted" : format(topology.error(), "t");
}

TEST(TopologyFile, IsReadFromDisk) {
  const TemporaryFile file{"whole.toml", kWhole};
  const auto topology = load_topology(file.path());
  ASSERT_TRUE(topology.has_value());
  EXPECT_EQ(topology->source, file.path().string());
  EXPECT_EQ(topology->actors.size(), 4U);
}

TEST(TopologyFile, IsRefusedWhenItCannotBeOne) {
  EXPECT_EQ(message_of("/no/such/topology.toml"),
            "t: there is no such file; give the path of a topology file\n");
  EXPECT_EQ(message_of(testing::TempDir()),
            "t: is a directory; give the path of a topology file\n");
  EXPECT_EQ(message_of("/dev/null"),
            "t: is not a regular file; give the path of a topology file\n");
  const TemporaryFile file{"inside", ""};
  EXPECT_EQ(message_of(file.path() / "x"),
            "t: there is no such file; give the path of a topology file\n");
  EXPECT_EQ(message_of(std::string(5'000, 'x')), "t: cannot be read: File name too long\n");
}

TEST(TopologyFile, IsRefusedWhenItMayNotBeRead) {
  const TemporaryFile file{"unreadable.toml", kWhole};
  std::filesystem::permissions(file.path(), std::filesystem::perms::none);
  if (std::ifstream{file.path()}) GTEST_SKIP() << "this user may read everything";
  EXPECT_EQ(message_of(file.path()), "t: cannot be opened: Permission denied\n");
}

TEST(TopologyFile, IsRefusedWhenItIsTooLarge) {
  const TemporaryFile file{"large.toml", std::string(kTopologyBytesMax + 1, '#')};
  EXPECT_EQ(message_of(file.path()), "t: expected a file of at most 4194304 bytes\n");
}

TEST(TopologyLoader, WorkersMayShareASetOfProcessors) {
  const auto topology = parse_topology(
      "[[bundles]]\nname = 'b'\nactors = ['a']\nworkers = 3\ncpus = [[2, 3], [2, 3], 4]\n"
      "[[actors]]\nname = 'a'\ntype = 't'\n",
      "t");
  ASSERT_TRUE(topology.has_value()) << format(topology.error(), "t");
  EXPECT_THAT(topology->bundles[0].cpus, ElementsAre(CpuSet{2, 3}, CpuSet{2, 3}, CpuSet{4}));
}

/// The TOML of docs/topology.md.
std::string documented() {
  std::ifstream file{MYCELIUM_SOURCE_DIR "/docs/topology.md"};
  const std::string page{std::istreambuf_iterator<char>{file}, {}};
  const std::string_view fence = "```toml\n";
  const auto begin = page.find(fence) + fence.size();
  return page.substr(begin, page.find("```\n", begin) - begin);
}

TEST(TopologyLoader, ReadsTheFileOfTheDocumentation) {
  const auto topology = parse_topology(documented(), "t");
  ASSERT_TRUE(topology.has_value()) << format(topology.error(), "t");
  EXPECT_THAT(topology->bundles[0].actors, ElementsAre("limits", "feed.spot", "book"));
  EXPECT_THAT(topology->actors[1].waits_for, ElementsAre("book", "limits"));
}

TEST(TopologyLoader, TheDocumentationHasEveryKey) {
  const std::string page = documented();
  for (const std::string table :
       {"", "[[bundles]]", "[[supervisors]]", "[[actors]]", "[[actors]]\nmailbox.",
        "[[actors]]\nrestart.", "[[actors]]\nrestart.backoff.", "[[supervisors]]\nintensity."}) {
    const std::string wrong = table + (table.ends_with('.') ? "" : "\n") + "no_such_key = 1\n";
    const std::string lines = format(parse_topology(wrong, "t").error(), "t");
    const std::string_view before = "no_such_key: unknown key, expected one of ";
    ASSERT_NE(lines.find(before), std::string::npos) << lines;
    std::string keys = lines.substr(lines.find(before) + before.size());
    keys = keys.substr(0, keys.find_first_of(";\n"));
    for (std::size_t at = 0; at < keys.size();) {
      const std::size_t end = std::min(keys.find(", ", at), keys.size());
      const std::string key = keys.substr(at, end - at);
      EXPECT_TRUE(page.contains(key + " = ") || page.contains("[" + key + "]") ||
                  page.contains("." + key + "]"))
          << key;
      at = end + 2;
    }
  }
}

}  // namespace
}  // namespace mycelium
