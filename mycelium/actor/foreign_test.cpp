#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <latch>
#include <optional>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Longer than any test takes: what waits so long waits for what it is told.
constexpr std::chrono::nanoseconds kLong = std::chrono::hours{1};

struct Price {
  int value;
  std::string text;
};
MYCELIUM_MESSAGE(Price, 340, "test.price", value, text)
enum class Way : int { at_once, later, never_ending, throws, nothing };
struct GetPrice {
  using Reply = Price;
  int number;
  Way way;
};
MYCELIUM_MESSAGE(GetPrice, 341, "test.get_price", number, way)
struct Item {
  int number;
  std::string text;
};
MYCELIUM_MESSAGE(Item, 342, "test.item", number, text)
struct Open {};
MYCELIUM_MESSAGE(Open, 343, "test.open")

// Answers, and takes items one by one as a gate lets it.
class Shop {
 public:
  using Handles = Messages<GetPrice, Item, Open>;
  struct Gate {
    std::counting_semaphore<> items{0};
    std::latch waits{1};
    std::atomic<int> taken{0};
  };
  explicit Shop(Gate& gate) : gate_{&gate} {}
  Task<> handle(const GetPrice& get, Context& context) {
    EXPECT_FALSE(context.sender());
    EXPECT_TRUE(context.deadline().has_value());
    if (get.way == Way::later) co_await context.sleep(milliseconds{1});
    if (get.way == Way::throws) throw std::runtime_error{"no price"};
    if (get.way == Way::never_ending) {
      gate_->waits.count_down();
      co_await context.sleep(kLong);
    }
    if (get.way != Way::nothing) context.reply(Price{get.number, std::string(100, 'p')});
  }
  void handle(const Item&) {
    gate_->items.acquire();
    gate_->taken.fetch_add(1);
  }
  void handle(const Open&) {}

 private:
  Gate* gate_;
};
using ShopRef = RefTo<GetPrice, Item, Open>;

class ForeignTest : public ::testing::Test {
 protected:
  ShopRef spawn(const SpawnOptions& options = {}) {
    return system_.spawn([this](Context&) { return Shop{gate_}; }, options);
  }
  std::string ask(const ShopRef& shop, Way way, std::chrono::nanoseconds timeout = kLong) {
    const Result<Price> price = shop.ask_blocking(GetPrice{7, way}, timeout);
    return price ? std::to_string(price->value) + " " + price->text : price.error().code;
  }
  // It takes nothing more: what comes by another way is not handled before this either.
  void occupy(const ShopRef& shop) {
    EXPECT_EQ(ask(shop, Way::never_ending, milliseconds{1}), "timeout");
    gate_.waits.wait();
  }

  Shop::Gate gate_;
  System system_{{.workers = 2}};
};

// Promises: A6
TEST_F(ForeignTest, AThreadGetsItsReply) {
  const ShopRef shop = spawn();
  const std::string price = "7 " + std::string(100, 'p');
  for (int round = 0; round < 100; ++round) EXPECT_EQ(ask(shop, Way::at_once), price);
  EXPECT_EQ(ask(shop, Way::later), price);
  EXPECT_EQ(ask(shop, Way::at_once, std::chrono::nanoseconds::max()), price);
  EXPECT_EQ(system_.late_replies(), 0U);
}

// Promises: A1, A6
TEST_F(ForeignTest, AThreadGetsTheReasonWhyThereIsNoReply) {
  const ShopRef shop = spawn();
  EXPECT_EQ(ask(shop, Way::throws), "handler_failed");
  EXPECT_EQ(ask(shop, Way::nothing), "handler_failed");
  EXPECT_EQ(ask(ShopRef{}, Way::at_once), "target_down");
  system_.stop(shop);
  EXPECT_TRUE(system_.await_stopped(shop, kLong));
  EXPECT_EQ(ask(shop, Way::at_once), "target_down");
}

// Promises: A4, A6
TEST_F(ForeignTest, AThreadThatWaitedLongEnoughGetsATimeoutAndTheReplyIsCounted) {
  const ShopRef shop = spawn();
  occupy(shop);
  EXPECT_EQ(system_.late_replies(), 0U);
  system_.stop(shop, StopMode::discard);  // Which fails the ask, too late.
  EXPECT_TRUE(system_.await_stopped(shop, kLong));
  EXPECT_EQ(system_.late_replies(), 1U);
}

