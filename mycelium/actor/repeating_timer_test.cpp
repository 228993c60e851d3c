#include "mycelium/actor/repeating_timer.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include "mycelium/testing/test_system.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;

struct Beat {
  std::shared_ptr<int> owned;
};
MYCELIUM_MESSAGE(Beat, 511, "test.beat", owned)
struct Do {
  int what;
};
MYCELIUM_MESSAGE(Do, 512, "test.do", what)

// Waits for ever when it is told to do something.
struct Deaf {
  using Handles = Messages<Do>;
  Task<> handle(const Do&, Context& context) { co_await context.sleep(std::chrono::hours{1}); }
};

using Action = std::function<void(Context&)>;

// Does what the test says, and notes when it hears a beat.
class Drummer {
 public:
  using Handles = Messages<Beat, Do>;
  Drummer(std::vector<milliseconds>& beats, const Action& action)
      : beats_{&beats}, action_{&action} {}
  void on_start(Context& context) { start_ = context.now() - context.now().time_since_epoch(); }
  void handle(const Beat&, Context& context) {
    beats_->push_back(std::chrono::duration_cast<milliseconds>(context.now() - start_));
  }
  void handle(const Do&, Context& context) { (*action_)(context); }

 private:
  std::vector<milliseconds>* beats_;
  const Action* action_;
  Instant start_;
};

class RepeatingTimerTest : public ::testing::Test {
 protected:
  void settle() { test_.run_until_idle(); }
  void pass(int milliseconds_count) { test_.advance(milliseconds{milliseconds_count}); }
  void do_now(Action action) {
    action_ = std::move(action);
    ASSERT_EQ(drummer_.try_send(Do{}), SendResult::ok);
    settle();
  }
  [[nodiscard]] ActorStatus status() const { return system_.actors().front(); }

  std::vector<milliseconds> beats_;
  Action action_;
  const std::shared_ptr<int> owned_ = std::make_shared<int>(0);
  testing::TestSystem test_{{.workers = 1}};
  System& system_ = test_.system();
  RefTo<Beat, Do> drummer_ =
      system_.spawn("drummer", [this](Context&) { return Drummer{beats_, action_}; },
                    {.mailbox = {.capacity = 2}});
};

std::vector<milliseconds> at(std::initializer_list<int> times) {
  std::vector<milliseconds> all;
  for (const int time : times) all.emplace_back(time);
  return all;
}

// Promises: T1
TEST_F(RepeatingTimerTest, TicksAtAFixedRateUntilItIsCancelled) {
  TimerHandle timer;
  do_now([&](Context& context) { timer = context.every(milliseconds{3}, Beat{owned_}); });
  EXPECT_EQ(owned_.use_count(), 2);
  pass(10);
  EXPECT_EQ(beats_, at({3, 6, 9}));
  do_now([&](Context& context) {
    EXPECT_TRUE(context.cancel(timer));
    EXPECT_FALSE(context.cancel(timer));
  });
  pass(10);
  EXPECT_EQ(beats_, at({3, 6, 9}));
  EXPECT_EQ(owned_.use_count(), 1);
}

// Promises: T1
TEST_F(RepeatingTimerTest, TicksThatAreMissedAreLeftOutAndCountedAndTheGridStays) {
  do_now([&](Context& context) { context.every(milliseconds{3}, Beat{}); });
  test_.jump(milliseconds{10});  // Nobody steps meanwhile: 3 and 6 are missed, 9 is late.
  settle();
  EXPECT_EQ(beats_, at({10}));
  EXPECT_EQ(status().ticks_missed, 2U);
  pass(2);
  EXPECT_EQ(beats_, at({10, 12}));
}

// Promises: T1
TEST_F(RepeatingTimerTest, ATickThatFindsTheMailboxFullIsLeftOutAndCounted) {
  do_now([&](Context& context) {
    context.every(milliseconds{1}, Beat{});
    context.become(Deaf{});
  });
  // Then two wait in the mailbox for two.
  ASSERT_EQ(drummer_.try_send(Do{}), SendResult::ok);
  settle();
  pass(5);
  EXPECT_EQ(status().ticks_missed, 3U);
  EXPECT_EQ(beats_, at({}));
}

// Promises: T1, L4
TEST_F(RepeatingTimerTest, BelongsToItsIncarnation) {
  do_now([&](Context& context) {
    context.every(milliseconds{3}, Beat{owned_});
    context.after(milliseconds{3}, Beat{owned_});
  });
  do_now([](Context&) { throw std::runtime_error{"broken"}; });
  pass(10);
  EXPECT_EQ(beats_, at({}));
  EXPECT_EQ(owned_.use_count(), 1);
}

