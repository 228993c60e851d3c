#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
constexpr std::chrono::nanoseconds kForever = std::chrono::nanoseconds::max();

struct Parcel {
  int number;
  std::shared_ptr<int> owned;
};
MYCELIUM_MESSAGE(Parcel, 350, "test.parcel", number, owned)
struct Nap {
  int milliseconds;
};
MYCELIUM_MESSAGE(Nap, 351, "test.nap", milliseconds)
struct Note {
  int number;
};
MYCELIUM_MESSAGE(Note, 352, "test.note", number)
struct Begin {
  int number;
};
MYCELIUM_MESSAGE(Begin, 353, "test.begin", number)
struct Break {};
MYCELIUM_MESSAGE(Break, 354, "test.break")

using Numbers = std::vector<int>;
using Lines = std::vector<std::string>;

// Takes parcels one by one, a millisecond each while it is slow; notes at any time.
class Depot {
 public:
  using Handles = Messages<Parcel, Nap, Note>;
  using Interleaved = Messages<Note>;
  explicit Depot(Numbers& taken) : taken_{&taken} {}
  Task<> handle(const Parcel& parcel, Context& context) {
    taken_->push_back(parcel.number);
    if (parcel.number < 0) co_await context.sleep(milliseconds{1});
  }
  Task<> handle(const Nap& nap, Context& context) {
    co_await context.sleep(milliseconds{nap.milliseconds});
  }
  void handle(const Note& note) { taken_->push_back(note.number); }

 private:
  Numbers* taken_;
};
using DepotRef = RefTo<Parcel, Nap, Note>;

using Script = std::function<Task<>(const Begin&, Context&)>;
class Sender {
 public:
  using Handles = Messages<Begin, Break>;
  using Interleaved = Messages<Break>;
  explicit Sender(const Script& script) : script_{&script} {}
  Task<> handle(const Begin& begin, Context& context) { return (*script_)(begin, context); }
  void handle(const Break&) { throw std::runtime_error{"broken"}; }

 private:
  const Script* script_;
};
using SenderRef = RefTo<Begin, Break>;

// The depot is on worker 0, senders on the worker of the parameter where nothing else is said.
class SendWaitingTest : public ::testing::TestWithParam<std::uint16_t> {
 protected:
  DepotRef depot(std::uint32_t capacity, Overflow overflow = Overflow::block) {
    return system_.spawn([this](Context&) { return Depot{taken_}; },
                         {.mailbox = {.capacity = capacity, .overflow = overflow}, .worker = 0});
  }
  // A depot that sleeps so long and whose mailbox is full of parcels -1, -2, ...
  DepotRef full_depot(std::uint32_t capacity, int sleeps_ms) {
    const DepotRef ref = depot(capacity);
    EXPECT_EQ(ref.try_send(Nap{sleeps_ms}), SendResult::ok);
    settle();
    for (std::uint32_t parcel = 1; parcel <= capacity; ++parcel) {
      EXPECT_EQ(ref.try_send(Parcel{-static_cast<int>(parcel), {}}), SendResult::ok);
    }
    settle();
    EXPECT_EQ(ref.try_send(Parcel{0, {}}), SendResult::full);
    return ref;
  }
  SenderRef run(Script script, std::uint16_t worker, int number = 0) {
    const Script& kept = scripts_.emplace_back(std::move(script));
    const SenderRef ref =
        system_.spawn([&kept](Context&) { return Sender{kept}; }, {.worker = worker});
    EXPECT_EQ(ref.try_send(Begin{number}), SendResult::ok);
    return ref;
  }
  // Sends one parcel, waiting, and says what became of it.
  SenderRef send(DepotRef to, int number, std::uint16_t worker,
                 std::chrono::nanoseconds timeout = kForever) {
    return run(
        [=, this](const Begin&, Context& context) -> Task<> {
          Parcel parcel{number, owned_};
          const SendResult result = co_await context.send(to, std::move(parcel), timeout);
          said_.push_back(std::to_string(number) + " " + std::string{name_of(result)});
        },
        worker);
  }
  void settle() {
    while (system_.step() > 0) {
    }
  }
  void advance(std::chrono::nanoseconds by) {
    clock_.advance(by);
    settle();
  }
  void advance_ms(int milliseconds_to_go) {
    for (int gone = 0; gone < milliseconds_to_go; ++gone) advance(milliseconds{1});
  }

  ManualClock clock_;
  Numbers taken_;
  Lines said_;
  std::shared_ptr<int> owned_ = std::make_shared<int>(0);
  std::list<Script> scripts_;
  System system_{{.workers = 3, .lane_bytes = 32 * 1024, .clock = &clock_, .drive = Drive::manual}};
};
INSTANTIATE_TEST_SUITE_P(OnWorker, SendWaitingTest, ::testing::Values(0, 1));

