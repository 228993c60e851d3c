#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <list>
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

struct Go {
  int number;
  std::string text;
};
MYCELIUM_MESSAGE(Go, 300, "test.go", number, text)
struct Page {
  std::array<char, 4096> bytes;
  std::string text;
};
MYCELIUM_MESSAGE(Page, 301, "test.page", bytes, text)

using Lines = std::vector<std::string>;
using Script = std::function<Task<>(const Go&, Context&)>;

// Longer than a string holds inside itself, so that a wrong lifetime is a wrong access.
std::string long_text(int number) { return std::string(100, 'x') + std::to_string(number); }

class Scripted {
 public:
  using Handles = Messages<Go>;
  explicit Scripted(const Script& script) : script_{&script} {}
  Task<> handle(const Go& go, Context& context) { return (*script_)(go, context); }

 private:
  const Script* script_;
};

class TaskTest : public ::testing::Test {
 protected:
  RefTo<Go> spawn(const std::string& name, Script script, const SpawnOptions& options = {}) {
    const Script& kept = scripts_.emplace_back(std::move(script));
    return system_.spawn(name, [&kept](Context&) { return Scripted{kept}; }, options);
  }
  void settle() {
    while (system_.step() > 0) {
    }
  }
  void advance(std::chrono::nanoseconds by) {
    clock_.advance(by);
    settle();
  }
  static void send(const RefTo<Go>& ref, int number) {
    ASSERT_EQ(ref.try_send(Go{number, long_text(number)}), SendResult::ok);
  }

  ManualClock clock_;
  Lines lines_;
  std::list<Script> scripts_;
  System system_{{.workers = 2, .clock = &clock_, .drive = Drive::manual}};
};

Task<int> sum_to(int number) {
  if (number == 0) co_return 0;
  co_return number + co_await sum_to(number - 1);
}

Task<std::unique_ptr<int>> owned(int number) { co_return std::make_unique<int>(number); }

TEST_F(TaskTest, AnAwaitedTaskGivesItsValue) {
  int sum = 0;
  int moved = 0;
  const auto ref = spawn("adder", [&](const Go&, Context&) -> Task<> {
    sum = co_await sum_to(10);
    moved = *co_await owned(7);
  });
  send(ref, 1);
  settle();
  EXPECT_EQ(sum, 55);
  EXPECT_EQ(moved, 7);
}

Task<std::string> sleep_and_add(Context& context, int depth, std::string text) {
  if (depth == 0) {
    co_await context.sleep(milliseconds{1});
    co_return text + "!";
  }
  const std::string inner = co_await sleep_and_add(context, depth - 1, text);
  co_return inner + "+";
}

TEST_F(TaskTest, TheValueOfATaskThatWaitedComesThroughAllThatAwaitIt) {
  constexpr int kDepth = 500;
  std::string result;
  const auto ref = spawn("deep", [&](const Go& go, Context& context) -> Task<> {
    result = co_await sleep_and_add(context, kDepth, go.text);
    // And once more: a task awaited after the first has ended.
    result += co_await sleep_and_add(context, 0, "again");
  });
  send(ref, 1);
  settle();
  EXPECT_EQ(result, "");
  advance(milliseconds{1});
  EXPECT_EQ(result, long_text(1) + "!" + std::string(kDepth, '+'));
  advance(milliseconds{1});
  EXPECT_EQ(result, long_text(1) + "!" + std::string(kDepth, '+') + "again!");
}

Task<int> throws(Context& context, std::chrono::nanoseconds delay) {
  if (delay > std::chrono::nanoseconds{0}) co_await context.sleep(delay);
  throw std::runtime_error{"from inside"};
}
Task<int> passes_on(Context& context, std::chrono::nanoseconds delay) {
  co_return co_await throws(context, delay) + 1;
}

// Promises: S9
TEST_F(TaskTest, AnExceptionComesOutOfTheAwait) {
  const auto ref = spawn("catcher", [&](const Go&, Context& context) -> Task<> {
    for (const milliseconds delay : {milliseconds{0}, milliseconds{1}}) {
      try {
        lines_.push_back(std::to_string(co_await passes_on(context, delay)));
      } catch (const std::runtime_error& error) {
        lines_.emplace_back(error.what());
      }
    }
  });
  send(ref, 1);
  settle();
  EXPECT_EQ(lines_, Lines{"from inside"});
  advance(milliseconds{1});
  EXPECT_EQ(lines_, (Lines{"from inside", "from inside"}));
  EXPECT_EQ(system_.restarts(), 0U);
}

