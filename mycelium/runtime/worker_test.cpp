#include "mycelium/runtime/worker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "mycelium/runtime/os_clock.hpp"
#include "mycelium/runtime/worker_group.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;

struct Parcel {
  std::uint64_t number;
  std::shared_ptr<int> owned;
};
MYCELIUM_MESSAGE(Parcel, 31, "test.parcel", number, owned)

// A cell that notes what it gets, and runs as many messages as it is told to have.
struct NotingCell : Cell {
  std::vector<std::uint64_t> received;
  std::vector<std::uint64_t> timers;
  std::uint32_t to_run = 0;
  std::uint32_t runs = 0;
};
NotingCell& noting(Cell& cell) { return static_cast<NotingCell&>(cell); }

constexpr CellOperations kNoting{
    [](Cell& cell, FrameHeader& frame) {
      noting(cell).received.push_back(static_cast<Parcel*>(message_of(frame))->number);
      destroy_payload(frame, nullptr);
    },
    [](Cell& cell, std::uint32_t budget) {
      const std::uint32_t count = std::min(budget, noting(cell).to_run);
      noting(cell).to_run -= count;
      ++noting(cell).runs;
      cell.has_work = noting(cell).to_run > 0;
      return count;
    },
    [](Cell& cell, Envelope* envelope) {
      noting(cell).timers.push_back(static_cast<Parcel*>(envelope->payload)->number);
      cell.worker->envelopes().release(envelope);
    },
    [](Cell& cell, std::uint64_t, Envelope* envelope) {
      cell.worker->envelopes().release(envelope);
    }};

// A clock that moves a nanosecond at each reading.
class CountingClock final : public Clock {
 public:
  [[nodiscard]] Instant monotonic() const noexcept override {
    return Instant{std::chrono::nanoseconds{++readings_}};
  }
  [[nodiscard]] Timestamp wall() const noexcept override {
    return Timestamp{std::chrono::nanoseconds{++readings_}};
  }

 private:
  mutable std::int64_t readings_ = 0;
};

class WorkerTest : public ::testing::Test {
 protected:
  static constexpr std::uint16_t kWorkers = 4;

  ~WorkerTest() override {
    group_.stop_threads();
    for (std::uint32_t slot = 0; slot < kWorkers; ++slot) std::destroy_at(&cell(slot));
  }

  // The one cell of each worker.
  NotingCell& cell(std::uint32_t slot) {
    return *static_cast<NotingCell*>(group_.cells().at(slot));
  }

  // As a sender on worker `from`, puts a parcel into the lane to worker `to`; false: the lane is
  // full.
  bool send(std::uint16_t from, std::uint16_t to, std::uint64_t number,
            std::shared_ptr<int> owned = nullptr) {
    FrameRing& lane = group_.worker(from).lane_to(group_.worker(to));
    FrameHeader* frame = lane.try_reserve(sizeof(Parcel));
    if (frame == nullptr) return false;
    ::new (frame->payload()) Parcel{number, std::move(owned)};
    lane.commit(frame, FrameKind::message, kTraits<Parcel>.id, ActorId{to, 1}.value(),
                sizeof(Parcel));
    return true;
  }

  ManualClock clock_;
  WorkerGroup group_{kWorkers, {.lane_bytes = 32 * 1024}, clock_, kWorkers, sizeof(NotingCell)};

  void SetUp() override {
    static_cast<void>(message_type<Parcel>());
    for (std::uint16_t slot = 0; slot < kWorkers; ++slot) {
      NotingCell& made = *std::construct_at(&cell(slot));
      made.worker = &group_.worker(slot);
      made.operations = &kNoting;
    }
  }
};

// Promises: D1, D2
TEST_F(WorkerTest, FramesReachTheirCellInTheOrderOfTheirSender) {
  std::vector<std::uint64_t> sent;
  for (std::uint64_t number = 0; number < 2000;) {
    if (send(0, 1, number)) {
      sent.push_back(number++);
    } else {
      group_.worker(1).step();
    }
  }
  while (group_.worker(1).step() > 0) {
  }
  EXPECT_EQ(cell(1).received, sent);
}

