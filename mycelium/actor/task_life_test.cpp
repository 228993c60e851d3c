#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Work {
  int number;
  int what;
};
MYCELIUM_MESSAGE(Work, 310, "test.work", number, what)
constexpr int kPlain = 0;
constexpr int kSleep = 1;
constexpr int kThrow = 2;
struct Control {
  int number;
  int what;
};
MYCELIUM_MESSAGE(Control, 311, "test.control", number, what)
constexpr int kStop = 3;

using Lines = std::vector<std::string>;

// Says when it ends.
class Noted {
 public:
  Noted(Lines& lines, std::string name) : lines_{&lines}, name_{std::move(name)} {}
  Noted(Noted&& other) noexcept : lines_{other.lines_}, name_{std::exchange(other.name_, "")} {}
  Noted& operator=(Noted&&) = delete;
  ~Noted() {
    if (!name_.empty()) lines_->push_back("end of " + name_);
  }

 private:
  Lines* lines_;
  std::string name_;
};

struct Story {
  Lines lines;
  std::chrono::nanoseconds start_takes{0};
  int start_failures = 0;
};

class Probe {
 public:
  using Handles = Messages<Work, Control>;
  using Interleaved = Messages<Control>;
  explicit Probe(Story& story) : story_{&story}, noted_{story.lines, "object"} {}

  Task<> on_start(Context& context) {
    if (story_->start_takes > std::chrono::nanoseconds{0}) {
      story_->lines.emplace_back("starting");
      co_await context.sleep(story_->start_takes);
    }
    if (story_->start_failures-- > 0) throw std::runtime_error{"no start"};
    story_->lines.emplace_back("started");
  }
  void on_stop(Context&) { story_->lines.emplace_back("stop"); }
  Task<> handle(const Work& work, Context& context) {
    const Noted frame{story_->lines, "frame " + std::to_string(work.number)};
    if (work.what == kSleep) {
      co_await context.sleep(milliseconds{5});
      story_->lines.push_back("slept " + std::to_string(work.number));
    }
    if (work.what == kThrow) throw std::runtime_error{"bad work"};
    if (work.what == kPlain) story_->lines.push_back("work " + std::to_string(work.number));
  }
  void handle(const Control& control, Context& context) {
    story_->lines.push_back("control " + std::to_string(control.number));
    if (control.what == kThrow) throw std::runtime_error{"bad control"};
    if (control.what == kStop) context.stop();
  }

 private:
  Story* story_;
  Noted noted_;
};

using ProbeRef = RefTo<Work, Control>;

class TaskLifeTest : public ::testing::Test {
 protected:
  ProbeRef spawn(const SpawnOptions& options = {}) {
    return system_.spawn("probe", [this](Context&) { return Probe{story_}; }, options);
  }
  void settle() {
    while (system_.step() > 0) {
    }
  }
  void advance(std::chrono::nanoseconds by) {
    clock_.advance(by);
    settle();
  }
  template <typename M>
  static void send(const ProbeRef& ref, M message) {
    ASSERT_EQ(ref.try_send(message), SendResult::ok);
  }
  std::uint64_t dead(DeadLetterReason reason) { return system_.dead_letters().count(reason); }

  ManualClock clock_;
  Story story_;
  Lines& lines_ = story_.lines;
  System system_{{.workers = 2, .clock = &clock_, .drive = Drive::manual}};
};

// Promises: L1, L2
TEST_F(TaskLifeTest, TheFirstMessageComesWhenOnStartHasEnded) {
  story_.start_takes = milliseconds{5};
  const auto ref = spawn();
  send(ref, Work{1, kPlain});
  settle();
  EXPECT_EQ(lines_, Lines{"starting"});
  EXPECT_EQ(system_.actors().front().state, ActorState::starting);
  send(ref, Work{2, kPlain});
  advance(milliseconds{5});
  EXPECT_EQ(lines_,
            (Lines{"starting", "started", "work 1", "end of frame 1", "work 2", "end of frame 2"}));
  EXPECT_EQ(system_.actors().front().state, ActorState::running);
}

