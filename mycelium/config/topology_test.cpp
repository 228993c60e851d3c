// The supervisors of a topology: read, taken out, and written as text.
#include "mycelium/config/topology.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "mycelium/config/toml_loader.hpp"

namespace mycelium {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr std::string_view kWhole = R"([[bundles]]
name = "b"
actors = ["*"]
workers = 2
[[supervisors]]
name = "trading"
children = ["desk", "lines"]
strategy = "rest_for_one"
intensity = { max_restarts = 7, period = "1m" }
counting = "per_supervisor"
auto_shutdown = "all_significant"
restart = { type = "transient", max_restarts = 2, period = "3s" }
worker = 1
[[supervisors]]
name = "lines"
children = ["line.*"]
counting = "per_child"
restart = { type = "temporary", backoff = {} }
shutdown = "30s"
significant = true
[[actors]]
name = "desk"
type = "desk"
shutdown = "kill"
[[actors]]
name = "line.eu"
type = "line"
restart = { backoff = { min = "5ms", max = "1s", factor = 3, jitter = 0.5, reset_after = "1m", first_at_once = false } }
[[actors]]
name = "line.us"
type = "line"
restart = { max_restarts = 1, redeliver = 2, backoff = { factor = 1.5 } }
shutdown = "unlimited"
[[actors]]
name = "web"
type = "web"
)";

Topology whole() { return parse_topology(kWhole, "t.toml").value(); }

TEST(TopologySupervisors, AreReadWithAllTheirOptions) {
  const Topology topology = whole();
  ASSERT_EQ(topology.supervisors.size(), 2U);
  const SupervisorDeclaration& trading = topology.supervisors[0];
  EXPECT_EQ(trading.name, "trading");
  EXPECT_EQ(trading.at, (SourcePosition{5, 1}));
  EXPECT_THAT(trading.children, ElementsAre("desk", "lines"));
  EXPECT_EQ(trading.options.strategy, Strategy::rest_for_one);
  EXPECT_EQ(trading.options.intensity.max_restarts, 7U);
  EXPECT_EQ(trading.options.intensity.period, 1min);
  EXPECT_EQ(trading.options.counting, Counting::per_supervisor);
  EXPECT_EQ(trading.options.auto_shutdown, AutoShutdown::all_significant);
  EXPECT_EQ(trading.options.restart.restart, Restart::transient);
  EXPECT_EQ(trading.options.restart.max_restarts, 2U);
  EXPECT_EQ(trading.options.restart.period, 3s);
  EXPECT_EQ(trading.options.worker, 1);
  const SupervisorOptions& lines = topology.supervisors[1].options;
  EXPECT_EQ(lines.counting, Counting::per_child);
  EXPECT_EQ(lines.restart.restart, Restart::temporary);
  EXPECT_EQ(lines.shutdown, 30s);
  EXPECT_TRUE(lines.significant);
}

TEST(TopologySupervisors, HaveTheDefaultsOfTheBuilder) {
  const SupervisorOptions got = parse_topology(R"(bundles = [{ name = "b", actors = ["*"] }]
supervisors = [{ name = "s", children = ["a"] }]
actors = [{ name = "a", type = "t" }])",
                                               "t")
                                    .value()
                                    .supervisors[0]
                                    .options;
  const SupervisorOptions expected;
  EXPECT_EQ(got.strategy, expected.strategy);
  EXPECT_EQ(got.intensity.max_restarts, expected.intensity.max_restarts);
  EXPECT_EQ(got.intensity.period, expected.intensity.period);
  EXPECT_EQ(got.counting, expected.counting);
  EXPECT_EQ(got.auto_shutdown, expected.auto_shutdown);
  EXPECT_EQ(got.restart.restart, expected.restart.restart);
  EXPECT_EQ(got.restart.backoff.has_value(), expected.restart.backoff.has_value());
  EXPECT_EQ(got.shutdown, expected.shutdown);
  EXPECT_EQ(got.significant, expected.significant);
  EXPECT_EQ(got.worker, expected.worker);
}

