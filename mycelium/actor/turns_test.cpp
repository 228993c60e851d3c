#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

struct Work {
  int number;
};
MYCELIUM_MESSAGE(Work, 751, "test.turns.work", number)

using Done = std::vector<std::string>;

// Writes down what it does, and sends itself what is next until there have been so many.
class Looper {
 public:
  using Handles = Messages<Work>;
  static std::uint64_t conflation_key(const Work& work) noexcept {
    return static_cast<std::uint64_t>(work.number);
  }
  Looper(Done& done, std::string name, int last)
      : done_{done}, name_{std::move(name)}, last_{last} {}
  void handle(const Work& work, Context& context) {
    done_.push_back(name_ + std::to_string(work.number));
    if (work.number >= last_) return;
    EXPECT_EQ(context.self<Looper>().try_send(Work{work.number + 1}), SendResult::ok);
  }

 private:
  Done& done_;
  std::string name_;
  int last_;
};

// Promises: D1
TEST(Turns, WhatAnActorSendsToItselfComesAfterTheOthersTurn) {
  Done done;
  ManualClock clock;
  System system{{.clock = &clock, .drive = Drive::manual}};
  for (const char* const name : {"a", "b"}) {
    const auto ref = system.spawn([&, name](Context&) { return Looper{done, name, 3}; });
    for (const int number : {1, 11, 12}) ASSERT_EQ(ref.try_send(Work{number}), SendResult::ok);
  }
  while (system.step() > 0) {
  }
  EXPECT_EQ(done, (Done{"a1", "a11", "a12", "b1", "b11", "b12", "a2", "b2", "a3", "b3"}));
}

// Promises: D1
TEST(Turns, AreTakenUnderEveryPolicyAndWithUrgentMessagesAndThoseOfTopicsToo) {
  for (const Overflow overflow : {Overflow::block, Overflow::drop_oldest, Overflow::conflate}) {
    Done done;
    ManualClock clock;
    System system{{.clock = &clock, .drive = Drive::manual}};
    std::vector<RefTo<Work>> loopers;
    for (const char* const name : {"a", "b"}) {
      const auto ref = system.spawn(
          [&, name](Context& context) {
            context.subscribe<Work>("work");
            return Looper{done, name, 3};
          },
          {.mailbox = {.capacity = 16, .overflow = overflow}});
      loopers.push_back(ref);
    }
    system.step();
    for (const RefTo<Work>& ref : loopers) {
      ASSERT_EQ(ref.try_send(Work{11}), SendResult::ok);
      ASSERT_EQ(ref.try_send_urgent(Work{1}), SendResult::ok);
    }
    EXPECT_EQ(system.topic<Work>("work").publish(Work{12}).delivered, 2U);
    while (system.step() > 0) {
    }
    EXPECT_EQ(done, (Done{"a1", "a11", "a12", "b1", "b11", "b12", "a2", "b2", "a3", "b3"}))
        << name_of(overflow);
  }
}

}  // namespace
}  // namespace mycelium
