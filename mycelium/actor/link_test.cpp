#include <gtest/gtest.h>

#include <string>

#include "mycelium/actor/supervision_test.hpp"

namespace mycelium::testing {
namespace {

struct LinkWith {
  AnyRef other;
  bool unlink;
};
MYCELIUM_MESSAGE(LinkWith, 884, "test.link.with", other, unlink)

class Linked {
 public:
  using Handles = Messages<LinkWith, Order>;
  void handle(const LinkWith& order, Context& context) {
    order.unlink ? context.unlink(order.other) : context.link(order.other);
  }
  void handle(const Order& order, Context& context) {
    if (order.deed == Deed::fail) throw std::runtime_error{"broken"};
    context.stop();
  }
};

class Survivor {
 public:
  using Handles = Messages<LinkWith, Exit>;
  explicit Survivor(Lines& lines) : lines_{&lines} {}
  void handle(const LinkWith& order, Context& context) { context.link(order.other); }
  void handle(const Exit& exit) { lines_->push_back(std::string{name_of(exit.reason)}); }

 private:
  Lines* lines_;
};

class LinkTest : public SupervisionTest {
 protected:
  auto linked(const std::string& name, const RestartOptions& restart = {}) {
    return test_.spawn(name, [](Context&) { return Linked{}; }, {.restart = restart});
  }
  template <typename R>
  void link(const R& from, const AnyRef& to, bool unlink = false) {
    test_.send(from, LinkWith{to, unlink});
    test_.run_until_idle();
  }
  void stop(const AnyRef& actor) {
    system_.stop(actor);
    test_.run_until_idle();
  }
};

// Promises: S11
TEST_F(LinkTest, TheTwoStopTogetherWhicheverIsTheFirst) {
  for (const bool first : {true, false}) {
    const auto a = linked("a");
    const auto b = linked("b");
    const auto c = linked("c");
    link(a, b);
    link(c, b);
    stop(first ? AnyRef{a} : AnyRef{b});
    EXPECT_TRUE(system_.actors().empty());  // And whoever is linked with those.
  }
}

// Promises: S11
TEST_F(LinkTest, OneThatHandlesExitIsToldOnceAndGoesOn) {
  Lines lines;
  const auto survivor = test_.spawn([&](Context&) { return Survivor{lines}; });
  const auto failing = linked("failing", {.restart = Restart::temporary});
  const auto other = linked("other");
  link(survivor, failing);
  link(survivor, failing);
  link(survivor, other);
  test_.send(failing, Order{Deed::fail});
  test_.run_until_idle();
  EXPECT_EQ(lines, (Lines{"failed"}));
  stop(other);
  EXPECT_EQ(lines, (Lines{"failed", "stopped"}));
  link(survivor, other);
  EXPECT_EQ(lines.back(), "not_there");
  EXPECT_EQ(system_.actors().size(), 1U);
}

// Promises: S11
TEST_F(LinkTest, ARestartIsNoEnd) {
  const auto a = linked("a");
  const auto b = linked("b");
  link(a, b);
  test_.send(b, Order{Deed::fail});
  test_.run_until_idle();
  EXPECT_EQ(system_.actors().size(), 2U);
  stop(b);
  EXPECT_TRUE(system_.actors().empty());
}

// Promises: S11
TEST_F(LinkTest, WithWhomHasStoppedAlreadyItStopsAtOnce) {
  const auto a = linked("a");
  const auto b = linked("b");
  test_.run_until_idle();
  stop(b);
  link(a, b);
  EXPECT_TRUE(system_.actors().empty());
}

// Promises: S11
TEST_F(LinkTest, WhoIsUnlinkedLivesOn) {
  const auto a = linked("a");
  const auto b = linked("b");
  link(a, b);
  link(b, a, true);
  stop(b);
  EXPECT_EQ(system_.actors().size(), 1U);
}

// Promises: S11, S2
TEST_F(LinkTest, ASupervisedActorThatStopsByALinkIsNotRestarted) {
  const auto top =
      test_.supervise(supervisor("top", {}, child("a", [](Context&) { return Linked{}; })));
  const auto b = linked("b");
  link(system_.lookup<Linked>("a").value(), b);
  stop(b);
  EXPECT_FALSE(lives("a"));
  EXPECT_EQ(system_.actors().size(), 1U);
  link(linked("c"), top);
  stop(top);
  EXPECT_TRUE(system_.actors().empty());
}

}  // namespace
}  // namespace mycelium::testing
