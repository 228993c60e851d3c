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

}  // namespace
}  // namespace mycelium
