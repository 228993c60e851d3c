#include "mycelium/actor/supervision_tree.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "mycelium/actor/supervision_test.hpp"
#include "mycelium/bus/subscriber.hpp"

namespace mycelium::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SupervisionTreeTest : public SupervisionTest {
 protected:
  Lines events() {
    Lines lines;
    while (const auto event = events_.try_next()) {
      lines.push_back(std::string{name_of(event->kind)} + " " + event->name +
                      (event->reason.empty() ? "" : ": " + event->reason));
    }
    return lines;
  }

  Subscriber<ActorEvent> events_ = system_.subscriber<ActorEvent>();
};

// Promises: S13
TEST_F(SupervisionTreeTest, ShowsWhoSupervisesWhomWithStateRestartsLastErrorAndUptime) {
  const RestartOptions slow{.backoff =
                                Backoff{.min = seconds{1}, .jitter = 0, .first_at_once = false}};
  test_.supervise(supervisor("top", {.strategy = Strategy::rest_for_one}, member("a"),
                             supervisor("inner", {}, member("b"), member("c", {.restart = slow}))));
  test_.spawn("alone", [this](Context&) { return Member{story_, "alone"}; });
  test_.run_until_idle();
  test_.advance(milliseconds{5});
  tell("b", Deed::fail);
  tell("c", Deed::fail);
  test_.advance(milliseconds{2});
  const std::vector<SupervisionNode> tree = system_.supervision_tree();
  EXPECT_EQ(to_text(tree),
            "top: running, rest_for_one\n"
            "  a: running\n"
            "  inner: running, one_for_one\n"
            "    b: running, 1 restarts, last error: b is broken\n"
            "    c: backing_off, last error: c is broken\n"
            "alone: running\n");
  EXPECT_EQ(tree[0].children[0].uptime, milliseconds{7});
  EXPECT_EQ(tree[0].children[1].children[0].uptime, milliseconds{2});
  EXPECT_EQ(tree[0].children[1].children[1].uptime, milliseconds{0});
  EXPECT_EQ(tree[0].children[0].id, ref("a").id());
}

// Promises: S14
TEST_F(SupervisionTreeTest, EventsTellWhatHappensInTheOrderInWhichItDoes) {
  test_.supervise(supervisor("top", {.restart = {.max_restarts = 1}, .worker = 0},
                             member("a", {.restart = {.max_restarts = 1}, .worker = 0})));
  test_.run_until_idle();
  EXPECT_EQ(events(), (Lines{"started a", "started top"}));
  tell("a", Deed::fail);
  test_.run_until_idle();
  EXPECT_EQ(events(), (Lines{"failed a: a is broken", "restarted a"}));
  tell("a", Deed::fail);
  test_.run_until_idle();
  const std::string gave_up =
      "actor \"a\" failed more than 1 times within 10 s, the last time with: a is broken";
  EXPECT_EQ(events(), (Lines{"failed a: a is broken", "escalated a: " + gave_up,
                             "failed top: " + gave_up, "restarted a", "restarted top"}));
  system_.stop(ref("a"));
  test_.run_until_idle();
  EXPECT_EQ(events(), (Lines{"stopped a: stopped"}));
}

}  // namespace
}  // namespace mycelium::testing
