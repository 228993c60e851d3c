#include "mycelium/actor/destination.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace mycelium {
namespace {

struct Order {
  int number;
};
MYCELIUM_MESSAGE(Order, 591, "test.destination_order", number)
struct Other {};
MYCELIUM_MESSAGE(Other, 592, "test.destination_other")

using Orders = std::map<std::string, std::vector<int>>;

class Desk {
 public:
  using Handles = Messages<Order>;
  Desk(Orders& orders, bool subscribes) : orders_{&orders}, subscribes_{subscribes} {}
  void on_start(Context& context) {
    if (subscribes_) context.subscribe<Order>("orders", {Overflow::block});
  }
  void handle(const Order& order, Context& context) {
    (*orders_)[context.name()].push_back(order.number);
  }

 private:
  Orders* orders_;
  bool subscribes_;
};

class DestinationTest : public ::testing::Test {
 protected:
  Ref<Desk::Handles> spawn(const std::string& name, const SpawnOptions& options = {}) {
    return system_.spawn(name, [this](Context&) { return Desk{orders_, true}; }, options);
  }
  void settle() {
    while (system_.step() > 0) {
    }
  }
  std::string refusal(const Destination& destination) {
    const auto sender = resolve<Order>(system_, destination);
    return sender ? "was accepted" : sender.error().code;
  }

  Orders orders_;
  System system_{{.drive = Drive::manual}};
};

// Promises: R1
TEST_F(DestinationTest, ABroadcastGoesToEverySubscriberOfATopic) {
  spawn("a", {.mailbox = {.capacity = 1}});
  spawn("b");
  settle();
  auto orders = resolve<Order>(system_, Broadcast{"orders"});
  ASSERT_TRUE(orders) << orders.error().message;
  EXPECT_EQ(orders->try_send(Order{1}), SendResult::ok);
  settle();
  EXPECT_EQ(orders_, (Orders{{"a", {1}}, {"b", {1}}}));
}

// Promises: R1
TEST_F(DestinationTest, AUnicastGoesToOneActorUntilItStops) {
  const auto a = spawn("a");
  spawn("b");
  settle();
  auto sender = resolve<Order>(system_, Unicast{a.id()});
  ASSERT_TRUE(sender) << sender.error().message;
  EXPECT_EQ(sender->try_send(Order{1}), SendResult::ok);
  settle();
  EXPECT_EQ(orders_, (Orders{{"a", {1}}}));
  system_.stop(a);
  settle();
  EXPECT_EQ(sender->try_send(Order{2}), SendResult::closed);
}

// Promises: R1
TEST_F(DestinationTest, APartitionIsTheMemberThatTheKeyBelongsTo) {
  auto desks = system_.spawn_pool("desks", 4, [this](Context&) { return Desk{orders_, false}; });
  for (std::uint64_t account = 0; account < 40; ++account) {
    const ConsistentHash key = consistent_hash(account);
    auto sender = resolve<Order>(system_, Partition{"desks", key});
    ASSERT_TRUE(sender) << sender.error().message;
    orders_.clear();
    EXPECT_EQ(sender->try_send(Order{1}), SendResult::ok);
    settle();
    const std::string& owner = desks.pick(key).cell()->record->name;
    EXPECT_EQ(orders_, (Orders{{owner, {1}}})) << account;
  }
}

// Promises: R1
TEST_F(DestinationTest, SaysFullAndClosedAsWhatStandsBehindItDoes) {
  const auto a = spawn("a", {.mailbox = {.capacity = 1}});
  settle();
  a.cell()->published_depth.store(1);
  EXPECT_EQ(resolve<Order>(system_, Broadcast{"orders"})->try_send(Order{1}), SendResult::full);
  EXPECT_EQ(resolve<Order>(system_, Unicast{a.id()})->try_send(Order{1}), SendResult::full);
  const Partition nobody{"desks", consistent_hash(1)};
  EXPECT_EQ(resolve<Order>(system_, nobody)->try_send(Order{1}), SendResult::closed);
}

// Promises: R1, R2
TEST_F(DestinationTest, WhatIsNoneIsRefused) {
  EXPECT_EQ(refusal(Broadcast{"orders.3"}), "bad_name");
  EXPECT_EQ(refusal(Broadcast{""}), "bad_name");
  EXPECT_EQ(refusal(Partition{"desks.*", consistent_hash(1)}), "bad_name");
  static_cast<void>(system_.topic<Other>("others"));
  EXPECT_EQ(refusal(Broadcast{"others"}), "wrong_type");
  EXPECT_EQ(refusal(Unicast{ActorId{7, 1}}), "not_found");
  class Stranger {
   public:
    using Handles = Messages<Other>;
    void handle(const Other&) {}
  };
  const auto stranger = system_.spawn([](Context&) { return Stranger{}; });
  EXPECT_EQ(refusal(Unicast{stranger.id()}), "not_handled");
  ASSERT_TRUE(system_.group<Other>("strangers").join(stranger));
  EXPECT_EQ(refusal(Partition{"strangers", consistent_hash(1)}), "not_handled");
}

}  // namespace
}  // namespace mycelium