// Promises: A3, A6
TEST_F(ForeignTest, AThreadThatWaitsIsToldWhenTheTargetStops) {
  const ShopRef shop = spawn();
  std::string code;
  std::jthread asker{[&] { code = ask(shop, Way::never_ending); }};
  gate_.waits.wait();
  system_.stop(shop, StopMode::discard);
  asker.join();
  EXPECT_EQ(code, "target_down");
}

// Promises: A6, X2
TEST_F(ForeignTest, AThreadThatWaitsIsToldWhenTheSystemEnds) {
  std::string code;
  std::optional<System> system{std::in_place, SystemOptions{.workers = 1}};
  const ShopRef shop = system->spawn([this](Context&) { return Shop{gate_}; });
  const ShopRef other = system->spawn([this](Context&) { return Shop{gate_}; });
  std::jthread asker{[&] { code = ask(shop, Way::never_ending); }};
  gate_.waits.wait();
  EXPECT_EQ(system->shutdown(milliseconds{1}).size(), 1U);  // It does not stop by itself.
  EXPECT_EQ(ask(other, Way::at_once), "target_down");
  std::jthread ending{[&] { system->stop(shop, StopMode::discard); }};
  asker.join();
  EXPECT_EQ(code, "target_down");
}

// Asks and sends as a thread that is no worker may, to show what a worker is told.
class Impatient {
 public:
  using Handles = Messages<Open>;
  Impatient(ShopRef shop, std::vector<std::string>& answers, std::latch& done)
      : shop_{shop}, answers_{&answers}, done_{&done} {}
  void handle(const Open&) {
    const Result<Price> price = shop_.ask_blocking(GetPrice{1, Way::at_once}, kLong);
    answers_->push_back(price ? "answered" : price.error().code);
    SendResult result = SendResult::ok;
    while (result == SendResult::ok) result = shop_.send_blocking(Item{1, "item"}, kLong);
    answers_->emplace_back(name_of(result));
    done_->count_down();
  }

 private:
  ShopRef shop_;
  std::vector<std::string>* answers_;
  std::latch* done_;
};

// Promises: A6, D5
TEST_F(ForeignTest, AWorkerIsNeverMadeToWait) {
  std::latch done{2};
  std::vector<std::string> here;
  std::vector<std::string> there;
  const ShopRef shop = spawn({.mailbox = {.capacity = 2}, .worker = 0});
  occupy(shop);
  for (const std::uint16_t worker : {0, 1}) {
    const auto impatient = system_.spawn(
        [&, worker](Context&) { return Impatient{shop, worker == 0 ? here : there, done}; },
        {.worker = worker});
    EXPECT_EQ(impatient.try_send(Open{}), SendResult::ok);
  }
  done.wait();
  system_.stop(shop, StopMode::discard);
  EXPECT_EQ(here, (std::vector<std::string>{"on_worker", "full"}));
  EXPECT_EQ(there, (std::vector<std::string>{"on_worker", "full"}));
}

// Promises: D5
TEST_F(ForeignTest, ASendThatWaitsSaysFullWhenTheTimeIsUpAndKeepsTheMessage) {
  const ShopRef shop = spawn({.mailbox = {.capacity = 2}});
  occupy(shop);
  Item item{1, {}};
  SendResult result = SendResult::ok;
  while (result == SendResult::ok) {
    item.text = std::string(100, 'i');
    result = shop.send_blocking(std::move(item), milliseconds{1});
  }
  EXPECT_EQ(result, SendResult::full);
  EXPECT_EQ(item.text, std::string(100, 'i'));
  EXPECT_EQ(shop.send_blocking(Item{2, ""}, milliseconds{0}), SendResult::full);
  EXPECT_EQ(shop.send_blocking(Item{2, ""}, milliseconds{-1}), SendResult::full);
  system_.stop(shop, StopMode::discard);
}

