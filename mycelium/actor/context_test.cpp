#include "mycelium/actor/context.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

struct Ask {
  int number;
};
MYCELIUM_MESSAGE(Ask, 151, "test.ask", number)
struct News {
  int number;
};
MYCELIUM_MESSAGE(News, 152, "test.news", number)
struct Stray {
  int number;
};
MYCELIUM_MESSAGE(Stray, 153, "test.stray", number)

// Moves a nanosecond at each reading, so that two readings can be told apart.
class TickingClock final : public Clock {
 public:
  [[nodiscard]] Instant monotonic() const noexcept override {
    return Instant{nanoseconds{++readings_}};
  }
  [[nodiscard]] Timestamp wall() const noexcept override {
    return Timestamp{nanoseconds{1000 + ++readings_}};
  }

 private:
  mutable std::int64_t readings_ = 0;
};

// Runs what the test gives it, with its context.
class Guest {
 public:
  using Handles = Messages<Ask, News>;
  using Visit = std::function<void(int, Context&)>;
  explicit Guest(Visit visit) : visit_{std::move(visit)} {}
  void on_start(Context& context) { visit_(0, context); }
  void handle(const Ask& ask, Context& context) { visit_(ask.number, context); }
  void handle(const News& news, Context& context) { visit_(1000 + news.number, context); }

 private:
  Visit visit_;
};

class ContextTest : public ::testing::Test {
 protected:
  RefTo<Ask, News> spawn(const std::string& name, const Guest::Visit& visit,
                         const SpawnOptions& options = {}) {
    return system_.spawn(name, [visit](Context&) { return Guest{visit}; }, options);
  }
  void settle() {
    while (system_.step() > 0) {
    }
  }

  ManualClock clock_;
  System system_{{.workers = 2, .clock = &clock_, .drive = Drive::manual}};
};

// Promises: T2
TEST(Context, TimeStandsStillDuringAStepAndGoesOnInTheNext) {
  const TickingClock clock;
  System system{{.clock = &clock, .drive = Drive::manual}};
  std::vector<Instant> seen;
  std::vector<Timestamp> wall;
  const auto guest = system.spawn("guest", [&](Context&) {
    return Guest{[&](int, Context& context) {
      for (int look = 0; look < 2; ++look) {
        seen.push_back(context.now());
        wall.push_back(context.wall_now());
      }
    }};
  });
  while (system.step() > 0) {
  }
  ASSERT_EQ(guest.try_send(Ask{1}), SendResult::ok);
  ASSERT_EQ(guest.try_send(Ask{2}), SendResult::ok);
  while (system.step() > 0) {
  }
  ASSERT_EQ(seen.size(), 6U);
  for (const std::size_t same : {1U, 3U, 4U, 5U}) EXPECT_EQ(seen[same], seen[same == 1 ? 0 : 2]);
  for (const std::size_t same : {1U, 3U, 4U, 5U}) EXPECT_EQ(wall[same], wall[same == 1 ? 0 : 2]);
  EXPECT_LT(seen[0], seen[2]);
  EXPECT_LT(wall[0], wall[2]);
}

// Promises: T1
TEST_F(ContextTest, AfterComesAtItsTimeAndNotBefore) {
  std::vector<int> seen;
  spawn("guest", [&](int number, Context& context) {
    seen.push_back(number);
    if (number != 0) return;
    context.after(milliseconds{20}, Ask{20});
    context.after(milliseconds{10}, Ask{10});
    context.after(milliseconds{10}, Ask{11});
    context.after(milliseconds{-1}, Ask{1});
    context.after(nanoseconds::max(), Ask{99});
  });
  settle();
  EXPECT_EQ(seen, (std::vector{0, 1}));
  clock_.advance(milliseconds{10} - nanoseconds{1});
  settle();
  EXPECT_EQ(seen, (std::vector{0, 1}));
  clock_.advance(nanoseconds{1});
  settle();
  EXPECT_EQ(seen, (std::vector{0, 1, 10, 11}));
  clock_.advance(std::chrono::hours{24 * 365});
  settle();
  EXPECT_EQ(seen, (std::vector{0, 1, 10, 11, 20}));
}

// Promises: T1
TEST_F(ContextTest, AfterFindsRoomInAFullMailbox) {
  std::vector<int> seen;
  spawn("guest",
        [&](int number, Context& context) {
          seen.push_back(number);
          if (number != 0) return;
          EXPECT_EQ(context.self<Guest>().try_send(Ask{1}), SendResult::ok);
          EXPECT_EQ(context.self<Guest>().try_send(Ask{2}), SendResult::full);
          context.after(nanoseconds{0}, Ask{3});
        },
        {.mailbox = {.capacity = 1}});
  settle();
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (std::vector{0, 1, 3}));
}

// Promises: T2
TEST(Context, RandomIsReproducibleForASeedANameAndAnIncarnation) {
  const auto draw = [](std::uint64_t seed, const std::string& name, int failures) {
    System system{{.seed = seed, .drive = Drive::manual}};
    std::uint64_t drawn = 0;
    const auto guest = system.spawn(name, [&](Context&) {
      return Guest{[&](int number, Context& context) {
        drawn = context.random().next();
        if (number > 0) throw std::runtime_error{"again"};
      }};
    });
    for (int failure = 0; failure < failures; ++failure) {
      if (guest.try_send(Ask{1}) != SendResult::ok) throw std::logic_error{"no room"};
    }
    while (system.step() > 0) {
    }
    return drawn;
  };
  EXPECT_EQ(draw(1, "guest", 0), draw(1, "guest", 0));
  EXPECT_EQ(draw(1, "guest", 2), draw(1, "guest", 2));
  EXPECT_NE(draw(1, "guest", 0), draw(1, "guest", 1));
  EXPECT_NE(draw(1, "guest", 0), draw(1, "other", 0));
  EXPECT_NE(draw(1, "guest", 0), draw(2, "guest", 0));
}

