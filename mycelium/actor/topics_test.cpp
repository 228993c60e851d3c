#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

// Patterns, retained values and what can be seen of topics, with actors.
namespace mycelium {
namespace {

struct Trade {
  int number;
};
MYCELIUM_MESSAGE(Trade, 621, "test.topics.trade", number)
struct Level {
  std::uint64_t instrument;
  int number;
  static std::uint64_t retain_key(const Level& level) { return level.instrument; }
};
MYCELIUM_MESSAGE(Level, 622, "test.topics.level", instrument, number)
struct Do {
  int what;
};
MYCELIUM_MESSAGE(Do, 623, "test.topics.do", what)

using Heard = std::vector<int>;
constexpr SubscriptionOptions kBlock{Overflow::block};

class Reader {
 public:
  using Handles = Messages<Trade, Level, Gap, Do>;
  using Act = std::function<void(Context&)>;
  Reader(Heard& heard, Act start) : heard_{&heard}, start_{std::move(start)} {}
  void on_start(Context& context) { start_(context); }
  void handle(const Trade& trade) {
    heard_->push_back(trade.number);
    if (trade.number < 0) throw std::runtime_error{"a bad trade"};
  }
  void handle(const Level& level) { heard_->push_back(level.number); }
  void handle(const Gap& gap) { heard_->push_back(1000 + static_cast<int>(gap.missed)); }
  void handle(const Do&, Context& context) { start_(context); }

 private:
  Heard* heard_;
  Act start_;
};

class TopicsTest : public ::testing::Test {
 protected:
  Ref<Reader::Handles> spawn(Reader::Act start, SpawnOptions options = {.worker = 0}) {
    auto reader = system_.spawn([this, start](Context&) { return Reader{heard_, start}; }, options);
    settle();
    return reader;
  }
  void settle() {
    while (system_.step() > 0) {
    }
  }
  PublishResult publish(const std::string& topic, int number) {
    const PublishResult result = system_.topic<Trade>(topic).publish(Trade{number});
    settle();
    return result;
  }

