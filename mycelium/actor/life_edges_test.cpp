#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

// What happens when two things in an actor's life coincide.
namespace mycelium {
namespace {

using std::chrono::seconds;

struct Number {
  int number;
};
MYCELIUM_MESSAGE(Number, 470, "test.edges.number", number)
struct Fail {};
MYCELIUM_MESSAGE(Fail, 471, "test.edges.fail")
struct Begin {};
MYCELIUM_MESSAGE(Begin, 472, "test.edges.begin")
struct Echo {
  int number;
};
MYCELIUM_MESSAGE(Echo, 473, "test.edges.echo", number)
struct GetEcho {
  using Reply = Echo;
  int number;
};
MYCELIUM_MESSAGE(GetEcho, 474, "test.edges.get_echo", number)

class Listener {
 public:
  using Handles = Messages<Number, Fail, GetEcho>;
  explicit Listener(std::vector<int>& seen) : seen_{&seen} {}
  void handle(const Number& number) { seen_->push_back(number.number); }
  void handle(const Fail&) { throw std::runtime_error{"told to fail"}; }
  Echo handle(const GetEcho& get) { return Echo{get.number}; }

 private:
  std::vector<int>* seen_;
};

// Sleeps within one handler, and handles numbers meanwhile.
class Sleeper {
 public:
  using Handles = Messages<Begin, Number>;
  using Interleaved = Messages<Number>;
  explicit Sleeper(std::vector<int>& seen) : seen_{&seen} {}
  Task<> handle(const Begin&, Context& context) { co_await context.sleep(seconds{10}); }
  void handle(const Number& number) { seen_->push_back(number.number); }

 private:
  std::vector<int>* seen_;
};

class Performer {
 public:
  using Handles = Messages<Begin>;
  explicit Performer(std::function<Task<>(Context&)> perform) : perform_{std::move(perform)} {}
  Task<> handle(const Begin&, Context& context) { return perform_(context); }

 private:
  std::function<Task<>(Context&)> perform_;
};

class LifeEdgesTest : public ::testing::Test {
 protected:
  void settle() {
    while (system_.step() > 0) {
    }
  }
  auto spawn_listener(const MailboxOptions& mailbox = {}) {
    const auto ref =
        system_.spawn([this](Context&) { return Listener{seen_}; }, {.mailbox = mailbox});
    settle();
    return ref;
  }
  // Runs a piece of test code as a handler.
  void perform(std::function<Task<>(Context&)> what) {
    const auto performer = system_.spawn([&](Context&) { return Performer{what}; });
    ASSERT_EQ(performer.try_send(Begin{}), SendResult::ok);
    settle();
  }

  ManualClock clock_;
  std::vector<int> seen_;
  System system_{{.actors_max = 3, .clock = &clock_, .drive = Drive::manual}};
};

// Promises: L5, X1
TEST_F(LifeEdgesTest, AChildInAnotherOnesPlaceMayEndBeforeItStarts) {
  // Given places that others have had
  for (int count = 0; count < 3; ++count) system_.stop(spawn_listener());
  settle();
  // When a parent spawns a child and fails in the same handler
  RefTo<Number, Fail, GetEcho> child;
  perform([&](Context& context) -> Task<> {
    child = context.spawn([this](Context&) { return Listener{seen_}; });
    EXPECT_EQ(child.try_send(Number{1}), SendResult::ok);
    throw std::runtime_error{"the parent fails"};
    co_return;
  });
  // Then the child has ended without having been there, and its place is as good as before
  EXPECT_EQ(child.try_send(Number{2}), SendResult::closed);
  EXPECT_TRUE(seen_.empty());
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::stopped), 1U);
  for (int number = 3; number < 5; ++number)
    EXPECT_EQ(spawn_listener().try_send(Number{number}), SendResult::ok);
  settle();
  EXPECT_EQ(seen_, (std::vector{3, 4}));
}