// Promises: D5
TEST_P(SendWaitingTest, ASendWithRoomDoesNotWait) {
  const DepotRef to = depot(4);
  send(to, 1, GetParam());
  send(to, 2, GetParam(), std::chrono::nanoseconds{0});
  settle();
  EXPECT_EQ(said_, (Lines{"1 ok", "2 ok"}));
  EXPECT_EQ(taken_, (Numbers{1, 2}));
  EXPECT_EQ(owned_.use_count(), 1);
}

// Promises: D5
TEST_P(SendWaitingTest, ASendWaitsForRoomAndIsThenHandledOnce) {
  for (const std::uint32_t capacity : {1U, 2U, 3U, 16U}) {
    taken_.clear();
    said_.clear();
    const DepotRef to = full_depot(capacity, 1);
    send(to, 1, GetParam());
    settle();
    EXPECT_EQ(said_, Lines{}) << capacity;
    advance_ms(static_cast<int>(capacity) + 1);
    EXPECT_EQ(said_, Lines{"1 ok"}) << capacity;
    ASSERT_EQ(taken_.size(), capacity + 1);
    EXPECT_EQ(taken_.back(), 1);
  }
  EXPECT_EQ(owned_.use_count(), 1);
}

// Promises: D1, D5
TEST_P(SendWaitingTest, ThoseWhoWaitOnOneWorkerAreServedInOrder) {
  const DepotRef to = full_depot(3, 1);
  Lines expected;
  for (int number = 1; number <= 10; ++number) {
    send(to, number, GetParam());
    settle();
    expected.push_back(std::to_string(number) + " ok");
  }
  EXPECT_EQ(said_, Lines{});
  advance_ms(5);
  EXPECT_EQ(said_, expected);
  EXPECT_EQ(taken_, (Numbers{-1, -2, -3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

// Promises: D1, D5
TEST_P(SendWaitingTest, WaitersOfTwoWorkersAreAllServedEachInItsOrder) {
  const DepotRef to = full_depot(2, 1);
  for (int number = 1; number <= 8; ++number) {
    send(to, number, number % 2 == 0 ? GetParam() : std::uint16_t{2});
    settle();
  }
  advance_ms(3);
  EXPECT_EQ(said_.size(), 8U);
  Numbers even;
  Numbers odd;
  for (const int number : taken_)
    if (number > 0) (number % 2 == 0 ? even : odd).push_back(number);
  EXPECT_EQ(even, (Numbers{2, 4, 6, 8}));
  EXPECT_EQ(odd, (Numbers{1, 3, 5, 7}));
}

// Promises: D1, D5
TEST_P(SendWaitingTest, AnActorThatSendsManyWaitsForEachAndLosesNone) {
  constexpr int kParcels = 500;
  const DepotRef to = depot(2);
  run(
      [=, this](const Begin&, Context& context) -> Task<> {
        for (int number = 0; number < kParcels; ++number) {
          Parcel parcel{number, {}};
          const SendResult result = co_await context.send(to, std::move(parcel));
          EXPECT_EQ(result, SendResult::ok);
        }
        said_.emplace_back("done");
      },
      GetParam());
  settle();
  EXPECT_EQ(said_, Lines{"done"});
  ASSERT_EQ(taken_.size(), static_cast<std::size_t>(kParcels));
  for (int number = 0; number < kParcels; ++number)
    ASSERT_EQ(taken_[static_cast<std::size_t>(number)], number);
}

// Promises: D5
TEST_P(SendWaitingTest, ATrySendOfTheSameWorkerDoesNotOvertakeWhoWaits) {
  const DepotRef to = full_depot(4, 1);
  send(to, 1, GetParam());
  settle();
  // One that tries again and again, in the step in which room comes too.
  run(
      [=](const Begin&, Context& context) -> Task<> {
        for (int attempt = 0; attempt < 20; ++attempt) {
          static_cast<void>(to.try_send(Parcel{100, {}}));
          static_cast<void>(context.try_send(to, Parcel{101, {}}));
          co_await context.sleep(std::chrono::nanoseconds{500'000});
        }
      },
      GetParam());
  for (int half = 0; half < 20; ++half) advance(std::chrono::nanoseconds{500'000});
  EXPECT_EQ(said_, Lines{"1 ok"});
  const auto after =
      std::find_if(taken_.begin(), taken_.end(), [](int number) { return number > 0; });
  ASSERT_NE(after, taken_.end());
  EXPECT_EQ(*after, 1);
  // Once nobody waits there is room for all again.
  EXPECT_NE(std::find(after, taken_.end(), 100), taken_.end());
  EXPECT_NE(std::find(after, taken_.end(), 101), taken_.end());
}

// Promises: D5
TEST_P(SendWaitingTest, ADeadlineGivesFullAndTheMessageIsNotSent) {
  const DepotRef to = full_depot(2, 10);
  send(to, 1, GetParam(), milliseconds{5});
  send(to, 2, GetParam());
  send(to, 3, GetParam(), std::chrono::nanoseconds{0});
  settle();
  EXPECT_EQ(said_, Lines{"3 full"});
  advance_ms(4);
  EXPECT_EQ(said_.size(), 1U);
  advance_ms(1);
  EXPECT_EQ(said_, (Lines{"3 full", "1 full"}));
  advance_ms(8);
  EXPECT_EQ(said_, (Lines{"3 full", "1 full", "2 ok"}));
  EXPECT_EQ(taken_, (Numbers{-1, -2, 2}));
  EXPECT_EQ(owned_.use_count(), 1);
}

// Promises: D5
TEST_P(SendWaitingTest, WhenTheLastWaiterGivesUpOthersAreAdmittedAsUsual) {
  const DepotRef to = full_depot(4, 1);
  send(to, 1, GetParam(), std::chrono::nanoseconds{500'000});
  settle();
  advance(std::chrono::nanoseconds{500'000});
  EXPECT_EQ(said_, Lines{"1 full"});
  advance(std::chrono::nanoseconds{500'000});  // One has been taken.
  send(to, 2, GetParam(), std::chrono::nanoseconds{0});
  settle();
  EXPECT_EQ(said_.back(), "2 ok");
}

// Promises: D5
TEST_P(SendWaitingTest, ATargetThatStopsSaysClosedToAllThatWait) {
  const DepotRef to = full_depot(2, 10);
  for (const int number : {1, 2, 3}) send(to, number, GetParam());
  settle();
  system_.stop(to, StopMode::discard);
  settle();
  EXPECT_EQ(said_, (Lines{"1 closed", "2 closed", "3 closed"}));
  send(to, 4, GetParam());
  send(DepotRef{}, 5, GetParam());
  settle();
  EXPECT_EQ(said_.size(), 5U);
  EXPECT_EQ(said_[3], "4 closed");
  EXPECT_EQ(said_[4], "5 closed");
  EXPECT_EQ(owned_.use_count(), 1);
}

// Promises: D5
TEST_P(SendWaitingTest, ATargetThatStillHandlesWhatWaitsSaysClosedAtOnce) {
  const DepotRef to = full_depot(2, 10);
  send(to, 1, GetParam());
  settle();
  system_.stop(to, StopMode::drain);
  settle();
  EXPECT_EQ(said_, Lines{"1 closed"});
  EXPECT_EQ(taken_, Numbers{});
  advance_ms(12);
  EXPECT_EQ(taken_, (Numbers{-1, -2}));
}

// Promises: D5, L4
TEST_P(SendWaitingTest, AWaiterWhoseActorIsRestartedSendsNothing) {
  const DepotRef to = full_depot(2, 1);
  const SenderRef broken = send(to, 1, GetParam());
  settle();
  send(to, 2, GetParam());
  settle();
  ASSERT_EQ(broken.try_send(Break{}), SendResult::ok);
  settle();
  EXPECT_EQ(system_.restarts(), 1U);
  advance_ms(4);
  EXPECT_EQ(said_, Lines{"2 ok"});
  EXPECT_EQ(taken_, (Numbers{-1, -2, 2}));
  EXPECT_EQ(owned_.use_count(), 1);
}

// Promises: D5
TEST_P(SendWaitingTest, AnActorThatIsFullItselfIsToldSoAtOnce) {
  const SenderRef self = system_.spawn(
      [this](Context&) {
        return Sender{scripts_.emplace_back([this](const Begin& begin, Context& context) -> Task<> {
          if (begin.number != 0) co_return;
          const auto me = context.self<Sender>();
          for (int sent = 0; sent < 2; ++sent) {
            const SendResult result = co_await context.send(me, Begin{1});
            said_.emplace_back(name_of(result));
          }
        })};
      },
      {.mailbox = {.capacity = 1}, .worker = GetParam()});
  ASSERT_EQ(self.try_send(Begin{0}), SendResult::ok);
  settle();
  EXPECT_EQ(said_, (Lines{"ok", "full"}));
}

// Promises: D5, L2
TEST_P(SendWaitingTest, RoomThatInterleavedMessagesLeaveIsGivenToWhoWaits) {
  const DepotRef to = depot(4);
  settle();
  // Given a waiter that finds the mailbox full of a nap and, behind it, what is handled during naps
  send(to, 1, GetParam());
  ASSERT_EQ(to.try_send(Nap{1000}), SendResult::ok);
  for (const int number : {-1, -2, -3}) ASSERT_EQ(to.try_send(Note{number}), SendResult::ok);
  settle();
  // Then it waits no longer than until those have been taken out
  EXPECT_EQ(taken_, (Numbers{-1, -2, -3}));
  EXPECT_EQ(said_, Lines{"1 ok"});
  EXPECT_EQ(to.try_send(Parcel{2, {}}), SendResult::ok);
  advance_ms(1000);
  EXPECT_EQ(taken_, (Numbers{-1, -2, -3, 1, 2}));
}

}  // namespace
}  // namespace mycelium
