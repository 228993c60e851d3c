#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/actor/supervisor.hpp"
#include "mycelium/testing/test_system.hpp"

// Members of supervision trees for tests: they tell what happens to them, and do what they are
// told.
namespace mycelium::testing {

enum class Deed : std::uint8_t { nothing, fail, end, stop, hang, tell_right };

/// What a member is told to do.
struct Order {
  Deed deed;
  int number = 0;
};
MYCELIUM_MESSAGE(Order, 881, "test.supervision.order", deed, number)

using Lines = std::vector<std::string>;

/// What has happened, and what is to fail.
struct Story {
  Lines lines;
  std::map<std::string, int> failing_starts;  // By name: how many more.
  std::map<std::string, RefTo<Order>> right;  // Whom `tell_right` sends to.

  [[nodiscard]] Lines take() { return std::exchange(lines, {}); }
  [[nodiscard]] std::size_t count(const std::string& line) const {
    return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), line));
  }
};

class Member {
 public:
  using Handles = Messages<Order>;
  Member(Story& story, std::string name) : story_{&story}, name_{std::move(name)} {}

  void on_start(Context&) {
    if (story_->failing_starts[name_] > 0) {
      --story_->failing_starts[name_];
      story_->lines.push_back("no start " + name_);
      throw std::runtime_error{name_ + " cannot start"};
    }
    story_->lines.push_back("start " + name_);
  }
  void on_stop(Context&) { story_->lines.push_back("stop " + name_); }
  Task<> handle(const Order& order, Context& context) {
    if (order.deed == Deed::fail) throw std::runtime_error{name_ + " is broken"};
    if (order.deed == Deed::end) context.end();
    if (order.deed == Deed::stop) context.stop();
    if (order.deed == Deed::nothing)
      story_->lines.push_back(name_ + " handles " + std::to_string(order.number));
    if (order.deed == Deed::tell_right) {
      EXPECT_EQ(context.try_send(story_->right[name_], Order{Deed::nothing, order.number}),
                SendResult::ok);
    }
    if (order.deed == Deed::hang) co_await context.sleep(std::chrono::hours{1});
  }

 private:
  Story* story_;
  std::string name_;
};

/// A system with trees of members, on workers that the seed chooses.
class SupervisionTest : public ::testing::Test {
 protected:
  explicit SupervisionTest(const TestOptions& options = {.workers = 3}) : test_{options} {}

  ChildSpec member(const std::string& name, const ChildOptions& options = {}) {
    return child(name, [this, name](Context&) { return Member{story_, name}; }, options);
  }
  ChildSpec member(const std::string& name, Restart restart) {
    return member(name, {.restart = {.restart = restart}});
  }
  RefTo<Order> ref(const std::string& name) { return system_.lookup<Order>(name).value(); }
  void tell(const std::string& name, Deed deed, int number = 0) {
    test_.send(ref(name), Order{deed, number});
  }
  /// Tells, and lets everything happen; what has happened.
  Lines after(const std::string& name, Deed deed) {
    static_cast<void>(story_.take());
    tell(name, deed);
    test_.run_until_idle();
    return story_.take();
  }
  [[nodiscard]] bool lives(const std::string& name) {
    return system_.lookup<Order>(name).has_value();
  }
  [[nodiscard]] std::string failure() {
    const auto failure = system_.failure();
    return failure ? failure->message : std::string{};
  }

  Story story_;
  testing::TestSystem test_;
  System& system_ = test_.system();
};

}  // namespace mycelium::testing
