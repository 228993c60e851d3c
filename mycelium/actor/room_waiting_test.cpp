// When those who wait for room are given it.
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Crate {
  int number;
};
MYCELIUM_MESSAGE(Crate, 821, "test.crate", number)
struct Rest {
  std::chrono::nanoseconds::rep nanoseconds;
};
MYCELIUM_MESSAGE(Rest, 822, "test.rest", nanoseconds)
struct Fall {};
MYCELIUM_MESSAGE(Fall, 823, "test.fall")
struct Bring {};
MYCELIUM_MESSAGE(Bring, 824, "test.bring")

constexpr int kAwaited = 1000;  // The crate of the one who waits.

class Store {
 public:
  using Handles = Messages<Crate, Rest, Fall>;
  explicit Store(std::vector<int>& taken) : taken_{&taken} {}
  void handle(const Crate& crate) { taken_->push_back(crate.number); }
  Task<> handle(const Rest& rest, Context& context) {
    co_await context.sleep(std::chrono::nanoseconds{rest.nanoseconds});
  }
  void handle(const Fall&) { throw std::runtime_error{"fallen"}; }

 private:
  std::vector<int>* taken_;
};
using StoreRef = RefTo<Crate, Rest, Fall>;

class Carrier {
 public:
  using Handles = Messages<Bring>;
  Carrier(StoreRef to, std::string& said) : to_{to}, said_{&said} {}
  Task<> handle(const Bring&, Context& context) {
    *said_ = "waits";
    *said_ = name_of(co_await context.send(to_, Crate{kAwaited}, seconds{10}));
  }

 private:
  StoreRef to_;
  std::string* said_;
};

class RoomWaitingTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kCapacity = 16;

  void spawn(const RestartOptions& restart = {}) {
    store_ = system_.spawn("store", [this](Context&) { return Store{taken_}; },
                           {.mailbox = {.capacity = kCapacity}, .restart = restart, .worker = 0});
    settle();
  }
  void settle() {
    while (system_.step() > 0) {
    }
  }
  // The store takes so many messages, and what is on its way to its mailbox comes there.
  void take(std::uint32_t count) {
    system_.worker_group().worker(0).step({.lane = 256, .ready = count, .cell = count});
  }
  template <typename M>
  void put(M message) {
    ASSERT_EQ(store_.try_send(message), SendResult::ok);
    take(0);
  }
  void fill() {
    while (store_.try_send(Crate{0}) == SendResult::ok) take(0);
  }
  // One on another worker finds no room, and waits for it.
  void wait_for_room() {
    const auto carrier =
        system_.spawn([this](Context&) { return Carrier{store_, said_}; }, {.worker = 1});
    ASSERT_EQ(carrier.try_send(Bring{}), SendResult::ok);
    for (int step = 0; step < 3; ++step) serve();
    ASSERT_EQ(said_, "waits");
  }
  // What is to be done but for taking messages.
  void serve() {
    system_.worker_group().worker(1).step();
    take(0);
  }

  ManualClock clock_;
  std::vector<int> taken_;
  std::string said_;
  StoreRef store_;
  System system_{{.workers = 2, .clock = &clock_, .drive = Drive::manual}};
};

// Promises: D5
TEST_F(RoomWaitingTest, WhoWaitsIsServedAlthoughOthersKeepTheMailboxMoreThanHalfFull) {
  spawn();
  fill();
  wait_for_room();
  // Given others who fill up what is taken, again and again
  int rounds = 0;
  for (; said_ == "waits" && rounds < 100; ++rounds) {
    take(2);
    serve();
    fill();
  }
  // Then it is served when half of the mailbox's bound has left
  EXPECT_EQ(said_, "ok");
  EXPECT_LE(rounds, 5);
}

// Promises: D5
TEST_F(RoomWaitingTest, WhoWaitsIsServedBeforeTheReceiverRests) {
  spawn();
  put(Rest{1'000'000});
  take(1);
  put(Rest{std::chrono::nanoseconds{hours{1}}.count()});
  fill();
  wait_for_room();
  // When the receiver takes one message and rests, with room for one
  clock_.advance(milliseconds{1});
  settle();
  EXPECT_EQ(said_, "ok");
  EXPECT_TRUE(taken_.empty());
}

// Promises: D5, L6
TEST_F(RoomWaitingTest, WhoWaitsIsServedWhileTheReceiverBacksOff) {
  spawn({.backoff = Backoff{.min = hours{1}, .max = hours{1}, .first_at_once = false}});
  put(Fall{});
  fill();
  wait_for_room();
  settle();
  EXPECT_EQ(said_, "ok");
  EXPECT_TRUE(taken_.empty());
}

}  // namespace
}  // namespace mycelium
