#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <list>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

constexpr std::chrono::nanoseconds kLong = std::chrono::hours{1};

struct Begin {
  int number;
};
MYCELIUM_MESSAGE(Begin, 360, "test.begin", number)
struct Break {};
MYCELIUM_MESSAGE(Break, 361, "test.break")

using Lines = std::vector<std::string>;
using Script = std::function<Task<>(const Begin&, Context&)>;

class Worked {
 public:
  using Handles = Messages<Begin, Break>;
  using Interleaved = Messages<Break>;
  explicit Worked(const Script& script) : script_{&script} {}
  Task<> handle(const Begin& begin, Context& context) { return (*script_)(begin, context); }
  void handle(const Break&) { throw std::runtime_error{"broken"}; }

 private:
  const Script* script_;
};
using WorkedRef = RefTo<Begin, Break>;

class OffloadTest : public ::testing::TestWithParam<Drive> {
 protected:
  WorkedRef run(Script script) {
    const Script& kept = scripts_.emplace_back(std::move(script));
    const WorkedRef ref = system_.spawn([&kept](Context&) { return Worked{kept}; });
    EXPECT_EQ(ref.try_send(Begin{1}), SendResult::ok);
    return ref;
  }
  // Lets everything end, the offloaded work too.
  void finish() { EXPECT_TRUE(system_.shutdown(kLong).empty()); }

  ManualClock clock_;
  Lines lines_;
  std::list<Script> scripts_;
  System system_{{.clock = GetParam() == Drive::manual ? &clock_ : nullptr,
                  .offload_threads = 2,
                  .drive = GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(Driven, OffloadTest, ::testing::Values(Drive::threads, Drive::manual),
                         [](const auto& driven) {
                           return driven.param == Drive::threads ? "ByThreads" : "ByHand";
                         });

TEST_P(OffloadTest, TheResultComesBackToTheActorsWorker) {
  run([&](const Begin&, Context& context) -> Task<> {
    Worker* const before = Worker::current();
    const Worker* ran_on = nullptr;
    auto making = context.offload([&ran_on] {
      ran_on = Worker::current();
      return std::make_unique<std::string>(100, 'x');
    });
    const std::unique_ptr<std::string> made = co_await making;
    lines_.push_back(*made);
    EXPECT_EQ(Worker::current(), before);
    // A thread of the pool drives no worker; by hand the worker itself does it.
    EXPECT_EQ(ran_on, GetParam() == Drive::manual ? before : nullptr);
  });
  finish();
  EXPECT_EQ(lines_, Lines{std::string(100, 'x')});
}

TEST_P(OffloadTest, WorkWithoutAResultIsWaitedForToo) {
  run([&](const Begin&, Context& context) -> Task<> {
    int done = 0;
    for (int round = 0; round < 100; ++round) {
      auto work = context.offload([&done] { ++done; });
      co_await work;
    }
    lines_.push_back(std::to_string(done));
  });
  finish();
  EXPECT_EQ(lines_, Lines{"100"});
}

// Promises: S9
TEST_P(OffloadTest, WhatTheWorkThrowsComesOutOfTheAwait) {
  run([&](const Begin& begin, Context& context) -> Task<> {
    auto failing = context.offload([]() -> int { throw std::runtime_error{"no such file"}; });
    try {
      lines_.push_back(std::to_string(co_await failing));
    } catch (const std::runtime_error& error) {
      lines_.emplace_back(error.what());
    }
    auto fatal = context.offload([] { throw std::runtime_error{"no such disk"}; });
    if (begin.number == 1) co_await fatal;
  });
  finish();
  EXPECT_EQ(lines_, Lines{"no such file"});
  EXPECT_EQ(system_.restarts(), 1U);
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::poison), 1U);
}

TEST_P(OffloadTest, WorkThatIsNeverAwaitedNeverRuns) {
  const auto owned = std::make_shared<int>(0);
  run([&](const Begin&, Context& context) -> Task<> {
    {
      const auto never = context.offload([owned] { ++*owned; });
      EXPECT_EQ(owned.use_count(), 2);
    }
    EXPECT_EQ(owned.use_count(), 1);
    co_return;
  });
  finish();
  EXPECT_EQ(*owned, 0);
}

TEST(Offload, AnIncarnationThatEndsFirstDropsTheResult) {
  const auto owned = std::make_shared<int>(0);
  std::latch began{1};
  std::latch may_end{1};
  bool resumed = false;
  std::latch second{1};
  const Script script = [&](const Begin& begin, Context& context) -> Task<> {
    if (begin.number == 2) {
      second.count_down();
      co_return;
    }
    auto work = context.offload([&began, &may_end, held = owned] {
      began.count_down();
      may_end.wait();
      return held;
    });
    co_await work;
    resumed = true;
  };
  {
    System system{{.offload_threads = 1}};
    const WorkedRef ref = system.spawn([&](Context&) { return Worked{script}; });
    ASSERT_EQ(ref.try_send(Begin{1}), SendResult::ok);
    began.wait();
    ASSERT_EQ(ref.try_send(Break{}), SendResult::ok);
    ASSERT_EQ(ref.try_send(Begin{2}), SendResult::ok);
    second.wait();
    EXPECT_EQ(system.restarts(), 1U);
    may_end.count_down();
    EXPECT_TRUE(system.shutdown(kLong).empty());
  }
  EXPECT_FALSE(resumed);
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(Offload, ASystemThatEndsWaitsForWorkThatRunsAndFreesWhatItMade) {
  const auto owned = std::make_shared<int>(0);
  std::latch began{1};
  const Script script = [&](const Begin&, Context& context) -> Task<> {
    auto work = context.offload([&began, held = owned] {
      began.count_down();
      return held;
    });
    co_await work;
  };
  for (int round = 0; round < 20; ++round) {
    System system{{.offload_threads = 1}};
    const WorkedRef ref = system.spawn([&](Context&) { return Worked{script}; });
    ASSERT_EQ(ref.try_send(Begin{1}), SendResult::ok);
    if (round == 0) began.wait();
    system.stop(ref, StopMode::discard);
  }
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(Offload, MoreWorkThanThePoolHoldsIsAnErrorAtTheAwait) {
  // Given one thread that is held up, and more actors with work than the pool keeps
  constexpr std::size_t kActors = BlockingPool::kTasksMax + 10;
  std::atomic<int> done{0};
  std::atomic<int> refused{0};
  std::latch all_have_asked{kActors};
  std::latch may_run{1};
  const Script script = [&](const Begin&, Context& context) -> Task<> {
    auto work = context.offload([&] {
      may_run.wait();
      done.fetch_add(1);
    });
    all_have_asked.count_down();
    try {
      co_await work;
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "too much blocking work waits: the pool takes no more");
      refused.fetch_add(1);
    }
  };
  System system{{.offload_threads = 1, .drive = Drive::threads}};
  for (std::size_t actor = 0; actor < kActors; ++actor) {
    const WorkedRef ref = system.spawn([&](Context&) { return Worked{script}; });
    ASSERT_EQ(ref.try_send(Begin{1}), SendResult::ok);
  }
  all_have_asked.wait();
  may_run.count_down();
  EXPECT_TRUE(system.shutdown(kLong).empty());
  EXPECT_EQ(static_cast<std::size_t>(done.load() + refused.load()), kActors);
  // All but the last have posted before any work could end; the pool's thread had one at most.
  EXPECT_GE(refused.load(), 8);
  EXPECT_LE(refused.load(), 10);
  EXPECT_EQ(system.restarts(), 0U);
}

}  // namespace
}  // namespace mycelium
