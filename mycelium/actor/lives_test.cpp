// Lives that depend on each other, and workers of one's own.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/testing/test_system.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;
using Log = std::vector<std::string>;

struct Do {
  int what = 0;
};
MYCELIUM_MESSAGE(Do, 531, "test.do", what)
struct Ping {
  using Reply = Do;
};
MYCELIUM_MESSAGE(Ping, 532, "test.ping")

using Action = std::function<void(Context&)>;

// Notes its life and does what the test says.
class Person {
 public:
  using Handles = Messages<Do, Down>;
  Person(std::string name, Log& log, Action action = {})
      : name_{std::move(name)}, log_{&log}, action_{std::move(action)} {}
  void on_stop(Context&) { log_->push_back(name_ + " stops"); }
  void handle(const Do&, Context& context) { action_(context); }
  void handle(const Down& down) {
    log_->push_back(name_ + ": " + std::string{name_of(down.reason)});
  }

 private:
  std::string name_;
  Log* log_;
  Action action_;
};

class LivesTest : public ::testing::Test {
 protected:
  RefTo<Do, Down> spawn(const std::string& name, Action action = {}, std::uint16_t worker = 0) {
    return system_.spawn(name,
                         [this, name, action](Context&) { return Person{name, log_, action}; },
                         {.restart = {.max_restarts = 1}, .worker = worker});
  }
  void settle() { test_.run_until_idle(); }
  void let(const RefTo<Do, Down>& person) {
    ASSERT_EQ(person.try_send(Do{}), SendResult::ok);
    settle();
  }

  Log log_;
  testing::TestSystem test_{{.workers = 2}};
  System& system_ = test_.system();
};

// Promises: S10
TEST_F(LivesTest, AWatcherIsToldOnceThatAnActorHasStoppedForGood) {
  for (const std::uint16_t worker : {0, 1}) {
    log_.clear();
    const auto watched = spawn("watched", [](Context& context) { context.stop(); }, worker);
    const auto watcher = spawn("watcher", [&](Context& context) {
      context.watch(watched);
      context.watch(watched);  // Twice is once.
    });
    let(watcher);
    let(watched);
    EXPECT_EQ(log_, (Log{"watched stops", "watcher: stopped"}));
    let(watcher);  // It is gone already.
    EXPECT_EQ(log_.back(), "watcher: not_there");
    system_.stop(watcher);
    settle();
  }
}

// Promises: S10
TEST_F(LivesTest, ARestartIsNoEndAndTheLastFailureIs) {
  const auto watched = spawn("watched", [](Context&) { throw std::runtime_error{"broken"}; }, 1);
  const auto watcher = spawn("watcher", [&](Context& context) { context.watch(watched); });
  let(watcher);
  let(watched);
  EXPECT_EQ(log_, Log{"watched stops"});
  let(watched);
  EXPECT_EQ(log_, (Log{"watched stops", "watched stops", "watcher: failed"}));
}

TEST_F(LivesTest, WhoWatchesNoMoreIsNotTold) {
  for (const std::uint16_t worker : {0, 1}) {
    log_.clear();
    bool watch = true;
    const auto watched = spawn("watched", {}, worker);
    const auto watcher = spawn("watcher", [&](Context& context) {
      std::exchange(watch, false) ? context.watch(watched) : context.unwatch(watched);
    });
    let(watcher);
    let(watcher);
    system_.stop(watched);
    settle();
    EXPECT_EQ(log_, Log{"watched stops"});
    system_.stop(watcher);
    settle();
  }
}

// Promises: D8, S10
TEST_F(LivesTest, ADownComesBehindAllThatItsActorSent) {
  for (const std::uint16_t worker : {0, 1}) {
    log_.clear();
    RefTo<Do, Down> watcher;
    const auto watched = spawn(
        "watched",
        [&](Context& context) {
          EXPECT_EQ(context.try_send(watcher, Do{}), SendResult::ok);
          context.stop();
        },
        worker);
    bool watches = false;
    watcher = spawn("watcher", [&](Context& context) {
      if (std::exchange(watches, true)) return log_.push_back("watcher: a message");
      context.watch(watched);
    });
    let(watcher);
    let(watched);
    EXPECT_EQ(log_, (Log{"watched stops", "watcher: a message", "watcher: stopped"}));
    system_.stop(watcher);
    settle();
  }
}

// Promises: D6, S10
TEST_F(LivesTest, ADownFindsItsPlaceWhateverThePolicy) {
  for (const std::uint16_t worker : {0, 1}) {
    log_.clear();
    RefTo<Do, Down> watcher;
    // Fills the mailbox for one, and stops.
    const auto watched = spawn(
        "watched",
        [&](Context& context) {
          for (int count = 0; count < 2; ++count)
            EXPECT_EQ(context.try_send(watcher, Do{}), SendResult::ok);
          context.stop();
        },
        worker);
    bool watches = false;
    const Action watch = [&](Context& context) {
      if (std::exchange(watches, true)) return log_.push_back("watcher: a message");
      context.watch(watched);
    };
    watcher =
        system_.spawn("watcher", [&](Context&) { return Person{"watcher", log_, watch}; },
                      {.mailbox = {.capacity = 1, .overflow = Overflow::drop_newest}, .worker = 0});
    let(watcher);
    let(watched);
    EXPECT_EQ(log_, (Log{"watched stops", "watcher: a message", "watcher: stopped"}));
    system_.stop(watcher);
    settle();
  }
}

