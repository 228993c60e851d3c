#include "mycelium/bus/topic.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "mycelium/runtime/os_clock.hpp"
#include "mycelium/runtime/worker_group.hpp"

namespace mycelium {
namespace {

struct Swap {
  std::uint64_t number;
};
MYCELIUM_MESSAGE(Swap, 71, "market.swap", number)

struct Snapshot {
  std::array<std::uint64_t, 250> levels;  // 2,000 bytes: as large as a lane carries inline.
};
MYCELIUM_MESSAGE(Snapshot, 72, "market.snapshot", levels)

// Mailboxes whose holders never run: what arrives stays to be looked at.
constexpr CellOperations kWaiting{
    [](Cell& base, FrameHeader& frame) {
      auto& cell = static_cast<MailboxCell&>(base);
      const MessageType& type = *find_message_type(frame.type_id);
      cell.push(cell.worker->envelopes().move_from(type, frame.payload()));
      destroy_payload(frame, nullptr);
    },
    [](Cell&, std::uint32_t) { return 0U; },
    [](Cell& cell, Envelope* envelope) { cell.worker->envelopes().release(envelope); },
    [](Cell& base, std::uint64_t, Envelope* envelope) {
      static_cast<MailboxCell&>(base).push(envelope);
    }};

class TopicTest : public ::testing::Test {
 protected:
  ~TopicTest() override {
    for (std::uint32_t slot = 0; slot < slots_used_; ++slot) {
      static_cast<void>(take(cell(slot)));
      std::destroy_at(&cell(slot));
    }
  }

  MailboxCell& cell(std::uint32_t slot) {
    return *static_cast<MailboxCell*>(group_.cells().at(slot));
  }

  // A new mailbox on a worker.
  MailboxCell& add(std::uint16_t worker, std::uint32_t capacity) {
    MailboxCell& made = *std::construct_at(&cell(slots_used_));
    made.worker = &group_.worker(worker);
    made.operations = &kWaiting;
    made.claim({.capacity = capacity});
    made.open_id = ActorId{slots_used_++, 1}.value();
    return made;
  }
  static ActorId id_of(const MailboxCell& cell) { return ActorId::from_value(cell.open_id); }

  void subscribe(MailboxCell& cell, Overflow overflow = Overflow::block) {
    topic_.subscribe(cell, id_of(cell), {overflow});
  }

  // Runs something as if by an actor of worker 0.
  void on_worker(const std::function<void()>& run) {
    group_.worker(0).inject([&] { run(); });
    group_.worker(0).step();
  }
  PublishResult publish_on_worker(std::uint64_t number) {
    PublishResult result;
    on_worker([&] { result = topic_.publish(Swap{number}); });
    return result;
  }

  void settle() {
    while (group_.step_all() > 0) {
    }
  }
  // Empties a mailbox after everything has arrived.
  std::vector<std::uint64_t> take(MailboxCell& cell) {
    settle();
    std::vector<std::uint64_t> numbers;
    while (Envelope* envelope = cell.pop()) {
      numbers.push_back(static_cast<Swap*>(envelope->payload)->number);
      cell.worker->envelopes().release(envelope);
    }
    return numbers;
  }

