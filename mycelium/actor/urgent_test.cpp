#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

struct Order {
  int number;
  std::shared_ptr<int> owned{};
};
MYCELIUM_MESSAGE(Order, 420, "test.urgent.order", number, owned)

// Too large for an envelope and for the urgent lane.
struct Dossier {
  int number;
  std::array<std::byte, 3000> bytes{};
  std::shared_ptr<int> owned{};
};
MYCELIUM_MESSAGE(Dossier, 421, "test.urgent.dossier", number, bytes, owned)

struct Crash {};
MYCELIUM_MESSAGE(Crash, 422, "test.urgent.crash")
struct Play {};
MYCELIUM_MESSAGE(Play, 423, "test.urgent.play")

using Numbers = std::vector<int>;

class Clerk {
 public:
  using Handles = Messages<Order, Dossier, Crash>;
  explicit Clerk(Numbers& seen) : seen_{&seen} {}
  void handle(const Order& order) { seen_->push_back(order.number); }
  void handle(const Dossier& dossier) { seen_->push_back(dossier.number); }
  void handle(const Crash&) {
    seen_->push_back(-1);
    throw std::runtime_error{"crashed"};
  }

 private:
  Numbers* seen_;
};
using ClerkRef = Ref<Clerk::Handles>;

class Player {
 public:
  using Handles = Messages<Play>;
  explicit Player(std::function<void()> play) : play_{std::move(play)} {}
  void handle(const Play&) { play_(); }

 private:
  std::function<void()> play_;
};

enum class Way { same_worker, other_worker, foreign_thread };

class UrgentTest : public ::testing::TestWithParam<Way> {
 protected:
  static constexpr int kReserve = static_cast<int>(MailboxCell::kUrgentCapacity);

  void settle() {
    while (system_.step() > 0) {
    }
  }
  void on_worker(std::uint16_t worker, const std::function<void()>& play) {
    const auto player =
        system_.spawn([play](Context&) { return Player{play}; }, {.worker = worker});
    ASSERT_EQ(player.try_send(Play{}), SendResult::ok);
    settle();
  }
  ClerkRef spawn(const MailboxOptions& mailbox = {}) {
    const auto ref = system_.spawn("clerk", [this](Context&) { return Clerk{seen_}; },
                                   {.mailbox = mailbox, .worker = 1});
    settle();
    return ref;
  }
  void send_from_there(const std::function<void()>& send) {
    switch (GetParam()) {
      case Way::same_worker:
        return on_worker(1, send);
      case Way::other_worker:
        return on_worker(0, send);
      case Way::foreign_thread:
        send();
        settle();
    }
  }
  static void send(const ClerkRef& ref, int number, std::shared_ptr<int> owned = {}) {
    EXPECT_EQ(ref.try_send(Order{number, std::move(owned)}), SendResult::ok);
  }
  static void urge(const ClerkRef& ref, int number, std::shared_ptr<int> owned = {}) {
    EXPECT_EQ(ref.try_send_urgent(Order{number, std::move(owned)}), SendResult::ok);
  }

  ManualClock clock_;
  Numbers seen_;
  System system_{{.workers = 2, .clock = &clock_, .drive = Drive::manual}};
};

// Promises: D1, D8
TEST_P(UrgentTest, UrgentMessagesOvertakeTheOthersAndKeepTheirOwnOrder) {
  const auto ref = spawn();
  send_from_there([&] {
    send(ref, 1);
    send(ref, 2);
    urge(ref, 11);
    send(ref, 3);
    urge(ref, 12);
    urge(ref, 13);
  });
  EXPECT_EQ(seen_, (Numbers{11, 12, 13, 1, 2, 3}));
}

// Promises: D2, D8
TEST_P(UrgentTest, LargeOnesOvertakeTooAndAllEndOnce) {
  const auto owned = std::make_shared<int>(1);
  const auto ref = spawn();
  send_from_there([&] {
    send(ref, 1, owned);
    EXPECT_EQ(ref.try_send_urgent(Dossier{11, {}, owned}), SendResult::ok);
    EXPECT_EQ(ref.try_send(Dossier{2, {}, owned}), SendResult::ok);
    urge(ref, 12, owned);
  });
  EXPECT_EQ(seen_, (Numbers{11, 12, 1, 2}));
  EXPECT_EQ(owned.use_count(), 1);
}