// Promises: L2, S5
TEST_F(TaskLifeTest, AnOnStartThatFailsAfterItHasWaitedIsAFailureAndGetsNoOnStop) {
  story_.start_takes = milliseconds{5};
  story_.start_failures = 2;
  const auto ref = spawn();
  send(ref, Work{1, kPlain});
  settle();
  for (int start = 0; start < 3; ++start) advance(milliseconds{5});
  EXPECT_EQ(lines_, (Lines{"starting", "end of object", "starting", "end of object", "starting",
                           "started", "work 1", "end of frame 1"}));
  EXPECT_EQ(system_.restarts(), 2U);
  EXPECT_EQ(system_.dead_letters().total(), 0U);
}

// Promises: S5
TEST_F(TaskLifeTest, AnOnStartThatAlwaysFailsEndsTheActor) {
  story_.start_takes = milliseconds{5};
  story_.start_failures = 100;
  const auto ref = spawn({.restart = {.max_restarts = 2}});
  settle();
  for (int start = 0; start < 3; ++start) advance(milliseconds{5});
  ASSERT_TRUE(system_.failure().has_value());
  EXPECT_NE(system_.failure()->message.find("no start"), std::string::npos);
  EXPECT_EQ(ref.try_send(Work{1, kPlain}), SendResult::closed);
}

// Promises: L2
TEST_F(TaskLifeTest, InterleavedMessagesAreHandledWhileOnStartWaits) {
  story_.start_takes = milliseconds{5};
  const auto ref = spawn();
  send(ref, Work{1, kPlain});
  send(ref, Control{1, kPlain});
  settle();
  send(ref, Control{2, kPlain});
  settle();
  EXPECT_EQ(lines_, (Lines{"starting", "control 1", "control 2"}));
  advance(milliseconds{5});
  EXPECT_EQ(lines_,
            (Lines{"starting", "control 1", "control 2", "started", "work 1", "end of frame 1"}));
}

// Promises: D1, L2
TEST_F(TaskLifeTest, InterleavedMessagesKeepTheirOrderHoweverManyThereAre) {
  constexpr int kControls = 500;
  const auto ref = spawn();
  send(ref, Work{1, kSleep});
  settle();
  lines_.clear();
  Lines expected;
  for (int number = 0; number < kControls; ++number) {
    send(ref, Control{number, kPlain});
    expected.push_back("control " + std::to_string(number));
    if (number % 150 == 0) system_.step();
  }
  settle();
  EXPECT_EQ(lines_, expected);  // While the other still sleeps.
  advance(milliseconds{5});
  EXPECT_EQ(lines_.size(), expected.size() + 2);
}

// Sends controls to the probe each time it is told to.
class Controller {
 public:
  using Handles = Messages<Control>;
  explicit Controller(ProbeRef probe) : probe_{probe} {}
  void handle(const Control& control) {
    EXPECT_EQ(probe_.try_send(Control{control.number, kPlain}), SendResult::ok);
  }

 private:
  ProbeRef probe_;
};

// Promises: D1, L6
TEST_F(TaskLifeTest, AnInterleavedMessageDoesNotOvertakeThoseThatWaitedForTheStart) {
  const auto ref = spawn();
  const auto controller = system_.spawn([=](Context&) { return Controller{ref}; }, {.worker = 0});
  settle();
  lines_.clear();
  story_.start_takes = milliseconds{5};
  // Given controls behind a failure, and one that comes in the same step before the new start runs
  send(ref, Control{1, kThrow});
  ASSERT_EQ(controller.try_send(Control{4, kPlain}), SendResult::ok);
  send(ref, Control{2, kPlain});
  send(ref, Control{3, kPlain});
  settle();
  EXPECT_EQ(lines_, (Lines{"control 1", "stop", "end of object", "starting", "control 2",
                           "control 3", "control 4"}));
}

// Promises: L3, L4
TEST_F(TaskLifeTest, ARestartEndsTheCoroutineBeforeTheObjectAndItNeverGoesOn) {
  const auto ref = spawn();
  send(ref, Work{1, kSleep});
  settle();
  send(ref, Work{2, kPlain});
  send(ref, Control{1, kThrow});
  settle();
  EXPECT_EQ(lines_, (Lines{"started", "control 1", "end of frame 1", "stop", "end of object",
                           "started", "work 2", "end of frame 2"}));
  const std::size_t before = lines_.size();
  advance(seconds{1});
  EXPECT_EQ(lines_.size(), before);
  EXPECT_EQ(dead(DeadLetterReason::poison), 1U);   // The control.
  EXPECT_EQ(dead(DeadLetterReason::stopped), 1U);  // The work that was not ended.
}