// Promises: X1, L4
TEST_F(LifeEdgesTest, AFailureWhileItDrainsDoesNotEndTheDrain) {
  const auto ref = spawn_listener();
  ASSERT_EQ(ref.try_send(Fail{}), SendResult::ok);
  for (int number = 0; number < 3000; ++number)
    ASSERT_EQ(ref.try_send(Number{number}), SendResult::ok);
  system_.stop(ref, StopMode::drain);
  system_.step();
  ASSERT_LT(seen_.size(), 3000U);
  EXPECT_EQ(ref.cell()->state.load(), ActorState::stopping);
  // Whoever waits for its end waits until all is handled.
  EXPECT_TRUE(system_.await_stopped(ref, seconds{1}));
  EXPECT_EQ(seen_.size(), 3000U);
}

// Promises: D5
TEST_F(LifeEdgesTest, RoomThatInterleavedMessagesLeaveBehindIsGivenToWhoWaits) {
  const auto ref =
      system_.spawn([this](Context&) { return Sleeper{seen_}; }, {.mailbox = {.capacity = 4}});
  settle();
  std::optional<SendResult> result;
  perform([&](Context& context) -> Task<> {
    EXPECT_EQ(ref.try_send(Begin{}), SendResult::ok);
    for (int number = 1; number < 4; ++number)
      EXPECT_EQ(ref.try_send(Number{number}), SendResult::ok);
    Number last{4};
    result = co_await context.send(ref, last);
  });
  // The sleeper sleeps still, but what it handles meanwhile is out of its mailbox.
  EXPECT_EQ(result, SendResult::ok);
  EXPECT_EQ(seen_, (std::vector{1, 2, 3, 4}));
}

// Promises: A1, D6
TEST_F(LifeEdgesTest, AnAskThatIsDroppedAtOnceSaysSoHoweverLateItIsAwaited) {
  const auto ref = spawn_listener({.capacity = 1, .overflow = Overflow::drop_newest});
  std::string code;
  perform([&](Context& context) -> Task<> {
    EXPECT_EQ(ref.try_send(Number{1}), SendResult::ok);
    auto asking = context.ask(ref, GetEcho{1}, seconds{1});
    co_await context.sleep(seconds{2});
    const Result<Echo> answer = co_await asking;
    code = answer ? "answered" : answer.error().code;
  });
  for (int second = 0; second < 3; ++second) {
    clock_.advance(seconds{1});
    settle();
  }
  EXPECT_EQ(code, "full");
}

// Promises: D5
TEST_F(LifeEdgesTest, AnotherSystemsActorIsNotWaitedFor) {
  // Given an actor of a system with fewer workers, which has more than it may hold
  System small{{.drive = Drive::manual}};
  const auto ref =
      small.spawn([this](Context&) { return Listener{seen_}; }, {.mailbox = {.capacity = 1}});
  for (int number = 0; number < 3000; ++number)
    ASSERT_EQ(ref.try_send(Number{number}), SendResult::ok);
  small.step();
  // When an actor of this system, on a worker that the other has not, offers one more
  System large{{.workers = 2, .drive = Drive::manual}};
  std::optional<SendResult> result;
  const auto performer = large.spawn(
      [&](Context&) {
        return Performer{[&](Context& context) -> Task<> {
          Number late{-1};
          result = co_await context.send(ref, late);
        }};
      },
      {.worker = 1});
  ASSERT_EQ(performer.try_send(Begin{}), SendResult::ok);
  for (int round = 0; round < 10; ++round) {
    large.step();
    small.step();
  }
  // Then it is told at once
  EXPECT_EQ(result, SendResult::full);
  EXPECT_EQ(seen_.size(), 3000U);
}

// Promises: A1
TEST_F(LifeEdgesTest, AnotherSystemsActorIsNotAsked) {
  System small{{.drive = Drive::manual}};
  const auto ref = small.spawn([this](Context&) { return Listener{seen_}; });
  small.step();
  std::string code;
  for (int place = 0; place < 2; ++place) spawn_listener();
  perform([&](Context& context) -> Task<> {
    const Result<Echo> answer = co_await context.ask(ref, GetEcho{1}, seconds{1});
    code = answer ? "answered" : answer.error().code;
  });
  small.step();
  EXPECT_EQ(code, "disconnected");
}

}  // namespace
}  // namespace mycelium
