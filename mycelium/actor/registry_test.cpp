#include "mycelium/actor/registry.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/protocol/topic_name.hpp"

namespace mycelium {
namespace {

struct Quote {
  int cents;
};
MYCELIUM_MESSAGE(Quote, 561, "test.registry_quote", cents)
struct Report {};
MYCELIUM_MESSAGE(Report, 562, "test.registry_report")
struct Stop {};
MYCELIUM_MESSAGE(Stop, 563, "test.registry_stop")
struct Fail {};
MYCELIUM_MESSAGE(Fail, 564, "test.registry_fail")

class Quoter {
 public:
  using Handles = Messages<Quote, Stop>;
  explicit Quoter(int& sum) : sum_{&sum} {}
  void handle(const Quote& quote) { *sum_ += quote.cents; }
  void handle(const Stop&, Context& context) { context.stop(); }

 private:
  int* sum_;
};

// Hears of every name, from each of its starts on.
class Observer {
 public:
  using Handles = Messages<RegistryChange, Stop, Fail>;
  explicit Observer(std::vector<std::string>& heard) : heard_{&heard} {}
  void on_start(Context& context) { context.registry().subscribe(context.self<Observer>()); }
  void handle(const RegistryChange& change) {
    heard_->push_back(std::string{name_of(change.event)} + " " + change.name);
  }
  void handle(const Stop&, Context& context) { context.stop(); }
  void handle(const Fail&) { throw std::runtime_error{"told to fail"}; }

 private:
  std::vector<std::string>* heard_;
};

using Heard = std::vector<std::string>;

class RegistryTest : public ::testing::Test {
 protected:
  Ref<Quoter::Handles> spawn(std::string name = {}) {
    return system_.spawn(std::move(name), [this](Context&) { return Quoter{sum_}; });
  }
  Ref<Observer::Handles> spawn_observer(const SpawnOptions& options = {}) {
    return system_.spawn([this](Context&) { return Observer{heard_}; }, options);
  }
  void settle() {
    while (system_.step() > 0) {
    }
  }
  void stop(const AnyRef& ref) {
    system_.stop(ref);
    settle();
  }
  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const Registry::Entry& entry : system_.registry().list()) all.push_back(entry.name);
    return all;
  }
  // What is heard since the last look.
  Heard heard() { return std::exchange(heard_, {}); }

  int sum_ = 0;
  Heard heard_;
  System system_{{.workers = 2, .drive = Drive::manual}};
};

// Promises: R6
TEST_F(RegistryTest, ANameIsLookedUpAsARefOfItsActorsMessages) {
  const auto quoter = spawn("quoter");
  const Result<Ref<Quoter::Handles>> by_class = system_.lookup<Quoter>("quoter");
  const Result<RefTo<Quote>> by_message = system_.registry().lookup<Quote>("quoter");
  ASSERT_TRUE(by_class && by_message);
  EXPECT_EQ(*by_class, quoter);
  EXPECT_EQ(by_message->try_send(Quote{3}), SendResult::ok);
  settle();
  EXPECT_EQ(sum_, 3);
}

// Promises: R6
TEST_F(RegistryTest, AnIdIsLookedUpWhetherItsActorHasANameOrNot) {
  for (const auto& quoter : {spawn("quoter"), spawn()}) {
    const auto found = system_.lookup<Quoter>(quoter.id());
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->try_send(Quote{3}), SendResult::ok);
  }
  settle();
  EXPECT_EQ(sum_, 6);
}

// Promises: R6
TEST_F(RegistryTest, ALookUpThatFailsSaysWhy) {
  const auto quoter = spawn("quoter");
  EXPECT_EQ(system_.lookup<Quoter>("quotr").error().message,
            "no actor is registered as \"quotr\"; did you mean \"quoter\"?");
  EXPECT_EQ(system_.lookup<Quoter>("quotr").error().code, "not_found");
  const auto wrong = system_.lookup<Quote, Report>("quoter");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, "not_handled");
  EXPECT_EQ(wrong.error().message,
            "the actor \"quoter\" does not handle Report: it is not among its Handles");
  const auto wrong_by_id = system_.lookup<Report>(quoter.id());
  ASSERT_FALSE(wrong_by_id);
  EXPECT_EQ(wrong_by_id.error().code, "not_handled");
  for (const ActorId nobody : {ActorId{}, ActorId{0, 2}, ActorId{1, 1}, ActorId{4'000'000, 1}})
    EXPECT_EQ(system_.lookup<Quoter>(nobody).error().code, "not_found");
}

