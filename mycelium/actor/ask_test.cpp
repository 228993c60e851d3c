#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Answer {
  int number;
  std::string text;
};
MYCELIUM_MESSAGE(Answer, 320, "test.answer", number, text)
// How the server is to answer it.
enum class How : int {
  at_once,         // The handler returns it.
  by_context,      // context.reply.
  twice,           // context.reply, twice.
  never,           // Nothing.
  throws,          // An exception.
  later,           // Keeps the right to answer until a Flush.
  stash,           // Puts it aside until a Flush.
  stash_and_throw  // Puts it aside, and throws then.
};
struct Plain {
  using Reply = Answer;
  int number;
};
MYCELIUM_MESSAGE(Plain, 321, "test.plain", number)
struct Question {
  using Reply = Answer;
  int number;
  How how;
};
MYCELIUM_MESSAGE(Question, 322, "test.question", number, how)
struct Slow {
  using Reply = Answer;
  int number;
  int milliseconds;
};
MYCELIUM_MESSAGE(Slow, 323, "test.slow", number, milliseconds)
struct Flush {
  bool answer;
};
MYCELIUM_MESSAGE(Flush, 324, "test.flush", answer)
struct Start {};
MYCELIUM_MESSAGE(Start, 325, "test.start")

using Lines = std::vector<std::string>;

class Server {
 public:
  using Handles = Messages<Plain, Question, Slow, Flush>;
  explicit Server(std::optional<Instant>& deadline) : deadline_{&deadline} {}
  Answer handle(const Plain& plain, Context& context) {
    *deadline_ = context.deadline();
    return {plain.number + 1, context.sender() ? "known" : "unknown"};
  }
  void handle(const Question& question, Context& context) {
    const Answer answer{question.number + 1, "answer"};
    switch (question.how) {
      case How::twice:
        context.reply(answer);
        [[fallthrough]];
      case How::at_once:
      case How::by_context:
        return context.reply(answer);
      case How::never:
        return;
      case How::throws:
        throw std::runtime_error{"no such thing"};
      case How::later:
        return kept_.emplace_back(question.number, context.reply_later<Answer>()), void();
      case How::stash:
        if (!flushed_) return static_cast<void>(context.stash());
        return context.reply(answer);
      case How::stash_and_throw:
        EXPECT_TRUE(context.stash());
        throw std::runtime_error{"after all"};
    }
  }
  Task<Answer> handle(const Slow& slow, Context& context) {
    co_await context.sleep(milliseconds{slow.milliseconds});
    co_return Answer{slow.number + 1, "slow"};
  }
  void handle(const Flush& flush, Context& context) {
    flushed_ = true;
    for (auto& [number, reply_to] : kept_) {
      if (!flush.answer) continue;
      EXPECT_TRUE(reply_to.reply(Answer{number + 1, "later"}));
      EXPECT_FALSE(reply_to.reply(Answer{}));
    }
    kept_.clear();
    context.unstash_all();
  }

 private:
  std::optional<Instant>* deadline_;
  std::vector<std::pair<int, ReplyTo<Answer>>> kept_;
  bool flushed_ = false;
};
using ServerRef = RefTo<Plain, Question, Slow, Flush>;

using Script = std::function<Task<>(Context&)>;
class Asker {
 public:
  using Handles = Messages<Start>;
  explicit Asker(const Script& script) : script_{&script} {}
  Task<> handle(const Start&, Context& context) { return (*script_)(context); }

 private:
  const Script* script_;
};

std::string to_line(const Result<Answer>& result) {
  return result ? result->text + " " + std::to_string(result->number)
                : result.error().code + ": " + result.error().message;
}

// The asker is on worker 0; the server on the worker of the parameter.
class AskTest : public ::testing::TestWithParam<std::uint16_t> {
 protected:
  ServerRef serve(SpawnOptions options = {}) {
    options.worker = GetParam();
    return system_.spawn([this](Context&) { return Server{deadline_}; }, options);
  }
  RefTo<Start> ask(Script script) {
    const Script& kept = scripts_.emplace_back(std::move(script));
    const auto asker = system_.spawn([&kept](Context&) { return Asker{kept}; }, {.worker = 0});
    EXPECT_EQ(asker.try_send(Start{}), SendResult::ok);
    return asker;
  }
  // Asks once, and notes the answer.
  template <typename Q>
  RefTo<Start> ask(ServerRef server, Q question,
                   std::chrono::nanoseconds timeout = std::chrono::nanoseconds::max()) {
    return ask([=, this](Context& context) -> Task<> {
      lines_.push_back(to_line(co_await context.ask(server, question, timeout)));
    });
  }
  void settle() {
    while (system_.step() > 0) {
    }
  }
  void advance(std::chrono::nanoseconds by) {
    clock_.advance(by);
    settle();
  }

