#include "mycelium/testing/test_system.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace mycelium::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;

struct Ball {
  std::uint64_t number;
};
MYCELIUM_MESSAGE(Ball, 701, "test.ball", number)
struct GetCount {
  using Reply = Ball;
};
MYCELIUM_MESSAGE(GetCount, 702, "test.get_count")

using Catches = std::vector<std::uint64_t>;

// Keeps the numbers it catches.
class Catcher {
 public:
  using Handles = Messages<Ball>;
  explicit Catcher(Catches& caught) : caught_{&caught} {}
  void handle(const Ball& ball) { caught_->push_back(ball.number); }

 private:
  Catches* caught_;
};

// Throws `count` balls, numbered from `first`, as soon as it gets one.
class Thrower {
 public:
  using Handles = Messages<Ball>;
  Thrower(RefTo<Ball> to, std::uint64_t first, std::uint64_t count)
      : to_{to}, first_{first}, count_{count} {}
  void handle(const Ball&) {
    for (std::uint64_t number = first_; number < first_ + count_; ++number)
      EXPECT_EQ(to_.try_send(Ball{number}), SendResult::ok);
  }

 private:
  RefTo<Ball> to_;
  std::uint64_t first_;
  std::uint64_t count_;
};

// Two throwers and a catcher: what was caught, and the schedule's hash.
std::pair<Catches, std::uint64_t> play(std::uint64_t seed, std::uint16_t workers) {
  Catches caught;
  TestSystem system{{.workers = workers, .seed = seed}};
  const auto catcher = system.spawn([&](Context&) { return Catcher{caught}; });
  for (const std::uint64_t first : {0U, 100U}) {
    const auto thrower = system.spawn([=](Context&) { return Thrower{catcher, first, 4}; });
    EXPECT_EQ(thrower.try_send(Ball{}), SendResult::ok);
  }
  system.run_until_idle();
  return {caught, system.schedule_hash()};
}

// Promises: T4
TEST(TestSystem, TheSameSeedGivesTheSameScheduleAndHash) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) EXPECT_EQ(play(seed, 4), play(seed, 4));
}

// Promises: T4, D1
TEST(TestSystem, SeedsDecideHowTheMessagesOfTwoSendersMix) {
  for (const std::uint16_t workers : {1, 2, 4}) {
    std::set<Catches> orders;
    std::set<std::uint64_t> hashes;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
      const auto [caught, hash] = play(seed, workers);
      ASSERT_EQ(caught.size(), 8U);
      // Each sender's own order is kept.
      Catches first;
      for (const std::uint64_t number : caught) {
        if (number < 100) first.push_back(number);
      }
      EXPECT_EQ(first, (Catches{0, 1, 2, 3}));
      orders.insert(caught);
      hashes.insert(hash);
    }
    // Of the 70 ways to mix two times four. On fewer workers more of it goes in one piece.
    const std::size_t orders_min = workers == 1 ? 1 : workers == 2 ? 6 : 20;
    EXPECT_GE(orders.size(), orders_min) << workers << " workers";
    EXPECT_GE(hashes.size(), orders.size()) << workers << " workers";
    if (workers > 1) {
      EXPECT_GE(hashes.size(), 100U) << workers << " workers";
    }
  }
}

// Notes the time of each of its timers.
class Sleeper {
 public:
  using Handles = Messages<Ball>;
  using Notes = std::vector<std::tuple<milliseconds, std::string, std::uint64_t>>;
  explicit Sleeper(Notes& notes) : notes_{&notes} {}
  void handle(const Ball& ball, Context& context) {
    notes_->emplace_back(std::chrono::duration_cast<milliseconds>(context.now().time_since_epoch()),
                         context.name(), ball.number);
    if (ball.number > 0) context.after(milliseconds{ball.number}, Ball{ball.number / 2});
  }

 private:
  Notes* notes_;
};

// Promises: T4
TEST(TestSystem, AdvanceGoesFromTimerToTimerOverAllWorkers) {
  Sleeper::Notes notes;
  TestSystem system{{.wall = Timestamp{std::chrono::hours{1}}}};
  for (const auto& [name, number] : {std::pair{"slow", 9U}, std::pair{"quick", 4U}}) {
    const auto ref = system.spawn(name, [&](Context&) { return Sleeper{notes}; });
    ASSERT_EQ(ref.try_send(Ball{number}), SendResult::ok);
  }
  system.run_until_idle();
  EXPECT_EQ(notes.size(), 2U);
  EXPECT_EQ(system.now(), Instant{});
  notes.clear();
  system.advance(milliseconds{13});
  using Note = Sleeper::Notes::value_type;
  EXPECT_EQ(notes, (Sleeper::Notes{Note{4, "quick", 2}, Note{6, "quick", 1}, Note{7, "quick", 0},
                                   Note{9, "slow", 4}, Note{13, "slow", 2}}));
  EXPECT_EQ(system.now(), Instant{milliseconds{13}});
  EXPECT_EQ(system.wall_now(), Timestamp{std::chrono::hours{1} + milliseconds{13}});
  EXPECT_EQ(system.next_timer(), Instant{milliseconds{15}});
}

