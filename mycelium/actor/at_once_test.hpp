#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

// For tests of what waits: several things happen on a worker before anybody there reads.
namespace mycelium::testing {

struct Act {};
MYCELIUM_MESSAGE(Act, 971, "test.at_once.act")

/// Two workers that the test steps, on a clock of its own.
class AtOnceTest : public ::testing::Test {
 protected:
  explicit AtOnceTest(std::size_t lane_bytes = SystemOptions{}.lane_bytes)
      : system_{
            {.workers = 2, .lane_bytes = lane_bytes, .clock = &clock_, .drive = Drive::manual}} {
    for (const std::uint16_t worker : {0, 1})
      actors_[worker] = system_.spawn([this](Context&) { return Actor{act_}; }, {.worker = worker});
    settle();
  }
  void settle() {
    while (system_.step() > 0) {
    }
  }
  // In one handler on this worker, so that nobody there reads meanwhile.
  void at_once(std::uint16_t worker, std::function<void()> act) {
    act_ = std::move(act);
    ASSERT_EQ(actors_[worker].try_send(Act{}), SendResult::ok);
    settle();
  }

 private:
  class Actor {
   public:
    using Handles = Messages<Act>;
    explicit Actor(const std::function<void()>& act) : act_{&act} {}
    void handle(const Act&) { (*act_)(); }

   private:
    const std::function<void()>* act_;
  };

  std::function<void()> act_;

 protected:
  ManualClock clock_;
  System system_;

 private:
  std::array<RefTo<Act>, 2> actors_;
};

}  // namespace mycelium::testing
