#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "mycelium/bus/subscriber.hpp"

// Subscribers that come and go: what is kept of them.
namespace mycelium {
namespace {

struct Swap {
  std::uint64_t number;
};
MYCELIUM_MESSAGE(Swap, 76, "market.churn", number)

class Reader final : public Sink<Swap> {
 public:
  explicit Reader(std::function<void()> act = {}) : act_{std::move(act)} { ++alive_; }
  ~Reader() override { --alive_; }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  bool has_room() override { return true; }
  bool accept(const Swap& swap) override {
    last_ = swap.number;
    if (act_) act_();
    return true;
  }
  static inline std::atomic<std::size_t> alive_{0};
  std::atomic<std::uint64_t> last_{0};

 private:
  std::function<void()> act_;
};

class TopicChurnTest : public ::testing::Test {
 protected:
  std::shared_ptr<Reader> join(std::function<void()> act = {}) {
    auto reader = std::make_shared<Reader>(std::move(act));
    topic_.subscribe(reader, {});
    return reader;
  }
  // So many subscribers, one after the other.
  void come_and_go(std::size_t times) {
    for (std::size_t time = 0; time < times; ++time) topic_.unsubscribe(*join());
  }

  static constexpr std::size_t kTimes = 20'000;
  // Beyond what is kept because it is little: 64 KiB twice, of small routes.
  static constexpr std::size_t kFew = 4'000;
  Topic<Swap> topic_{"market.churn"};
};

TEST_F(TopicChurnTest, SubscribersThatHaveGoneLeaveNothingBehind) {
  come_and_go(kTimes);
  EXPECT_LT(topic_.retired_count(), kFew);
  EXPECT_LT(Reader::alive_, kFew);
}

TEST_F(TopicChurnTest, ManyAtOnceKeepAsMuchAgainAsIsInUse) {
  std::vector<std::shared_ptr<Reader>> readers;
  for (int count = 0; count < 5'000; ++count) readers.push_back(join());
  EXPECT_LT(topic_.retired_count(), 8U);
  for (const auto& reader : readers) topic_.unsubscribe(*reader);
  EXPECT_EQ(topic_.subscriber_count(), 0U);
  EXPECT_EQ(topic_.publish(Swap{1}).delivered, 0U);
}

// Promises: D7
TEST_F(TopicChurnTest, WhatAPublisherReadsStaysWhateverChangesMeanwhile) {
  // Given one who changes the subscribers while it gets a message, and one behind it
  std::size_t kept = 0;
  const auto changing = join([&] {
    come_and_go(kTimes);
    kept = topic_.retired_count();
  });
  const auto behind = join();
  // When a message is published
  EXPECT_EQ(topic_.publish(Swap{7}).delivered, 2U);
  // Then nothing was freed under the publisher, and all of it is soon afterwards
  EXPECT_EQ(behind->last_, 7U);
  EXPECT_GE(kept, kTimes);
  come_and_go(kFew);
  EXPECT_LT(topic_.retired_count(), kFew);
}

TEST_F(TopicChurnTest, ASinkMayDoAnythingWhenItEnds) {
  // Given one that looks at its topic when it ends, which takes the topic's mutex
  struct Looks {
    Topic<Swap>* topic;
    ~Looks() { static_cast<void>(topic->retired_count()); }
  };
  const auto looks = std::make_shared<Looks>(&topic_);
  topic_.unsubscribe(*join([looks] {}));
  come_and_go(kTimes);
  EXPECT_EQ(looks.use_count(), 1);
}

// Promises: D7
TEST_F(TopicChurnTest, PublishersOnAllThreadsFindEveryoneWhoStays) {
  const auto stays = join();
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> missed{0};
  std::atomic<std::uint64_t> published{0};
  std::vector<std::jthread> publishers;
  for (int count = 0; count < 2; ++count) {
    publishers.emplace_back([&] {
      while (!done.load()) {
        if (topic_.publish(Swap{1}).delivered == 0) missed.fetch_add(1);
        published.fetch_add(1);
      }
    });
  }
  while (published.load() < 100) {
  }
  come_and_go(kTimes);
  done = true;
  publishers.clear();
  EXPECT_EQ(missed.load(), 0U);
}

}  // namespace
}  // namespace mycelium
