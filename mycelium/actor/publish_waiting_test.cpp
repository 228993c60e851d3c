#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/actor/publishing.hpp"
#include "mycelium/testing/test_system.hpp"

namespace mycelium {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

struct News {
  int number;
};
MYCELIUM_MESSAGE(News, 791, "test.publish_waiting.news", number)
struct Go {
  int number;
};
MYCELIUM_MESSAGE(Go, 792, "test.publish_waiting.go", number)
struct Rest {
  int milliseconds;
};
MYCELIUM_MESSAGE(Rest, 793, "test.publish_waiting.rest", milliseconds)

constexpr SubscriptionOptions kBlock{.overflow = Overflow::block};
using Numbers = std::vector<int>;
using Lines = std::vector<std::string>;

// Hears news, unless it rests.
class Reader {
 public:
  using Handles = Messages<News, Rest>;
  Reader(Numbers& heard, const SubscriptionOptions& options, Context& context) : heard_{heard} {
    context.subscribe<News>(options);
  }
  void handle(const News& news) { heard_.push_back(news.number); }
  Task<> handle(const Rest& rest, Context& context) {
    co_await context.sleep(milliseconds{rest.milliseconds});
  }

 private:
  Numbers& heard_;
};

using Script = std::function<Task<>(const Go&, Context&)>;
class Scripted {
 public:
  using Handles = Messages<Go>;
  explicit Scripted(const Script& script) : script_{script} {}
  Task<> handle(const Go& go, Context& context) { return script_(go, context); }

 private:
  const Script& script_;
};

std::string text_of_result(const PublishResult& result) {
  return std::to_string(result.delivered) + " " + std::to_string(result.full) + " " +
         std::to_string(result.dropped);
}

// The publisher is on worker 0, readers on the worker of the parameter where nothing else is said.
class PublishWaitingTest : public ::testing::TestWithParam<std::uint16_t> {
 protected:
  RefTo<News, Rest> read(Numbers& heard, std::uint32_t capacity,
                         const SubscriptionOptions& options = kBlock) {
    const auto ref = test_.system().spawn(
        [&heard, options](Context& context) { return Reader{heard, options, context}; },
        {.mailbox = {.capacity = capacity}, .worker = GetParam()});
    test_.run_until_idle();
    return ref;
  }
  // This reader rests for so long, and its mailbox is full of news 0.
  void fill(const RefTo<News, Rest>& reader, int rests_ms) {
    test_.send(reader, Rest{rests_ms});
    test_.run_until_idle();
    while (test_.system().topic<News>().publish(News{0}).full == 0) test_.run_until_idle();
  }
  static Numbers without_zeros(Numbers heard) {
    std::erase(heard, 0);
    return heard;
  }
  // Publishes so many, waiting for each, and says what became of them.
  void publish(int first, int count, std::chrono::nanoseconds timeout = milliseconds{1'000'000}) {
    scripts_.push_back(std::make_unique<Script>(
        [this, first, count, timeout](const Go&, Context& context) -> Task<> {
          const auto publisher = context.publisher<News>();
          for (int number = first; number < first + count; ++number) {
            const News news{number};
            said_.push_back(text_of_result(co_await context.publish(publisher, news, timeout)));
          }
        }));
    const Script& script = *scripts_.back();
    test_.send(
        test_.system().spawn([&script](Context&) { return Scripted{script}; }, {.worker = 0}),
        Go{});
    test_.run_until_idle();
  }

