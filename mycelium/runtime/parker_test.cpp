#include "mycelium/runtime/parker.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>

namespace mycelium {
namespace {

class ParkerTest : public ::testing::Test {
 protected:
  void SetUp() override { Parker::prepare_process(); }
  Parker parker_;
};

TEST_F(ParkerTest, LooksOnceMoreAfterItHasSaidThatItSleeps) {
  int looks = 0;
  // The limit only keeps a broken parker from hanging this test.
  parker_.park(std::chrono::seconds{5}, [&] {
    ++looks;
    return true;
  });
  EXPECT_EQ(looks, 1);
}

TEST_F(ParkerTest, AWakeUpBetweenTheSecondLookAndTheSleepIsNotLost) {
  // Given a sender that comes just after the second look has found nothing, and a process that an
  // alarm ends if the parker sleeps on it
  const auto park_often = [this] {
    alarm(10);
    for (int round = 0; round < 1000; ++round) {
      parker_.park(std::nullopt, [&] {
        parker_.wake_if_parked();
        return false;
      });
    }
    std::exit(0);
  };
  EXPECT_EXIT(park_often(), ::testing::ExitedWithCode(0), "");
}

TEST_F(ParkerTest, SleepsNoLongerThanItsLimit) {
  int looks = 0;
  parker_.park(std::chrono::microseconds{1}, [&] {
    ++looks;
    return false;
  });
  EXPECT_EQ(looks, 1);
}

TEST_F(ParkerTest, AWakeUpOfSomebodyAwakeIsForgotten) {
  parker_.wake_if_parked();
  parker_.wake_if_parked();
  // The next park asks again, and sleeps up to its limit: it was not woken in advance.
  bool asked = false;
  parker_.park(std::chrono::microseconds{1}, [&] {
    asked = true;
    return false;
  });
  EXPECT_TRUE(asked);
}

TEST_F(ParkerTest, OnlyWhoIsToBeWokenRunsABarrier) {
  const std::uint64_t before = Parker::barriers();
  rest_for(std::chrono::microseconds{1});
  EXPECT_EQ(Parker::barriers(), before);
  parker_.park(std::chrono::microseconds{1}, [] { return false; });
  EXPECT_EQ(Parker::barriers(), before + 1);
}

// Two threads that hand a turn to each other and sleep in between.
struct Player {
  Parker parker;
  alignas(kFalseSharingBytes) std::atomic<std::uint64_t> turns{0};

  void wait_for(std::uint64_t turn) {
    // The first look is the worker's step; only the look inside park closes the race with the
    // sender.
    while (turns.load(std::memory_order_acquire) < turn) {
      parker.park(std::nullopt, [&] { return turns.load(std::memory_order_acquire) >= turn; });
    }
  }
  void give(std::uint64_t turn) {
    turns.store(turn, std::memory_order_release);
    parker.wake_if_parked();
  }
};

TEST_F(ParkerTest, NoWakeUpIsLostInTwoHundredThousandTurns) {
  constexpr std::uint64_t kRounds = 100'000;  // A turn of each player.
  Player left;
  Player right;
  {
    const std::jthread other{[&] {
      for (std::uint64_t turn = 1; turn <= kRounds; ++turn) {
        right.wait_for(turn);
        left.give(turn);
      }
    }};
    for (std::uint64_t turn = 1; turn <= kRounds; ++turn) {
      right.give(turn);
      left.wait_for(turn);
    }
  }
  EXPECT_EQ(left.turns.load(), kRounds);
}

}  // namespace
}  // namespace mycelium