// Promises: L3, X1
TEST_F(TaskLifeTest, AStopThatDiscardsEndsTheCoroutineBeforeTheObject) {
  const auto ref = spawn();
  send(ref, Work{1, kSleep});
  send(ref, Work{2, kPlain});
  settle();
  system_.stop(ref, StopMode::discard);
  settle();
  EXPECT_EQ(lines_, (Lines{"started", "end of frame 1", "stop", "end of object"}));
  advance(seconds{1});
  EXPECT_EQ(lines_.size(), 4U);
  EXPECT_EQ(dead(DeadLetterReason::stopped), 2U);
  EXPECT_TRUE(system_.actors().empty());
}

// Promises: L3, X1
TEST_F(TaskLifeTest, AnInterleavedHandlerMayStopTheActorThatWaits) {
  const auto ref = spawn();
  send(ref, Work{1, kSleep});
  settle();
  send(ref, Control{1, kStop});
  settle();
  EXPECT_EQ(lines_, (Lines{"started", "control 1", "end of frame 1", "stop", "end of object"}));
  EXPECT_TRUE(system_.actors().empty());
}

// Promises: L3
TEST_F(TaskLifeTest, AStopDuringOnStartEndsItWithoutAnOnStop) {
  story_.start_takes = milliseconds{5};
  const auto ref = spawn();
  settle();
  system_.stop(ref, StopMode::discard);
  settle();
  EXPECT_EQ(lines_, (Lines{"starting", "end of object"}));
  advance(seconds{1});
  EXPECT_EQ(lines_.size(), 2U);
}

// Promises: X1
TEST_F(TaskLifeTest, AStopThatDrainsWaitsForTheHandlerThatWaitsAndForAllBehindIt) {
  const auto ref = spawn();
  for (const int number : {1, 2}) send(ref, Work{number, kSleep});
  send(ref, Work{3, kPlain});
  settle();
  system_.stop(ref, StopMode::drain);
  settle();
  EXPECT_EQ(ref.try_send(Work{4, kPlain}), SendResult::closed);
  EXPECT_EQ(lines_, Lines{"started"});
  advance(milliseconds{5});
  advance(milliseconds{5});
  EXPECT_EQ(lines_, (Lines{"started", "slept 1", "end of frame 1", "slept 2", "end of frame 2",
                           "work 3", "end of frame 3", "stop", "end of object"}));
  EXPECT_EQ(system_.dead_letters().total(), 0U);
}

// Promises: X1, S9
TEST_F(TaskLifeTest, AnActorThatFailsWhileItDrainsHasNotStoppedYet) {
  const auto ref = spawn();
  send(ref, Work{1, kThrow});
  send(ref, Work{2, kSleep});
  system_.stop(ref, StopMode::drain);
  settle();  // It was restarted and waits within the second message.
  EXPECT_EQ(system_.restarts(), 1U);
  EXPECT_FALSE(system_.await_stopped(ref, seconds{1}));
  EXPECT_EQ(system_.actors().front().state, ActorState::stopping);
  advance(milliseconds{5});
  EXPECT_TRUE(system_.await_stopped(ref, seconds{1}));
  EXPECT_EQ(lines_.back(), "end of object");
}

// Promises: T1
TEST_F(TaskLifeTest, ASystemThatEndsWhileACoroutineWaitsEndsItFirst) {
  Story story;
  {
    ManualClock clock;
    System system{{.clock = &clock, .drive = Drive::manual}};
    const auto ref = system.spawn([&](Context&) { return Probe{story}; });
    send(ref, Work{1, kSleep});
    while (system.step() > 0) {
    }
    EXPECT_EQ(system.shutdown().size(), 1U);  // Nobody moves the clock.
  }
  EXPECT_EQ(story.lines, (Lines{"started", "end of frame 1", "stop", "end of object"}));
}

}  // namespace
}  // namespace mycelium
