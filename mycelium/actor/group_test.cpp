#include "mycelium/actor/group.hpp"

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

struct Job {
  int number;
};
MYCELIUM_MESSAGE(Job, 571, "test.group_job", number)
struct Name {
  ActorId id;
};
MYCELIUM_MESSAGE(Name, 572, "test.group_name", id)
struct WhoAreYou {
  using Reply = Name;
};
MYCELIUM_MESSAGE(WhoAreYou, 573, "test.group_who_are_you")
struct Fail {};
MYCELIUM_MESSAGE(Fail, 574, "test.group_fail")
struct Other {};
MYCELIUM_MESSAGE(Other, 575, "test.group_other")

using Jobs = std::map<std::string, std::vector<int>>;

class Member {
 public:
  using Handles = Messages<Job, WhoAreYou, Fail>;
  explicit Member(Jobs& jobs) : jobs_{&jobs} {}
  void handle(const Job& job, Context& context) { (*jobs_)[context.name()].push_back(job.number); }
  Name handle(const WhoAreYou&, Context& context) { return Name{context.id()}; }
  void handle(const Fail&) { throw std::runtime_error{"told to fail"}; }

 private:
  Jobs* jobs_;
};
using MemberRef = Ref<Member::Handles>;

class Observer {
 public:
  using Handles = Messages<GroupChange, Fail>;
  explicit Observer(std::vector<std::string>& heard) : heard_{&heard} {}
  void on_start(Context& context) {
    context.group<Job>("jobs").subscribe(context.self<Observer>());
  }
  void handle(const GroupChange& change) {
    heard_->push_back(change.group + ": " + std::string{name_of(change.event)} + " " +
                      std::to_string(change.member.slot()));
  }
  void handle(const Fail&) { throw std::runtime_error{"told to fail"}; }

 private:
  std::vector<std::string>* heard_;
};

class GroupTest : public ::testing::Test {
 protected:
  MemberRef spawn(const std::string& name, const SpawnOptions& options = {}) {
    return system_.spawn(name, [this](Context&) { return Member{jobs_}; }, options);
  }
  MemberRef spawn_member(const std::string& name, const SpawnOptions& options = {}) {
    const MemberRef member = spawn(name, options);
    EXPECT_TRUE(jobs().join(member));
    return member;
  }
  GroupOf<Job> jobs(Routing routing = Routing::round_robin) {
    return system_.group<Job>("jobs", routing);
  }
  void settle() {
    while (system_.step() > 0) {
    }
  }
  void stop(const AnyRef& ref) {
    system_.stop(ref);
    settle();
  }

  Jobs jobs_;
  System system_{{.workers = 2, .drive = Drive::manual}};
};

// Promises: R5
TEST_F(GroupTest, RoundRobinGivesEachMemberItsTurn) {
  for (const char* const name : {"a", "b", "c"}) spawn_member(name);
  auto group = jobs();
  for (int number = 0; number < 7; ++number) EXPECT_EQ(group.try_send(Job{number}), SendResult::ok);
  settle();
  EXPECT_EQ(jobs_, (Jobs{{"a", {0, 3, 6}}, {"b", {1, 4}}, {"c", {2, 5}}}));
}

