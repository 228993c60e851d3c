#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

struct Ping {
  int number;
};
MYCELIUM_MESSAGE(Ping, 201, "test.spawn_ping", number)

// Counts, and stops when it is told a negative number.
class Counting {
 public:
  using Handles = Messages<Ping>;
  explicit Counting(std::uint64_t& handled) : handled_{&handled} {}
  void handle(const Ping& ping, Context& context) {
    ++*handled_;
    if (ping.number < 0) context.stop();
  }

 private:
  std::uint64_t* handled_;
};

class SpawnTest : public ::testing::Test {
 protected:
  RefTo<Ping> spawn(System& system, const std::string& name, const SpawnOptions& options = {}) {
    return system.spawn(name, [this](Context&) { return Counting{handled_}; }, options);
  }
  static void settle(System& system) {
    while (system.step() > 0) {
    }
  }
  // The sentence of the refusal, or that there was none.
  template <typename Refusal>
  std::string refusal(System& system, const std::string& name, const SpawnOptions& options = {}) {
    try {
      static_cast<void>(spawn(system, name, options));
    } catch (const Refusal& error) {
      return error.what();
    }
    return "was accepted";
  }

  std::uint64_t handled_ = 0;
};

// Promises: D2
TEST_F(SpawnTest, TenThousandActorsEachHandleOneMessageAndGo) {
  System system{{.workers = 2, .drive = Drive::manual}};
  std::vector<RefTo<Ping>> refs;
  for (int index = 0; index < 10'000; ++index)
    refs.push_back(spawn(system, "actor" + std::to_string(index)));
  EXPECT_EQ(system.actors().size(), 10'000U);
  for (const auto& ref : refs) ASSERT_EQ(ref.try_send(Ping{-1}), SendResult::ok);
  settle(system);
  EXPECT_EQ(handled_, 10'000U);
  EXPECT_TRUE(system.actors().empty());
  EXPECT_EQ(system.dead_letters().total(), 0U);
}

TEST_F(SpawnTest, IdsAreNeverTheSameTwiceHoweverOftenPlacesAreReused) {
  System system{{.actors_max = 4, .drive = Drive::manual}};
  std::set<std::uint64_t> ids;
  for (int round = 0; round < 1000; ++round) {
    const auto ref = spawn(system, "actor");
    EXPECT_TRUE(ids.insert(ref.id().value()).second) << "round " << round;
    ASSERT_EQ(ref.try_send(Ping{-1}), SendResult::ok);
    settle(system);
  }
  EXPECT_EQ(handled_, 1000U);
}

TEST_F(SpawnTest, GoesToTheWorkerWithTheFewestActorsUnlessOneIsNamed) {
  System system{{.workers = 3, .drive = Drive::manual}};
  spawn(system, "a", {.worker = 2});
  spawn(system, "b");
  spawn(system, "c");
  spawn(system, "d");
  std::vector<std::uint16_t> workers;
  for (const ActorStatus& status : system.actors()) workers.push_back(status.worker);
  EXPECT_EQ(workers, (std::vector<std::uint16_t>{2, 0, 1, 0}));
}

TEST_F(SpawnTest, RefusesANameThatIsTakenUntilItsHolderHasStopped) {
  System system{{.drive = Drive::manual}};
  const auto holder = spawn(system, "feed");
  const std::string sentence = refusal<std::invalid_argument>(system, "feed");
  EXPECT_TRUE(sentence.starts_with("the name \"feed\" is taken by actor")) << sentence;
  ASSERT_EQ(holder.try_send(Ping{-1}), SendResult::ok);
  settle(system);
  EXPECT_EQ(refusal<std::invalid_argument>(system, "feed"), "was accepted");
}

TEST_F(SpawnTest, RefusesWhatItDoesNotOfferInASentence) {
  System system{{.workers = 2, .drive = Drive::manual}};
  using Refused = std::invalid_argument;
  EXPECT_EQ(refusal<Refused>(system, "a", {.worker = 2}),
            "worker 2 is wanted, but the system has 2: 0 to 1");
  EXPECT_NE(refusal<Refused>(system, "a", {.mailbox = {.capacity = 0}}), "was accepted");
  EXPECT_NE(refusal<Refused>(system, "a", {.mailbox = {.capacity = kMailboxCapacityMax + 1}}),
            "was accepted");
  EXPECT_EQ(refusal<Refused>(system, "a", {.mailbox = {.overflow = Overflow::conflate}}),
            "actor \"a\": its mailbox cannot conflate, because its class has no `static "
            "std::uint64_t conflation_key(const Message&) noexcept`");
  EXPECT_EQ(refusal<Refused>(system, "a", {.worker = 1, .dedicated = true}),
            "actor \"a\": it wants a worker of its own and a given one");
  EXPECT_EQ(refusal<Refused>(system, "a", {.restart = {.backoff = Backoff{.jitter = 1.5}}}),
            "actor \"a\": its backoff's jitter is 0 to 1");
  EXPECT_TRUE(system.actors().empty());
}

TEST_F(SpawnTest, RefusesMoreActorsThanThereArePlaces) {
  System system{{.actors_max = 2, .drive = Drive::manual}};
  spawn(system, "a");
  const auto second = spawn(system, "b");
  EXPECT_NE(refusal<std::length_error>(system, "c").find("all 2 places"), std::string::npos);
  ASSERT_EQ(second.try_send(Ping{-1}), SendResult::ok);
  settle(system);
  EXPECT_EQ(refusal<std::length_error>(system, "c"), "was accepted");
}

TEST_F(SpawnTest, ASystemRefusesOptionsOutOfRange) {
  EXPECT_THROW(System{SystemOptions{.workers = 0}}, std::invalid_argument);
  EXPECT_THROW(System{SystemOptions{.workers = 65}}, std::invalid_argument);
  EXPECT_THROW(System{SystemOptions{.lane_bytes = 1024}}, std::invalid_argument);
  EXPECT_THROW(System{SystemOptions{.lane_bytes = 100'000}}, std::invalid_argument);
  EXPECT_THROW(System{SystemOptions{.actors_max = 0}}, std::invalid_argument);
  EXPECT_THROW(System{SystemOptions{.offload_threads = 0}}, std::invalid_argument);
}

TEST_F(SpawnTest, AFactoryMayOwnWhatCannotBeCopied) {
  System system{{.drive = Drive::manual}};
  system.spawn("owner", [this, owned = std::make_unique<int>(3)](Context&) {
    handled_ += static_cast<std::uint64_t>(*owned);
    return Counting{handled_};
  });
  settle(system);
  EXPECT_EQ(handled_, 3U);
}

TEST_F(SpawnTest, AnActorMaySpawnAnother) {
  class Parent {
   public:
    using Handles = Messages<Ping>;
    Parent(System& system, std::uint64_t& handled) : system_{&system}, handled_{&handled} {}
    void handle(const Ping& ping) {
      const auto child = system_->spawn("child", [this](Context&) { return Counting{*handled_}; });
      EXPECT_EQ(child.try_send(ping), SendResult::ok);
    }

   private:
    System* system_;
    std::uint64_t* handled_;
  };
  System system{{.workers = 2, .drive = Drive::manual}};
  const auto parent = system.spawn("parent", [&](Context&) { return Parent{system, handled_}; });
  ASSERT_EQ(parent.try_send(Ping{1}), SendResult::ok);
  settle(system);
  EXPECT_EQ(handled_, 1U);
}

TEST_F(SpawnTest, AwaitStartedTellsWhetherItRuns) {
  for (const Drive drive : {Drive::manual, Drive::threads}) {
    System system{{.drive = drive}};
    const auto good = spawn(system, "good");
    EXPECT_TRUE(system.await_started(*good.cell()));
    const auto bad = system.spawn("bad", [this](Context&) -> Counting {
      if (handled_ == 0) throw std::runtime_error{"no"};
      return Counting{handled_};
    });
    EXPECT_FALSE(system.await_started(*bad.cell()));
  }
}

}  // namespace
}  // namespace mycelium