// Promises: T1, X1
TEST_F(RepeatingTimerTest, EndsWhenItsActorIsToStopSoThatADrainComesToItsEnd) {
  // Each beat takes longer than it takes until the next one.
  class Slow {
   public:
    using Handles = Messages<Beat>;
    explicit Slow(int& beats) : beats_{&beats} {}
    void on_start(Context& context) { context.every(milliseconds{1}, Beat{}); }
    Task<> handle(const Beat&, Context& context) {
      ++*beats_;
      co_await context.sleep(milliseconds{5});
    }

   private:
    int* beats_;
  };
  int beats = 0;
  const auto slow = system_.spawn([&](Context&) { return Slow{beats}; });
  pass(3);
  EXPECT_EQ(beats, 1);
  system_.stop(slow, StopMode::drain);
  pass(100);
  EXPECT_EQ(slow.cell()->state, ActorState::stopped);
  EXPECT_EQ(beats, 3) << "the two that waited, and none that came later";
}

// Promises: T1
TEST_F(RepeatingTimerTest, OnlyTheOneThatStartedItCanCancelIt) {
  TimerHandle once;
  TimerHandle repeating;
  do_now([&](Context& context) {
    once = context.after(milliseconds{2}, Beat{});
    repeating = context.every(milliseconds{3}, Beat{});
  });
  // Another one's timers may have the same numbers.
  Action others;
  std::vector<milliseconds> unused;
  const auto other = system_.spawn([&](Context&) { return Drummer{unused, others}; });
  others = [&](Context& context) {
    context.every(milliseconds{50}, Beat{});
    EXPECT_FALSE(context.cancel(once));
    EXPECT_FALSE(context.cancel(repeating));
  };
  ASSERT_EQ(other.try_send(Do{}), SendResult::ok);
  settle();
  pass(4);
  EXPECT_EQ(beats_, at({2, 3}));
  // Nor can a later incarnation, whose timers these are not.
  do_now([](Context&) { throw std::runtime_error{"broken"}; });
  do_now([&](Context& context) { EXPECT_FALSE(context.cancel(repeating)); });
}

// Promises: T1
TEST_F(RepeatingTimerTest, ATimerThatComesOnceCanBeCancelledToo) {
  TimerHandle first;
  TimerHandle second;
  do_now([&](Context& context) {
    first = context.after(milliseconds{2}, Beat{owned_});
    second = context.after(milliseconds{4}, Beat{owned_});
  });
  do_now([&](Context& context) { EXPECT_TRUE(context.cancel(first)); });
  EXPECT_EQ(owned_.use_count(), 2);
  pass(5);
  EXPECT_EQ(beats_, at({4}));
  do_now([&](Context& context) {
    EXPECT_FALSE(context.cancel(second));
    EXPECT_FALSE(context.cancel(TimerHandle{}));
  });
}

TEST_F(RepeatingTimerTest, APeriodIsGreaterThanZero) {
  do_now([&](Context& context) {
    EXPECT_THROW(static_cast<void>(context.every(milliseconds{0}, Beat{owned_})),
                 std::invalid_argument);
  });
  EXPECT_EQ(owned_.use_count(), 1);
}

// What cannot be copied every time.
struct Fragile {
  struct Part {
    Part() = default;
    Part(const Part& other) {
      if (other.copies_left-- == 0) throw std::runtime_error{"no copy any more"};
    }
    Part(Part&&) noexcept = default;
    Part& operator=(const Part&) = delete;
    mutable int copies_left = 3;
  };
  Part part;
};
MYCELIUM_MESSAGE(Fragile, 513, "test.fragile", part)

class Careless {
 public:
  using Handles = Messages<Fragile>;
  explicit Careless(int& handled) : handled_{&handled} {}
  void on_start(Context& context) { context.every(milliseconds{1}, Fragile{}); }
  void handle(const Fragile&) { ++*handled_; }

 private:
  int* handled_;
};

// Promises: S9
TEST_F(RepeatingTimerTest, ACopyThatThrowsIsAFailureOfItsActorAlone) {
  int handled = 0;
  system_.spawn("careless", [&](Context&) { return Careless{handled}; });
  settle();
  pass(4);
  EXPECT_EQ(handled, 3);
  EXPECT_EQ(system_.restarts(), 1U);
  pass(2);
  EXPECT_EQ(handled, 5);
}

}  // namespace
}  // namespace mycelium