// Promises: R5
TEST_F(GroupTest, LeastLoadedTakesTheMemberWithTheFewestWaitingMessages) {
  const MemberRef a = spawn_member("a", {.mailbox = {.capacity = 4}, .worker = 0});
  const MemberRef b = spawn_member("b", {.mailbox = {.capacity = 4}, .worker = 0});
  const MemberRef c = spawn_member("c", {.mailbox = {.capacity = 4}, .worker = 1});
  settle();
  // Seen from a worker: a has two waiting, b one, c (on another worker) is seen as full.
  class Sender {
   public:
    using Handles = Messages<Other>;
    Sender(MemberRef first, MemberRef second) : first_{first}, second_{second} {}
    void handle(const Other&, Context& context) {
      for (int number = 0; number < 2; ++number)
        EXPECT_EQ(first_.try_send(Job{number}), SendResult::ok);
      EXPECT_EQ(second_.try_send(Job{2}), SendResult::ok);
      auto group = context.group<Job>("jobs", Routing::least_loaded);
      EXPECT_EQ(group.try_send(Job{3}), SendResult::ok);
    }

   private:
    MemberRef first_;
    MemberRef second_;
  };
  for (int number = 10; number < 14; ++number) ASSERT_EQ(c.try_send(Job{number}), SendResult::ok);
  const auto sender = system_.spawn([=](Context&) { return Sender{a, b}; }, {.worker = 0});
  c.cell()->published_depth.store(4);
  ASSERT_EQ(sender.try_send(Other{}), SendResult::ok);
  settle();
  EXPECT_EQ(jobs_["a"], (std::vector<int>{0, 1}));
  EXPECT_EQ(jobs_["b"], (std::vector<int>{2, 3}));
}

// Promises: R5
TEST_F(GroupTest, LeastLoadedTakesTurnsAmongEquals) {
  for (const char* const name : {"a", "b", "c"}) spawn_member(name);
  settle();
  auto group = jobs(Routing::least_loaded);
  for (int number = 0; number < 6; ++number) EXPECT_EQ(group.try_send(Job{number}), SendResult::ok);
  settle();
  for (const char* const name : {"a", "b", "c"}) EXPECT_EQ(jobs_[name].size(), 2U) << name;
}

// Promises: R1, R5
TEST_F(GroupTest, AKeyGoesToTheSameMemberFromEverySenderAndInEveryRun) {
  for (const char* const name : {"a", "b", "c"}) spawn_member(name);
  auto group = jobs();
  auto another = system_.group<Job>("jobs", Routing::least_loaded);
  std::string owners;
  for (std::uint64_t key = 0; key < 24; ++key) {
    const auto owner = group.pick(consistent_hash(key));
    EXPECT_EQ(another.pick(consistent_hash(key)), owner);
    owners += owner.cell()->record->name;
  }
  // Never to be changed: keys would move to other members with a new version.
  EXPECT_EQ(owners, "bcccbaaccbbccbbcabaccacc");
  EXPECT_EQ(detail::wish(stable_hash("quoters.0"), 42), 0x82af4af8b995c65fU);
  EXPECT_EQ(consistent_hash("BTCUSDT").key, stable_hash("BTCUSDT"));
}

// Promises: R1, R5
TEST_F(GroupTest, AMemberThatLeavesMovesOnlyItsOwnKeysAndOneThatJoinsTakesOnlyWhatItOwns) {
  constexpr std::uint64_t kKeys = 8000;
  std::vector<MemberRef> members;
  for (int index = 0; index < 8; ++index)
    members.push_back(spawn_member("member" + std::to_string(index)));
  auto group = jobs();
  const auto owners = [&] {
    std::vector<ActorId> all;
    for (std::uint64_t key = 0; key < kKeys; ++key)
      all.push_back(group.pick(consistent_hash(key)).id());
    return all;
  };
  const std::vector<ActorId> before = owners();
  // Each has its share, a fifth more or less
  std::map<ActorId, std::uint64_t> share;
  for (const ActorId owner : before) ++share[owner];
  for (const MemberRef& member : members) {
    EXPECT_GT(share[member.id()], kKeys / 10) << member.id().slot();
    EXPECT_LT(share[member.id()], kKeys * 3 / 20) << member.id().slot();
  }
  // When one leaves, then the others' keys stay and its own are spread over all others
  const ActorId left = members[3].id();
  EXPECT_TRUE(group.leave(members[3]));
  const std::vector<ActorId> without = owners();
  std::map<ActorId, std::uint64_t> heirs;
  for (std::uint64_t key = 0; key < kKeys; ++key) {
    if (before[key] == left) {
      ++heirs[without[key]];
    } else {
      ASSERT_EQ(without[key], before[key]) << "key " << key;
    }
  }
  EXPECT_EQ(heirs.size(), 7U);
  EXPECT_FALSE(heirs.contains(left));
  // When it joins again, behind the others, then all is as it was
  ASSERT_TRUE(group.join(members[3]));
  EXPECT_EQ(owners(), before);
}