TEST(TestSystem, AJumpMakesTimersLate) {
  Sleeper::Notes notes;
  TestSystem system;
  const auto ref = system.spawn("sleeper", [&](Context&) { return Sleeper{notes}; });
  ASSERT_EQ(ref.try_send(Ball{1}), SendResult::ok);
  system.run_until_idle();
  system.jump(milliseconds{5});
  EXPECT_FALSE(system.is_idle());
  EXPECT_EQ(notes.size(), 1U);
  EXPECT_EQ(system.run_until_idle(), 2U);  // The timer, and its message.
  EXPECT_EQ(std::get<0>(notes.back()), milliseconds{5});
  EXPECT_TRUE(system.is_idle());
  EXPECT_THROW(system.jump(milliseconds{-1}), std::invalid_argument);
  EXPECT_THROW(system.advance(milliseconds{-1}), std::invalid_argument);
}

TEST(TestSystem, StepsOneWorkerAtATimeAndSaysWhenNobodyHasWork) {
  Catches caught;
  TestSystem system;
  const auto catcher = system.spawn([&](Context&) { return Catcher{caught}; });
  EXPECT_TRUE(system.step());  // Its start.
  EXPECT_FALSE(system.step());
  ASSERT_EQ(catcher.try_send(Ball{1}), SendResult::ok);
  EXPECT_FALSE(system.is_idle());
  EXPECT_TRUE(caught.empty());
  while (system.step()) {
  }
  EXPECT_EQ(caught, Catches{1});
}

TEST(TestSystem, RunUntilStopsAtOnceAndLetsTimePassOnlyAsLongAsItMay) {
  Sleeper::Notes notes;
  TestSystem system;
  const auto ref = system.spawn("sleeper", [&](Context&) { return Sleeper{notes}; });
  ASSERT_EQ(ref.try_send(Ball{8}), SendResult::ok);
  system.run_until([&] { return notes.size() == 1; });
  system.run_until([&] { return notes.size() == 2; }, milliseconds{10});
  EXPECT_EQ(system.now(), Instant{milliseconds{8}});
  try {
    system.run_until([&] { return notes.size() == 3; });
    FAIL() << "time has passed by itself";
  } catch (const TestFailure& failure) {
    EXPECT_THAT(failure.what(), AllOf(HasSubstr("the condition of run_until did not come true"),
                                      HasSubstr("(at 8ms); the next timer is due at 12ms")));
  }
}

// Hits the ball back for ever.
class Player {
 public:
  using Handles = Messages<Ball>;
  explicit Player(RefTo<Ball> other = {}) : other_{other} {}
  void handle(const Ball& ball, Context& context) {
    const RefTo<Ball> to = other_.cell() != nullptr ? other_ : context.sender().as<Ball>();
    static_cast<void>(context.try_send(to, ball));
  }

 private:
  RefTo<Ball> other_;
};

TEST(TestSystem, ASystemThatIsNeverIdleFailsWithTheNamesOfTheBusy) {
  Catches caught;
  TestSystem system{{.steps_max = 5000}};
  system.spawn("idler", [&](Context&) { return Catcher{caught}; });
  const auto wall = system.spawn("wall", [](Context&) { return Player{}; });
  const auto player = system.spawn("player", [=](Context&) { return Player{wall}; });
  ASSERT_EQ(player.try_send(Ball{1}), SendResult::ok);
  try {
    system.run_until_idle();
    FAIL() << "the ball has come to rest";
  } catch (const TestFailure& failure) {
    EXPECT_THAT(failure.what(),
                AllOf(HasSubstr("not idle after 5000 steps at one point in time"),
                      HasSubstr("\"wall\" on worker"), HasSubstr("\"player\" on worker"),
                      ::testing::Not(HasSubstr("idler"))));
  }
}

