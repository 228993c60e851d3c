#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

// What `block` promises beside mailboxes that drop what they hold.
namespace mycelium {
namespace {

struct News {
  std::uint64_t number;
  std::array<std::uint64_t, 3> more;
};
MYCELIUM_MESSAGE(News, 841, "test.block.news", number, more)
struct Fill {};
MYCELIUM_MESSAGE(Fill, 842, "test.block.fill")
struct Go {};
MYCELIUM_MESSAGE(Go, 843, "test.block.go")
struct Rest {};
MYCELIUM_MESSAGE(Rest, 844, "test.block.rest")
struct Answer {};
MYCELIUM_MESSAGE(Answer, 845, "test.block.answer")
struct Question {
  using Reply = Answer;
};
MYCELIUM_MESSAGE(Question, 846, "test.block.question")

constexpr SubscriptionOptions kBlock{.overflow = Overflow::block};
constexpr std::chrono::seconds kLong{60};

// Rests, so that what comes waits in its mailbox, and is dropped there.
class Dropping {
 public:
  using Handles = Messages<News, Rest, Question>;
  void on_start(Context& context) { context.subscribe<News>(kBlock); }
  Task<> handle(const Rest&, Context& context) { co_await context.sleep(kLong); }
  void handle(const News&) {}
  Answer handle(const Question&) { return {}; }
};

class Reader {
 public:
  using Handles = Messages<News, Fill>;
  explicit Reader(int& heard) : heard_{heard} {}
  void on_start(Context& context) { context.subscribe<News>(kBlock); }
  void handle(const News&) { ++heard_; }
  void handle(const Fill&) {}

 private:
  int& heard_;
};

class Scripted {
 public:
  using Handles = Messages<Go>;
  using Script = std::function<Task<>(Context&)>;
  explicit Scripted(const Script& script) : script_{script} {}
  Task<> handle(const Go&, Context& context) { return script_(context); }

 private:
  Script script_;
};

// Promises: D7
TEST(BlockPublish, AnAskThatIsDroppedOnTheWayTakesNoRoomFromASubscriber) {
  ManualClock clock;
  System system{{.workers = 2, .lane_bytes = 32 * 1024, .clock = &clock, .drive = Drive::manual}};
  const auto settle = [&] {
    while (system.step() > 0) {
    }
  };
  int heard = 0;
  // Given a subscriber here whose full mailbox holds an ask from worker 1, and another there
  const auto dropping =
      system.spawn([](Context&) { return Dropping{}; },
                   {.mailbox = {.capacity = 1, .overflow = Overflow::drop_oldest}, .worker = 0});
  const auto reader = system.spawn([&](Context&) { return Reader{heard}; },
                                   {.mailbox = {.capacity = 4096}, .worker = 1});
  settle();
  ASSERT_EQ(dropping.try_send(Rest{}), SendResult::ok);
  settle();
  bool told = false;
  const Scripted::Script ask = [&](Context& context) -> Task<> {
    const auto answer = co_await context.ask(dropping, Question{}, kLong);
    told = !answer && answer.error().code == "full";
  };
  const auto asking = system.spawn([&](Context&) { return Scripted{ask}; }, {.worker = 1});
  settle();
  ASSERT_EQ(asking.try_send(Go{}), SendResult::ok);
  settle();
  // When an actor here publishes while the lane to worker 1 has room for that one message
  PublishResult result;
  const Scripted::Script publish = [&](Context& context) -> Task<> {
    Worker& there = context.worker().peer(1);
    FrameRing& lane = context.worker().lane_to(there);
    while (lane.has_room(sizeof(News) + 16, 1)) EXPECT_EQ(reader.try_send(Fill{}), SendResult::ok);
    EXPECT_TRUE(lane.has_room(sizeof(News), 1));
    result = context.publisher<News>().publish(News{});
    co_return;
  };
  const auto publishing = system.spawn([&](Context&) { return Scripted{publish}; }, {.worker = 0});
  settle();
  ASSERT_EQ(publishing.try_send(Go{}), SendResult::ok);
  settle();
  // Then both get it, and the one who asked learns that its request was dropped
  EXPECT_EQ(result.delivered, 2U);
  EXPECT_EQ(result.dropped + result.full, 0U);
  EXPECT_EQ(heard, 1);
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace mycelium