// Promises: D4, D8
TEST_F(UrgentTest, TheirReserveIsTheirOwn) {
  const auto ref = spawn({.capacity = 2});
  on_worker(1, [&] {
    // A full mailbox takes urgent messages, as many as the reserve holds
    send(ref, 1);
    send(ref, 2);
    EXPECT_EQ(ref.try_send(Order{3}), SendResult::full);
    for (int number = 0; number < kReserve; ++number) urge(ref, 100 + number);
    Order refused{0, std::make_shared<int>(1)};
    EXPECT_EQ(ref.try_send_urgent(std::move(refused)), SendResult::full);
    EXPECT_NE(refused.owned, nullptr);  // NOLINT(bugprone-use-after-move): that is the question.
  });
  EXPECT_EQ(seen_.size(), static_cast<std::size_t>(kReserve) + 2);
  EXPECT_EQ(seen_[static_cast<std::size_t>(kReserve)], 1);
  // and there is room again, also when nothing else has
  on_worker(1, [&] {
    for (int number = 0; number < kReserve; ++number) urge(ref, number);
    EXPECT_EQ(ref.try_send_urgent(Order{0}), SendResult::full);
    EXPECT_EQ(ref.try_send(Order{1}), SendResult::ok);
  });
}

// Promises: D4, D8
TEST_F(UrgentTest, AFullReserveIsSeenFromElsewhere) {
  // Given more urgent messages, from a foreign thread, than are handled in a step
  const auto ref = spawn();
  for (int number = 0; number < 3000; ++number) urge(ref, number);
  system_.step();
  ASSERT_LT(seen_.size(), 3000U);
  // Then there is no room for another, and there is when few are left
  EXPECT_EQ(ref.try_send_urgent(Order{-1}), SendResult::full);
  on_worker(0, [&] { EXPECT_EQ(ref.try_send_urgent(Order{-1}), SendResult::full); });
  EXPECT_EQ(seen_.size(), 3000U);
  urge(ref, 3000);
  settle();
  on_worker(0, [&] { urge(ref, 3001); });
  EXPECT_EQ(seen_.back(), 3001);
}

// Promises: D6, D8
TEST_P(UrgentTest, NoPolicyDropsThem) {
  for (const Overflow overflow : {Overflow::drop_newest, Overflow::drop_oldest}) {
    const auto ref = spawn({.capacity = 1, .overflow = overflow});
    send_from_there([&] {
      for (int number = 0; number < 5; ++number) {
        urge(ref, 10 + number);
        send(ref, number);
      }
    });
    const int kept = overflow == Overflow::drop_newest ? 0 : 4;
    EXPECT_EQ(std::exchange(seen_, {}), (Numbers{10, 11, 12, 13, 14, kept}));
    EXPECT_EQ(ref.cell()->dropped.value(), 4U);
    system_.stop(ref);
    settle();
  }
}

// Promises: D8, L4, L6
TEST_P(UrgentTest, TheyWaitForARestartAndComeFirstAfterIt) {
  const auto ref = spawn();
  send_from_there([&] {
    send(ref, 1);
    EXPECT_EQ(ref.try_send_urgent(Crash{}), SendResult::ok);
    send(ref, 2);
    urge(ref, 11);
    urge(ref, 12);
  });
  EXPECT_EQ(seen_, (Numbers{-1, 11, 12, 1, 2}));
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::poison), 1U);
}

// Promises: D4, D9
TEST_P(UrgentTest, AStoppedActorSaysClosed) {
  const auto owned = std::make_shared<int>(1);
  const auto ref = spawn();
  send_from_there([&] { urge(ref, 1, owned); });
  system_.stop(ref);
  settle();
  Order late{2, owned};
  send_from_there([&] { EXPECT_EQ(ref.try_send_urgent(std::move(late)), SendResult::closed); });
  EXPECT_EQ(late.owned, owned);  // NOLINT(bugprone-use-after-move): that is the question.
  EXPECT_EQ(ClerkRef{}.try_send_urgent(Order{3}), SendResult::closed);
  EXPECT_EQ(seen_, (Numbers{1}));
}

// Promises: D9, X1
TEST_F(UrgentTest, WhatWaitsAtAStopIsADeadLetter) {
  const auto owned = std::make_shared<int>(1);
  const auto ref = spawn();
  for (int number = 0; number < 2000; ++number) urge(ref, number, owned);
  system_.stop(ref, StopMode::discard);
  for (int number = 0; number < 5; ++number) urge(ref, number, owned);
  settle();
  EXPECT_EQ(seen_.size() + system_.dead_letters().total(), 2005U);
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::stopped), 2000U);
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::stale_ref), 5U);
  EXPECT_EQ(owned.use_count(), 1);
}

std::string name_of_way(const ::testing::TestParamInfo<Way>& tested) {
  switch (tested.param) {
    case Way::same_worker:
      return "SameWorker";
    case Way::other_worker:
      return "OtherWorker";
    default:
      return "ForeignThread";
  }
}
INSTANTIATE_TEST_SUITE_P(SentFrom, UrgentTest,
                         ::testing::Values(Way::same_worker, Way::other_worker,
                                           Way::foreign_thread),
                         name_of_way);

}  // namespace
}  // namespace mycelium