  ManualClock clock_;
  WorkerGroup group_{3, {.lane_bytes = 32 * 1024}, clock_, 64, sizeof(MailboxCell)};
  Topic<Swap> topic_{"market.swap"};
  std::uint32_t slots_used_ = 0;
};

using Numbers = std::vector<std::uint64_t>;

// Promises: D1, D2, D7
TEST_F(TopicTest, EverySubscriberGetsEveryMessageOnceAndInOrderWhereverItLives) {
  // Given subscribers on the publisher's worker and on two others
  for (const std::uint16_t worker : {0, 1, 2}) subscribe(add(worker, 100));
  // When an actor publishes
  for (std::uint64_t number = 0; number < 50; ++number)
    EXPECT_EQ(publish_on_worker(number).delivered, 3U);
  // And then a thread that is no worker
  for (std::uint64_t number = 50; number < 100; ++number)
    EXPECT_EQ(topic_.publish(Swap{number}).delivered, 3U);
  // Then all have the same
  Numbers all(100);
  for (std::uint64_t number = 0; number < 100; ++number) all[number] = number;
  for (const std::uint32_t slot : {0U, 1U, 2U}) EXPECT_EQ(take(cell(slot)), all);
}

// Promises: D7
TEST_F(TopicTest, ABlockSubscriberWithoutRoomMeansThatNobodyGetsTheMessage) {
  // Given two on the same worker and one on another; the second has room for one
  subscribe(add(0, 10));
  subscribe(add(0, 1));
  subscribe(add(1, 10));
  EXPECT_EQ(publish_on_worker(1).delivered, 3U);
  // When a second message is published
  const PublishResult second = publish_on_worker(2);
  // Then nobody gets it
  EXPECT_EQ(second.full, 1U);
  EXPECT_EQ(second.delivered, 0U);
  EXPECT_EQ(second.dropped, 0U);
  EXPECT_EQ(take(cell(0)), (Numbers{1}));
  EXPECT_EQ(take(cell(2)), (Numbers{1}));
  // And when it is published again after there is room, everybody gets it once
  EXPECT_EQ(take(cell(1)), (Numbers{1}));
  EXPECT_EQ(publish_on_worker(2).delivered, 3U);
  for (const std::uint32_t slot : {0U, 1U, 2U}) EXPECT_EQ(take(cell(slot)), (Numbers{2}));
}

// Promises: D7
TEST_F(TopicTest, ABlockSubscriberOnAnotherWorkerHoldsBackOnceItsDepthIsKnown) {
  subscribe(add(0, 10));
  subscribe(add(1, 2));
  for (std::uint64_t number = 0; number < 2; ++number) {
    EXPECT_EQ(publish_on_worker(number).delivered, 2U);
    settle();
  }
  EXPECT_EQ(publish_on_worker(2).full, 1U);
  EXPECT_EQ(take(cell(0)), (Numbers{0, 1}));
  EXPECT_EQ(take(cell(1)), (Numbers{0, 1}));
}

// Promises: D7
TEST_F(TopicTest, DropNewestLosesItAloneAndIsCounted) {
  subscribe(add(0, 1), Overflow::drop_newest);
  subscribe(add(1, 10));
  EXPECT_EQ(publish_on_worker(1).delivered, 2U);
  const PublishResult second = publish_on_worker(2);
  EXPECT_EQ(second.delivered, 1U);
  EXPECT_EQ(second.dropped, 1U);
  EXPECT_EQ(second.full, 0U);
  EXPECT_EQ(topic_.dropped(), 1U);
  EXPECT_EQ(take(cell(0)), (Numbers{1}));
  EXPECT_EQ(take(cell(1)), (Numbers{1, 2}));
}

// Promises: D7
TEST_F(TopicTest, AFullLaneMeansFullForBlockAndNothingIsDeliveredInPart) {
  // Given a lane that drop_newest and block subscribers of one worker share, and that can carry
  // only so much
  for (int index = 0; index < 3; ++index) subscribe(add(1, 10'000), Overflow::drop_newest);
  subscribe(add(1, 10'000));
  subscribe(add(0, 10'000));
  // When an actor publishes until it is told full
  std::uint64_t published = 0;
  PublishResult result;
  while ((result = publish_on_worker(published)).full == 0) {
    // Then, whatever the room left, no block subscriber loses a message
    ASSERT_EQ(result.delivered, 5U);
    ASSERT_EQ(result.dropped, 0U);
    ++published;
  }
  EXPECT_EQ(result.delivered + result.dropped, 0U);
  EXPECT_GT(published, 100U);
  for (std::uint32_t slot = 0; slot < 5; ++slot) EXPECT_EQ(take(cell(slot)).size(), published);
}

// Promises: D7
TEST_F(TopicTest, AFullInjectionQueueMeansFullAndNothingIsDeliveredInPart) {
  subscribe(add(0, 1'000'000));
  subscribe(add(0, 1'000'000));
  // Given a foreign thread's queue with room for one task only
  for (std::size_t task = 1; task < InjectionQueue::kTasksMax; ++task)
    group_.worker(0).inject([] {});
  // When two subscribers would need two
  const PublishResult result = topic_.publish(Swap{1});
  // Then nobody gets it
  EXPECT_EQ(result.full, 1U);
  EXPECT_EQ(result.delivered + result.dropped, 0U);
  EXPECT_TRUE(take(cell(0)).empty());
  EXPECT_EQ(topic_.publish(Swap{1}).delivered, 2U);
}

// Calls out when it is copied.
struct Caller {
  static inline std::function<void()> on_copy;
  Caller() = default;
  Caller(const Caller&) {
    if (on_copy) std::exchange(on_copy, nullptr)();
  }
  Caller(Caller&&) noexcept {}
  Caller& operator=(const Caller&) = delete;
  Caller& operator=(Caller&&) = delete;
  ~Caller() = default;
};
struct Call {
  std::uint64_t number;
  Caller caller;
};
MYCELIUM_MESSAGE(Call, 73, "test.call", number, caller)

// Promises: D7
TEST_F(TopicTest, NoBlockSubscriberLosesWhatOthersGotWhenAThreadTakesTheLastRoomMeanwhile) {
  Topic<Call> calls{"test.call"};
  for (const std::uint16_t worker : {0, 1}) {
    MailboxCell& receiver = add(worker, 10);
    calls.subscribe(receiver, id_of(receiver), {Overflow::block});
  }
  // Given a queue of foreign threads to the second one with room for one task
  for (std::size_t task = 1; task < InjectionQueue::kTasksMax; ++task)
    group_.worker(1).inject([] {});
  // When another thread takes it while the first one gets its message
  Caller::on_copy = [&] { group_.worker(1).inject([] {}); };
  const PublishResult result = calls.publish(Call{1, {}});
  // Then both get the message nevertheless
  EXPECT_EQ(result.delivered, 2U);
  EXPECT_EQ(result.dropped + result.full, 0U);
  settle();
  EXPECT_EQ(cell(0).depth, 1U);
  EXPECT_EQ(cell(1).depth, 1U);
}

// Promises: D7
TEST_F(TopicTest, ASharedMessageThatSawRoomPassesAFullQueueToo) {
  MailboxCell& receiver = add(0, 1'000'000);
  for (std::size_t task = 0; task < InjectionQueue::kTasksMax; ++task)
    group_.worker(0).inject([] {});
  const auto shared = Shared<Swap>::make(Swap{1});
  EXPECT_EQ(detail::place(receiver, id_of(receiver), shared), SendResult::full);
  EXPECT_EQ(detail::place<detail::RoomOnTheWay::seen>(receiver, id_of(receiver), shared),
            SendResult::ok);
  EXPECT_EQ(take(receiver), (Numbers{1}));
}

// Promises: D7
TEST_F(TopicTest, RefusesMoreSubscribersOnOneWorkerThanALaneCanCarryTo) {
  // Given messages of 2 KiB and lanes of 32 KiB
  Topic<Snapshot> snapshots{"market.snapshot"};
  std::uint32_t accepted = 0;
  const auto subscribe_all = [&] {
    while (accepted < 40) {
      MailboxCell& next = add(1, 10);
      snapshots.subscribe(next, id_of(next), {Overflow::block});
      ++accepted;
    }
  };
  EXPECT_THROW(subscribe_all(), std::length_error);
  // Then those that were accepted do get what is published
  PublishResult result;
  on_worker([&] { result = snapshots.publish(Snapshot{}); });
  EXPECT_EQ(result.delivered, accepted);
  EXPECT_GT(accepted, 10U);
}

// Promises: D7, L4
TEST_F(TopicTest, ASecondSubscriptionOfOneReceiverReplacesTheFirst) {
  MailboxCell& receiver = add(0, 1);
  subscribe(receiver, Overflow::block);
  subscribe(receiver, Overflow::block);
  EXPECT_EQ(topic_.subscriber_count(), 1U);
  EXPECT_EQ(publish_on_worker(1).delivered, 1U);
  EXPECT_EQ(publish_on_worker(2).full, 1U);
  subscribe(receiver, Overflow::drop_newest);
  EXPECT_EQ(topic_.subscriber_count(), 1U);
  EXPECT_EQ(publish_on_worker(2).dropped, 1U);
  EXPECT_EQ(take(receiver), (Numbers{1}));
}

// Promises: D7
TEST_F(TopicTest, GivesNothingToWhoHasStoppedOrUnsubscribed) {
  MailboxCell& stopped = add(0, 10);
  MailboxCell& leaving = add(1, 10);
  MailboxCell& staying = add(1, 10);
  for (MailboxCell* each : {&stopped, &leaving, &staying}) subscribe(*each);
  stopped.open_id = 0;
  topic_.unsubscribe(id_of(leaving));
  const PublishResult result = publish_on_worker(1);
  EXPECT_EQ(result.delivered, 1U);
  EXPECT_EQ(result.dropped, 0U);
  EXPECT_TRUE(take(stopped).empty());
  EXPECT_TRUE(take(leaving).empty());
  EXPECT_EQ(take(staying), (Numbers{1}));
}

// Promises: D6
TEST_F(TopicTest, WhatAReceiverDroppedCountsBeyondItsEndAndNothingElseIsKept) {
  MailboxCell& receiver = add(0, 1);
  subscribe(receiver, Overflow::drop_oldest);
  for (std::uint64_t number = 0; number < 3; ++number)
    EXPECT_EQ(publish_on_worker(number).delivered, 1U);
  EXPECT_EQ(topic_.dropped(), 2U);
  EXPECT_EQ(take(receiver), (Numbers{2}));
  topic_.unsubscribe_for_good(id_of(receiver));
  EXPECT_EQ(topic_.dropped(), 2U);
  // And many later holders of the place leave as little behind
  for (std::uint32_t holder = 2; holder < 20'000; ++holder) {
    const ActorId id{0, holder};
    topic_.subscribe(receiver, id, {Overflow::drop_oldest});
    topic_.unsubscribe_for_good(id);
  }
  EXPECT_LT(topic_.retired_count(), 4'000U);
}

// Promises: D6, D7
TEST_F(TopicTest, WhoeverHasNoRoomAndWantsAllRefusesForAllWhetherOthersWaitForItOrNot) {
  MailboxCell& small = add(0, 2);
  MailboxCell& other = add(0, 10);
  subscribe(small, Overflow::fail);
  subscribe(other);
  EXPECT_EQ(publish_on_worker(1).delivered, 2U);
  EXPECT_FALSE(topic_.find_hindrance(nullptr).is_there);
  EXPECT_EQ(publish_on_worker(2).delivered, 2U);
  const PublishResult third = publish_on_worker(3);
  EXPECT_EQ(third.full, 1U);
  EXPECT_EQ(third.delivered, 0U);
  EXPECT_TRUE(topic_.find_hindrance(nullptr).is_there);
  EXPECT_FALSE(topic_.find_hindrance(nullptr).may_wait);
  EXPECT_EQ(take(small), (Numbers{1, 2}));
  EXPECT_EQ(take(other), (Numbers{1, 2}));
}

TEST_F(TopicTest, WhoSubscribesWhileOthersPublishGetsAllThatIsPublishedAfterwards) {
  // Given a thread that publishes all the time and counts in the message
  std::atomic<bool> enough{false};
  std::atomic<std::uint64_t> published{0};
  MailboxCell& late = add(0, 1'000'000);
  std::uint64_t after_subscription = 0;
  {
    const std::jthread publisher{[&] {
      for (std::uint64_t number = 0; !enough.load() || number < after_subscription + 100;
           ++number) {
        if (topic_.publish(Swap{number}).full > 0)
          break;  // The late one's way is full: that is enough.
        published.store(number + 1);
      }
    }};
    while (published.load() < 100) {
    }
    // When somebody subscribes in the middle
    subscribe(late);
    after_subscription = published.load() + 1;  // One may have been under way.
    enough.store(true);
  }
  // Then it gets an unbroken sequence to the end
  const Numbers numbers = take(late);
  ASSERT_FALSE(numbers.empty());
  EXPECT_LE(numbers.front(), after_subscription);
  EXPECT_EQ(numbers.back(), published.load() - 1);
  for (std::size_t index = 1; index < numbers.size(); ++index)
    EXPECT_EQ(numbers[index], numbers[index - 1] + 1);
}

}  // namespace
}  // namespace mycelium