// Promises: R5
TEST_F(GroupTest, BroadcastGivesEachMemberTheMessage) {
  spawn_member("a", {.mailbox = {.capacity = 1}, .worker = 0});
  spawn_member("b", {.worker = 0});
  class Sender {
   public:
    using Handles = Messages<Other>;
    void handle(const Other&, Context& context) {
      auto group = context.group<Job>("jobs");
      const SendCounts first = group.broadcast(Job{1});
      EXPECT_EQ(first.ok, 2U);
      const SendCounts second = group.broadcast(Shared<Job>::make(Job{2}));
      EXPECT_EQ(second.ok, 1U);
      EXPECT_EQ(second.full, 1U);
    }
  };
  const auto sender = system_.spawn([](Context&) { return Sender{}; }, {.worker = 0});
  ASSERT_EQ(sender.try_send(Other{}), SendResult::ok);
  settle();
  EXPECT_EQ(jobs_, (Jobs{{"a", {1}}, {"b", {1, 2}}}));
}

// Promises: R5
TEST_F(GroupTest, WithoutMembersItSaysClosedAndNothingBecomesADeadLetter) {
  auto group = jobs();
  EXPECT_EQ(group.try_send(Job{1}), SendResult::closed);
  EXPECT_EQ(group.try_send(Job{1}, consistent_hash(1)), SendResult::closed);
  EXPECT_EQ(jobs(Routing::least_loaded).try_send(Job{1}), SendResult::closed);
  EXPECT_EQ(group.broadcast(Job{1}).ok, 0U);
  EXPECT_EQ(group.pick().cell(), nullptr);
  EXPECT_EQ(system_.dead_letters().total(), 0U);
}

// Promises: R5
TEST_F(GroupTest, AMemberThatStopsLeavesAndOneThatRestartsStays) {
  const MemberRef a = spawn_member("a");
  const MemberRef b = spawn_member("b");
  auto group = jobs();
  ASSERT_EQ(a.try_send(Fail{}), SendResult::ok);
  settle();
  EXPECT_EQ(group.size(), 2U);
  stop(a);
  ASSERT_EQ(group.members().size(), 1U);
  EXPECT_EQ(group.members()[0].id(), b.id());
  for (int number = 0; number < 3; ++number) EXPECT_EQ(group.try_send(Job{number}), SendResult::ok);
  settle();
  EXPECT_EQ(jobs_, (Jobs{{"b", {0, 1, 2}}}));
  stop(b);
  EXPECT_EQ(group.try_send(Job{4}), SendResult::closed);
}

// Promises: R5
TEST_F(GroupTest, AMemberThatIsAboutToStopIsPassedOver) {
  // Given a member that takes no more messages and has not left yet
  const MemberRef a = spawn_member("a");
  spawn_member("b");
  settle();
  auto group = jobs();
  const std::uint64_t open = a.cell()->open_id.exchange(0);
  for (int number = 0; number < 3; ++number) EXPECT_EQ(group.try_send(Job{number}), SendResult::ok);
  for (std::uint64_t key = 0; key < 16; ++key)
    EXPECT_EQ(group.try_send(Job{3}, consistent_hash(key)), SendResult::ok);
  EXPECT_EQ(jobs(Routing::least_loaded).try_send(Job{4}), SendResult::ok);
  a.cell()->open_id.store(open);
  settle();
  EXPECT_EQ(jobs_.size(), 1U);
  EXPECT_EQ(jobs_["b"].size(), 3U + 16U + 1U);
}

