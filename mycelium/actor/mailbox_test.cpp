#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

struct Item {
  int number;
  std::shared_ptr<int> owned;
};
MYCELIUM_MESSAGE(Item, 111, "test.item", number, owned)

struct Ticket {
  std::unique_ptr<int> owned;
};
MYCELIUM_MESSAGE(Ticket, 112, "test.ticket", owned)

struct Go {};
MYCELIUM_MESSAGE(Go, 113, "test.go")

class Collector {
 public:
  using Handles = Messages<Item, Ticket>;
  explicit Collector(std::vector<int>& seen) : seen_{seen} {}
  void handle(const Item& item) { seen_.push_back(item.number); }
  void handle(const Ticket& ticket) { seen_.push_back(*ticket.owned); }

 private:
  std::vector<int>& seen_;
};

// Runs a piece of test code as an actor, so on a worker.
class Runner {
 public:
  using Handles = Messages<Go>;
  explicit Runner(std::function<void()> run) : run_{std::move(run)} {}
  void handle(const Go&) { run_(); }

 private:
  std::function<void()> run_;
};

class MailboxTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kCapacity = 5;

  void settle() {
    while (system_.step() > 0) {
    }
  }
  // Runs something on worker 0, within one handler.
  void on_worker(const std::function<void()>& run) {
    const auto runner = system_.spawn("runner" + std::to_string(runners_++),
                                      [run](Context&) { return Runner{run}; }, {.worker = 0});
    ASSERT_EQ(runner.try_send(Go{}), SendResult::ok);
    settle();
  }
  RefTo<Item, Ticket> spawn_collector(std::uint16_t worker) {
    const auto ref = system_.spawn("collector" + std::to_string(worker),
                                   [this](Context&) { return Collector{seen_}; },
                                   {.mailbox = {.capacity = kCapacity}, .worker = worker});
    settle();
    return ref;
  }

  std::vector<int> seen_;
  System system_{{.workers = 2, .lane_bytes = 32 * 1024, .drive = Drive::manual}};
  int runners_ = 0;
};

// Promises: D4
TEST_F(MailboxTest, OnOneWorkerTheBoundIsExact) {
  const auto collector = spawn_collector(0);
  std::vector<SendResult> results;
  on_worker([&] {
    for (int number = 0; number < 7; ++number)
      results.push_back(collector.try_send(Item{number, nullptr}));
  });
  using enum SendResult;
  EXPECT_EQ(results, (std::vector{ok, ok, ok, ok, ok, full, full}));
  EXPECT_EQ(seen_, (std::vector{0, 1, 2, 3, 4}));
}

// Promises: D4
TEST_F(MailboxTest, AcrossWorkersTheBoundIsTheMailboxAndOneLane) {
  // Given a receiver on another worker that does not run meanwhile
  const auto collector = spawn_collector(1);
  int sent = 0;
  on_worker([&] {
    while (collector.try_send(Item{sent, nullptr}) == SendResult::ok) ++sent;
  });
  // Then as many fit as the lane carries; all of them come, and there is room again
  EXPECT_GT(sent, 100);
  EXPECT_LE(sent, 32 * 1024 / static_cast<int>(sizeof(Item)));
  EXPECT_EQ(seen_.size(), static_cast<std::size_t>(sent));
  on_worker([&] { EXPECT_EQ(collector.try_send(Item{0, nullptr}), SendResult::ok); });
}

// Promises: D4
TEST_F(MailboxTest, AFullMailboxOnAnotherWorkerIsSeenAlthoughTheLaneIsEmpty) {
  // Given a receiver with more in its mailbox, from a foreign thread, than it handles in a step
  const auto collector = spawn_collector(1);
  for (int number = 0; number < 3000; ++number) {
    ASSERT_EQ(collector.try_send(Item{number, nullptr}), SendResult::ok);
  }
  system_.step();
  ASSERT_LT(seen_.size(), 3000U);
  // When a foreign thread and an actor on another worker offer one more
  EXPECT_EQ(collector.try_send(Item{-1, nullptr}), SendResult::full);
  on_worker([&] { EXPECT_EQ(collector.try_send(Item{-1, nullptr}), SendResult::full); });
  // Then it has not been taken, and there is room when the mailbox is empty
  EXPECT_EQ(seen_.size(), 3000U);
  EXPECT_EQ(collector.try_send(Item{3000, nullptr}), SendResult::ok);
}

// What is left in a message after it was offered is the question of the next tests.
// NOLINTBEGIN(bugprone-use-after-move)

