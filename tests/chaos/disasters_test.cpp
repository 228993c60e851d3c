#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/actor/supervision_test.hpp"

// Disasters by name. Those that concern one rule alone stand beside the actor layer.
namespace mycelium::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class DisasterTest : public SupervisionTest {
 protected:
  DisasterTest() { spdlog::set_level(spdlog::level::off); }

  /// Nobody lives, nobody holds a name, and nothing is due any more but long after the end.
  void expect_nothing_left() {
    EXPECT_TRUE(system_.actors().empty());
    EXPECT_EQ(to_text(system_.supervision_tree()), "");
    EXPECT_TRUE(test_.is_idle());
  }
};

// Promises: S1, S9
TEST_F(DisasterTest, AHundredThatFailAtOnceEachForItselfAreAHundredRestarts) {
  SupervisorSpec spec = supervisor("top", {.restart = {.max_restarts = 0}});
  for (int number = 0; number < 100; ++number)
    spec.children.push_back(member(fmt::format("m{}", number)));
  spec.children.push_back(member("bystander"));
  test_.supervise(std::move(spec));
  test_.run_until_idle();
  static_cast<void>(story_.take());
  for (int number = 0; number < 100; ++number) tell(fmt::format("m{}", number), Deed::fail);
  tell("bystander", Deed::nothing, 7);
  test_.run_until_idle();
  for (int number = 0; number < 100; ++number) {
    EXPECT_EQ(story_.count(fmt::format("stop m{}", number)), 1U);
    EXPECT_EQ(story_.count(fmt::format("start m{}", number)), 1U);
  }
  EXPECT_EQ(story_.count("bystander handles 7"), 1U);
  EXPECT_EQ(story_.lines.size(), 201U);
  EXPECT_EQ(system_.restarts(), 100U);
  EXPECT_EQ(failure(), "");
  EXPECT_TRUE(system_.shutdown().empty());
  expect_nothing_left();
}

// Promises: S5, S3
TEST_F(DisasterTest, ASupervisorThatFailsWhileItRestartsIsRestartedAsOneThatRan) {
  test_.supervise(supervisor("top", {},
                             supervisor("inner",
                                        {.strategy = Strategy::one_for_all,
                                         .intensity = {.max_restarts = 1},
                                         .restart = {.max_restarts = 2}},
                                        member("a"), member("b")),
                             member("c")));
  test_.run_until_idle();
  // The restart of the group fails once more than is accepted, so its supervisor does; so does the
  // supervisor's own restart, and the one after that succeeds.
  story_.failing_starts["a"] = 3;
  EXPECT_EQ(after("b", Deed::fail), (Lines{"stop b", "stop a", "no start a", "no start a",
                                           "no start a", "start a", "start b"}));
  EXPECT_EQ(failure(), "");
  // And its counts have begun anew.
  EXPECT_EQ(after("b", Deed::fail), (Lines{"stop b", "stop a", "start a", "start b"}));
  EXPECT_TRUE(lives("c"));
}

// Promises: S5, X2
TEST_F(DisasterTest, WhoFailsOnEveryRestartTakesItsTreeAlongWithASentenceAndNothingElse) {
  test_.spawn("outside", [this](Context&) { return Member{story_, "outside"}; });
  test_.supervise(
      supervisor("top", {.restart = {.max_restarts = 1}},
                 supervisor("inner", {.restart = {.max_restarts = 2}},
                            member("a", {.restart = {.max_restarts = 3}}), member("b"))));
  test_.run_until_idle();
  story_.failing_starts["a"] = 1000;
  tell("a", Deed::fail);
  test_.run_until_idle();
  EXPECT_NE(failure().find("a cannot start"), std::string::npos);
  EXPECT_NE(failure().find("\"a\""), std::string::npos);
  EXPECT_FALSE(lives("a") || lives("b"));
  EXPECT_TRUE(lives("outside"));
  // 4 objects of "a" for each of 3 of "inner" for each of 2 of "top", and the first one ran.
  EXPECT_EQ(story_.count("no start a"), 4U * 3U * 2U - 1U);
  EXPECT_TRUE(system_.shutdown().empty());
  expect_nothing_left();
}

/// An object on whose way out something fails, and is caught there.
class Untidy {
 public:
  using Handles = Messages<Order>;
  Untidy(RefTo<Order> heir, int& ends) : heir_{heir}, ends_{&ends} {}
  Untidy(const Untidy&) = delete;
  Untidy& operator=(const Untidy&) = delete;
  ~Untidy() {
    try {
      throw std::runtime_error{"the destructor's own"};
    } catch (const std::runtime_error&) {
      static_cast<void>(heir_.try_send(Order{Deed::nothing, ++*ends_}));
    }
  }
  void on_stop(Context&) { throw std::runtime_error{"on_stop's own"}; }
  void handle(const Order&) { throw std::runtime_error{"the handler's own"}; }

 private:
  RefTo<Order> heir_;
  int* ends_;
};

// Promises: S9, L3, L4
TEST_F(DisasterTest, WhatFailsOnTheWayOutOfAnObjectChangesNothingAboutItsFailure) {
  int ends = 0;
  test_.supervise(supervisor("top", {.strategy = Strategy::rest_for_one}, member("heir"),
                             child("untidy", [&](Context&) { return Untidy{ref("heir"), ends}; })));
  test_.run_until_idle();
  static_cast<void>(story_.take());
  EXPECT_EQ(after("untidy", Deed::nothing), (Lines{"heir handles 1"}));
  EXPECT_NE(to_text(system_.supervision_tree())
                .find("untidy: running, 1 restarts, last error: the handler's own"),
            std::string::npos)
      << to_text(system_.supervision_tree());
  EXPECT_TRUE(system_.shutdown().empty());
  EXPECT_EQ(ends, 2);
  expect_nothing_left();
}

