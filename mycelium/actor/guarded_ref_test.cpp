#include "mycelium/actor/guarded_ref.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;

struct Job {
  int number = 0;
};
MYCELIUM_MESSAGE(Job, 541, "test.job", number)
struct Done {
  int number = 0;
};
MYCELIUM_MESSAGE(Done, 542, "test.done", number)
struct Question {
  using Reply = Done;
};
MYCELIUM_MESSAGE(Question, 543, "test.question")
struct Ask {};
MYCELIUM_MESSAGE(Ask, 544, "test.ask")
struct Wait {};
MYCELIUM_MESSAGE(Wait, 545, "test.wait")

// Never comes to its end: its mailbox fills up.
class Stuck {
 public:
  using Handles = Messages<Job, Question>;
  explicit Stuck(const bool& answers) : answers_{&answers} {}
  Task<> handle(const Job&, Context& context) { co_await context.sleep(milliseconds{1000}); }
  Task<Done> handle(const Question&, Context& context) {
    if (!*answers_) co_await context.sleep(milliseconds{1000});
    co_return Done{1};
  }

 private:
  const bool* answers_;
};

// Sends through a circuit breaker what the test says, and hears of its changes.
class Sender {
 public:
  using Handles = Messages<Job, Ask, Wait, BreakerChange>;
  Sender(Context& context, const RefTo<Job, Question>& target, const BreakerOptions& options,
         std::vector<std::string>& log)
      : guarded_{context, target, options}, log_{&log} {}
  void on_start(Context& context) { context.subscribe<BreakerChange>(); }
  void handle(const Job& job) { log_->emplace_back(name_of(guarded_.try_send(job))); }
  Task<> handle(const Ask&, Context& context) {
    const Result<Done> done = co_await guarded_.ask(context, Question{}, milliseconds{10});
    log_->push_back(done ? "answered" : done.error().code);
  }
  Task<> handle(const Wait&, Context& context) {
    const SendResult sent = co_await guarded_.send(context, Job{}, milliseconds{10});
    log_->push_back("waited: " + std::string{name_of(sent)});
  }
  void handle(const BreakerChange& change) {
    constexpr std::array<const char*, 3> kNames{"closed", "open", "half open"};
    log_->push_back(std::string{"is "} + kNames[static_cast<std::size_t>(change.state)]);
  }

 private:
  GuardedRef<Messages<Job, Question>> guarded_;
  std::vector<std::string>* log_;
};

class GuardedRefTest : public ::testing::Test {
 protected:
  void start(const BreakerOptions& options) {
    const auto stuck =
        system_.spawn([this](Context&) { return Stuck{answers_}; }, {.mailbox = {.capacity = 4}});
    sender_ = system_.spawn(
        [this, stuck, options](Context& context) { return Sender{context, stuck, options, log_}; });
    settle();
  }
  void settle() {
    while (system_.step() > 0) {
    }
  }
  template <typename M>
  void let(M message, int times = 1) {
    for (int count = 0; count < times; ++count) {
      ASSERT_EQ(sender_.try_send(message), SendResult::ok);
      settle();
    }
  }
  std::vector<std::string> taken_log() { return std::exchange(log_, {}); }

  using Log = std::vector<std::string>;
  Log log_;
  bool answers_ = false;
  ManualClock clock_;
  System system_{{.clock = &clock_, .drive = Drive::manual}};
  RefTo<Job, Ask, Wait, BreakerChange> sender_;
};

// Promises: D5, D10
TEST_F(GuardedRefTest, ASendThatFindsNoRoomInTimeIsAFailure) {
  start({.failures = 2, .open_for = milliseconds{50}});
  let(Wait{}, 5);  // One is handled for ever, four wait.
  EXPECT_EQ(taken_log(), (Log(5, "waited: ok")));
  for (const Log& then : {Log{"waited: full"}, Log{"waited: full", "is open"}}) {
    let(Wait{});
    EXPECT_EQ(taken_log(), Log{});
    clock_.advance(milliseconds{10});
    settle();
    EXPECT_EQ(taken_log(), then);
  }
  let(Wait{});
  EXPECT_EQ(taken_log(), (Log{"waited: full"}));  // At once.
  clock_.advance(milliseconds{1000});             // Now there is room for one.
  settle();
  let(Wait{});
  EXPECT_EQ(taken_log(), (Log{"waited: ok", "is half open", "is closed"}));
}

// Promises: D10
TEST_F(GuardedRefTest, OpensAfterSoManyRefusalsAndTriesAgainWithOneProbe) {
  start({.failures = 2, .open_for = milliseconds{50}});
  let(Job{}, 5);  // One is handled for ever, four wait.
  EXPECT_EQ(taken_log(), (Log(5, "ok")));
  let(Job{}, 2);
  EXPECT_EQ(taken_log(), (Log{"full", "full", "is open"}));
  let(Job{});
  EXPECT_EQ(taken_log(), (Log{"full"}));  // Without a look.
  clock_.advance(milliseconds{50});
  let(Job{});
  EXPECT_EQ(taken_log(), (Log{"full", "is half open", "is open"}));
  clock_.advance(milliseconds{1000});  // Now there is room for one.
  settle();
  let(Job{});
  EXPECT_EQ(taken_log(), (Log{"ok", "is half open", "is closed"}));
}

// Promises: D10
TEST_F(GuardedRefTest, AsksThatTimeOutOpenItAndAnAnswerClosesIt) {
  start({.failures = 2, .open_for = milliseconds{50}});
  for (int count = 0; count < 2; ++count) {
    let(Ask{});
    clock_.advance(milliseconds{10});
    settle();
  }
  EXPECT_EQ(taken_log(), (Log{"timeout", "timeout", "is open"}));
  let(Ask{});
  EXPECT_EQ(taken_log(), (Log{"full"}));
  answers_ = true;
  clock_.advance(milliseconds{2000});
  settle();
  let(Ask{});
  EXPECT_EQ(taken_log(), (Log{"answered", "is half open", "is closed"}));
}

// Promises: D10
TEST_F(GuardedRefTest, OpensWhenTheRoomLeftIsLessThanWanted) {
  start({.open_for = milliseconds{50}, .room_min = 3});
  let(Job{}, 3);
  EXPECT_EQ(taken_log(), (Log(3, "ok")));  // The last one saw room for three.
  let(Job{});
  EXPECT_EQ(taken_log(), (Log{"full", "is open"}));
}

}  // namespace
}  // namespace mycelium