TEST_F(WorkerTest, OneFullLaneDoesNotHoldUpTheOthers) {
  // Given three senders, one of which has filled its lane
  while (send(1, 0, 1)) {
  }
  ASSERT_TRUE(send(2, 0, 2));
  ASSERT_TRUE(send(3, 0, 3));
  // When the receiver makes one step
  group_.worker(0).step();
  // Then it has heard of all three
  for (const std::uint64_t sender : {1U, 2U, 3U}) {
    EXPECT_EQ(std::count(cell(0).received.begin(), cell(0).received.end(), sender) > 0, true);
  }
}

TEST_F(WorkerTest, NoLaneIsAlwaysTheFirst) {
  std::vector<std::uint64_t> first;
  for (int step = 0; step < 3; ++step) {
    cell(0).received.clear();
    for (const std::uint16_t sender : {1, 2, 3}) ASSERT_TRUE(send(sender, 0, sender));
    group_.worker(0).step();
    first.push_back(cell(0).received.front());
  }
  std::sort(first.begin(), first.end());
  EXPECT_EQ(first, (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_F(WorkerTest, AnEmptyLaneIsWhollyFreeAgain) {
  for (std::uint64_t count = 1; count <= 300; ++count) {
    // Given any number of frames that have all been taken
    for (std::uint64_t number = 0; number < count; ++number) ASSERT_TRUE(send(0, 1, number));
    for (int step = 0; step < 3; ++step) group_.worker(1).step();
    // Then as many fit at once as ever do
    FrameRing& lane = group_.worker(0).lane_to(group_.worker(1));
    std::size_t most = 1;
    while (FrameRing::room_needed(sizeof(Parcel), most + 1) <= 32 * 1024) ++most;
    ASSERT_TRUE(lane.has_room(sizeof(Parcel), most)) << "after " << count << " frames";
  }
}

TEST_F(WorkerTest, ALaneOpensOnFirstUseOnly) {
  EXPECT_EQ(group_.worker(1).incoming_lane_count(), 0U);
  ASSERT_TRUE(send(0, 1, 1));
  ASSERT_TRUE(send(0, 1, 2));
  EXPECT_EQ(group_.worker(1).incoming_lane_count(), 1U);
  ASSERT_TRUE(send(2, 1, 3));
  EXPECT_EQ(group_.worker(1).incoming_lane_count(), 2U);
}

// Promises: T1
TEST_F(WorkerTest, TimersComeDueAtTheFirstStepAtOrAfterTheirDeadline) {
  Worker& worker = group_.worker(0);
  for (const std::uint64_t ms : {20U, 10U, 30U}) {
    worker.arm_timer(Instant{milliseconds{ms}}, cell(0),
                     worker.envelopes().make(Parcel{ms, nullptr}));
  }
  worker.step();
  EXPECT_TRUE(cell(0).timers.empty());
  clock_.advance(milliseconds{10});
  worker.step();
  EXPECT_EQ(cell(0).timers, (std::vector<std::uint64_t>{10}));
  clock_.advance(milliseconds{100});
  worker.step();
  EXPECT_EQ(cell(0).timers, (std::vector<std::uint64_t>{10, 20, 30}));
}

// Promises: T2
TEST(Worker, TimeStandsStillWithinAStep) {
  // Given a clock that moves at each reading
  const CountingClock clock;
  WorkerGroup group{1, {}, clock, 1, sizeof(NotingCell)};
  Worker& worker = group.worker(0);
  std::vector<Instant> seen;
  std::vector<Timestamp> wall_seen;
  const auto look = [&] {
    seen.push_back(worker.now());
    wall_seen.push_back(worker.wall_now());
  };
  // When two tasks look in one step and a third in the next
  worker.inject(look);
  worker.inject(look);
  worker.step();
  worker.inject(look);
  worker.step();
  // Then the two see one time and the third a later one
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ(wall_seen[0], wall_seen[1]);
  EXPECT_LT(seen[1], seen[2]);
  EXPECT_LT(wall_seen[1], wall_seen[2]);
}

TEST_F(WorkerTest, IsCurrentOnlyWhileItSteps) {
  EXPECT_EQ(Worker::current(), nullptr);
  Worker* outer = nullptr;
  Worker* inner = nullptr;
  Worker* after = nullptr;
  group_.worker(1).inject([&] { inner = Worker::current(); });
  group_.worker(0).inject([&] {
    outer = Worker::current();
    group_.worker(1).step();
    after = Worker::current();
  });
  group_.worker(0).step();
  EXPECT_EQ(outer, &group_.worker(0));
  EXPECT_EQ(inner, &group_.worker(1));
  EXPECT_EQ(after, &group_.worker(0));
  EXPECT_EQ(Worker::current(), nullptr);
}

TEST_F(WorkerTest, WhatAnInjectedTaskInjectsWaitsForTheNextStep) {
  std::vector<int> ran;
  group_.worker(0).inject([&] {
    ran.push_back(1);
    group_.worker(0).inject([&] { ran.push_back(2); });
  });
  EXPECT_EQ(group_.worker(0).step(), 1U);
  EXPECT_EQ(ran, (std::vector{1}));
  group_.worker(0).step();
  EXPECT_EQ(ran, (std::vector{1, 2}));
}

TEST_F(WorkerTest, ReadyCellsTakeTurnsSoThatABusyOneDoesNotStarveItsNeighbour) {
  // Given one worker with a cell that never ends its work and one with a single message
  NotingCell& busy = cell(0);
  NotingCell& modest = cell(1);
  modest.worker = busy.worker;
  busy.to_run = 1'000'000;
  modest.to_run = 1;
  busy.worker->make_ready(busy);
  busy.worker->make_ready(modest);
  busy.worker->make_ready(modest);  // Idempotent.
  // When the worker makes one step
  const std::uint32_t handled = busy.worker->step();
  // Then the modest one is done, and the step has ended although work is left
  EXPECT_EQ(modest.to_run, 0U);
  EXPECT_EQ(modest.runs, 1U);
  EXPECT_GT(busy.to_run, 900'000U);
  EXPECT_EQ(handled, 1'000'000 - busy.to_run + 1);
}

TEST_F(WorkerTest, AStepHandlesNoMoreThanItsQuotas) {
  Worker& worker = group_.worker(0);
  for (std::uint64_t number = 1; number <= 5; ++number) {
    ASSERT_TRUE(send(1, 0, number));
    ASSERT_TRUE(send(2, 0, 10 + number));
  }
  cell(0).to_run = 10;
  worker.make_ready(cell(0));
  EXPECT_EQ(worker.step({.lane = 2, .ready = 1, .cell = 3}), 7U);
  worker.inject([] {});  // Handled alone, and then all that is left.
  EXPECT_EQ(worker.step({.lane = 0, .ready = 0, .cell = 0}), 1U);
  EXPECT_EQ(worker.step(), 6U + 7U);
}

TEST_F(WorkerTest, KnowsWhetherAStepWouldFindSomethingToDo) {
  Worker& worker = group_.worker(0);
  const auto has_work = [&] { return worker.has_work(clock_.monotonic()); };
  ASSERT_TRUE(send(1, 0, 1));
  EXPECT_TRUE(has_work());
  worker.step();
  worker.inject([&] { worker.make_ready(cell(0)); });
  EXPECT_TRUE(has_work());
  worker.step({.lane = 1, .ready = 0, .cell = 1});
  EXPECT_TRUE(has_work());
  worker.step();
  worker.arm_timer(Instant{milliseconds{1}}, cell(0), worker.envelopes().make(Parcel{1, nullptr}));
  EXPECT_FALSE(has_work());
  EXPECT_TRUE(worker.has_work(Instant{milliseconds{1}}));
}

TEST_F(WorkerTest, WhatNobodyTookIsDestroyedOnceAndCounted) {
  const auto owned = std::make_shared<int>(0);
  ASSERT_TRUE(send(0, 1, 1, owned));
  ASSERT_TRUE(send(0, 1, 2, owned));
  Worker& worker = group_.worker(1);
  worker.arm_timer(Instant{milliseconds{5}}, cell(1), worker.envelopes().make(Parcel{3, owned}));
  EXPECT_EQ(owned.use_count(), 4);
  EXPECT_EQ(worker.discard_undelivered(), 2U);
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_EQ(worker.discard_undelivered(), 0U);
}

TEST_F(WorkerTest, ThreadsRunWhatIsInjectedAndNothingIsLostAtTheirStop) {
  constexpr int kTasks = 1000;
  int ran = 0;  // By one worker only.
  group_.start_threads({});
  EXPECT_TRUE(group_.threads_run());
  for (int task = 0; task < kTasks; ++task) group_.worker(2).inject([&] { ++ran; });
  group_.stop_threads();
  group_.stop_threads();  // Idempotent.
  EXPECT_FALSE(group_.threads_run());
  EXPECT_EQ(ran, kTasks);
}

TEST_F(WorkerTest, ASleepingWorkerIsWokenByFourForeignThreads) {
  constexpr int kEach = 2000;
  WorkerGroup sleepers{1, {.idle = Idle::sleep}, os_clock(), 1, sizeof(NotingCell)};
  sleepers.start_threads({});
  std::latch done{4 * kEach};
  {
    std::vector<std::jthread> senders;
    for (int thread = 0; thread < 4; ++thread) {
      senders.emplace_back([&] {
        for (int task = 0; task < kEach; ++task)
          sleepers.worker(0).inject([&] { done.count_down(); });
      });
    }
    done.wait();  // Hangs when a wake-up is lost.
  }
  EXPECT_TRUE(done.try_wait());
}

TEST_F(WorkerTest, TwoSleepingWorkersHandAFrameToAndFro) {
  constexpr std::uint64_t kHops = 20'000;
  WorkerGroup sleepers{2, {.idle = Idle::sleep}, os_clock(), 2, sizeof(NotingCell)};
  static std::latch* ended = nullptr;
  std::latch done{1};
  ended = &done;
  // Each hop sends the number on to the other worker, until it is large enough.
  static constexpr auto kSendOn = [](Worker& from, Worker& to, std::uint64_t number,
                                     std::uint32_t slot) {
    FrameRing& lane = from.lane_to(to);
    FrameHeader* frame = lane.try_reserve(sizeof(Parcel));
    ::new (frame->payload()) Parcel{number, nullptr};
    lane.commit(frame, FrameKind::message, kTraits<Parcel>.id, ActorId{slot, 1}.value(),
                sizeof(Parcel));
    to.wake();
  };
  static Cell* others[2];
  static constexpr CellOperations kHop{[](Cell& base, FrameHeader& frame) {
                                         const std::uint64_t number =
                                             static_cast<Parcel*>(frame.payload())->number;
                                         destroy_payload(frame, nullptr);
                                         if (number == kHops) return ended->count_down();
                                         const std::uint32_t to = base.worker->index() == 0 ? 1 : 0;
                                         kSendOn(*base.worker, *others[to]->worker, number + 1, to);
                                       },
                                       kNoting.run, kNoting.timer_due, kNoting.arrive};
  for (std::uint16_t slot = 0; slot < 2; ++slot) {
    auto* made = std::construct_at(static_cast<NotingCell*>(sleepers.cells().at(slot)));
    made->worker = &sleepers.worker(slot);
    made->operations = &kHop;
    others[slot] = made;
  }
  sleepers.start_threads({});
  sleepers.worker(0).inject([&] { kSendOn(sleepers.worker(0), sleepers.worker(1), 1, 1); });
  done.wait();  // Hangs when a wake-up is lost.
  EXPECT_TRUE(done.try_wait());
}

TEST_F(WorkerTest, KnowsWhoBelongsToItsGroup) {
  WorkerGroup stranger{1, {}, clock_, 1, sizeof(NotingCell)};
  EXPECT_TRUE(group_.worker(0).is_peer_of(group_.worker(1)));
  EXPECT_FALSE(group_.worker(0).is_peer_of(stranger.worker(0)));
}

using WorkerDeathTest = WorkerTest;

TEST_F(WorkerDeathTest, ALaneToItselfOrToAStrangerEndsTheProcess) {
  WorkerGroup stranger{2, {}, clock_, 1, sizeof(NotingCell)};
  EXPECT_DEATH(static_cast<void>(group_.worker(0).lane_to(group_.worker(0))), "another worker");
  EXPECT_DEATH(static_cast<void>(group_.worker(0).lane_to(stranger.worker(1))), "another worker");
}

TEST(WorkerGroupDeathTest, StepsAndThreadsExcludeEachOther) {
  ManualClock clock;
  const auto step_beside_threads = [&] {
    WorkerGroup group{1, {}, clock, 1, sizeof(NotingCell)};
    group.start_threads({});
    group.step_all();
  };
  EXPECT_DEATH(step_beside_threads(), "either threads or the caller");
  EXPECT_DEATH((WorkerGroup{0, {}, clock, 1, sizeof(NotingCell)}), "1 to 64 workers");
  EXPECT_DEATH((WorkerGroup{65, {}, clock, 1, sizeof(NotingCell)}), "1 to 64 workers");
}

}  // namespace
}  // namespace mycelium
