#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>

#include "mycelium/actor/supervision_test.hpp"
#include "mycelium/bus/shared.hpp"

// A clerk that fails where it is told to, for tests of redelivery.
namespace mycelium::testing {

using namespace std::chrono_literals;

struct Answer {
  int number;
};
MYCELIUM_MESSAGE(Answer, 861, "test.redelivery.answer", number)
struct Job {
  int number;
};
MYCELIUM_MESSAGE(Job, 862, "test.redelivery.job", number)
struct SlowJob {
  int number;
};
MYCELIUM_MESSAGE(SlowJob, 863, "test.redelivery.slow_job", number)
struct Parcel {
  int number;
  std::array<int, 1'000> weight;  // So large that it travels by block.
};
MYCELIUM_MESSAGE(Parcel, 864, "test.redelivery.parcel", number, weight)
struct Question {
  using Reply = Answer;
  int number;
};
MYCELIUM_MESSAGE(Question, 865, "test.redelivery.question", number)
struct SlowQuestion {
  using Reply = Answer;
  int number;
};
MYCELIUM_MESSAGE(SlowQuestion, 866, "test.redelivery.slow_question", number)
struct AnsweredFirst {
  using Reply = Answer;
  int number;
};
MYCELIUM_MESSAGE(AnsweredFirst, 867, "test.redelivery.answered_first", number)
struct AnsweredLater {
  using Reply = Answer;
  int number;
};
MYCELIUM_MESSAGE(AnsweredLater, 868, "test.redelivery.answered_later", number)
struct Relay {
  int number;
  bool is_named;  // By Context::try_send, which says who sends.
};
MYCELIUM_MESSAGE(Relay, 869, "test.redelivery.relay", number, is_named)
struct PutAside {
  int number;
};
MYCELIUM_MESSAGE(PutAside, 870, "test.redelivery.put_aside", number)
struct Urging {
  int number;
};
MYCELIUM_MESSAGE(Urging, 871, "test.redelivery.urging", number)

struct Desk {
  Lines lines;
  std::map<int, int> failing;  // By number: how often it fails still.
  Decision decision = Decision::restart;
};

class Clerk {
 public:
  using Handles = Messages<Job, SlowJob, Parcel, Question, SlowQuestion, AnsweredFirst,
                           AnsweredLater, PutAside, Urging>;
  explicit Clerk(Desk& desk) : desk_{&desk} {}

  void on_start(Context&) { desk_->lines.push_back("start"); }
  Decision on_error(const Failure&, Context&) { return desk_->decision; }
  void handle(const Job& job) { work(job.number); }
  Task<> handle(const SlowJob& job, Context& context) {
    co_await context.sleep(std::chrono::milliseconds{1});
    work(job.number);
  }
  void handle(const Shared<Parcel>& parcel) {
    EXPECT_EQ(parcel->weight[999], parcel->number);
    work(parcel->number);
  }
  Answer handle(const Question& question) {
    work(question.number);
    return Answer{question.number + 100};
  }
  Task<Answer> handle(const SlowQuestion& question, Context& context) {
    co_await context.sleep(std::chrono::milliseconds{1});
    work(question.number);
    co_return Answer{question.number + 100};
  }
  void handle(const AnsweredFirst& question, Context& context) {
    context.reply(Answer{question.number + 100});
    work(question.number);
  }
  void handle(const AnsweredLater& question, Context& context) {
    later_ = context.reply_later<Answer>();
    work(question.number);
  }
  void handle(const PutAside&, Context& context) {
    if (context.restarts() == 0) {
      EXPECT_TRUE(context.stash());
    } else {
      desk_->lines.push_back("put aside");
    }
  }
  void handle(const Urging& urging, Context& context) {
    if (context.restarts() == 0) {
      EXPECT_EQ(context.self<Clerk>().try_send_urgent(Job{urging.number + 1}), SendResult::ok);
    }
    work(urging.number);
  }

 private:
  void work(int number) {
    desk_->lines.push_back(std::to_string(number));
    if (desk_->failing[number] == 0) return;
    --desk_->failing[number];
    throw std::runtime_error{"no " + std::to_string(number)};
  }

  Desk* desk_;
  ReplyTo<Answer> later_;
};

/// Sends on, so that the message takes the way between two workers.
class Relayer {
 public:
  using Handles = Messages<Relay>;
  Relayer(Lines& lines, RefTo<Job> to) : lines_{&lines}, to_{to} {}
  void on_start(Context&) { lines_->push_back("start relayer"); }
  void handle(const Relay& relay, Context& context) {
    const SendResult sent =
        relay.is_named ? context.try_send(to_, Job{relay.number}) : to_.try_send(Job{relay.number});
    EXPECT_EQ(sent, SendResult::ok);
  }

 private:
  Lines* lines_;
  RefTo<Job> to_;
};

class Redelivery : public ::testing::Test {
 protected:
  auto make() {
    return [this](Context&) { return Clerk{desk_}; };
  }
  Ref<Clerk::Handles> start(std::uint32_t redeliver, RestartOptions restart = {}) {
    restart.redeliver = redeliver;
    restart.max_restarts = std::max(restart.max_restarts, 100U);
    const auto clerk = test_.spawn("clerk", make(), {.restart = restart, .worker = 0});
    run();
    return clerk;
  }
  void run() { test_.run_until_idle(); }
  Lines& lines_after(std::chrono::nanoseconds time = 0ns) {
    test_.advance(time);
    return desk_.lines;
  }
  std::uint64_t dead(DeadLetterReason reason) { return system_.dead_letters().count(reason); }

  Desk desk_;
  TestSystem test_{{.workers = 2}};
  System& system_ = test_.system();
};

}  // namespace mycelium::testing