TEST_F(ContextTest, KnowsItsNameIdAndRestarts) {
  std::string name;
  ActorId id;
  std::uint64_t restarts = 0;
  const auto guest = spawn("guest", [&](int number, Context& context) {
    name = context.name();
    id = context.id();
    restarts = context.restarts();
    if (number > 0) throw std::runtime_error{"again"};
  });
  settle();
  EXPECT_EQ(name, "guest");
  EXPECT_EQ(id, guest.id());
  EXPECT_EQ(restarts, 0U);
  ASSERT_EQ(guest.try_send(Ask{1}), SendResult::ok);
  settle();
  EXPECT_EQ(restarts, 1U);
  EXPECT_EQ(id, guest.id());
}

// Promises: D9
TEST_F(ContextTest, AMessageThatTheActorDoesNotHandleIsADeadLetter) {
  // Given actors that subscribe to what they have no handler for, on the publisher's worker and on
  // another
  const auto visit = [](int number, Context& context) {
    if (number == 0) context.subscribe<Stray>();
  };
  spawn("here", visit, {.worker = 0});
  spawn("there", visit, {.worker = 1});
  settle();
  PublishResult result;
  const auto publisher = spawn("publisher",
                               [&](int number, Context& context) {
                                 if (number == 1)
                                   result = context.publisher<Stray>().publish(Stray{1});
                               },
                               {.worker = 0});
  ASSERT_EQ(publisher.try_send(Ask{1}), SendResult::ok);
  settle();
  EXPECT_EQ(result.delivered, 2U);
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::unhandled), 2U);
  for (const ActorStatus& status : system_.actors()) {
    EXPECT_EQ(status.handled, status.name == "publisher" ? 1U : 0U) << status.name;
  }
}

TEST_F(ContextTest, WhoGetsASharedMessageLearnsWhoSentIt) {
  // Given receivers here and on another worker, and one that is full
  std::vector<std::string> senders;
  const auto note = [&](int number, Context& context) {
    if (number != 0) senders.emplace_back(context.sender().id() == ActorId{} ? "" : "known");
  };
  const auto here = spawn("here", note, {.worker = 0});
  const auto there = spawn("there", note, {.worker = 1});
  const auto packed =
      spawn("packed", [](int, Context&) {}, {.mailbox = {.capacity = 1}, .worker = 0});
  const auto news = Shared<News>::make(News{1});
  std::vector<SendResult> results;
  const auto sender =
      spawn("sender",
            [&](int number, Context& context) {
              if (number == 0) return;
              for (const auto& to : {here, there, packed, packed, RefTo<Ask, News>{}})
                results.push_back(context.try_send(to, news));
              EXPECT_EQ(news.use_count(), 1U + 3U);  // Nobody has a copy.
            },
            {.worker = 0});
  settle();
  ASSERT_EQ(sender.try_send(Ask{1}), SendResult::ok);
  settle();
  using enum SendResult;
  EXPECT_EQ(results, (std::vector{ok, ok, ok, full, closed}));
  EXPECT_EQ(senders, (std::vector<std::string>{"known", "known"}));
  EXPECT_EQ(news.use_count(), 1U);
}

// Promises: D7
TEST_F(ContextTest, ASubscriptionEndsWhenItsActorStops) {
  const auto guest = spawn("guest", [](int number, Context& context) {
    if (number == 0) context.subscribe<News>();
    if (number == 1) context.stop();
  });
  settle();
  EXPECT_EQ(system_.topic<News>().publish(News{1}).delivered, 1U);
  ASSERT_EQ(guest.try_send(Ask{1}), SendResult::ok);
  settle();
  EXPECT_EQ(system_.topic<News>().subscriber_count(), 0U);
  EXPECT_EQ(system_.topic<News>().publish(News{2}).delivered, 0U);
}

// Promises: S9
TEST_F(ContextTest, ATopicOfAnotherTypeIsAFailureOfThatActor) {
  spawn("first", [](int, Context& context) { context.subscribe<News>("news"); });
  settle();
  spawn("second", [](int, Context& context) { context.subscribe<Ask>("news"); },
        {.restart = {.max_restarts = 1}});
  settle();
  ASSERT_TRUE(system_.failure().has_value());
  EXPECT_NE(system_.failure()->message.find("topic \"news\" carries News, not Ask"),
            std::string::npos)
      << system_.failure()->message;
}

TEST_F(ContextTest, StopSystemAsksForTheStop) {
  EXPECT_FALSE(system_.stop_requested());
  spawn("guest", [](int, Context& context) { context.stop_system(); });
  settle();
  EXPECT_TRUE(system_.stop_requested());
  EXPECT_TRUE(system_.wait_for(std::chrono::hours{1}));
  EXPECT_FALSE(system_.failure().has_value());
}

using ContextDeathTest = ContextTest;

TEST_F(ContextDeathTest, SelfOfAnotherClassEndsTheProcess) {
  class Stranger {
   public:
    using Handles = Messages<Ask>;
    void handle(const Ask&) {}
  };
  const auto ask_for_another = [&] {
    spawn("guest", [](int, Context& context) { static_cast<void>(context.self<Stranger>()); });
    settle();
  };
  EXPECT_DEATH(ask_for_another(), "self<A>\\(\\) names this actor's own class");
}

}  // namespace
}  // namespace mycelium
