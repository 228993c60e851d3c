#include "mycelium/bus/gap.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/actor/at_once_test.hpp"

namespace mycelium {
namespace {

struct News {
  int number;
  std::shared_ptr<int> owned{};
};
MYCELIUM_MESSAGE(News, 601, "test.gap.news", number, owned)
struct Page {
  int number;
  std::array<std::byte, 3000> bytes{};  // Too large for a lane: it travels by block.
};
MYCELIUM_MESSAGE(Page, 602, "test.gap.page", number, bytes)
struct Do {
  int what;
};
MYCELIUM_MESSAGE(Do, 603, "test.gap.do", what)

using Heard = std::vector<std::string>;

// Writes down what it hears; subscribes as the test says.
class Reader {
 public:
  using Handles = Messages<News, Page, Do, Gap>;
  using Start = std::function<void(Context&)>;
  Reader(Heard& heard, Start start) : heard_{&heard}, start_{std::move(start)} {}
  void on_start(Context& context) { start_(context); }
  void handle(const News& news) {
    heard_->push_back(std::to_string(news.number));
    if (news.number < 0) throw std::runtime_error{"bad news"};
  }
  void handle(const Page& page) { heard_->push_back("page " + std::to_string(page.number)); }
  void handle(const Do& what) { heard_->push_back("do " + std::to_string(what.what)); }
  void handle(const Gap& gap) {
    heard_->push_back("gap " + std::string{gap.topic} + " " + std::to_string(gap.missed));
  }

 private:
  Heard* heard_;
  Start start_;
};

// Handles no Gap.
class Deaf {
 public:
  using Handles = Messages<News>;
  Deaf(Heard& heard, SubscriptionOptions options) : heard_{&heard}, options_{options} {}
  static std::uint64_t conflation_key(const News&) noexcept { return 1; }
  void on_start(Context& context) { context.subscribe<News>("news", options_); }
  void handle(const News& news) { heard_->push_back(std::to_string(news.number)); }

 private:
  Heard* heard_;
  SubscriptionOptions options_;
};

class GapTest : public testing::AtOnceTest {
 protected:
  GapTest() : AtOnceTest{32 * 1024} {}
  ~GapTest() override { system_.shutdown(); }  // Before what its actors write into.
  Ref<Reader::Handles> spawn(Reader::Start start, SpawnOptions options = {.worker = 0}) {
    auto reader =
        system_.spawn("reader", [this, start](Context&) { return Reader{heard_, start}; }, options);
    settle();
    return reader;
  }
  // A reader of "news" that lets so many wait.
  Ref<Reader::Handles> spawn_reader(std::uint32_t capacity, std::uint16_t worker = 0) {
    return spawn(
        [capacity](Context& context) { context.subscribe<News>("news", {.capacity = capacity}); },
        {.worker = worker});
  }
  PublishResult publish(int number) { return news_.publish(News{number, owned_}); }
  void publish_some(int first, int last) {
    for (int number = first; number <= last; ++number) EXPECT_EQ(publish(number).full, 0U);
  }
  std::uint64_t dropped_by(const std::string& name) {
    for (const ActorStatus& status : system_.actors()) {
      if (status.name == name) return status.dropped;
    }
    return 0;
  }