TEST(TestSystem, ACoroutineThatNeverRestsIsNamedToo) {
  class Restless {
   public:
    using Handles = Messages<Ball>;
    Task<> handle(const Ball&, Context& context) {
      while (true) co_await context.offload([] {});
    }
  };
  TestSystem system{{.steps_max = 100}};
  const auto ref = system.spawn("restless", [](Context&) { return Restless{}; });
  ASSERT_EQ(ref.try_send(Ball{1}), SendResult::ok);
  try {
    system.advance(milliseconds{1});
    FAIL() << "it has come to rest";
  } catch (const TestFailure& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("\"restless\" on worker"));
    EXPECT_THAT(failure.what(), HasSubstr("(in a coroutine)"));
  }
}

// Answers after a while, fails at once when it has waited before.
class Counter {
 public:
  using Handles = Messages<GetCount>;
  Task<Ball> handle(const GetCount&, Context& context) {
    if (asked_++ > 0) throw std::runtime_error{"asked twice"};
    co_await context.sleep(milliseconds{5});
    co_return Ball{42};
  }

 private:
  int asked_ = 0;
};

TEST(TestSystem, AsksAndLetsTimePassUntilTheAnswer) {
  TestSystem system;
  const auto counter = system.spawn("counter", [](Context&) { return Counter{}; });
  const auto late = system.ask(counter, GetCount{}, milliseconds{3});
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, "timeout");
  EXPECT_EQ(system.now(), Instant{milliseconds{3}});
  system.advance(milliseconds{2});
  EXPECT_EQ(system.system().late_replies(), 1U);
  EXPECT_EQ(system.ask(counter, GetCount{}).error().code, "handler_failed");
  const auto answer = system.ask(counter, GetCount{});  // Of the next incarnation.
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->number, 42U);
  EXPECT_EQ(system.now(), Instant{milliseconds{10}});
}

TEST(TestSystem, AFailureSaysWhatElseHasGoneWrong) {
  TestSystem system;
  const auto counter =
      system.spawn("counter", [](Context&) { return Counter{}; }, {.restart = {.max_restarts = 0}});
  static_cast<void>(system.ask(counter, GetCount{}));
  static_cast<void>(system.ask(counter, GetCount{}));
  try {
    system.run_until([] { return false; });
    FAIL();
  } catch (const TestFailure& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("dead letters, poison: 1"));
    EXPECT_THAT(failure.what(), HasSubstr("actor \"counter\" failed more than 0 times"));
  }
}

TEST(TestSystem, ASendThatIsRefusedFails) {
  Catches caught;
  TestSystem system;
  const auto catcher = system.spawn([&](Context&) { return Catcher{caught}; });
  system.send(catcher, Ball{1});
  system.run_until_idle();
  EXPECT_EQ(caught, Catches{1});
  system.system().stop(catcher);
  system.run_until_idle();
  EXPECT_THROW(system.send(catcher, Ball{2}), TestFailure);
}

TEST(TestSystem, PlacesActorsBySeedUnlessTheyAreGivenAWorker) {
  Catches caught;
  TestSystem system;
  std::set<std::uint16_t> workers;
  for (int count = 0; count < 50; ++count)
    workers.insert(system.spawn([&](Context&) { return Catcher{caught}; }).cell()->worker->index());
  EXPECT_EQ(workers.size(), 4U);
  const auto given = system.spawn([&](Context&) { return Catcher{caught}; }, {.worker = 2});
  EXPECT_EQ(given.cell()->worker->index(), 2U);
}

TEST(TestSystem, TheTestsOwnNumbersDoNotChangeTheSchedule) {
  const auto hash_after = [](int draws) {
    Catches caught;
    TestSystem system{{.seed = 5}};
    for (int count = 0; count < draws; ++count) static_cast<void>(system.random().next());
    for (int count = 0; count < 8; ++count) {
      const auto ref = system.spawn([&](Context&) { return Catcher{caught}; });
      EXPECT_EQ(ref.try_send(Ball{}), SendResult::ok);
    }
    system.run_until_idle();
    return system.schedule_hash();
  };
  EXPECT_EQ(hash_after(0), hash_after(7));
}

TEST(TestSystem, ItsEndHandlesNothingMore) {
  Catches caught;
  {
    TestSystem system;
    system.send(system.spawn([&](Context&) { return Catcher{caught}; }), Ball{1});
  }
  EXPECT_EQ(caught, Catches{});
}

TEST(TestSystem, GoesOnAfterAShutdown) {
  Catches caught;
  TestSystem system;
  const auto catcher = system.spawn([&](Context&) { return Catcher{caught}; });
  ASSERT_EQ(catcher.try_send(Ball{1}), SendResult::ok);
  EXPECT_TRUE(system.system().shutdown().empty());
  EXPECT_EQ(caught, Catches{1});
  EXPECT_EQ(system.run_until_idle(), 0U);
}

}  // namespace
}  // namespace mycelium::testing
