#include "mycelium/config/supported.hpp"

#include <gtest/gtest.h>

#include "mycelium/config/toml_loader.hpp"

namespace mycelium {
namespace {

constexpr std::string_view kText = R"([[bundles]]
name = "a"
actors = ["x"]
mode = "same_node"
[[bundles]]
name = "b"
actors = ["y"]
[[actors]]
name = "x"
type = "t"
mailbox = { overflow = "conflate" }
restart = { type = "transient" }
[[actors]]
name = "y"
type = "t"
)";

TEST(CheckSupported, ARuntimeThatOffersEverythingRefusesNothing) {
  EXPECT_EQ(check_supported(parse_topology(kText, "t").value(), Supported{}),
            std::vector<Diagnostic>{});
}

TEST(CheckSupported, NamesEachChoiceThatIsNotOfferedAtItsValue) {
  const Supported little{.modes = {BundleMode::shared_memory},
                         .overflows = {Overflow::block, Overflow::fail},
                         .restarts = {Restart::permanent}};
  EXPECT_EQ(
      format(check_supported(parse_topology(kText, "t").value(), little), "t"),
      "t:4:8: bundles.mode: this version of the runtime does not offer \"same_node\"; use "
      "\"shared_memory\"\n"
      "t:11:24: actors.mailbox.overflow: this version of the runtime does not offer \"conflate\"; "
      "use \"block\" or \"fail\"\n"
      "t:12:20: actors.restart.type: this version of the runtime does not offer \"transient\"; use "
      "\"permanent\"\n");
}

TEST(CheckSupported, ReportsADefaultThatIsNotOfferedAtTheTable) {
  const Supported strange{.modes = {BundleMode::same_node},
                          .overflows = {Overflow::conflate},
                          .restarts = {Restart::transient}};
  EXPECT_EQ(
      format(check_supported(parse_topology(kText, "t").value(), strange), "t"),
      "t:5:1: bundles.mode: this version of the runtime does not offer \"shared_memory\"; use "
      "\"same_node\"\n"
      "t:13:1: actors.mailbox.overflow: this version of the runtime does not offer \"block\"; use "
      "\"conflate\"\n"
      "t:13:1: actors.restart.type: this version of the runtime does not offer \"permanent\"; use "
      "\"transient\"\n");
}

TEST(CheckSupportedDeathTest, RefusesARuntimeThatOffersNothing) {
  EXPECT_DEATH(static_cast<void>(check_supported(Topology{}, Supported{.modes = {}})),
               "offers at least one of each");
}

}  // namespace
}  // namespace mycelium