  ManualClock clock_;
  Lines lines_;
  std::list<Script> scripts_;
  std::optional<Instant> deadline_;
  System system_{{.workers = 2, .clock = &clock_, .drive = Drive::manual}};
};
INSTANTIATE_TEST_SUITE_P(FromWorker0To, AskTest, ::testing::Values(0, 1));

// Promises: A1
TEST_P(AskTest, EveryWayToAnswerReachesTheAsker) {
  const ServerRef server = serve();
  ask(server, Plain{1});
  ask(server, Question{2, How::by_context});
  settle();
  ask(server, Slow{3, 5});
  settle();
  EXPECT_EQ(lines_, (Lines{"known 2", "answer 3"}));
  advance(milliseconds{5});
  ask(server, Question{4, How::later});
  ask(server, Question{5, How::later});
  settle();
  EXPECT_EQ(lines_.size(), 3U);
  ASSERT_EQ(server.try_send(Flush{true}), SendResult::ok);
  settle();
  EXPECT_EQ(lines_, (Lines{"known 2", "answer 3", "slow 4", "later 5", "later 6"}));
  EXPECT_EQ(system_.late_replies(), 0U);
}

// Promises: A1
TEST_P(AskTest, AHandlerThatAnswersNothingFailsTheAsk) {
  const ServerRef server = serve();
  ask(server, Question{1, How::never});
  settle();
  ask(server, Question{2, How::later});
  settle();
  ASSERT_EQ(server.try_send(Flush{false}), SendResult::ok);
  settle();
  EXPECT_EQ(lines_, (Lines{"handler_failed: its handler ended without a reply",
                           "handler_failed: its handler ended without a reply"}));
  EXPECT_EQ(system_.restarts(), 0U);
}

// Promises: A1, A3
TEST_P(AskTest, TheExceptionOfTheHandlerComesBackWithItsSentence) {
  const ServerRef server = serve();
  ask(server, Question{1, How::throws});
  settle();
  EXPECT_EQ(lines_, Lines{"handler_failed: no such thing"});
  EXPECT_EQ(system_.restarts(), 1U);
  ask(server, Plain{2});
  settle();
  EXPECT_EQ(lines_.back(), "known 3");
}

// Promises: A1, A3
TEST_P(AskTest, AHandlerThatThrowsAfterItPutTheAskAsideFailsIt) {
  const ServerRef server = serve();
  ask(server, Question{1, How::stash_and_throw});
  settle();
  EXPECT_EQ(lines_, Lines{"handler_failed: after all"});
}

// Promises: A1
TEST_P(AskTest, NobodyThereIsTargetDown) {
  const ServerRef server = serve();
  settle();
  system_.stop(server);
  settle();
  ask(server, Plain{1});
  ask(ServerRef{}, Plain{1});
  settle();
  EXPECT_EQ(lines_, (Lines{"target_down: the target has stopped for good",
                           "target_down: the target has stopped for good"}));
}

// Promises: A1
TEST_P(AskTest, AFullMailboxIsFull) {
  const ServerRef server = serve({.mailbox = {.capacity = 1}});
  ask(server, Slow{1, 5});
  settle();
  ask(server, Plain{2});
  settle();
  ask(server, Plain{3});
  settle();
  EXPECT_EQ(lines_, Lines{"full: the target's mailbox, or the way to it, is full"});
  advance(milliseconds{5});
  EXPECT_EQ(lines_.size(), 3U);
}

// Promises: A1, A4
TEST_P(AskTest, AReplyAfterTheDeadlineIsCountedAndNotDelivered) {
  const ServerRef server = serve();
  const auto asker = ask(server, Slow{1, 5}, milliseconds{5} - std::chrono::nanoseconds{1});
  settle();
  advance(milliseconds{5} - std::chrono::nanoseconds{1});
  EXPECT_EQ(lines_, Lines{"timeout: no reply came in time"});
  EXPECT_EQ(system_.late_replies(), 0U);
  // The next ask of the same actor is not answered by the reply to the first.
  ASSERT_EQ(asker.try_send(Start{}), SendResult::ok);
  settle();
  advance(std::chrono::nanoseconds{1});
  EXPECT_EQ(lines_.size(), 1U);
  EXPECT_EQ(system_.late_replies(), 1U);
  advance(seconds{1});
  EXPECT_EQ(lines_.size(), 2U);
}

// Promises: A4
TEST_P(AskTest, ASecondReplyFailsTheReplierAndNotTheAsk) {
  const ServerRef server = serve();
  ask(server, Question{1, How::twice});
  settle();
  EXPECT_EQ(lines_, Lines{"answer 2"});
  EXPECT_EQ(system_.restarts(), 1U);
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::poison), 1U);
  EXPECT_EQ(system_.late_replies(), 0U);
}

