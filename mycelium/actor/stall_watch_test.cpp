// What is seen of a system from outside: who holds a worker up, and who waits in a circle.
#include "mycelium/actor/stall_watch.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Lines = std::vector<std::string>;

struct Go {};
MYCELIUM_MESSAGE(Go, 801, "test.go")
struct Query {
  using Reply = Go;
};
MYCELIUM_MESSAGE(Query, 802, "test.query")

using Action = std::function<void()>;

// Does what the test says, wherever an actor does something.
class Acting {
 public:
  using Handles = Messages<Go, Query>;
  struct Script {
    Action making{};
    Action starting{};
    Action going{};
    Action answering{};
    Action stopping{};
  };
  explicit Acting(Script script) : script_{std::move(script)} { run(script_.making); }
  void on_start(Context&) { run(script_.starting); }
  void on_stop(Context&) { run(script_.stopping); }
  void handle(const Go&) { run(script_.going); }
  Go handle(const Query&) {
    run(script_.answering);
    return Go{};
  }

 private:
  static void run(const Action& action) {
    if (action) action();
  }
  Script script_;
};

// Fills the mailbox of the next one, which has room for one message, and waits for room there.
class Pushing {
 public:
  using Handles = Messages<Go>;
  explicit Pushing(const RefTo<Go>& next, std::latch* begun = nullptr)
      : next_{&next}, begun_{begun} {}
  Task<> handle(const Go&, Context& context) {
    // Until all have begun: from then on nobody takes anything out of a mailbox.
    if (begun_ != nullptr) begun_->arrive_and_wait();
    if (begun_ == nullptr) co_await context.sleep(milliseconds{1});
    while (next_->try_send(Go{}) == SendResult::ok) {
    }
    static_cast<void>(co_await context.send(
        *next_, Go{}, begun_ == nullptr ? seconds{1} : std::chrono::nanoseconds::max()));
    context.stop();
  }

 private:
  const RefTo<Go>* next_;
  std::latch* begun_;
};

// Asks another one, who may take its time.
class Asking {
 public:
  using Handles = Messages<Go, Query>;
  explicit Asking(const RefTo<Query>& other, Action answering = {})
      : other_{&other}, answering_{std::move(answering)} {}
  Task<> handle(const Go&, Context& context) {
    static_cast<void>(co_await context.ask(*other_, Query{}, seconds{1}));
  }
  Go handle(const Query&) {
    if (answering_) answering_();
    return Go{};
  }

 private:
  const RefTo<Query>* other_;
  Action answering_;
};
class Dreaming {
 public:
  using Handles = Messages<Query>;
  Task<Go> handle(const Query&, Context& context) {
    co_await context.sleep(seconds{3600});
    co_return Go{};
  }
};

class StallWatchTest : public ::testing::Test {
 protected:
  static constexpr milliseconds kLimit{10};

  void settle() {
    while (system_.step() > 0) {
    }
  }
  void step(std::uint16_t worker) { system_.worker_group().worker(worker).step(); }
  // As one who looks twice while something goes on.
  void hold() {
    watch_.look();
    clock_.advance(kLimit);
    watch_.look();
  }
  // What has been said since the call before.
  Lines said() {
    Lines lines;
    while (const auto event = events_.try_next()) {
      if (event->kind >= ActorEventKind::stalled)
        lines.push_back(fmt::format("{} {}: {}", name_of(event->kind), event->name, event->reason));
    }
    return lines;
  }
  Lines stalls() {
    Lines lines = said();
    std::erase_if(lines, [](const std::string& line) { return !line.starts_with("stalled"); });
    return lines;
  }
  // Two that wait for room in each other's mailbox.
  void begin_circle(std::uint16_t first, std::uint16_t second) {
    const auto spawn = [&](const char* name, const RefTo<Go>& next, std::uint16_t worker) {
      return system_.spawn(name, [&next](Context&) { return Pushing{next}; },
                           {.mailbox = {.capacity = 1}, .worker = worker});
    };
    left_ = spawn("left", right_, first);
    right_ = spawn("right", left_, second);
    ASSERT_EQ(left_.try_send(Go{}), SendResult::ok);
    ASSERT_EQ(right_.try_send(Go{}), SendResult::ok);
    settle();
    clock_.advance(milliseconds{1});
    settle();
  }
  void look_thrice() {
    for (int looks = 0; looks < 3; ++looks) {
      watch_.look();
      settle();
    }
  }

  ManualClock clock_;
  RefTo<Go> left_;
  RefTo<Go> right_;
  System system_{{.workers = 2, .clock = &clock_, .drive = Drive::manual}};
  Subscriber<ActorEvent> events_ = system_.subscriber<ActorEvent>();
  StallWatch watch_{system_, kLimit};
};