  Numbers heard_;
  Numbers also_heard_;
  Lines said_;
  std::vector<std::unique_ptr<Script>> scripts_;
  testing::TestSystem test_{{.workers = 2}};
};
INSTANTIATE_TEST_SUITE_P(OnWorker, PublishWaitingTest, ::testing::Values(0, 1));

// Promises: D7
TEST_P(PublishWaitingTest, WithRoomEverywhereItDoesNotWait) {
  read(heard_, 4);
  read(also_heard_, 4);
  publish(1, 2);
  EXPECT_EQ(said_, (Lines{"2 0 0", "2 0 0"}));
  EXPECT_EQ(heard_, (Numbers{1, 2}));
}

// Promises: D7
TEST_P(PublishWaitingTest, ItWaitsForEveryBlockSubscriberAndRepeatsNothing) {
  const auto one = read(heard_, 2);
  const auto other = read(also_heard_, 3);
  test_.send(other, Rest{2});
  fill(one, 1);
  publish(1, 20);
  EXPECT_TRUE(said_.empty());
  test_.advance(milliseconds{1});
  EXPECT_EQ(without_zeros(also_heard_), Numbers{});
  test_.advance(milliseconds{1});
  EXPECT_EQ(said_, Lines(20, "2 0 0"));
  Numbers all;
  for (int number = 1; number <= 20; ++number) all.push_back(number);
  EXPECT_EQ(without_zeros(heard_), all);
  EXPECT_EQ(without_zeros(also_heard_), all);
}

// Promises: D7
TEST_P(PublishWaitingTest, HavingWaitedForOneItWaitsForAnotherThatIsFullByThen) {
  const auto one = read(heard_, 1);
  const auto other = read(also_heard_, 1);
  fill(one, 1);
  test_.send(other, Rest{3});
  test_.run_until_idle();
  publish(1, 1);
  while (other.try_send(News{0}) == SendResult::ok) test_.run_until_idle();
  test_.advance(milliseconds{1});
  EXPECT_TRUE(said_.empty());
  test_.advance(milliseconds{2});
  EXPECT_EQ(said_, (Lines{"2 0 0"}));
  EXPECT_EQ(without_zeros(heard_), (Numbers{1}));
  EXPECT_EQ(without_zeros(also_heard_), (Numbers{1}));
}

// Promises: D7
TEST_P(PublishWaitingTest, WhoDoesNotAskForItDoesNotWait) {
  fill(read(heard_, 1), 1);
  publish(1, 1);
  EXPECT_TRUE(said_.empty());
  EXPECT_EQ(text_of_result(test_.system().topic<News>().publish(News{9})), "0 1 0");
  test_.advance(milliseconds{1});
  EXPECT_EQ(heard_, (Numbers{0, 1}));
}

// Promises: D7
TEST_P(PublishWaitingTest, AfterItsTimeItSaysWhoHadNoRoomAndNobodyHasGotIt) {
  const auto slow = read(heard_, 1);
  read(also_heard_, 8);
  fill(slow, 10);
  publish(1, 1, milliseconds{3});
  test_.advance(milliseconds{2});
  EXPECT_TRUE(said_.empty());
  test_.advance(milliseconds{1});
  EXPECT_EQ(said_, (Lines{"0 1 0"}));
  publish(2, 1, std::chrono::nanoseconds{0});
  EXPECT_EQ(said_.back(), "0 1 0");
  test_.advance(milliseconds{20});
  EXPECT_EQ(heard_, (Numbers{0}));
  EXPECT_EQ(also_heard_, (Numbers{0}));
  publish(3, 1, std::chrono::nanoseconds{0});
  EXPECT_EQ(said_.back(), "2 0 0");
}

// Promises: D6, D7
TEST_P(PublishWaitingTest, NobodyWaitsForASubscriptionThatFails) {
  constexpr SubscriptionOptions kFail{.overflow = Overflow::fail};
  // Given one behind another that does not rest for so long
  const auto waited_for = read(also_heard_, 1);
  const auto failing = read(heard_, 1, kFail);
  publish(1, 1);
  EXPECT_EQ(said_, (Lines{"2 0 0"}));
  fill(failing, 10);
  // When somebody would wait, the answer comes at once,
  publish(2, 1);
  EXPECT_EQ(said_.back(), "0 1 0");
  // also where there is another that it would wait for.
  test_.send(waited_for, Rest{5});
  test_.send(waited_for, Rest{5});
  test_.run_until_idle();
  publish(3, 1);
  EXPECT_EQ(said_.size(), 3U);
  EXPECT_EQ(said_.back(), "0 2 0");
  EXPECT_EQ(without_zeros(heard_), (Numbers{1}));
}

// Promises: D6, D7
TEST_P(PublishWaitingTest, WhoWaitsIsToldWhenASubscriptionThatFailsHasNoRoomEither) {
  const auto waited_for = read(also_heard_, 1);
  fill(waited_for, 5);
  publish(1, 1);
  EXPECT_TRUE(said_.empty());
  const auto failing = read(heard_, 1, {.overflow = Overflow::fail});
  test_.send(failing, Rest{100});
  test_.send(failing, Rest{100});
  test_.advance(milliseconds{5});
  EXPECT_EQ(said_, (Lines{"0 1 0"}));
}

// Promises: D7
TEST_P(PublishWaitingTest, APullSubscriberIsWaitedForToo) {
  Subscriber<News> pull =
      test_.system().subscriber<News>({}, {.capacity = 1, .overflow = Overflow::block});
  read(heard_, 8);
  publish(1, 2);
  EXPECT_EQ(said_, (Lines{"2 0 0"}));
  EXPECT_EQ(pull.try_next()->number, 1);
  test_.advance(microseconds{50});
  EXPECT_EQ(said_, (Lines{"2 0 0", "2 0 0"}));
  EXPECT_EQ(pull.try_next()->number, 2);
}

// Promises: D7
TEST_P(PublishWaitingTest, WhoStopsIsWaitedForNoLonger) {
  const auto slow = read(heard_, 1);
  fill(slow, 10);
  publish(1, 1);
  EXPECT_TRUE(said_.empty());
  test_.system().stop(slow, StopMode::discard);
  test_.run_until_idle();
  EXPECT_EQ(said_, (Lines{"0 0 0"}));
}

// Promises: D7
TEST_P(PublishWaitingTest, TwoWhoWaitTakeTurns) {
  fill(read(heard_, 1), 1);
  publish(10, 3);
  publish(20, 3);
  test_.advance(milliseconds{1});
  EXPECT_EQ(said_, Lines(6, "1 0 0"));
  Numbers of_one;
  for (const int number : without_zeros(heard_))
    if (number < 20) of_one.push_back(number);
  EXPECT_EQ(of_one, (Numbers{10, 11, 12}));
  EXPECT_EQ(heard_.size(), 7U);
}

// Promises: D7
TEST_P(PublishWaitingTest, APublicationIsNotLostToTheBlockSubscriberThatSomebodyElseWaitsFor) {
  const auto slow = read(heard_, 2);
  read(also_heard_, 8);
  test_.send(slow, Rest{1});
  test_.run_until_idle();
  scripts_.push_back(std::make_unique<Script>([&](const Go&, Context& context) -> Task<> {
    for (int number = 1; number <= 3; ++number) {
      const News news{number};
      said_.push_back(std::string{name_of(co_await context.send(slow, news))});
    }
  }));
  // Publishes in each of its turns, whether or not there is room.
  Lines published;
  scripts_.push_back(std::make_unique<Script>([&](const Go& go, Context& context) -> Task<> {
    const auto publisher = context.publisher<News>();
    for (int number = 0; number < go.number; ++number) {
      published.push_back(text_of_result(publisher.publish(News{100 + number})));
      co_await context.sleep(microseconds{100});
    }
  }));
  for (const auto& script : scripts_)
    test_.send(test_.system().spawn([&](Context&) { return Scripted{*script}; }, {.worker = 0}),
               Go{40});
  for (int pass = 0; pass < 60; ++pass) test_.advance(microseconds{100});
  EXPECT_EQ(said_, Lines(3, "ok"));
  ASSERT_EQ(published.size(), 40U);
  std::size_t delivered = 0;
  for (const std::string& line : published) {
    EXPECT_TRUE(line == "2 0 0" || line == "0 1 0") << line;
    delivered += line == "2 0 0" ? 1U : 0U;
  }
  EXPECT_GT(delivered, 0U);
  EXPECT_EQ(heard_.size(), 3 + delivered);
  EXPECT_EQ(also_heard_.size(), delivered);
}

TEST(PublishWaiting, WhoWouldWaitForItsOwnMailboxIsTold) {
  testing::TestSystem test{{.workers = 1}};
  std::string said;
  class Own {
   public:
    using Handles = Messages<Go, News>;
    Own(std::string& said, Context& context) : said_{said} { context.subscribe<News>(kBlock); }
    Task<> handle(const Go&, Context& context) {
      const auto publisher = context.publisher<News>();
      const News news{1};
      while ((co_await context.publish(publisher, news)).full == 0) {
      }
      said_ = "full";
    }
    void handle(const News&) {}

   private:
    std::string& said_;
  };
  test.send(test.system().spawn([&](Context& context) { return Own{said, context}; },
                                {.mailbox = {.capacity = 3}}),
            Go{});
  test.run_until_idle();
  EXPECT_EQ(said, "full");
}

// Promises: D7
TEST(PublishWaiting, LosesNothingBetweenThreadsWithTwoWhoPublish) {
  constexpr int kNews = 20'000;
  System system{{.workers = 2, .lane_bytes = 32 * 1024}};
  struct Sum {
    std::atomic<int> left{2 * kNews};
    std::uint64_t sum = 0;
  };
  class Adder {
   public:
    using Handles = Messages<News>;
    Adder(Sum& sum, Context& context) : sum_{sum} { context.subscribe<News>(kBlock); }
    void handle(const News& news) {
      sum_.sum += static_cast<std::uint64_t>(news.number);
      // Release: pairs with the wait below.
      if (sum_.left.fetch_sub(1, std::memory_order_release) == 1) sum_.left.notify_all();
    }

   private:
    Sum& sum_;
  };
  std::array<Sum, 2> sums;
  for (std::uint16_t worker = 0; worker < 2; ++worker) {
    const auto adder =
        system.spawn([&sums, worker](Context& context) { return Adder{sums[worker], context}; },
                     {.mailbox = {.capacity = 7}, .worker = worker});
    ASSERT_TRUE(system.await_started(*adder.cell()));
  }
  const Script script = [](const Go&, Context& context) -> Task<> {
    const auto publisher = context.publisher<News>();
    for (int number = 1; number <= kNews; ++number) {
      const News news{number};
      EXPECT_EQ((co_await context.publish(publisher, news)).delivered, 2U);
    }
  };
  for (std::uint16_t worker = 0; worker < 2; ++worker)
    EXPECT_EQ(
        system.spawn([&](Context&) { return Scripted{script}; }, {.worker = worker}).try_send(Go{}),
        SendResult::ok);
  for (Sum& sum : sums) {
    while (const int left = sum.left.load(std::memory_order_acquire)) sum.left.wait(left);
    EXPECT_EQ(sum.sum, std::uint64_t{kNews} * (kNews + 1));
  }
}

}  // namespace
}  // namespace mycelium