// Promises: R5
TEST_F(GroupTest, JoinAndLeaveSayWhatIsWrong) {
  class Stranger {
   public:
    using Handles = Messages<Other>;
    void handle(const Other&) {}
  };
  const auto stranger = system_.spawn("stranger", [](Context&) { return Stranger{}; });
  const MemberRef member = spawn_member("member");
  auto group = jobs();
  const Result<void> refused = group.join(stranger);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "not_handled");
  EXPECT_EQ(refused.error().message,
            "the actor \"stranger\" does not handle Job, which is sent to the group \"jobs\"");
  EXPECT_TRUE(group.join(member));
  EXPECT_EQ(group.size(), 1U) << "joining twice changes nothing";
  EXPECT_FALSE(group.leave(stranger));
  EXPECT_TRUE(group.leave(member));
  EXPECT_FALSE(group.leave(member));
  stop(member);
  EXPECT_EQ(group.join(member).error().code, "not_there");
  EXPECT_EQ(group.join(AnyRef{}).error().code, "not_there");
  System other{{.drive = Drive::manual}};
  EXPECT_EQ(other.group<Other>("jobs").join(stranger).error().code, "other_system");
  EXPECT_THROW(static_cast<void>(system_.group<Job>("jobs.3")), std::invalid_argument);
}

// Promises: R5
TEST_F(GroupTest, NobodyMaySendWhatAMemberDoesNotHandle) {
  spawn_member("member");
  EXPECT_NO_THROW(static_cast<void>(system_.group<Member>("jobs")));
  EXPECT_THROW(static_cast<void>(system_.group<Other>("jobs")), std::invalid_argument);
}

// Promises: R5
TEST_F(GroupTest, AnObserverGetsTheMembersThereAreAndThenEveryChangeWhateverItsMailbox) {
  std::vector<std::string> heard;
  const MemberRef a = spawn_member("a");
  const auto observer =
      system_.spawn([&](Context&) { return Observer{heard}; },
                    {.mailbox = {.capacity = 1, .overflow = Overflow::drop_newest}, .worker = 1});
  settle();
  const MemberRef c = spawn_member("c");
  spawn_member("d");
  EXPECT_TRUE(jobs().leave(c));
  stop(a);
  EXPECT_EQ(heard,
            (std::vector<std::string>{"jobs: added 0", "jobs: listed 0", "jobs: added 2",
                                      "jobs: added 3", "jobs: removed 2", "jobs: removed 0"}));
  // When it is restarted, then it gets the members anew, and is told of each change once
  heard.clear();
  ASSERT_EQ(observer.try_send(Fail{}), SendResult::ok);
  settle();
  EXPECT_TRUE(jobs().join(c));
  settle();
  EXPECT_EQ(heard, (std::vector<std::string>{"jobs: added 3", "jobs: listed 0", "jobs: added 2"}));
  // When it wants no more, or stops
  heard.clear();
  jobs().unsubscribe(observer);
  EXPECT_TRUE(jobs().leave(c));
  jobs().subscribe(observer);
  settle();
  EXPECT_EQ(heard, (std::vector<std::string>{"jobs: added 3", "jobs: listed 0"}));
  stop(observer);
  jobs().subscribe(observer);
  EXPECT_TRUE(jobs().join(c));
  settle();
  EXPECT_EQ(heard.size(), 2U);
}

// Promises: R5
TEST_F(GroupTest, AMemberIsAskedAsAnyActor) {
  const MemberRef a = spawn_member("a");
  const MemberRef b = spawn_member("b");
  class Asker {
   public:
    using Handles = Messages<Other>;
    explicit Asker(std::vector<ActorId>& answers) : answers_{&answers} {}
    Task<> handle(const Other&, Context& context) {
      auto group = context.group<WhoAreYou>("jobs");
      for (int turn = 0; turn < 2; ++turn) {
        const auto name = co_await context.ask(group.pick(), WhoAreYou{}, std::chrono::seconds{1});
        answers_->push_back(name.value().id);
      }
    }

   private:
    std::vector<ActorId>* answers_;
  };
  std::vector<ActorId> answers;
  const auto asker = system_.spawn([&](Context&) { return Asker{answers}; });
  ASSERT_EQ(asker.try_send(Other{}), SendResult::ok);
  settle();
  EXPECT_EQ(answers, (std::vector<ActorId>{a.id(), b.id()}));
}

}  // namespace
}  // namespace mycelium