// Promises: S16
TEST_F(StallWatchTest, AHandlerThatHoldsItsWorkerIsToldWithItsActorAndItsMessage) {
  const Acting::Script script{.going = [this] { hold(); }};
  const auto slow = system_.spawn("slow", [&](Context&) { return Acting{script}; }, {.worker = 1});
  ASSERT_EQ(slow.try_send(Go{}), SendResult::ok);
  settle();
  EXPECT_EQ(said(), Lines{"stalled slow: worker 1 has been held for 0.010 s by actor \"slow\", "
                          "which handles Go"});
  clock_.advance(milliseconds{5});
  watch_.look();
  EXPECT_EQ(said(), Lines{"went_on slow: worker 1 goes on: actor \"slow\", which handles Go, "
                          "held it for 0.015 s"});
  watch_.look();
  EXPECT_EQ(said(), Lines{});
  EXPECT_EQ(system_.stalls(), 1U);
}

// Promises: S16
TEST_F(StallWatchTest, WhoStartsOrStopsIsNamedAndNotWhoHandledAMessageBefore) {
  // Given one that gets a message by a lane, in the step in which another starts or stops
  const Acting::Script idle;
  const auto busy = system_.spawn("busy", [&](Context&) { return Acting{idle}; }, {.worker = 0});
  const Acting::Script feeds{.going = [&] { EXPECT_EQ(busy.try_send(Go{}), SendResult::ok); }};
  const auto feeder =
      system_.spawn("feeder", [&](Context&) { return Acting{feeds}; }, {.worker = 1});
  settle();
  const auto feed = [&] {
    ASSERT_EQ(feeder.try_send(Go{}), SendResult::ok);
    step(1);
  };
  const Action holding = [this] { hold(); };
  const Acting::Script in_factory{.making = holding};
  const Acting::Script in_hooks{.starting = holding, .stopping = holding};
  // When its factory, its on_start or its on_stop takes long
  feed();
  system_.spawn("made", [&](Context&) { return Acting{in_factory}; }, {.worker = 0});
  step(0);
  EXPECT_EQ(stalls(), Lines{"stalled made: worker 0 has been held for 0.010 s by actor \"made\", "
                            "which starts"});
  feed();
  const auto hooked =
      system_.spawn("hooked", [&](Context&) { return Acting{in_hooks}; }, {.worker = 0});
  step(0);
  EXPECT_EQ(stalls(), Lines{"stalled hooked: worker 0 has been held for 0.010 s by actor "
                            "\"hooked\", which starts"});
  feed();
  system_.stop(hooked);
  step(0);
  EXPECT_EQ(stalls(), Lines{"stalled hooked: worker 0 has been held for 0.010 s by actor "
                            "\"hooked\", which stops"});
  // Then nobody is blamed for what comes after it
  feed();
  system_.worker_group().worker(0).inject([this] { hold(); });
  step(0);
  EXPECT_EQ(stalls(), Lines{});
}

// Promises: S16
TEST_F(StallWatchTest, AStartIsNamedOnAWorkerThatHasHandledNothing) {
  const Acting::Script script{.making = [this] { hold(); }};
  system_.spawn("first", [&](Context&) { return Acting{script}; }, {.worker = 0});
  settle();
  EXPECT_EQ(stalls(), Lines{"stalled first: worker 0 has been held for 0.010 s by actor "
                            "\"first\", which starts"});
}

// Promises: D11
TEST_F(StallWatchTest, ThoseWhoWaitForRoomInACircleAreFound) {
  for (const std::uint16_t second : {0, 1}) {
    begin_circle(0, second);
    for (int looks = 0; looks < 2; ++looks) {
      EXPECT_TRUE(system_.find_wait_cycles().empty());
      settle();
    }
    EXPECT_EQ(system_.find_wait_cycles(), (std::vector<Lines>{{"left", "right"}}));
    // The deadlines end it.
    clock_.advance(seconds{1});
    settle();
    for (int looks = 0; looks < 3; ++looks) {
      EXPECT_TRUE(system_.find_wait_cycles().empty());
      settle();
    }
  }
}

// Promises: D11
TEST_F(StallWatchTest, ACircleIsToldOnceAndAgainWhenItHasEnded) {
  begin_circle(0, 1);
  look_thrice();
  EXPECT_EQ(said(), Lines{"wait_circle left: these actors wait for each other in a circle: "
                          "left -> right -> left"});
  look_thrice();
  EXPECT_EQ(said(), Lines{});
  clock_.advance(seconds{1});
  settle();
  look_thrice();
  ASSERT_EQ(said().size(), 1U);
  look_thrice();
  EXPECT_EQ(said(), Lines{});
}

// Promises: D11
TEST_F(StallWatchTest, ACircleHasNotEndedWhileAWorkerTellsNothingOfIt) {
  begin_circle(0, 1);
  look_thrice();
  ASSERT_EQ(said().size(), 1U);
  for (int looks = 0; looks < 5; ++looks) {
    watch_.look();
    step(0);
  }
  settle();
  look_thrice();
  EXPECT_EQ(said(), Lines{});
}