/// Begins tasks that nobody awaits, or that fail deep inside.
class Detaching {
 public:
  using Handles = Messages<Order>;
  Detaching(std::vector<std::string>& story, std::shared_ptr<int> token)
      : story_{&story}, token_{std::move(token)} {}

  Task<> handle(const Order& order, Context& context) {
    kept_ = fail_inside(context, token_);  // Nobody awaits it: it never begins.
    static_cast<void>(fail_inside(context, token_));
    story_->push_back("detached");
    if (order.deed == Deed::fail) co_await fail_deeper(context, token_);
    story_->push_back("goes on");
  }

 private:
  Task<> fail_inside(Context& context, std::shared_ptr<int> token) {
    story_->push_back("begun");
    co_await context.sleep(milliseconds{1});
    if (token != nullptr) throw std::runtime_error{"deep inside"};
  }
  Task<> fail_deeper(Context& context, std::shared_ptr<int> token) {
    co_await fail_inside(context, std::move(token));
    story_->push_back("behind the failure");
  }

  std::vector<std::string>* story_;
  std::shared_ptr<int> token_;
  Task<> kept_{};
};

// Promises: S9, L4
TEST_F(DisasterTest, ATaskThatNobodyAwaitsFailsNobodyAndOneThatIsAwaitedFailsItsActor) {
  std::vector<std::string> story;
  const auto token = std::make_shared<int>(0);
  test_.supervise(
      supervisor("top", {.strategy = Strategy::one_for_all}, member("a"),
                 child("detaching", [&](Context&) { return Detaching{story, token}; })));
  test_.run_until_idle();
  EXPECT_EQ(after("detaching", Deed::nothing), Lines{});
  EXPECT_EQ(story, (Lines{"detached", "goes on"}));
  story.clear();
  tell("detaching", Deed::fail);
  test_.advance(milliseconds{1});
  EXPECT_EQ(story, (Lines{"detached", "begun"}));
  EXPECT_EQ(story_.take(), (Lines{"stop a", "start a"}));
  EXPECT_TRUE(system_.shutdown().empty());
  EXPECT_EQ(token.use_count(), 1);
  expect_nothing_left();
}

// Promises: X1, X2, S9
TEST_F(DisasterTest, WhateverFailsWhileTheSystemStopsItStopsAndStartsNobody) {
  int ends = 0;
  test_.spawn("heir", [this](Context&) { return Member{story_, "heir"}; });
  test_.supervise(supervisor(
      "top", {.strategy = Strategy::one_for_all}, member("a"),
      child("untidy", [&](Context&) { return Untidy{ref("heir"), ends}; }),
      supervisor("inner", {.strategy = Strategy::rest_for_one}, member("b"),
                 member("c", {.restart = {.backoff = Backoff{.first_at_once = false}}}))));
  test_.run_until_idle();
  static_cast<void>(after("c", Deed::fail));  // It backs off.
  for (const char* const name : {"a", "untidy", "b"}) {
    tell(name, Deed::fail);
    tell(name, Deed::nothing, 1);
  }
  EXPECT_TRUE(system_.shutdown().empty());
  EXPECT_EQ(story_.count("start c"), 0U);
  EXPECT_EQ(story_.count("start a") + story_.count("start b"), 0U);
  EXPECT_EQ(failure(), "");
  EXPECT_EQ(ends, 1);
  expect_nothing_left();
}

// Promises: S7, X2
TEST_F(DisasterTest, TheShutdownNamesWhoHangsAndAllThatWaitForIt) {
  test_.supervise(supervisor("top", {}, member("a"),
                             supervisor("inner", {}, member("b", {.shutdown = seconds{2}}),
                                        member("c", {.shutdown = seconds{3}})),
                             member("d")));
  test_.run_until_idle();
  tell("b", Deed::hang);
  tell("c", Deed::hang);
  test_.run_until_idle();
  std::string named;
  for (const std::string& late : system_.shutdown(seconds{0})) {
    EXPECT_NE(late.find("did not stop in time"), std::string::npos);
    named += late.substr(6, late.find('"', 7) - 5);
  }
  EXPECT_EQ(named, "\"c\"\"b\"\"inner\"\"a\"\"top\"");
  static_cast<void>(story_.take());
  // Time is all that they need: each is killed in its turn.
  test_.advance(seconds{5} - milliseconds{1});
  EXPECT_EQ(story_.take(), Lines{});
  test_.advance(milliseconds{1});
  EXPECT_EQ(story_.take(), (Lines{"stop a"}));
  expect_nothing_left();
}

// Promises: S7, S5
TEST_F(DisasterTest, AChildThatNeverStopsHoldsUpARestartOfItsGroupForItsTimeAlone) {
  test_.supervise(
      supervisor("top", {.strategy = Strategy::one_for_all}, member("a"),
                 member("b", {.restart = {.restart = Restart::temporary}, .shutdown = seconds{2}}),
                 member("c")));
  test_.run_until_idle();
  tell("b", Deed::hang);
  test_.run_until_idle();
  EXPECT_EQ(after("c", Deed::fail), (Lines{"stop c"}));
  test_.advance(seconds{2} - milliseconds{1});
  EXPECT_EQ(story_.take(), Lines{});
  test_.advance(milliseconds{1});
  EXPECT_EQ(story_.take(), (Lines{"stop a", "start a", "start c"}));
  EXPECT_FALSE(lives("b"));
}

}  // namespace
}  // namespace mycelium::testing