// Promises: R6
TEST_F(RegistryTest, ADuplicateNameIsRefusedAndItsHolderNamed) {
  const auto quoter = spawn("quoter");
  ASSERT_TRUE(system_.registry().add("quotes", quoter));
  const auto other = spawn("other");
  const std::string by = " is taken by actor \"quoter\" (actor.0000000000000001); names are unique";
  for (const std::string name : {"quoter", "quotes"}) {
    const Result<void> added = system_.registry().add(name, other);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, "name_taken");
    EXPECT_TRUE(added.error().message.starts_with("the name \"" + name + "\"" + by))
        << added.error().message;
    EXPECT_THROW(static_cast<void>(spawn(name)), std::invalid_argument);
  }
  EXPECT_EQ(names(), (std::vector<std::string>{"other", "quoter", "quotes"}));
}

// Promises: R6
TEST_F(RegistryTest, EveryNameEndsWithItsActorAndIsFreeAgain) {
  const auto quoter = spawn("quoter");
  ASSERT_TRUE(system_.registry().add("quotes", quoter));
  ASSERT_TRUE(system_.registry().add("asks", quoter));
  EXPECT_EQ(system_.lookup<Quoter>("asks").value(), quoter);
  stop(quoter);
  EXPECT_TRUE(names().empty());
  EXPECT_EQ(system_.lookup<Quoter>("asks").error().code, "not_found");
  EXPECT_EQ(system_.registry().add("late", quoter).error().code, "not_there");
  const auto next = spawn("quotes");
  EXPECT_EQ(system_.lookup<Quoter>("quotes").value(), next);
}

// Promises: R6
TEST_F(RegistryTest, AFurtherNameCanBeRemovedAndAnActorsOwnCannot) {
  const auto quoter = spawn("quoter");
  ASSERT_TRUE(system_.registry().add("quotes", quoter));
  EXPECT_TRUE(system_.registry().remove("quotes"));
  EXPECT_EQ(system_.registry().remove("quotes").error().code, "not_found");
  EXPECT_EQ(system_.registry().remove("quoter").error().code, "own_name");
  EXPECT_EQ(names(), std::vector<std::string>{"quoter"});
}

// Promises: R2, R6
TEST_F(RegistryTest, RefusesNamesThatAreNone) {
  const auto quoter = spawn();
  EXPECT_EQ(system_.actors()[0].name, TopicName::mailbox(quoter.id()).text());
  EXPECT_EQ(system_.registry().add("", quoter).error().code, "bad_name");
  const std::string nameless = TopicName::mailbox(quoter.id()).text();
  EXPECT_EQ(system_.registry().add(nameless, quoter).error().code, "bad_name");
  EXPECT_THROW(static_cast<void>(spawn(nameless)), std::invalid_argument);
  EXPECT_EQ(system_.registry().add("quoter", AnyRef{}).error().code, "not_there");
}

// Promises: R6
TEST_F(RegistryTest, IsThatOfOneSystem) {
  System other{{.drive = Drive::manual}};
  const auto quoter = spawn("quoter");
  EXPECT_EQ(other.lookup<Quoter>("quoter").error().code, "not_found");
  EXPECT_EQ(other.registry().add("quoter", quoter).error().code, "other_system");
  EXPECT_TRUE(other.registry().list().empty());
}

// Promises: R6
TEST_F(RegistryTest, AnObserverGetsTheNamesThereAreAndThenEveryChange) {
  spawn("a");
  const auto b = spawn("b");
  spawn_observer();
  settle();
  EXPECT_EQ(heard(), (Heard{"added a", "added b", "listed "}));
  spawn("c");
  ASSERT_TRUE(system_.registry().add("d", b));
  ASSERT_TRUE(system_.registry().remove("d"));
  stop(b);
  EXPECT_EQ(heard(), (Heard{"added c", "added d", "removed d", "removed b"}));
}

