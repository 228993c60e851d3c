// Counts every allocation of this test program: in the steady state a message must cost none.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

#include "mycelium/actor/system.hpp"
#include "mycelium/bus/subscriber.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace {

std::atomic<std::uint64_t> allocations{0};

// Not inlined: the compiler would take the pairs of new and free for a mistake.
[[gnu::noinline]] void* allocate(std::size_t bytes, std::size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* memory = alignment <= alignof(std::max_align_t) ? std::malloc(bytes)
                                                        : std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}
[[gnu::noinline]] void release(void* memory) noexcept { std::free(memory); }

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes, alignof(std::max_align_t)); }
void* operator new[](std::size_t bytes) { return allocate(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

namespace mycelium {
namespace {

struct Ball {
  std::uint64_t bounces;
};
MYCELIUM_MESSAGE(Ball, 171, "test.ball", bounces)
struct Serve {
  RefTo<Ball> to;
  std::uint64_t balls;
};
MYCELIUM_MESSAGE(Serve, 172, "test.serve", to, balls)

// Sends every ball back and, by a topic and a timer, something to itself.
class Player {
 public:
  using Handles = Messages<Ball, Serve>;
  explicit Player(Publisher<Ball> news) : news_{news} {}
  void handle(const Serve& serve) {
    partner_ = serve.to;
    for (std::uint64_t ball = 0; ball < serve.balls; ++ball)
      EXPECT_EQ(partner_.try_send(Ball{0}), SendResult::ok);
  }
  void handle(const Ball& ball, Context& context) {
    ++handled_;
    if (ball.bounces == kOwn) return;
    static_cast<void>(partner_.try_send(Ball{ball.bounces + 1}));  // At the end it is closed.
    published_ += news_.publish(Ball{kOwn}).delivered;  // As far as the listener has room.
    if (ball.bounces % 16 == 0) context.after(std::chrono::nanoseconds{5}, Ball{kOwn});
  }
  static constexpr std::uint64_t kOwn = ~std::uint64_t{0};
  static inline std::uint64_t handled_ = 0;
  static inline std::uint64_t published_ = 0;

 private:
  Publisher<Ball> news_;
  RefTo<Ball> partner_;
};

class Listener {
 public:
  using Handles = Messages<Ball>;
  void on_start(Context& context) { context.subscribe<Ball>("news", {Overflow::block}); }
  void handle(const Ball&) {}
};

// Lets two players on these workers play, and counts allocations after the first exchanges.
std::uint64_t allocations_in_steady_state(std::uint16_t left_worker, std::uint16_t right_worker) {
  ManualClock clock;
  System system{{.workers = 2, .clock = &clock, .drive = Drive::manual}};
  const auto player = [](Context& context) { return Player{context.publisher<Ball>("news")}; };
  const auto left = system.spawn("left", player, {.worker = left_worker});
  const auto right = system.spawn("right", player, {.worker = right_worker});
  system.spawn("listener", [](Context&) { return Listener{}; }, {.worker = 1});
  EXPECT_EQ(left.try_send(Serve{right, 10}), SendResult::ok);
  EXPECT_EQ(right.try_send(Serve{left, 10}), SendResult::ok);
  const auto play = [&](int steps) {
    for (int step = 0; step < steps; ++step) {
      system.step();
      clock.advance(std::chrono::nanoseconds{1});
    }
  };
  play(300);
  const std::uint64_t handled_before = Player::handled_;
  const std::uint64_t published_before = Player::published_;
  const std::uint64_t before = allocations.load();
  play(1000);
  const std::uint64_t after = allocations.load();
  EXPECT_GT(Player::handled_ - handled_before, 15'000U);
  EXPECT_GT(Player::published_ - published_before, 10'000U);
  return after - before;
}

TEST(SteadyState, AMessageCostsNoAllocationOnOneWorker) {
  EXPECT_EQ(allocations_in_steady_state(0, 0), 0U);
}

TEST(SteadyState, AMessageCostsNoAllocationAcrossWorkers) {
  EXPECT_EQ(allocations_in_steady_state(0, 1), 0U);
}

// Promises: D4
TEST(SteadyState, ARefusedMessageCostsNoAllocation) {
  System system{{.drive = Drive::manual}};
  const auto left = system.spawn(
      "left", [](Context& context) { return Player{context.publisher<Ball>("news")}; });
  while (left.try_send(Ball{Player::kOwn}) == SendResult::ok) {
  }
  const std::uint64_t before = allocations.load();
  for (int offer = 0; offer < 1000; ++offer) EXPECT_EQ(left.try_send(Ball{0}), SendResult::full);
  const std::uint64_t after = allocations.load();
  EXPECT_EQ(after - before, 0U);
}

// Ever new keys, of which a few wait at a time.
class Screen {
 public:
  using Handles = Messages<Ball>;
  static std::uint64_t conflation_key(const Ball& ball) noexcept { return ball.bounces; }
  void on_start(Context& context) {
    context.subscribe<Ball>("prices", {.overflow = Overflow::conflate, .capacity = 8});
  }
  void handle(const Ball&) { ++handled_; }
  static inline std::uint64_t handled_ = 0;
};

// Promises: D6
TEST(SteadyState, AConflatingSubscriptionCostsNoAllocation) {
  ManualClock clock;
  System system{{.workers = 1, .clock = &clock, .drive = Drive::manual}};
  system.spawn("screen", [](Context&) { return Screen{}; });
  system.step();
  const Publisher<Ball> prices{system.topic<Ball>("prices")};
  const auto loop = [](const Ball& ball) noexcept { return ball.bounces; };
  auto pull =
      system.subscriber<Ball>("prices", {.capacity = 8, .overflow = Overflow::conflate}, loop);
  std::uint64_t key = 0;
  std::uint64_t pulled = 0;
  const auto play = [&](int times) {
    for (int time = 0; time < times; ++time) {
      for (int each = 0; each < 12; ++each) EXPECT_EQ(prices.publish(Ball{++key}).delivered, 2U);
      while (system.step() > 0) {
      }
      while (pull.try_next()) ++pulled;
    }
  };
  play(100);
  const std::uint64_t before = allocations.load();
  play(1000);
  const std::uint64_t after = allocations.load();
  EXPECT_EQ(Screen::handled_, 8U * 1100U);
  EXPECT_EQ(pulled, 8U * 1100U);
  EXPECT_EQ(after - before, 0U);
}

TEST(SteadyState, APullSubscriberCostsNoAllocation) {
  Topic<Ball> topic{"balls"};
  Subscriber<Ball> subscriber{topic, {.capacity = 8}};
  std::uint64_t taken = 0;
  const auto play = [&](int rounds) {
    for (int round = 0; round < rounds; ++round) {
      for (std::uint64_t ball = 0; ball < 10; ++ball) static_cast<void>(topic.publish(Ball{ball}));
      while (subscriber.try_next()) ++taken;
    }
  };
  play(10);
  const std::uint64_t before = allocations.load();
  play(1000);
  const std::uint64_t after = allocations.load();
  EXPECT_EQ(taken, 8U * 1010U);
  EXPECT_EQ(after - before, 0U);
}

struct Answer {
  std::uint64_t number;
};
MYCELIUM_MESSAGE(Answer, 371, "test.answer", number)
struct Question {
  using Reply = Answer;
  std::uint64_t number;
};
MYCELIUM_MESSAGE(Question, 372, "test.question", number)
struct SlowQuestion {
  using Reply = Answer;
  std::uint64_t number;
};
MYCELIUM_MESSAGE(SlowQuestion, 373, "test.slow_question", number)
struct Book {
  std::array<std::uint64_t, 512> levels;
};
MYCELIUM_MESSAGE(Book, 374, "test.book", levels)
struct LargeQuestion {
  using Reply = Book;
  std::array<std::uint64_t, 512> levels;
};
MYCELIUM_MESSAGE(LargeQuestion, 375, "test.large_question", levels)
struct Tick {};
MYCELIUM_MESSAGE(Tick, 376, "test.tick")
struct Once {};
MYCELIUM_MESSAGE(Once, 377, "test.once")
struct Loop {
  int what;
};
MYCELIUM_MESSAGE(Loop, 378, "test.loop", what)

constexpr std::chrono::nanoseconds kLong = std::chrono::seconds{1};
constexpr std::chrono::nanoseconds kTick{1};

// Answers at once, later, and largely; takes books, by reference and to keep, and what is urgent.
class Server {
 public:
  using Handles = Messages<Question, SlowQuestion, LargeQuestion, Book, Ball>;
  Answer handle(const Question& question) { return {question.number}; }
  Task<Answer> handle(const SlowQuestion& question, Context& context) {
    co_await context.sleep(kTick);
    co_return Answer{question.number};
  }
  Task<Book> handle(const LargeQuestion& question) { co_return Book{question.levels}; }
  void handle(const Shared<Book>& book) {
    kept_ = book;
    ++handled_;
  }
  void handle(const Ball&) { ++handled_; }
  static inline std::uint64_t handled_ = 0;

 private:
  Shared<Book> kept_;
};
using ServerRef = RefTo<Question, SlowQuestion, LargeQuestion, Book, Ball>;

constexpr int kAsk = 0;
constexpr int kSleep = 1;
constexpr int kSend = 2;
constexpr int kTimers = 3;
constexpr int kGroup = 4;

// Does one thing again and again, without an end.
class Client {
 public:
  using Handles = Messages<Loop, Tick, Once>;
  explicit Client(ServerRef server) : server_{server} {}
  Task<> handle(const Loop& loop, Context& context) {
    if (loop.what == kTimers) {
      context.every(2 * kTick, Tick{});
      context.after(kTick, Once{});
      co_return;
    }
    std::array workers{context.group<Ball>("workers"),
                       context.group<Ball>("workers", Routing::least_loaded)};
    for (;; ++turns_) {
      if (loop.what == kGroup) {
        for (auto& group : workers) EXPECT_EQ(group.try_send(Ball{1}), SendResult::ok);
        EXPECT_EQ(workers[0].try_send(Ball{1}, consistent_hash(turns_)), SendResult::ok);
        EXPECT_EQ(workers[0].broadcast(Ball{1}).ok, 1U);
        co_await context.sleep(kTick);
      }
      if (loop.what == kAsk) co_await ask(context);
      if (loop.what == kSleep) co_await context.sleep(kTick);
      if (loop.what == kSend) co_await send(context);
    }
  }
  void handle(const Tick&) { ++turns_; }
  void handle(const Once&, Context& context) {
    context.after(kTick, Once{});
    context.cancel(context.after(5 * kTick, Once{}));
    ++turns_;
  }
  static inline std::uint64_t turns_ = 0;

 private:
  Task<> ask(Context& context) {
    auto slow = context.ask(server_, SlowQuestion{turns_}, kLong);
    const auto answer = co_await context.ask(server_, Question{turns_}, kLong);
    EXPECT_EQ(answer.value().number, turns_);
    EXPECT_EQ((co_await slow).value().number, turns_);
    const auto book = co_await context.ask(server_, LargeQuestion{{turns_}}, kLong);
    EXPECT_EQ(book.value().levels.front(), turns_);
  }
  Task<> send(Context& context) {
    EXPECT_EQ(server_.try_send(Book{}), SendResult::ok);
    EXPECT_EQ(server_.try_send(Shared<Book>::make(Book{})), SendResult::ok);
    EXPECT_EQ(server_.try_send_urgent(Ball{1}), SendResult::ok);
    for (int ball = 0; ball < 8; ++ball) {
      const SendResult sent = co_await context.send(server_, Ball{1}, kLong);
      EXPECT_EQ(sent, SendResult::ok);
    }
    co_await context.sleep(kTick);
  }
  ServerRef server_;
};

struct Case {
  int what;
  std::uint16_t server_worker;
  std::uint64_t turns_at_least;
};
class SteadyStateOf : public ::testing::TestWithParam<Case> {};

TEST_P(SteadyStateOf, WhatIsDoneAgainAndAgainCostsNoAllocation) {
  ManualClock clock;
  System system{{.workers = 2, .clock = &clock, .drive = Drive::manual}};
  const ServerRef server =
      system.spawn([](Context&) { return Server{}; },
                   {.mailbox = {.capacity = 8}, .worker = GetParam().server_worker});
  ASSERT_TRUE(system.group<Ball>("workers").join(server));
  const auto client = system.spawn([=](Context&) { return Client{server}; }, {.worker = 0});
  ASSERT_EQ(client.try_send(Loop{GetParam().what}), SendResult::ok);
  const auto run = [&](int steps) {
    for (int step = 0; step < steps; ++step) {
      system.step();
      clock.advance(kTick);
    }
  };
  run(300);
  const std::uint64_t turns_before = Client::turns_;
  const std::uint64_t before = allocations.load();
  run(1000);
  const std::uint64_t after = allocations.load();
  EXPECT_GE(Client::turns_ - turns_before, GetParam().turns_at_least);
  EXPECT_EQ(after - before, 0U);
}
std::string name_of_case(const ::testing::TestParamInfo<Case>& done) {
  constexpr std::array<const char*, 5> kNames{"Ask", "Sleep", "Send", "Timers", "Group"};
  return std::string{kNames[static_cast<std::size_t>(done.param.what)]} +
         (done.param.server_worker == 0 ? "" : "AcrossWorkers");
}
INSTANTIATE_TEST_SUITE_P(Done, SteadyStateOf,
                         ::testing::Values(Case{kAsk, 0, 100}, Case{kAsk, 1, 100},
                                           Case{kSleep, 0, 900}, Case{kSend, 0, 100},
                                           Case{kSend, 1, 100}, Case{kTimers, 0, 1400},
                                           Case{kGroup, 0, 900}, Case{kGroup, 1, 900}),
                         name_of_case);

}  // namespace
}  // namespace mycelium
