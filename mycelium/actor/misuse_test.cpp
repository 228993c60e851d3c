// What one should not do, and what happens then.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

struct Note {
  int number;
};
MYCELIUM_MESSAGE(Note, 551, "test.note", number)
struct Go {};
MYCELIUM_MESSAGE(Go, 552, "test.go")

class Listener {
 public:
  using Handles = Messages<Note, Go>;
  Listener(std::vector<int>& heard, std::function<void(Context&)> go = {})
      : heard_{&heard}, go_{std::move(go)} {}
  void handle(const Note& note) { heard_->push_back(note.number); }
  void handle(const Go&, Context& context) { go_(context); }

 private:
  std::vector<int>* heard_;
  std::function<void(Context&)> go_;
};

// Sends its last words from its destructor.
class Talker {
 public:
  using Handles = Messages<Go>;
  Talker(RefTo<Note> listener, SendResult& result) : listener_{listener}, result_{&result} {}
  Talker(const Talker&) = delete;
  Talker& operator=(const Talker&) = delete;
  ~Talker() { *result_ = listener_.try_send(Note{7}); }
  void handle(const Go&, Context& context) { context.stop(); }

 private:
  RefTo<Note> listener_;
  SendResult* result_;
};

void settle(System& system) {
  while (system.step() > 0) {
  }
}

// Promises: D2
TEST(Misuse, WhatADestructorSendsArrivesAsAnythingElse) {
  std::vector<int> heard;
  SendResult result = SendResult::too_large;
  {
    System system{{.workers = 2, .drive = Drive::manual}};
    const auto listener = system.spawn([&](Context&) { return Listener{heard}; }, {.worker = 1});
    const auto talker =
        system.spawn([&](Context&) { return Talker{listener, result}; }, {.worker = 0});
    ASSERT_EQ(talker.try_send(Go{}), SendResult::ok);
    settle(system);
    EXPECT_EQ(result, SendResult::ok);
    EXPECT_EQ(heard, std::vector<int>{7});
    // At the end of the system the listener, which came first, is the last to go.
    system.spawn([&](Context&) { return Talker{listener, result}; }, {.worker = 0});
    settle(system);
  }
  EXPECT_EQ(result, SendResult::ok);
  EXPECT_EQ(heard, (std::vector<int>{7, 7}));
}

TEST(Misuse, ASubscriptionFromAHandlerHoldsFromTheNextPublicationOn) {
  std::vector<int> heard;
  System system{{.workers = 2, .drive = Drive::manual}};
  const auto listener = system.spawn(
      [&](Context&) {
        return Listener{heard, [](Context& context) { context.subscribe<Note>(); }};
      },
      {.worker = 1});
  EXPECT_EQ(system.topic<Note>().publish(Note{1}).delivered, 0U);
  for (int count = 0; count < 2; ++count) ASSERT_EQ(listener.try_send(Go{}), SendResult::ok);
  settle(system);
  EXPECT_EQ(system.topic<Note>().publish(Note{2}).delivered, 1U);
  settle(system);
  EXPECT_EQ(heard, std::vector<int>{2});
  system.stop(listener);
  settle(system);
  EXPECT_EQ(system.topic<Note>().publish(Note{3}).delivered, 0U);
}

// Promises: X2
TEST(Misuse, AHandlerThatDoesNotReturnIsNamedAndHoldsUpNoOneOnOtherWorkers) {
  std::atomic<bool> inside{false};
  std::atomic<bool> go_on{false};
  std::vector<int> unused;
  std::vector<int> heard;
  System system{{.workers = 2, .idle = Idle::sleep}};
  const auto other =
      system.spawn("other", [&](Context&) { return Listener{heard}; }, {.worker = 1});
  const auto stuck = system.spawn("stuck",
                                  [&](Context&) {
                                    return Listener{unused, [&](Context&) {
                                                      inside = true;
                                                      inside.notify_all();
                                                      go_on.wait(false);
                                                    }};
                                  },
                                  {.worker = 0});
  ASSERT_EQ(stuck.try_send(Go{}), SendResult::ok);
  inside.wait(false);
  ASSERT_EQ(other.try_send(Note{1}), SendResult::ok);
  const std::vector<std::string> late = system.shutdown(std::chrono::milliseconds{1});
  ASSERT_EQ(late.size(), 1U);
  EXPECT_TRUE(late[0].starts_with("actor \"stuck\" did not stop in time")) << late[0];
  EXPECT_EQ(heard, std::vector<int>{1});
  go_on = true;
  go_on.notify_all();
}

struct Name {
  std::string text;
};
MYCELIUM_MESSAGE(Name, 553, "test.name", text)
struct GetName {
  using Reply = Name;
};
MYCELIUM_MESSAGE(GetName, 554, "test.get_name")

// Answers with what was not asked for.
struct Confused {
  using Handles = Messages<GetName>;
  void handle(const GetName&, Context& context) { context.reply(Note{1}); }
};

// Asks for a name, and keeps what it was told.
class Asker {
 public:
  using Handles = Messages<Go>;
  Asker(RefTo<GetName> to, std::vector<std::string>& told) : to_{to}, told_{&told} {}
  Task<> handle(const Go&, Context& context) {
    const Result<Name> name = co_await context.ask(to_, GetName{}, std::chrono::seconds{1});
    told_->push_back(name ? name->text : name.error().code + ": " + name.error().message);
  }

 private:
  RefTo<GetName> to_;
  std::vector<std::string>* told_;
};

// Promises: A1
TEST(Misuse, AReplyThatWasNotAskedForFailsTheAskAndNamesBoth) {
  const std::string expected =
      "handler_failed: it was answered by Note, which is not the reply that was asked for, Name";
  System system{{.workers = 2, .drive = Drive::manual}};
  const auto confused = system.spawn([](Context&) { return Confused{}; }, {.worker = 0});
  std::vector<std::string> told;
  for (const std::uint16_t worker : {0, 1}) {
    const auto asker =
        system.spawn([&](Context&) { return Asker{confused, told}; }, {.worker = worker});
    ASSERT_EQ(asker.try_send(Go{}), SendResult::ok);
  }
  settle(system);
  EXPECT_EQ(told, (std::vector<std::string>{expected, expected}));
}

// Promises: A6
TEST(Misuse, AReplyThatAForeignThreadDidNotAskForFailsItsAsk) {
  System system{{.idle = Idle::sleep}};
  const auto confused = system.spawn([](Context&) { return Confused{}; });
  const Result<Name> name = confused.ask_blocking(GetName{}, std::chrono::hours{1});
  ASSERT_FALSE(name.has_value());
  EXPECT_EQ(name.error().code, "handler_failed");
}

// Promises: D9
TEST(Misuse, DeadLettersCanBeHeardAndAreNoneThemselves) {
  std::vector<int> heard;
  struct Undertaker {
    using Handles = Messages<DeadLetter>;
    std::vector<int>* heard;
    void on_start(Context& context) { context.subscribe<DeadLetter>(); }
    void handle(const DeadLetter& letter) {
      heard->push_back(letter.type_id);
      EXPECT_EQ(letter.reason, DeadLetterReason::unhandled);
    }
  };
  System system{{.drive = Drive::manual}};
  const auto undertaker = system.spawn([&](Context&) { return Undertaker{&heard}; });
  settle(system);
  ASSERT_EQ(AnyRef{undertaker}.try_send(Note{1}), SendResult::ok);
  settle(system);
  EXPECT_EQ(heard, std::vector<int>{551});
  EXPECT_EQ(system.dead_letters().total(), 1U);
}

}  // namespace
}  // namespace mycelium