  Heard heard_;
  std::shared_ptr<int> owned_ = std::make_shared<int>(0);
  Topic<News>& news_ = system_.topic<News>("news");
};

// Promises: D6, D7
TEST_F(GapTest, ASubscriptionKeepsWhatCameLastAndTellsHowMuchWasMissed) {
  spawn_reader(3);
  at_once(0, [&] {
    publish_some(1, 10);
    EXPECT_EQ(publish(11).delivered, 1U);
  });
  EXPECT_EQ(heard_, (Heard{"gap news 8", "9", "10", "11"}));
  EXPECT_EQ(news_.dropped(), 8U);
  EXPECT_EQ(dropped_by("reader"), 8U);
  // What finds it reading is not missed.
  heard_.clear();
  at_once(0, [&] { publish_some(12, 14); });
  EXPECT_EQ(heard_, (Heard{"12", "13", "14"}));
}

// Promises: D6
TEST_F(GapTest, DroppingTheOldestIsTheDefaultWithTheMailboxesCapacity) {
  spawn([](Context& context) { context.subscribe<News>("news"); },
        {.mailbox = {.capacity = 2}, .worker = 0});
  at_once(0, [&] { publish_some(1, 5); });
  EXPECT_EQ(heard_, (Heard{"gap news 3", "4", "5"}));
}

// Promises: D1, D6
TEST_F(GapTest, WhatWaitsOfATopicTakesNoRoomFromOthersAndKeepsItsPlaceAmongThem) {
  const auto reader = spawn(
      [](Context& context) {
        context.subscribe<News>("news", {.capacity = 2});
        context.subscribe<News>("more", {.capacity = 1});
      },
      {.mailbox = {.capacity = 2}, .worker = 0});
  at_once(0, [&] {
    publish_some(1, 2);
    EXPECT_EQ(reader.try_send(Do{1}), SendResult::ok);
    EXPECT_EQ(system_.topic<News>("more").publish(News{100}).delivered, 1U);
    publish_some(3, 3);
    EXPECT_EQ(reader.try_send(Do{2}), SendResult::ok);
    EXPECT_EQ(reader.try_send(Do{3}), SendResult::full);
    EXPECT_EQ(system_.topic<News>("more").publish(News{101}).delivered, 1U);
  });
  EXPECT_EQ(heard_, (Heard{"gap news 1", "2", "do 1", "3", "do 2", "gap more 1", "101"}));
}

// Promises: D6
TEST_F(GapTest, AClassThatDoesNotHandleGapsGetsNoneAndItsDropsAreCounted) {
  system_.spawn("deaf", [&](Context&) { return Deaf{heard_, {.capacity = 1}}; }, {.worker = 0});
  settle();
  at_once(0, [&] { publish_some(1, 3); });
  EXPECT_EQ(heard_, (Heard{"3"}));
  EXPECT_EQ(dropped_by("deaf"), 2U);
  EXPECT_EQ(system_.dead_letters().total(), 0U);
}

// Promises: D6
TEST_F(GapTest, AMailboxThatConflatesDecidesAboutWhatIsPublishedToo) {
  system_.spawn("deaf", [&](Context&) { return Deaf{heard_, {}}; },
                {.mailbox = {.capacity = 4, .overflow = Overflow::conflate}, .worker = 0});
  settle();
  at_once(0, [&] { publish_some(1, 5); });
  EXPECT_EQ(heard_, (Heard{"5"}));
  EXPECT_EQ(dropped_by("deaf"), 0U);
}

// Adds up what was heard: messages and what gaps told.
std::uint64_t handled_and_missed(const Heard& heard) {
  std::uint64_t sum = 0;
  for (const std::string& line : heard)
    sum += line.starts_with("gap") ? std::stoull(line.substr(line.rfind(' ') + 1)) : 1;
  return sum;
}

// Promises: D6
TEST_F(GapTest, FromAnotherWorkerWhatFoundNoWayIsToldWhereItWasMissed) {
  spawn_reader(10'000, 1);
  int published = 0;
  // Given a lane that is full
  at_once(0, [&] {
    while (publish(published++).dropped == 0) {
    }
    publish_some(published, published + 4);
    published += 5;
  });
  const auto first_missed = static_cast<std::size_t>(published - 6);
  ASSERT_EQ(heard_.size(), first_missed);  // The lane has come through, and no gap yet.
  // When the next one gets through
  at_once(0, [&] { publish_some(published, published); });
  ++published;
  // Then the gap stands between them
  ASSERT_EQ(heard_.size(), first_missed + 2);
  EXPECT_EQ(heard_[first_missed - 1], std::to_string(first_missed - 1));
  EXPECT_EQ(heard_[first_missed], "gap news 6");
  EXPECT_EQ(heard_.back(), std::to_string(published - 1));
  EXPECT_EQ(handled_and_missed(heard_), static_cast<std::uint64_t>(published));
  EXPECT_EQ(news_.dropped(), 6U);
  EXPECT_EQ(dropped_by("reader"), 6U);
}

// Promises: D6
TEST_F(GapTest, WhatComesByALaneWaitsUnderTheSubscriptionsBound) {
  const auto reader = spawn(
      [](Context& context) {
        context.subscribe<News>("news", {.capacity = 2});
        context.subscribe<Page>("pages", {.capacity = 1});
      },
      {.worker = 1});
  at_once(0, [&] {
    // Something that waits first, so that nothing is handled where it lies.
    EXPECT_EQ(reader.try_send_urgent(Do{1}), SendResult::ok);
    publish_some(1, 5);
    for (const int number : {1, 2})
      EXPECT_EQ(system_.topic<Page>("pages").publish(Page{number}).delivered, 1U);
  });
  EXPECT_EQ(heard_, (Heard{"do 1", "gap news 3", "4", "5", "gap pages 1", "page 2"}));
}

// Promises: D6
TEST_F(GapTest, AForeignThreadsMessagesWaitUnderTheSubscriptionsBound) {
  spawn_reader(2, 1);
  publish_some(1, 5);
  settle();
  EXPECT_EQ(heard_, (Heard{"gap news 3", "4", "5"}));
  EXPECT_EQ(news_.dropped(), 3U);
}

// Promises: D6
TEST_F(GapTest, AReaderThatStandsStillHoldsNobodyUpAndKeepsNoMoreThanItsBound) {
  // Given one that reads nothing more, and one that wants everything
  class Stuck {
   public:
    using Handles = Messages<News, Do>;
    void on_start(Context& context) { context.subscribe<News>("news", {.capacity = 8}); }
    Task<> handle(const Do&, Context& context) { co_await context.sleep(std::chrono::hours{1}); }
    void handle(const News&) {}
  };
  const auto stuck = system_.spawn("stuck", [](Context&) { return Stuck{}; }, {.worker = 0});
  system_.spawn("keen", [&](Context&) { return Deaf{heard_, {Overflow::block}}; }, {.worker = 1});
  ASSERT_EQ(stuck.try_send(Do{1}), SendResult::ok);
  settle();
  // When far more is published than it holds
  constexpr int kPublished = 5'000;
  for (int first = 0; first < kPublished; first += 100)
    at_once(0, [&] { publish_some(first, first + 99); });
  // Then the other has all of it, and the messages that were dropped are gone
  EXPECT_EQ(heard_.size(), static_cast<std::size_t>(kPublished));
  EXPECT_EQ(dropped_by("stuck"), static_cast<std::uint64_t>(kPublished - 8));
  EXPECT_LE(owned_.use_count(), 1 + 8);
  // And a stop makes dead letters of those only that wait
  system_.stop(stuck, StopMode::discard);
  settle();
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::stopped), 9U);  // With what it waits in.
  EXPECT_EQ(owned_.use_count(), 1);
}

// Promises: D6
TEST_F(GapTest, AReaderThatStandsStillIsToldOfAllThatItMissed) {
  const auto reader = spawn_reader(4);
  at_once(0, [&] { publish_some(1, 1'000); });
  EXPECT_EQ(heard_, (Heard{"gap news 996", "997", "998", "999", "1000"}));
  // Where something else waits before them, the mailbox is swept.
  heard_.clear();
  at_once(0, [&] {
    EXPECT_EQ(reader.try_send(Do{1}), SendResult::ok);
    publish_some(1, 1'000);
    EXPECT_LE(owned_.use_count(), 1 + 4 + 256);
  });
  EXPECT_EQ(heard_, (Heard{"do 1", "gap news 996", "997", "998", "999", "1000"}));
}

// Promises: D6, L4
TEST_F(GapTest, ARestartKeepsWhatWaitsAndWhatIsToBeTold) {
  spawn_reader(3);
  at_once(0, [&] {
    publish_some(1, 3);
    EXPECT_EQ(publish(-1).delivered, 1U);
    publish_some(4, 5);
  });
  EXPECT_EQ(heard_, (Heard{"gap news 3", "-1", "4", "5"}));
  heard_.clear();
  at_once(0, [&] { publish_some(6, 9); });
  EXPECT_EQ(heard_, (Heard{"gap news 1", "7", "8", "9"}));
}

// Promises: D6
TEST_F(GapTest, ASecondSubscriptionChangesTheBoundOfTheFirst) {
  const auto reader = spawn_reader(4);
  static_cast<void>(reader);
  news_.subscribe(*reader.cell(), reader.id(), {.capacity = 2}, true);
  EXPECT_EQ(news_.subscriber_count(), 1U);
  at_once(0, [&] { publish_some(1, 6); });
  EXPECT_EQ(heard_, (Heard{"gap news 4", "5", "6"}));
  news_.subscribe(*reader.cell(), reader.id(), {Overflow::block}, true);
  heard_.clear();
  at_once(0, [&] { publish_some(1, 6); });
  EXPECT_EQ(heard_, (Heard{"1", "2", "3", "4", "5", "6"}));
}

// Promises: D6, D2
TEST_F(GapTest, MessagesHandledWhileACoroutineWaitsAreTakenOutWithTheirGap) {
  class Waiter {
   public:
    using Handles = Messages<Do, News, Gap>;
    using Interleaved = Messages<News>;
    explicit Waiter(Heard& heard) : heard_{&heard} {}
    void on_start(Context& context) { context.subscribe<News>("news", {.capacity = 2}); }
    Task<> handle(const Do&, Context& context) {
      co_await context.sleep(std::chrono::seconds{1});
      heard_->push_back("done");
    }
    void handle(const News& news) { heard_->push_back(std::to_string(news.number)); }
    void handle(const Gap& gap) { heard_->push_back("gap " + std::to_string(gap.missed)); }

   private:
    Heard* heard_;
  };
  const auto waiter = system_.spawn([&](Context&) { return Waiter{heard_}; }, {.worker = 0});
  settle();
  at_once(0, [&] {
    EXPECT_EQ(waiter.try_send(Do{1}), SendResult::ok);
    publish_some(1, 5);
  });
  EXPECT_EQ(heard_, (Heard{"4", "5"}));
  clock_.advance(std::chrono::seconds{2});
  settle();
  EXPECT_EQ(heard_, (Heard{"4", "5", "done", "gap 3"}));
  heard_.clear();
  at_once(0, [&] { publish_some(6, 7); });
  EXPECT_EQ(heard_, (Heard{"6", "7"}));
  EXPECT_EQ(owned_.use_count(), 1);
}

TEST_F(GapTest, RefusesACapacityThatNoMailboxHas) {
  Reader::Start subscribe = [](Context& context) {
    context.subscribe<News>("news", {.capacity = kMailboxCapacityMax + 1});
  };
  spawn(subscribe, {.restart = {.max_restarts = 0}});
  ASSERT_TRUE(system_.failure().has_value());
  EXPECT_NE(
      system_.failure()->message.find("topic \"news\": of a subscription 1 to 1048576 messages "
                                      "may wait, not 1048577"),
      std::string::npos)
      << system_.failure()->message;
}

}  // namespace
}  // namespace mycelium
