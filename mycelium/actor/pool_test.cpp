#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

struct Job {
  int number;
};
MYCELIUM_MESSAGE(Job, 581, "test.pool_job", number)
struct Other {};
MYCELIUM_MESSAGE(Other, 582, "test.pool_other")

class Counting {
 public:
  using Handles = Messages<Job>;
  explicit Counting(int& handled) : handled_{&handled} {}
  void handle(const Job&) { ++*handled_; }

 private:
  int* handled_;
};

class PoolTest : public ::testing::Test {
 protected:
  auto factory() {
    return [this](Context&) { return Counting{handled_}; };
  }
  void settle() {
    while (system_.step() > 0) {
    }
  }
  std::string refusal(std::string_view name, std::uint32_t count) {
    try {
      static_cast<void>(system_.spawn_pool(name, count, factory()));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "was accepted";
  }

  int handled_ = 0;
  System system_{{.workers = 3, .drive = Drive::manual}};
};

// Promises: R2, R5
TEST_F(PoolTest, StartsItsMembersUnderTheNamesOfPartitionsSpreadOverTheWorkers) {
  system_.spawn([this](Context&) { return Counting{handled_}; }, {.worker = 0});
  Group<Counting::Handles> pool = system_.spawn_pool("quoters", 4, factory());
  std::vector<std::string> names;
  std::vector<std::uint16_t> workers;
  for (const ActorStatus& status : system_.actors()) {
    if (!status.name.starts_with("quoters")) continue;
    names.push_back(status.name);
    workers.push_back(status.worker);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"quoters.0", "quoters.1", "quoters.2", "quoters.3"}));
  EXPECT_EQ(workers, (std::vector<std::uint16_t>{0, 1, 2, 0}));
  for (int number = 0; number < 8; ++number) EXPECT_EQ(pool.try_send(Job{number}), SendResult::ok);
  settle();
  EXPECT_EQ(handled_, 8);
  for (const auto& member : pool.members()) EXPECT_EQ(member.cell()->handled.value(), 2U);
  EXPECT_EQ(system_.lookup<Counting>("quoters.2").value(), pool.members()[2]);
}

TEST_F(PoolTest, TakesTheOptionsOfItsMembers) {
  auto pool =
      system_.spawn_pool("quoters", 2, factory(), {.mailbox = {.capacity = 1}, .worker = 2});
  for (const auto& member : pool.members()) {
    EXPECT_EQ(member.cell()->worker->index(), 2);
    EXPECT_EQ(member.cell()->bound, 1U);
  }
}

TEST_F(PoolTest, IsStartedWholeOrNotAtAll) {
  // Given a pool whose third name is taken
  system_.spawn("quoters.2", factory());
  EXPECT_TRUE(refusal("quoters", 4).starts_with("the name \"quoters.2\" is taken by actor"));
  settle();
  EXPECT_EQ(system_.actors().size(), 1U);
  EXPECT_EQ(system_.group<Job>("quoters").size(), 0U);
  // And one to which others send what its members do not handle
  static_cast<void>(system_.group<Other>("others"));
  EXPECT_EQ(refusal("others", 2),
            "the actor \"others.0\" does not handle Other, which is sent to the group \"others\"");
  settle();
  EXPECT_EQ(system_.actors().size(), 1U);
}

TEST_F(PoolTest, RefusesWhatIsNoPool) {
  EXPECT_EQ(refusal("quoters", 0), "the pool \"quoters\" has no members: 1 or more");
  EXPECT_NE(refusal("quoters.1", 2).find("makes it a partition"), std::string::npos);
  EXPECT_NE(refusal("", 2).find("it is empty"), std::string::npos);
}

}  // namespace
}  // namespace mycelium