  Heard heard_;
  ManualClock clock_;
  System system_{{.workers = 2, .clock = &clock_, .drive = Drive::manual}};
};

// Promises: R3
TEST_F(TopicsTest, SeveralPatternsOfOneActorBringEachMessageOnce) {
  static_cast<void>(publish("trade.eu", 0));
  spawn([](Context& context) {
    for (const char* const name : {"trade.*", "trade.>", "trade.us", "*.us"})
      context.subscribe<Trade>(name, kBlock);
  });
  EXPECT_EQ(publish("trade.eu", 1).delivered, 1U);
  EXPECT_EQ(publish("trade.us", 2).delivered, 1U);
  EXPECT_EQ(publish("trade.asia", 3).delivered, 1U);
  EXPECT_EQ(publish("trade.asia.otc", 4).delivered, 1U);
  EXPECT_EQ(publish("other.us", 5).delivered, 1U);
  EXPECT_EQ(publish("other.eu", 6).delivered, 0U);
  EXPECT_EQ(heard_, (Heard{1, 2, 3, 4, 5}));
}

// Promises: R3, D6
TEST_F(TopicsTest, ATopicThatAnotherWorkerMakesIsMatchedAndHasABoundOfItsOwn) {
  spawn([](Context& context) { context.subscribe<Trade>("trade.*", {.capacity = 2}); });
  // The reader of worker 1 publishes when it starts, on topics that are not there yet.
  spawn(
      [](Context& context) {
        for (int number = 1; number <= 5; ++number)
          EXPECT_EQ(context.publisher<Trade>("trade.us").publish(Trade{number}).delivered, 1U);
      },
      {.worker = 1});
  EXPECT_EQ(heard_, (Heard{1, 2, 3, 4, 5}));  // Where they lay: nothing waited.
  heard_.clear();
  for (int number = 1; number <= 5; ++number)
    EXPECT_EQ(system_.topic<Trade>("trade.eu").publish(Trade{number}).delivered, 1U);
  settle();
  EXPECT_EQ(heard_, (Heard{1003, 4, 5}));
}

// Promises: R3, D7
TEST_F(TopicsTest, APatternEndsWhenItsActorStops) {
  const auto reader = spawn([](Context& context) { context.subscribe<Trade>("trade.*", kBlock); });
  EXPECT_EQ(publish("trade.eu", 1).delivered, 1U);
  system_.stop(reader);
  settle();
  EXPECT_EQ(publish("trade.eu", 2).delivered, 0U);
  EXPECT_EQ(publish("trade.us", 3).delivered, 0U);
  EXPECT_EQ(system_.topic<Trade>("trade.us").subscriber_count(), 0U);
}

// Promises: R3, R4, L4
TEST_F(TopicsTest, ARestartKeepsThePatternAndBringsNothingRetainedAgain) {
  static_cast<void>(system_.topic<Trade>("trade.eu", {.retain = Retain::last}));
  EXPECT_EQ(publish("trade.eu", 1).delivered, 0U);
  spawn([](Context& context) { context.subscribe<Trade>("trade.*", kBlock); });
  EXPECT_EQ(publish("trade.eu", -2).delivered, 1U);
  EXPECT_EQ(publish("trade.us", 3).delivered, 1U);
  EXPECT_EQ(heard_, (Heard{1, -2, 3}));
}

// Promises: R3, S9
TEST_F(TopicsTest, AWrongPatternIsAFailureOfThatActor) {
  spawn([](Context& context) { context.subscribe<Trade>("trade.>.eu"); },
        {.restart = {.max_restarts = 0}});
  ASSERT_TRUE(system_.failure().has_value());
  EXPECT_NE(system_.failure()->message.find("topic pattern \"trade.>.eu\": a > stands for all"),
            std::string::npos)
      << system_.failure()->message;
}

// Promises: R4
TEST_F(TopicsTest, ALateActorGetsTheLastOfEachKeyFirstAndThenWhatComes) {
  Topic<Level>& topic = system_.topic<Level>({}, {.retain = Retain::last});
  for (int number = 1; number <= 6; ++number)
    static_cast<void>(topic.publish(Level{number % 3U, number}));
  spawn(
      [&](Context& context) {
        context.subscribe<Level>(kBlock);
        EXPECT_EQ(topic.publish(Level{0, 7}).full,
                  1U);  // Its mailbox is full of what was retained.
      },
      {.mailbox = {.capacity = 2}, .worker = 0});
  static_cast<void>(topic.publish(Level{1, 8}));
  settle();
  EXPECT_EQ(heard_, (Heard{4, 5, 6, 8}));
}

// Promises: R4, D6
TEST_F(TopicsTest, RetainedValuesOfASubscriptionThatDropsItsOldestStandUnderItsBound) {
  Topic<Level>& topic = system_.topic<Level>({}, {.retain = Retain::last});
  for (int number = 1; number <= 6; ++number)
    static_cast<void>(topic.publish(Level{static_cast<std::uint64_t>(number), number}));
  spawn([&](Context& context) {
    context.subscribe<Level>({.capacity = 2});
    EXPECT_EQ(topic.publish(Level{9, 7}).delivered, 1U);
  });
  EXPECT_EQ(heard_, (Heard{1005, 6, 7}));
}

// Promises: R4
TEST_F(TopicsTest, SubscribingAgainBringsNothingRetainedAgain) {
  Topic<Trade>& topic = system_.topic<Trade>({}, {.retain = Retain::last});
  static_cast<void>(topic.publish(Trade{1}));
  const auto reader = spawn([](Context& context) { context.subscribe<Trade>(kBlock); });
  ASSERT_EQ(reader.try_send(Do{1}), SendResult::ok);
  settle();
  EXPECT_EQ(heard_, Heard{1});
}

TEST_F(TopicsTest, RefusesToRetainNothingAtAll) {
  EXPECT_THROW(
      static_cast<void>(system_.topic<Trade>({}, {.retain = Retain::last, .retained_keys_max = 0})),
      std::invalid_argument);
}

TEST_F(TopicsTest, TheSystemTellsWhatItsTopicsHaveDone) {
  spawn([](Context& context) { context.subscribe<Trade>("trade.eu", {.capacity = 2}); });
  for (int number = 0; number < 5; ++number)
    static_cast<void>(system_.topic<Trade>("trade.eu").publish(Trade{number}));
  settle();
  spawn(
      [](Context& context) {
        EXPECT_EQ(context.publisher<Trade>("trade.eu").publish(Trade{5}).delivered, 1U);
      },
      {.worker = 1});
  for (const TopicStatus& topic : system_.topic_status()) {
    if (topic.name != "trade.eu") continue;
    EXPECT_EQ(topic.published, 6U);
    EXPECT_EQ(topic.delivered, 6U);
    EXPECT_EQ(topic.dropped, 3U);
    EXPECT_EQ(topic.subscribers, 1U);
    return;
  }
  FAIL() << "the topic is not among them";
}

TEST(Topics, CountWhatWorkersOfSeveralSystemsPublish) {
  System left{{.drive = Drive::manual}};
  System right{{.drive = Drive::manual}};
  Topic<Trade>& topic = left.topic<Trade>();
  Heard unused;
  for (System* const system : {&left, &right}) {
    system->spawn([&](Context&) {
      return Reader{unused, [&](Context&) {
                      for (int number = 0; number < 3; ++number)
                        static_cast<void>(topic.publish(Trade{number}));
                    }};
    });
  }
  while (left.step() + right.step() > 0) {
  }
  EXPECT_EQ(topic.status().published, 6U);
}

// Promises: R4
TEST(Topics, WhoSubscribesWhileAnotherWorkerPublishesGetsAnUnbrokenSequence) {
  constexpr int kTrades = 20'000;
  System system{{.workers = 2}};
  Topic<Trade>& topic = system.topic<Trade>({}, {.retain = Retain::last});
  static_cast<void>(topic.publish(Trade{0}));
  Heard unused;
  std::atomic<int> next{1};
  const auto publishing = system.spawn(
      [&](Context&) {
        return Reader{unused, [&](Context& context) {
                        for (int count = 0; count < 50 && next.load() <= kTrades; ++count) {
                          if (topic.publish(Trade{next.load()}).full > 0) break;
                          next.fetch_add(1);
                        }
                        if (next.load() <= kTrades)
                          context.after(std::chrono::nanoseconds{0}, Do{1});
                      }};
      },
      {.worker = 1});
  std::array<Heard, 40> heard;
  for (std::size_t index = 0; index < heard.size(); ++index) {
    const auto reader = system.spawn(
        [&](Context&) {
          return Reader{heard[index], [](Context& context) { context.subscribe<Trade>(kBlock); }};
        },
        {.worker = 0});
    ASSERT_TRUE(system.await_started(*reader.cell()));
    const int seen = next.load();
    while (next.load() < std::min(kTrades, seen + 100)) {
    }
  }
  while (next.load() <= kTrades) {
  }
  static_cast<void>(publishing);
  EXPECT_TRUE(system.shutdown().empty());
  for (const Heard& numbers : heard) {
    ASSERT_FALSE(numbers.empty());
    EXPECT_EQ(numbers.back(), kTrades);
    for (std::size_t index = 1; index < numbers.size(); ++index)
      ASSERT_EQ(numbers[index], numbers[index - 1] + 1);
  }
}

}  // namespace
}  // namespace mycelium