// Promises: D4
TEST_F(MailboxTest, AMessageIsMovedFromOnlyWhenItIsTaken) {
  // By a sender on the same worker, on another, and outside
  const auto near = spawn_collector(0);
  const auto far = spawn_collector(1);
  const auto fill_and_offer = [](const RefTo<Item, Ticket>& collector) {
    const auto owned = std::make_shared<int>(1);
    SendResult result = SendResult::ok;
    while (result == SendResult::ok) {
      Item item{7, owned};
      result = collector.try_send(std::move(item));
      EXPECT_EQ(item.owned == nullptr, result == SendResult::ok);
    }
    EXPECT_EQ(result, SendResult::full);
    Ticket ticket{std::make_unique<int>(3)};
    EXPECT_EQ(collector.try_send(std::move(ticket)), SendResult::full);
    EXPECT_NE(ticket.owned, nullptr);
  };
  on_worker([&] { fill_and_offer(near); });
  on_worker([&] { fill_and_offer(far); });
  fill_and_offer(far);
  EXPECT_GT(seen_.size(), 10U);
}

// Promises: D4
TEST_F(MailboxTest, AForeignThreadIsToldFullWhenItsWayIsFull) {
  const auto collector = spawn_collector(0);
  std::size_t sent = 0;
  while (collector.try_send(Item{1, nullptr}) == SendResult::ok) ++sent;
  EXPECT_EQ(sent, InjectionQueue::kTasksMax);
  settle();
  EXPECT_EQ(seen_.size(), sent);
  EXPECT_EQ(collector.try_send(Item{1, nullptr}), SendResult::ok);
}

// Promises: D4
TEST_F(MailboxTest, AnEmptyRefAndAStoppedActorSayClosedAndKeepTheMessage) {
  const RefTo<Item, Ticket> empty;
  Ticket ticket{std::make_unique<int>(3)};
  EXPECT_EQ(empty.try_send(std::move(ticket)), SendResult::closed);
  const auto collector = spawn_collector(1);
  EXPECT_TRUE(system_.shutdown().empty());
  EXPECT_EQ(collector.try_send(std::move(ticket)), SendResult::closed);
  EXPECT_NE(ticket.owned, nullptr);
}

// NOLINTEND(bugprone-use-after-move)

// Promises: D2
TEST_F(MailboxTest, AMessageIsEndedOnceAfterItWasHandled) {
  const auto owned = std::make_shared<int>(1);
  for (const std::uint16_t worker : {0, 1}) {
    const auto collector = spawn_collector(worker);
    on_worker([&] {
      for (int number = 0; number < 4; ++number)
        EXPECT_EQ(collector.try_send(Item{number, owned}), SendResult::ok);
    });
    ASSERT_EQ(collector.try_send(Item{4, owned}), SendResult::ok);
    ASSERT_EQ(collector.try_send(Ticket{std::make_unique<int>(5)}), SendResult::ok);
    settle();
  }
  EXPECT_EQ(seen_, (std::vector{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(owned.use_count(), 1);
}

// Promises: D4
TEST_F(MailboxTest, WhatIsSentBeforeTheStartWaitsForIt) {
  const auto collector = system_.spawn("early", [this](Context&) { return Collector{seen_}; });
  ASSERT_EQ(collector.try_send(Item{1, nullptr}), SendResult::ok);
  EXPECT_TRUE(seen_.empty());
  settle();
  EXPECT_EQ(seen_, (std::vector{1}));
}

TEST_F(MailboxTest, ARefConvertsToOneOfFewerMessages) {
  const auto collector = spawn_collector(0);
  const RefTo<Ticket> tickets_only = collector;
  static_assert(!std::is_convertible_v<RefTo<Ticket>, RefTo<Item, Ticket>>);
  EXPECT_EQ(tickets_only.id(), collector.id());
  EXPECT_EQ(tickets_only.try_send(Ticket{std::make_unique<int>(9)}), SendResult::ok);
  settle();
  EXPECT_EQ(seen_, (std::vector{9}));
}

TEST_F(MailboxTest, ItsDepthAndHighWaterAreSeenFromOutside) {
  const auto collector = spawn_collector(0);
  on_worker([&] {
    for (int number = 0; number < 4; ++number)
      static_cast<void>(collector.try_send(Item{number, nullptr}));
    for (const ActorStatus& status : system_.actors()) {
      EXPECT_EQ(status.depth, status.name == "collector0" ? 4U : 0U);
    }
  });
  for (const ActorStatus& status : system_.actors()) {
    if (status.name != "collector0") continue;
    EXPECT_EQ(status.depth, 0U);
    EXPECT_EQ(status.depth_high_water, 4U);
    EXPECT_EQ(status.handled, 4U);
    EXPECT_EQ(status.state, ActorState::running);
  }
}

}  // namespace
}  // namespace mycelium
