#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "naive_group.hpp"

// A real group against the naive one, operation by operation. One seed alone:
//   MYCELIUM_MODEL_SEED=17 mycelium_model_test --gtest_filter=GroupModel.*
namespace mycelium::model {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kOperations = 100'000;
#else
constexpr std::uint64_t kOperations = 2'000'000;
#endif
constexpr std::uint64_t kSeeds = 20;

struct Job {
  std::uint32_t serial;
};
MYCELIUM_MESSAGE(Job, 445, "test.model.job", serial)

using Seen = std::map<std::string, std::vector<std::uint32_t>>;

class Member {
 public:
  using Handles = Messages<Job>;
  explicit Member(Seen& seen) : seen_{&seen} {}
  void handle(const Job& job, Context& context) { (*seen_)[context.name()].push_back(job.serial); }

 private:
  Seen* seen_;
};

// Writes down each change it is told of.
class Observer {
 public:
  using Handles = Messages<GroupChange>;
  explicit Observer(std::vector<std::pair<ActorId, SetEvent>>& told) : told_{&told} {}
  void handle(const GroupChange& change) { told_->emplace_back(change.member, change.event); }

 private:
  std::vector<std::pair<ActorId, SetEvent>>* told_;
};

/// One system with one group. Actors of a few names come, join, leave and stop.
class Comparison {
 public:
  explicit Comparison(std::uint64_t seed) : random_{seed} {
    const auto observer =
        system_.spawn([this](Context&) { return Observer{told_}; }, {.mailbox = {.capacity = 1}});
    group_.subscribe(observer);
    expected_told_.emplace_back(ActorId{}, SetEvent::listed);
    settle();
  }

  // True when all was equal over so many operations.
  bool run(std::uint64_t operations) {
    for (std::uint64_t done = 0; done < operations && !::testing::Test::HasFailure(); ++done) {
      const std::uint64_t chance = random_.below(100);
      if (chance < 10) {
        join();
      } else if (chance < 15) {
        leave();
      } else if (chance < 20) {
        stop();
      } else {
        send(chance);
      }
      // Several things happen before the workers go on, so that changes and messages cross.
      if (random_.below(4) == 0) compare();
    }
    compare();
    return !::testing::Test::HasFailure();
  }

 private:
  void settle() {
    while (system_.step() > 0) {
    }
  }
  std::string any_name() { return "member" + std::to_string(random_.below(12)); }

  void join() {
    const std::string name = any_name();
    if (!actors_.contains(name))
      actors_[name] = system_.spawn(name, [this](Context&) { return Member{seen_}; });
    EXPECT_TRUE(group_.join(actors_[name]));
    if (naive_.join(name)) expected_told_.emplace_back(actors_[name].id(), SetEvent::added);
  }
  void leave() {
    const std::string name = any_name();
    const bool left = actors_.contains(name) && group_.leave(actors_[name]);
    EXPECT_EQ(left, naive_.leave(name));
    if (left) expected_told_.emplace_back(actors_[name].id(), SetEvent::removed);
  }
  void stop() {
    const std::string name = any_name();
    if (!actors_.contains(name)) return;
    system_.stop(actors_[name]);
    settle();
    if (naive_.leave(name)) expected_told_.emplace_back(actors_[name].id(), SetEvent::removed);
    actors_.erase(name);
  }
  void send(std::uint64_t chance) {
    const Job job{++serial_};
    if (chance < 50) {
      expect(group_.try_send(job), naive_.next(), job);
    } else if (chance < 90) {
      const std::uint64_t key = random_.next();
      expect(group_.try_send(job, consistent_hash(key)), naive_.of_key(key), job);
    } else {
      EXPECT_EQ(group_.broadcast(job).ok, naive_.members().size());
      for (const std::string& name : naive_.members()) expected_[name].push_back(job.serial);
    }
  }
  void expect(SendResult result, const std::optional<std::string>& receiver, const Job& job) {
    EXPECT_EQ(result, receiver ? SendResult::ok : SendResult::closed);
    if (receiver) expected_[*receiver].push_back(job.serial);
  }
  void compare() {
    settle();
    std::vector<std::string> members;
    for (const auto& member : group_.members()) members.push_back(member.cell()->record->name);
    EXPECT_EQ(members, naive_.members());
    EXPECT_EQ(seen_, expected_);
    EXPECT_EQ(told_, expected_told_);
    EXPECT_EQ(system_.dead_letters().total(), 0U);
    seen_.clear();
    expected_.clear();
    told_.clear();
    expected_told_.clear();
  }

  Random random_;
  Seen seen_;
  Seen expected_;
  std::vector<std::pair<ActorId, SetEvent>> told_;
  std::vector<std::pair<ActorId, SetEvent>> expected_told_;
  System system_{{.workers = 2, .drive = Drive::manual}};
  GroupOf<Job> group_ = system_.group<Job>("jobs");
  NaiveGroup naive_;
  std::map<std::string, RefTo<Job>> actors_;
  std::uint32_t serial_ = 0;
};

// Promises: R1, R5
TEST(GroupModel, ARealGroupDoesWhatTheNaiveOneDoes) {
  const char* const chosen = std::getenv("MYCELIUM_MODEL_SEED");
  const std::uint64_t first = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 1;
  const std::uint64_t last = chosen != nullptr ? first : kSeeds;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    ASSERT_TRUE(Comparison{seed}.run(kOperations / kSeeds))
        << "MYCELIUM_MODEL_SEED=" << seed << " runs this seed alone";
  }
}

}  // namespace
}  // namespace mycelium::model