Task<> note(Lines& lines, std::shared_ptr<int> held) {
  lines.push_back("began " + std::to_string(*held));
  co_return;
}

TEST_F(TaskTest, ATaskThatIsNeverAwaitedNeverBeginsAndFreesWhatItHolds) {
  const auto held = std::make_shared<int>(1);
  long holders = 0;
  const auto ref = spawn("lazy", [&](const Go&, Context&) -> Task<> {
    {
      const Task<> never = note(lines_, held);
      holders = held.use_count();
    }
    co_await note(lines_, std::make_shared<int>(2));
  });
  send(ref, 1);
  settle();
  EXPECT_EQ(holders, 2);
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(lines_, Lines{"began 2"});
  static_cast<void>(note(lines_, held));  // Nor on a thread that is no worker.
  EXPECT_EQ(held.use_count(), 1);
}

Task<int> ready(int number) { co_return number & 1; }

TEST_F(TaskTest, AMillionReadyTasksInOneHandlerNeedNoStack) {
  int odd = 0;
  const auto ref = spawn("loop", [&](const Go&, Context&) -> Task<> {
    for (int number = 0; number < 1'000'000; ++number) odd += co_await ready(number);
  });
  send(ref, 1);
  settle();
  EXPECT_EQ(odd, 500'000);
}

Task<> nap(Context& context) { co_await context.sleep(std::chrono::nanoseconds{0}); }

TEST_F(TaskTest, ManyTasksThatWaitInOneHandlerNeedNoStack) {
  int naps = 0;
  const auto ref = spawn("loop", [&](const Go&, Context& context) -> Task<> {
    for (; naps < 100'000; ++naps) co_await nap(context);
  });
  send(ref, 1);
  settle();
  EXPECT_EQ(naps, 100'000);
}

// Promises: T1, T2
TEST_F(TaskTest, SleepsEndInTheOrderOfTheirTime) {
  const auto script = [&](const Go& go, Context& context) -> Task<> {
    const Instant begin = context.now();
    co_await context.sleep(milliseconds{go.number});
    lines_.push_back(context.name() + " once");
    co_await context.sleep(milliseconds{10});
    lines_.push_back(context.name() + " twice");
    EXPECT_EQ(context.now() - begin, milliseconds{go.number + 10});
  };
  send(spawn("late", script, {.worker = 0}), 3);
  send(spawn("early", script, {.worker = 0}), 2);
  settle();
  advance(milliseconds{2} - std::chrono::nanoseconds{1});
  EXPECT_EQ(lines_, Lines{});
  advance(std::chrono::nanoseconds{1});
  EXPECT_EQ(lines_, Lines{"early once"});
  advance(milliseconds{1});
  EXPECT_EQ(lines_, (Lines{"early once", "late once"}));
  advance(milliseconds{9});
  EXPECT_EQ(lines_, (Lines{"early once", "late once", "early twice"}));
  advance(milliseconds{1});
  EXPECT_EQ(lines_, (Lines{"early once", "late once", "early twice", "late twice"}));
}

// Promises: D1
TEST_F(TaskTest, AnActorThatWaitsTakesNoOtherMessageAndItsWorkerGoesOn) {
  const auto script = [&](const Go& go, Context& context) -> Task<> {
    lines_.push_back(context.name() + " begins " + std::to_string(go.number));
    if (go.number == 1) co_await context.sleep(milliseconds{5});
    lines_.push_back(context.name() + " ends " + std::to_string(go.number));
  };
  const auto waiter = spawn("waiter", script, {.worker = 0});
  const auto other = spawn("other", script, {.worker = 0});
  for (const int number : {1, 2, 3}) send(waiter, number);
  settle();
  send(other, 9);
  send(waiter, 4);
  settle();
  EXPECT_EQ(lines_, (Lines{"waiter begins 1", "other begins 9", "other ends 9"}));
  advance(milliseconds{5});
  lines_.erase(lines_.begin(), lines_.begin() + 3);
  EXPECT_EQ(lines_, (Lines{"waiter ends 1", "waiter begins 2", "waiter ends 2", "waiter begins 3",
                           "waiter ends 3", "waiter begins 4", "waiter ends 4"}));
  for (const ActorStatus& status : system_.actors())
    EXPECT_EQ(status.handled, status.name == "waiter" ? 4U : 1U);
}

TEST_F(TaskTest, TheMessageLivesUntilTheHandlerHasEnded) {
  const auto reader = spawn("reader",
                            [&](const Go& go, Context& context) -> Task<> {
                              co_await context.sleep(milliseconds{1});
                              lines_.push_back(go.text);
                            },
                            {.worker = 1});
  // Through the lane as well: a plain message, and one that says who sent it.
  const auto sender = spawn("sender",
                            [&](const Go& go, Context& context) -> Task<> {
                              EXPECT_EQ(reader.try_send(Go{2, long_text(2)}), SendResult::ok);
                              EXPECT_EQ(context.try_send(reader, go), SendResult::ok);
                              co_return;
                            },
                            {.worker = 0});
  send(reader, 1);
  settle();
  send(sender, 3);
  settle();
  for (int wait = 0; wait < 3; ++wait) advance(milliseconds{1});
  EXPECT_EQ(lines_, (Lines{long_text(1), long_text(2), long_text(3)}));
}

// Promises: L4, S9
TEST_F(TaskTest, AHandlerThatThrowsCostsItsMessageBeforeAndAfterItHasWaited) {
  const auto ref = spawn("thrower", [&](const Go& go, Context& context) -> Task<> {
    if (go.number == 1) throw std::runtime_error{"at once"};
    co_await context.sleep(milliseconds{1});
    if (go.number == 2) throw std::runtime_error{"later"};
    lines_.push_back(std::to_string(go.number) + " after " + std::to_string(context.restarts()));
  });
  for (const int number : {1, 2, 3}) send(ref, number);
  settle();
  EXPECT_EQ(system_.restarts(), 1U);
  advance(milliseconds{1});
  EXPECT_EQ(system_.restarts(), 2U);
  send(ref, 4);
  settle();
  advance(milliseconds{1});
  advance(milliseconds{1});
  EXPECT_EQ(lines_, (Lines{"3 after 2", "4 after 2"}));
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::poison), 2U);
  EXPECT_EQ(system_.dead_letters().total(), 2U);
}

// Takes its messages to keep them, and puts all aside until the one with number 0.
class Keeper {
 public:
  using Handles = Messages<Go, Page>;
  explicit Keeper(Lines& lines) : lines_{&lines} {}
  Task<> handle(const Shared<Go>& go, Context& context) {
    co_await context.sleep(milliseconds{1});
    kept_.push_back(go);
    lines_->push_back(go->text);
    open_ = open_ || go->number == 0;
    if (go->number == 0) {
      context.unstash_all();
    } else if (!open_) {
      EXPECT_TRUE(context.stash());
    }
  }
  void handle(const Shared<Page>& page, Context& context) {
    lines_->push_back(page->text);
    if (!open_ && context.stash()) ++aside_;
  }

 private:
  Lines* lines_;
  std::vector<Shared<Go>> kept_;
  bool open_ = false;
  int aside_ = 0;
};

TEST_F(TaskTest, AMessageTakenToKeepIsWholeWhenItIsHandledAgain) {
  // Given messages put aside, some that lie inside their envelopes and one in a block
  const auto keeper = system_.spawn([&](Context&) { return Keeper{lines_}; });
  ASSERT_EQ(keeper.try_send(Go{1, long_text(1)}), SendResult::ok);
  ASSERT_EQ(keeper.try_send(Page{{}, long_text(2)}), SendResult::ok);
  ASSERT_EQ(keeper.try_send(Go{3, long_text(3)}), SendResult::ok);
  ASSERT_EQ(keeper.try_send(Go{0, long_text(0)}), SendResult::ok);
  settle();
  for (int wait = 0; wait < 3; ++wait) advance(milliseconds{1});
  EXPECT_EQ(lines_, (Lines{long_text(1), long_text(2), long_text(3), long_text(0)}));
  lines_.clear();
  for (int wait = 0; wait < 2; ++wait) advance(milliseconds{1});
  EXPECT_EQ(lines_, (Lines{long_text(1), long_text(2), long_text(3)}));
}

}  // namespace
}  // namespace mycelium
