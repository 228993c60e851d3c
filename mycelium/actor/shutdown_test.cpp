// What is spawned while a system shuts down.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;
using Lines = std::vector<std::string>;

struct Turn {};
MYCELIUM_MESSAGE(Turn, 811, "test.turn")

// Does what the test says when it handles a message, and when it stops.
class Guest {
 public:
  using Handles = Messages<Turn>;
  using Action = std::function<void(Context&)>;
  explicit Guest(Action turning, Action stopping = {})
      : turning_{std::move(turning)}, stopping_{std::move(stopping)} {}
  void handle(const Turn&, Context& context) {
    if (turning_) turning_(context);
  }
  void on_stop(Context& context) {
    if (stopping_) stopping_(context);
  }

 private:
  Action turning_;
  Action stopping_;
};

// Promises: X2
TEST(Shutdown, FromItsBeginningOnNobodySpawnsFromOutside) {
  std::latch stopping{1};
  std::latch released{1};
  System system{{.idle = Idle::sleep}};
  const auto guest = [&](Context&) {
    return Guest{{}, [&](Context&) {
                   stopping.count_down();
                   released.wait();
                 }};
  };
  system.spawn("guest", guest);
  std::jthread ending{[&] { EXPECT_TRUE(system.shutdown().empty()); }};
  stopping.wait();
  try {
    system.spawn("late", [](Context&) { return Guest{{}}; });
    ADD_FAILURE() << "it was spawned";
  } catch (const std::logic_error& refused) {
    EXPECT_STREQ(refused.what(), "the system is shutting down; nothing can be spawned");
  }
  EXPECT_FALSE(system.lookup<Turn>("late"));
  released.count_down();
  ending.join();
  EXPECT_TRUE(system.actors().empty());
}

class ShutdownTest : public ::testing::Test {
 protected:
  ManualClock clock_;
  Lines lines_;
  std::function<void()> spawn_next_;
  System system_{{.workers = 2, .clock = &clock_, .drive = Drive::manual}};

  // One that notes its turns and its stop, and gives itself a turn again and again.
  auto busy(const std::string& name) {
    return [this, name](Context& context) {
      const auto turn = [](Context& me) { static_cast<void>(me.self<Guest>().try_send(Turn{})); };
      context.after(std::chrono::nanoseconds{0}, Turn{});
      return Guest{turn, [this, name](Context&) { lines_.push_back("stop " + name); }};
    };
  }
};

// Promises: X2
TEST_F(ShutdownTest, WhatActorsSpawnMeanwhileIsStoppedToo) {
  // Given one that spawns when it handles what has waited, and when it stops
  const auto guest = system_.spawn("guest", [this](Context&) {
    return Guest{[this](Context& context) {
                   context.spawn("child", busy("child"));
                   system_.spawn("other", busy("other"), {.worker = 1});
                 },
                 [this](Context&) {
                   lines_.push_back("stop guest");
                   system_.spawn("last", busy("last"), {.worker = 0});
                 }};
  });
  ASSERT_EQ(guest.try_send(Turn{}), SendResult::ok);
  // When the system shuts down
  EXPECT_TRUE(system_.shutdown().empty());
  // Then its child ends with it before it has begun, and the others after it, the last one first
  EXPECT_EQ(lines_, (Lines{"stop guest", "stop last", "stop other"}));
  EXPECT_TRUE(system_.actors().empty());
}

// Promises: X2
TEST_F(ShutdownTest, EndsAlthoughEachStopStartsAnotherOne) {
  spawn_next_ = [this] {
    system_.spawn([&](Context&) { return Guest{{}, [&](Context&) { spawn_next_(); }}; });
  };
  spawn_next_();
  const Lines late = system_.shutdown();
  ASSERT_EQ(late.size(), 1U);
  EXPECT_NE(late.front().find("did not stop in time"), std::string::npos) << late.front();
}

}  // namespace
}  // namespace mycelium