// Promises: L5
TEST_F(LivesTest, ChildrenStopWithTheIncarnationThatSpawnedThemLastSpawnedFirst) {
  bool broken = false;
  const auto parent = spawn("parent", [&](Context& context) {
    if (std::exchange(broken, true)) throw std::runtime_error{"broken"};
    for (const char* name : {"first", "second"}) {
      context.spawn(name, [this, name](Context&) { return Person{name, log_}; });
    }
  });
  let(parent);
  EXPECT_EQ(system_.actors().size(), 3U);
  let(parent);
  EXPECT_EQ(log_, (Log{"second stops", "first stops", "parent stops"}));
  EXPECT_EQ(system_.actors().size(), 1U);
}

// Promises: L5, L2
TEST_F(LivesTest, ChildrenOfAnObjectThatDidNotStartStopWithItAndLeaveTheirNamesToTheNext) {
  class Founder {
   public:
    using Handles = Messages<Do>;
    Founder(Log& log, int& failing_starts) : log_{&log}, failing_starts_{&failing_starts} {}
    void on_start(Context& context) {
      context.spawn("child", [log = log_](Context&) { return Person{"child", *log}; });
      if ((*failing_starts_)-- > 0) throw std::runtime_error{"no start"};
    }
    void handle(const Do&) {}

   private:
    Log* log_;
    int* failing_starts_;
  };
  int failing_starts = 2;
  const auto founder =
      system_.spawn("founder", [&](Context&) { return Founder{log_, failing_starts}; });
  settle();
  EXPECT_EQ(system_.restarts(), 2U);
  EXPECT_EQ(system_.actors().size(), 2U);
  EXPECT_FALSE(system_.failure().has_value());
  system_.stop(founder);
  settle();
  EXPECT_EQ(log_, Log{"child stops"});
  EXPECT_TRUE(system_.actors().empty());
}

// Promises: L5
TEST_F(LivesTest, AChildThatHasNotStartedYetStopsWithItsParentToo) {
  const auto parent = spawn("parent", [&](Context& context) {
    const auto child = context.spawn("child", [this](Context&) { return Person{"child", log_}; });
    EXPECT_EQ(child.try_send(Do{}), SendResult::ok);
    throw std::runtime_error{"broken"};
  });
  let(parent);
  EXPECT_EQ(log_, Log{"parent stops"});
  EXPECT_EQ(system_.actors().size(), 1U);
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::stopped), 1U);
}

// Promises: X1
TEST_F(LivesTest, AnActorCanBeStoppedFromOutsideWithOrWithoutWhatWaits) {
  int handled = 0;
  for (const StopMode mode : {StopMode::drain, StopMode::discard}) {
    handled = 0;
    const auto person = spawn("person", [&](Context& context) {
      EXPECT_EQ(context.stop_requested(), mode == StopMode::drain);
      ++handled;
    });
    settle();
    system_.stop(person, mode);
    for (int count = 0; count < 3; ++count) static_cast<void>(person.try_send(Do{}));
    EXPECT_TRUE(system_.await_stopped(person, milliseconds{1}));
    EXPECT_EQ(person.try_send(Do{}), SendResult::closed);
    EXPECT_TRUE(system_.await_stopped(person, milliseconds{1}));
  }
  const auto person = spawn("person", [&](Context&) { ++handled; });
  for (int count = 0; count < 3; ++count) ASSERT_EQ(person.try_send(Do{}), SendResult::ok);
  system_.stop(person);
  settle();
  EXPECT_EQ(handled, 3);
}