// Promises: A5
TEST_P(AskTest, TheReceiverSeesTheDeadline) {
  const ServerRef server = serve();
  clock_.advance(seconds{3});
  ask(server, Plain{1}, milliseconds{7});
  settle();
  EXPECT_EQ(deadline_, clock_.monotonic() + milliseconds{7});
  deadline_ = Instant{};
  ask([server](Context& context) -> Task<> {  // This is no ask of the server.
    co_return static_cast<void>(context.try_send(server, Plain{2}));
  });
  settle();
  EXPECT_EQ(deadline_, std::nullopt);
}

// Promises: A1
TEST_P(AskTest, TwoAsksOnTheirWayAreAwaitedInEitherOrder) {
  const ServerRef server = serve();
  const ServerRef other = serve();
  for (const bool first_first : {true, false}) {
    ask([=, this](Context& context) -> Task<> {
      auto first = context.ask(server, Slow{1, 2}, seconds{1});
      auto second = context.ask(other, Slow{2, 1}, seconds{1});
      if (first_first) lines_.push_back(to_line(co_await first));
      lines_.push_back(to_line(co_await second));
      if (!first_first) lines_.push_back(to_line(co_await first));
    });
    settle();
    advance(milliseconds{1});
    advance(milliseconds{1});
  }
  EXPECT_EQ(lines_, (Lines{"slow 2", "slow 3", "slow 3", "slow 2"}));
  EXPECT_EQ(system_.late_replies(), 0U);
}

// Promises: A3
TEST_P(AskTest, ATargetThatStopsFailsItsAsksAtOnce) {
  const ServerRef server = serve();
  ask(server, Question{1, How::later});  // One it has kept,
  settle();
  ask(server, Slow{2, 5});  // one it handles, and one that waits.
  settle();
  ask(server, Plain{3});
  settle();
  EXPECT_EQ(lines_, Lines{});
  system_.stop(server, StopMode::discard);
  settle();
  ASSERT_EQ(lines_.size(), 3U);
  for (const std::string& line : lines_) {
    EXPECT_TRUE(line.starts_with("target_down") || line.starts_with("handler_failed")) << line;
  }
}

// Promises: A3
TEST_P(AskTest, ATargetThatIsRestartedFailsTheAskItKeptAndAnswersThoseThatWait) {
  const ServerRef server = serve();
  ask(server, Question{1, How::later});
  settle();
  ask(server, Question{2, How::throws});
  ask(server, Plain{3});
  settle();
  ASSERT_EQ(lines_.size(), 3U);
  EXPECT_EQ(std::count(lines_.begin(), lines_.end(), "handler_failed: no such thing"), 1);
  EXPECT_EQ(
      std::count(lines_.begin(), lines_.end(), "handler_failed: its handler ended without a reply"),
      1);
  EXPECT_EQ(std::count(lines_.begin(), lines_.end(), "known 4"), 1);
}

// Promises: A1, A3
TEST_P(AskTest, ARequestThatThePolicyDropsFailsAtOnce) {
  for (const Overflow overflow : {Overflow::drop_oldest, Overflow::drop_newest}) {
    lines_.clear();
    const ServerRef server = serve({.mailbox = {.capacity = 1, .overflow = overflow}});
    ask(server, Slow{1, 5});
    settle();
    ask(server, Plain{2});
    settle();
    ask(server, Plain{3});
    settle();
    EXPECT_EQ(lines_, Lines{"full: the target's overflow policy dropped the request"});
    advance(milliseconds{5});
    EXPECT_EQ(lines_, (Lines{"full: the target's overflow policy dropped the request", "slow 2",
                             overflow == Overflow::drop_oldest ? "known 4" : "known 3"}));
  }
}

// Promises: A1
TEST_P(AskTest, WhatFailedAtOnceDoesNotBecomeATimeoutWhileNobodyLooks) {
  const ServerRef server = serve({.mailbox = {.capacity = 1, .overflow = Overflow::drop_newest}});
  ask([=, this](Context& context) -> Task<> {
    const auto busy = context.ask(server, Slow{1, 50}, seconds{1});
    co_await context.sleep(milliseconds{1});
    const auto waits = context.ask(server, Plain{2}, seconds{1});
    auto dropped = context.ask(server, Plain{3}, milliseconds{1});
    co_await context.sleep(milliseconds{5});
    lines_.push_back(to_line(co_await dropped));
  });
  settle();
  advance(milliseconds{1});
  advance(milliseconds{5});
  EXPECT_EQ(lines_, Lines{"full: the target's overflow policy dropped the request"});
}

// Promises: A1
TEST_P(AskTest, AnAskPutAsideIsAnsweredLater) {
  const ServerRef server = serve();
  ask(server, Question{1, How::stash});
  settle();
  EXPECT_EQ(lines_, Lines{});
  ASSERT_EQ(server.try_send(Flush{true}), SendResult::ok);
  settle();
  EXPECT_EQ(lines_, Lines{"answer 2"});
}

}  // namespace
}  // namespace mycelium
