#include "mycelium/node/bundle_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "mycelium/config/toml_loader.hpp"

namespace mycelium {
namespace {

using testing::ElementsAre;

constexpr std::string_view kText = R"([[bundles]]
name = "one"
actors = ["recorder", "eu", "clock", "desk"]
workers = 2
[[bundles]]
name = "two"
actors = ["web", "cache"]
workers = 3
[[supervisors]]
name = "trading"
children = ["desk", "lines"]
worker = 1
[[supervisors]]
name = "lines"
children = ["eu"]
[[supervisors]]
name = "pages"
children = ["cache"]
worker = 2
[[actors]]
name = "recorder"
type = "t"
[[actors]]
name = "desk"
type = "t"
worker = 0
[[actors]]
name = "eu"
type = "t"
worker = 1
[[actors]]
name = "clock"
type = "t"
[[actors]]
name = "web"
type = "t"
[[actors]]
name = "cache"
type = "t"
worker = 1
)";

std::vector<std::string> names_of(const std::vector<PlannedStart>& starts) {
  std::vector<std::string> names;
  for (const PlannedStart& start : starts) names.push_back(start.name());
  return names;
}

TEST(BundlePlan, ATreeStandsWhereTheFirstOfItsActorsStands) {
  const Topology topology = parse_topology(kText, "t").value();
  const ProcessPlan plan = plan_process(topology, {.bundle = "one"}).value();
  EXPECT_THAT(names_of(plan.starts), ElementsAre("recorder", "trading", "clock"));
  const PlannedStart& trading = plan.starts[1];
  EXPECT_THAT(names_of(trading.children), ElementsAre("desk", "lines"));
  EXPECT_THAT(names_of(trading.children[1].children), ElementsAre("eu"));
}

TEST(BundlePlan, TreesOfOtherBundlesAreNotStarted) {
  const Topology topology = parse_topology(kText, "t").value();
  const ProcessPlan plan = plan_process(topology, {.bundle = "two"}).value();
  EXPECT_THAT(names_of(plan.starts), ElementsAre("web", "pages"));
}

TEST(BundlePlan, WorkersOfATreeAreThoseOfItsBundle) {
  const Topology topology = parse_topology(kText, "t").value();
  const ProcessPlan plan = plan_process(topology, {.in_process = true}).value();
  EXPECT_THAT(names_of(plan.starts), ElementsAre("recorder", "trading", "clock", "web", "pages"));
  const PlannedStart& trading = plan.starts[1];
  EXPECT_EQ(plan.starts[0].worker, std::nullopt);
  EXPECT_EQ(trading.worker, 1);
  EXPECT_EQ(trading.children[0].worker, 0);
  EXPECT_EQ(trading.children[1].worker, std::nullopt);
  EXPECT_EQ(trading.children[1].children[0].worker, 1);
  EXPECT_EQ(plan.starts[4].worker, 4);
  EXPECT_EQ(plan.starts[4].children[0].worker, 3);
}

TEST(BundlePlan, WorkersWrapAroundWhenThereAreFewer) {
  const Topology topology = parse_topology(kText, "t").value();
  const ProcessPlan plan = plan_process(topology, {.in_process = true, .workers = 3}).value();
  EXPECT_EQ(plan.starts[4].worker, 1);
  EXPECT_EQ(plan.starts[4].children[0].worker, 0);
}

TEST(BundlePlan, ProcessorsAreThoseOfTheBundlesOwnWorkers) {
  Topology topology = parse_topology(kText, "t").value();
  topology.bundles[0].cpus = {4};
  topology.bundles[0].other_cpus = {0, 1};
  topology.bundles[1].cpus = {5, {6, 7}};
  topology.bundles[1].other_cpus = {2};
  const SystemOptions both = plan_process(topology, {.in_process = true}).value().system;
  EXPECT_THAT(both.cpus, ElementsAre(CpuSet{4}, CpuSet{}, CpuSet{5}, CpuSet{6, 7}));
  EXPECT_EQ(both.other_cpus, (CpuSet{0, 1, 2}));
  const SystemOptions second = plan_process(topology, {.bundle = "two"}).value().system;
  EXPECT_THAT(second.cpus, ElementsAre(CpuSet{5}, CpuSet{6, 7}));
  EXPECT_EQ(second.other_cpus, CpuSet{2});
}

TEST(BundlePlan, UnpinnedRunsThreadsAnywhere) {
  Topology topology = parse_topology(kText, "t").value();
  topology.bundles[0].cpus = {4};
  topology.bundles[0].other_cpus = {0, 1};
  const auto plan = plan_process(topology, {.bundle = "one", .unpinned = true});
  EXPECT_TRUE(plan.value().system.cpus.empty());
  EXPECT_TRUE(plan.value().system.other_cpus.empty());
}

TEST(BundlePlan, RefusesAChildThatAHookHasTakenOut) {
  Topology topology = parse_topology(kText, "t").value();
  std::erase_if(topology.actors, [](const ActorSpec& actor) { return actor.name == "desk"; });
  std::erase(topology.bundles[0].actors, "desk");
  const auto plan = plan_process(topology, {.bundle = "one"});
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(plan.error().code, "unknown_child");
  EXPECT_EQ(plan.error().message,
            "supervisor \"trading\" has a child \"desk\", which the topology does not have");
}

}  // namespace
}  // namespace mycelium