// Promises: D11
TEST_F(LivesTest, ActorsThatWaitForEachOtherInACircleAreFound) {
  struct Waiting {
    using Handles = Messages<Do, Ping>;
    const RefTo<Ping>* next;
    std::string* code;
    Task<> handle(const Do&, Context& context) {
      // After everyone has begun, so that the first ones do not answer before they ask.
      co_await context.sleep(milliseconds{1});
      const auto answer = co_await context.ask(*next, Ping{}, std::chrono::seconds{1});
      *code = answer ? "answered" : answer.error().code;
    }
    Do handle(const Ping&) { return Do{}; }
  };
  const auto look = [this] {
    for (int looks = 0; looks < 2; ++looks) {
      static_cast<void>(system_.find_wait_cycles());
      settle();
    }
    return system_.find_wait_cycles();
  };
  std::vector<RefTo<Ping>> refs(3);
  std::vector<RefTo<Do>> starts(3);
  std::vector<std::string> codes(3);
  for (std::size_t index = 0; index < 3; ++index) {
    const auto ref = system_.spawn(
        "waiting" + std::to_string(index),
        [&, index](Context&) { return Waiting{&refs[(index + 1) % 3], &codes[index]}; },
        {.worker = static_cast<std::uint16_t>(index % 2)});
    refs[index] = ref;
    starts[index] = ref;
  }
  settle();
  for (const RefTo<Do>& start : starts) ASSERT_EQ(start.try_send(Do{}), SendResult::ok);
  settle();
  EXPECT_TRUE(look().empty());
  test_.jump(milliseconds{1});
  settle();
  EXPECT_EQ(look(), (std::vector<std::vector<std::string>>{{"waiting0", "waiting1", "waiting2"}}));
  // The deadlines end it.
  test_.jump(std::chrono::seconds{1});
  settle();
  EXPECT_EQ(codes, (std::vector<std::string>(3, "timeout")));
  EXPECT_TRUE(look().empty());
}

// Promises: D11
TEST_F(LivesTest, AReplyOnItsWayIsNoPartOfACircle) {
  struct Asking {
    using Handles = Messages<Do, Ping>;
    const RefTo<Ping>* other;
    int* answered;
    Task<> handle(const Do&, Context& context) {
      *answered += (co_await context.ask(*other, Ping{}, std::chrono::seconds{1})) ? 1 : 0;
    }
    Do handle(const Ping&) { return Do{}; }
  };
  std::vector<RefTo<Ping>> refs(2);
  std::vector<RefTo<Do>> starts(2);
  int answered = 0;
  for (const std::uint16_t worker : {0, 1}) {
    const auto ref = system_.spawn(
        [&, worker](Context&) { return Asking{&refs[1 - worker], &answered}; }, {.worker = worker});
    refs[worker] = ref;
    starts[worker] = ref;
  }
  settle();
  for (const RefTo<Do>& start : starts) ASSERT_EQ(start.try_send(Do{}), SendResult::ok);
  // Given a first one whose reply lies in the lane, and a second one that waits for the first
  system_.step();
  ASSERT_EQ(answered, 0);
  // When one look meets both
  EXPECT_TRUE(system_.find_wait_cycles().empty());
  system_.step();
  // Then they are no circle
  EXPECT_TRUE(system_.find_wait_cycles().empty());
  settle();
  EXPECT_TRUE(system_.find_wait_cycles().empty());
  EXPECT_EQ(answered, 2);
}

TEST(Dedicated, DoesNotSpinOnAProcessorThatOthersNeed) {
  const auto idle_of_dedicated = [](Idle idle) {
    Log log;
    System system{{.idle = idle, .drive = Drive::manual}};
    const auto one = system.spawn([&](Context&) { return Person{"one", log, [](Context&) {}}; },
                                  {.dedicated = true});
    return one.cell()->worker->idle();
  };
  EXPECT_EQ(idle_of_dedicated(Idle::spin), Idle::adaptive);
  EXPECT_EQ(idle_of_dedicated(Idle::adaptive), Idle::adaptive);
  EXPECT_EQ(idle_of_dedicated(Idle::sleep), Idle::sleep);
}

TEST(Dedicated, AnActorMayHaveAWorkerOfItsOwnWhichIsUsedAgain) {
  Log log;
  std::vector<std::uint16_t> workers;
  System system{{.workers = 1, .idle = Idle::sleep}};
  for (int round = 0; round < 3; ++round) {
    std::latch handled{1};
    const auto blocking = system.spawn(
        [&](Context& context) {
          workers.push_back(context.worker().index());
          return Person{"blocking", log, [&](Context&) { handled.count_down(); }};
        },
        {.dedicated = true});
    ASSERT_EQ(blocking.try_send(Do{}), SendResult::ok);
    handled.wait();
    system.stop(blocking, StopMode::discard);
    ASSERT_TRUE(system.await_stopped(blocking, std::chrono::seconds{30}));
  }
  EXPECT_EQ(workers, (std::vector<std::uint16_t>{1, 1, 1}));
  EXPECT_EQ(system.workers(), 2U);
}

TEST(Stall, AHandlerThatHoldsItsWorkerIsCounted) {
  std::atomic<bool> go_on{false};
  Log log;
  System system{{.idle = Idle::sleep, .stall_limit = milliseconds{2}}};
  const auto stuck = system.spawn("stuck", [&](Context&) {
    return Person{"stuck", log, [&](Context&) { go_on.wait(false); }};
  });
  ASSERT_EQ(stuck.try_send(Do{}), SendResult::ok);
  while (system.stalls() == 0) static_cast<void>(system.wait_for(milliseconds{1}));
  go_on = true;
  go_on.notify_all();
  EXPECT_TRUE(system.shutdown().empty());
  EXPECT_EQ(system.stalls(), 1U);
}

}  // namespace
}  // namespace mycelium