// Promises: R6
TEST_F(RegistryTest, AnObserverLosesNoChangeWhateverItsMailbox) {
  const auto observer =
      spawn_observer({.mailbox = {.capacity = 1, .overflow = Overflow::drop_newest}});
  settle();
  heard_.clear();
  // When a hundred names come while one message may wait
  Heard expected;
  for (int index = 0; index < 100; ++index) {
    spawn("actor" + std::to_string(index));
    expected.push_back("added actor" + std::to_string(index));
  }
  settle();
  EXPECT_EQ(heard(), expected);
  // When it is restarted, then it gets the names anew
  ASSERT_EQ(observer.try_send(Fail{}), SendResult::ok);
  settle();
  EXPECT_EQ(heard().size(), 101U);
  // When it wants no more
  system_.registry().unsubscribe(observer);
  spawn("later");
  settle();
  EXPECT_TRUE(heard().empty());
}

TEST_F(RegistryTest, AnObserverThatHasStoppedIsForgotten) {
  const auto observer = spawn_observer();
  settle();
  stop(observer);
  heard_.clear();
  const auto next = spawn("in its place");
  system_.registry().subscribe(observer);
  stop(next);
  EXPECT_TRUE(heard().empty());
  EXPECT_EQ(system_.dead_letters().total(), 0U);
}

// Promises: R6
TEST_F(RegistryTest, ChangesAreOnATopicForThreadsThatPull) {
  Subscriber<RegistryChange> changes = system_.subscriber<RegistryChange>();
  const auto quoter = spawn("quoter");
  stop(quoter);
  const auto added = changes.try_next();
  const auto removed = changes.try_next();
  ASSERT_TRUE(added && removed);
  EXPECT_EQ(added->name, "quoter");
  EXPECT_EQ(added->actor, quoter.id());
  EXPECT_EQ(added->event, SetEvent::added);
  EXPECT_EQ(removed->event, SetEvent::removed);
  EXPECT_FALSE(changes.try_next());
}

// Promises: R6
TEST(RegistryThreads, NamesComeAndGoOnAllThreadsAndAnObserverHearsOfEach) {
  constexpr int kThreads = 3;
  constexpr int kRounds = 200;
  // Sums up what it hears: the names that there are now.
  class Keeper {
   public:
    using Handles = Messages<RegistryChange>;
    Keeper(std::set<std::string>& names, std::atomic<int>& changes)
        : names_{&names}, changes_{&changes} {}
    void on_start(Context& context) { context.registry().subscribe(context.self<Keeper>()); }
    void handle(const RegistryChange& change) {
      if (change.event == SetEvent::added) {
        EXPECT_TRUE(names_->insert(change.name).second) << change.name << " came twice";
      } else if (change.event == SetEvent::removed) {
        EXPECT_EQ(names_->erase(change.name), 1U) << change.name << " went twice";
      }
      if (change.event != SetEvent::listed) changes_->fetch_add(1);
    }

   private:
    std::set<std::string>* names_;
    std::atomic<int>* changes_;
  };
  int sum = 0;
  std::set<std::string> names;
  std::atomic<int> changes{0};
  System system{{.workers = 2}};
  const auto keeper = system.spawn([&](Context&) { return Keeper{names, changes}; }, {.worker = 0});
  ASSERT_TRUE(system.await_started(*keeper.cell()));
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        const std::string own = "own" + std::to_string(thread);
        for (int round = 0; round < kRounds; ++round) {
          const auto quoter = system.spawn(own, [&](Context&) { return Quoter{sum}; });
          // A name for which all compete: whoever has it, nobody else does.
          static_cast<void>(system.registry().add("shared", quoter));
          EXPECT_TRUE(system.lookup<Quoter>(own));
          static_cast<void>(system.registry().list());
          system.stop(quoter);
          EXPECT_TRUE(system.await_stopped(quoter, std::chrono::seconds{60}));
        }
      });
    }
  }
  EXPECT_TRUE(system.registry().list().empty());
  system.stop(keeper);
  EXPECT_TRUE(system.await_stopped(keeper, std::chrono::seconds{60}));
  // Each own name came and went in each round, and what came went again.
  EXPECT_GE(changes.load(), 2 * kThreads * kRounds);
  EXPECT_TRUE(names.empty());
}

}  // namespace
}  // namespace mycelium