// Promises: D11
TEST_F(StallWatchTest, OthersWhoLookDisturbNobodysLooks) {
  begin_circle(0, 1);
  for (int looks = 0; looks < 3; ++looks) {
    watch_.look();
    settle();
    // One that never lets the workers tell it anything.
    static_cast<void>(system_.find_wait_cycles());
    static_cast<void>(system_.find_wait_cycles());
  }
  EXPECT_EQ(said().size(), 1U);
}

// Promises: D11
TEST_F(StallWatchTest, WhatAWorkerTellsLateIsNotTakenForWhatWasThereBefore) {
  // Given a worker that tells nothing while one of its handlers runs, and two looks meanwhile
  RefTo<Query> left;
  RefTo<Query> right;
  RefTo<Query> dreaming = system_.spawn([](Context&) { return Dreaming{}; }, {.worker = 1});
  const auto asking = [&](const RefTo<Query>& other, std::uint16_t worker, Action answering = {}) {
    return system_.spawn([&other, answering](Context&) { return Asking{other, answering}; },
                         {.worker = worker});
  };
  const auto waits_on_it = asking(dreaming, 1);
  const auto first = asking(right, 0);
  const auto second = asking(left, 1, [this] {
    for (int looks = 0; looks < 2; ++looks) {
      EXPECT_TRUE(system_.find_wait_cycles().empty());
      step(0);
    }
  });
  left = first;
  right = second;
  settle();
  ASSERT_EQ(waits_on_it.try_send(Go{}), SendResult::ok);
  settle();
  // When it asks the one whom it has just answered, and only then tells both looks of it
  ASSERT_EQ(first.try_send(Go{}), SendResult::ok);
  step(0);
  ASSERT_EQ(second.try_send(Go{}), SendResult::ok);
  step(1);
  step(1);
  // Then the two have never waited for each other
  EXPECT_TRUE(system_.find_wait_cycles().empty());
  settle();
  EXPECT_TRUE(system_.find_wait_cycles().empty());
}

// What has been told of this kind next.
ActorEvent next_of(Subscriber<ActorEvent>& events, ActorEventKind kind) {
  while (true) {
    if (const auto event = events.next(); event->kind == kind) return *event;
  }
}

// Promises: S16
TEST(StallMonitor, TellsFromItsOwnThreadWhoHoldsAWorkerAndWhenThatHasEnded) {
  std::atomic<bool> go_on{false};
  const Acting::Script script{.going = [&] { go_on.wait(false); }};
  System system{{.idle = Idle::sleep, .stall_limit = milliseconds{2}}};
  auto events = system.subscriber<ActorEvent>();
  const auto stuck = system.spawn("stuck", [&](Context&) { return Acting{script}; });
  ASSERT_EQ(stuck.try_send(Go{}), SendResult::ok);
  const ActorEvent stalled = next_of(events, ActorEventKind::stalled);
  EXPECT_EQ(stalled.name, "stuck");
  EXPECT_EQ(stalled.actor, stuck.id());
  EXPECT_TRUE(stalled.reason.ends_with("by actor \"stuck\", which handles Go")) << stalled.reason;
  go_on = true;
  go_on.notify_all();
  EXPECT_EQ(next_of(events, ActorEventKind::went_on).actor, stuck.id());
}

// Promises: D11
TEST(StallMonitor, TellsOfACircleWhileOthersLookToo) {
  std::latch begun{2};
  RefTo<Go> left;
  RefTo<Go> right;
  System system{{.workers = 2, .idle = Idle::sleep, .stall_limit = milliseconds{2}}};
  auto events = system.subscriber<ActorEvent>();
  const auto spawn = [&](const char* name, const RefTo<Go>& next, std::uint16_t worker) {
    return system.spawn(name, [&](Context&) { return Pushing{next, &begun}; },
                        {.mailbox = {.capacity = 1}, .worker = worker});
  };
  left = spawn("left", right, 0);
  right = spawn("right", left, 1);
  ASSERT_EQ(left.try_send(Go{}), SendResult::ok);
  ASSERT_EQ(right.try_send(Go{}), SendResult::ok);
  {
    std::vector<std::jthread> lookers;
    for (int looker = 0; looker < 3; ++looker) {
      lookers.emplace_back([&] {
        for (int looks = 0; looks < 500; ++looks) static_cast<void>(system.find_wait_cycles());
      });
    }
    EXPECT_EQ(next_of(events, ActorEventKind::wait_circle).reason,
              "these actors wait for each other in a circle: left -> right -> left");
  }
  system.stop(left, StopMode::discard);
  EXPECT_EQ(next_of(events, ActorEventKind::circle_ended).actor, left.id());
}

}  // namespace
}  // namespace mycelium