// Promises: D5
TEST_F(ForeignTest, ASendThatWaitsGoesOnWhenThereIsRoom) {
  constexpr int kItems = 2000;
  const ShopRef shop = spawn({.mailbox = {.capacity = 2}});
  std::jthread sender{[&] {
    for (int number = 0; number < kItems; ++number) {
      const auto timeout = number % 2 == 0 ? kLong : std::chrono::nanoseconds::max();
      EXPECT_EQ(shop.send_blocking(Item{number, "item"}, timeout), SendResult::ok);
    }
  }};
  gate_.items.release(kItems);
  sender.join();
  EXPECT_TRUE(system_.shutdown().empty());
  EXPECT_EQ(gate_.taken.load(), kItems);
}

// Opens a gate when a thread that is no worker looks at the time next, because it waits.
class OpeningClock final : public Clock {
 public:
  explicit OpeningClock(Shop::Gate& gate) : gate_{&gate} {}
  void open_at_next_look() noexcept { opens_ = true; }
  [[nodiscard]] Instant monotonic() const noexcept override {
    if (Worker::current() == nullptr && std::exchange(opens_, false)) gate_->items.release(1 << 20);
    return os_clock().monotonic();
  }
  [[nodiscard]] Timestamp wall() const noexcept override { return os_clock().wall(); }

 private:
  Shop::Gate* gate_;
  mutable bool opens_ = false;  // The test's thread alone reads and writes it.
};

// Promises: D5
TEST_F(ForeignTest, ASendThatIsToldFullWaitsUntilThereIsRoom) {
  // Given an actor that takes nothing until the sender waits, and no room on the way to it
  OpeningClock clock{gate_};
  System system{{.workers = 1, .clock = &clock, .stall_limit = milliseconds{0}}};
  const ShopRef shop =
      system.spawn([this](Context&) { return Shop{gate_}; }, {.mailbox = {.capacity = 2}});
  int accepted = 0;
  while (shop.try_send(Item{accepted, ""}) == SendResult::ok) ++accepted;
  clock.open_at_next_look();
  // When it sends one more, then it is taken
  EXPECT_EQ(shop.send_blocking(Item{accepted, ""}, kLong), SendResult::ok);
  EXPECT_TRUE(system.shutdown().empty());
  EXPECT_EQ(gate_.taken.load(), accepted + 1);
}

// Promises: D5
TEST_F(ForeignTest, ASendThatWaitsSaysClosedWhenTheActorStops) {
  const ShopRef shop = spawn({.mailbox = {.capacity = 2}});
  SendResult last = SendResult::ok;
  std::jthread sender{[&] {
    while (last == SendResult::ok) last = shop.send_blocking(Item{1, "item"}, kLong);
  }};
  system_.stop(shop, StopMode::discard);
  gate_.items.release(1 << 20);
  sender.join();
  EXPECT_EQ(last, SendResult::closed);
  EXPECT_EQ(ShopRef{}.send_blocking(Item{1, ""}, kLong), SendResult::closed);
}

// A barrier interrupts every processor that runs this process, so nobody runs any for a poll.
TEST(ForeignWaiting, WhoLooksAgainAndAgainInterruptsNoWorker) {
  Shop::Gate gate;
  System system{{.idle = Idle::spin, .stall_limit = milliseconds{0}}};
  const auto shop = [&](Context&) { return Shop{gate}; };
  const ShopRef first = system.spawn("first", shop, {.mailbox = {.capacity = 1}});
  system.spawn("second", shop);
  // Given one that holds its worker, and no room in its mailbox
  while (first.try_send(Item{0, ""}) == SendResult::ok) {
  }
  const std::uint64_t before = Parker::barriers();
  // When a thread waits for room, for its stop, and for the stop of all
  SendResult sent = SendResult::ok;
  while (sent == SendResult::ok) sent = first.send_blocking(Item{0, ""}, milliseconds{2});
  EXPECT_EQ(sent, SendResult::full);
  system.stop(first);
  EXPECT_FALSE(system.await_stopped(first, milliseconds{2}));
  EXPECT_EQ(system.shutdown(milliseconds{2}).size(), 2U);
  EXPECT_EQ(Parker::barriers(), before);
  gate.items.release(1 << 20);
}

}  // namespace
}  // namespace mycelium