TEST(TopologySupervisors, TakeActorsByAPrefixInTheOrderOfTheFile) {
  EXPECT_THAT(whole().supervisors[1].children, ElementsAre("line.eu", "line.us"));
}

TEST(TopologyActors, AreReadWithTheirTermsAsChildren) {
  const Topology topology = whole();
  EXPECT_EQ(topology.actors[0].shutdown, kKill);
  EXPECT_EQ(topology.actors[0].restart.backoff.has_value(), false);
  EXPECT_EQ(topology.actors[1].shutdown, kShutdownDefault);
  EXPECT_FALSE(topology.actors[1].significant);
  EXPECT_EQ(topology.actors[2].shutdown, kUnlimited);
  EXPECT_EQ(topology.actors[1].restart.redeliver, 0U);
  EXPECT_EQ(topology.actors[2].restart.redeliver, 2U);
}

TEST(TopologyActors, AreReadWithTheirBackoff) {
  const Topology topology = whole();
  const Backoff& all = topology.actors[1].restart.backoff.value();
  EXPECT_EQ(all.min, 5ms);
  EXPECT_EQ(all.max, 1s);
  EXPECT_EQ(all.factor, 3);
  EXPECT_EQ(all.jitter, 0.5);
  EXPECT_EQ(all.reset_after, 1min);
  EXPECT_FALSE(all.first_at_once);
  const Backoff& some = topology.actors[2].restart.backoff.value();
  EXPECT_EQ(some.factor, 1.5);
  EXPECT_EQ(some.min, Backoff{}.min);
  EXPECT_EQ(some.max, Backoff{}.max);
  EXPECT_EQ(some.jitter, Backoff{}.jitter);
  EXPECT_EQ(some.reset_after, Backoff{}.reset_after);
  EXPECT_EQ(some.first_at_once, Backoff{}.first_at_once);
}

TEST(SupervisionText, ShowsEachTreeWithWhatWasDeclared) {
  EXPECT_EQ(supervision_text(whole()),
            "trading: rest_for_one, 7 restarts in 1m of all children, auto_shutdown "
            "all_significant; transient, 2 restarts in 3s\n"
            "  desk: desk; permanent, shutdown kill\n"
            "  lines: one_for_one; temporary, backoff 10ms to 5s, shutdown 30s, significant\n"
            "    line.eu: line; permanent, 5 restarts in 10s, backoff 5ms to 1s\n"
            "    line.us: line; permanent, 1 restart in 10s, backoff 10ms to 5s, redeliver "
            "2, shutdown unlimited\n");
}

TEST(SupervisionText, IsEmptyWithoutSupervisors) {
  EXPECT_EQ(supervision_text(parse_topology(R"(bundles = [{ name = "b", actors = ["*"] }]
actors = [{ name = "a", type = "t" }])",
                                            "t")
                                 .value()),
            "");
}

TEST(EraseActors, TakesThemOutOfBundlesAndSupervisors) {
  Topology topology = whole();
  erase_actors(topology, std::array<std::string, 2>{"line.eu", "web"});
  ASSERT_EQ(topology.actors.size(), 2U);
  EXPECT_EQ(topology.actors[1].name, "line.us");
  EXPECT_THAT(topology.bundles[0].actors, ElementsAre("desk", "line.us"));
  EXPECT_THAT(topology.supervisors[1].children, ElementsAre("line.us"));
}

TEST(EraseActors, TakesSupervisorsAlongThatHaveNoChildLeft) {
  Topology topology = whole();
  erase_actors(topology, std::array<std::string, 2>{"line.eu", "line.us"});
  ASSERT_EQ(topology.supervisors.size(), 1U);
  EXPECT_THAT(topology.supervisors[0].children, ElementsAre("desk"));
  erase_actors(topology, std::array<std::string, 1>{"desk"});
  EXPECT_TRUE(topology.supervisors.empty());
}

}  // namespace
}  // namespace mycelium
