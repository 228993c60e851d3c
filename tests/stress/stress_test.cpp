#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "stress_actors.hpp"

// Everything at once, with real threads. Again with other numbers and for longer:
//   MYCELIUM_STRESS_SEED=7 MYCELIUM_STRESS_SECONDS=60 mycelium_stress_test --gtest_filter=Stress.*
namespace mycelium::stress {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

Overflow policy_of(std::size_t node) {
  constexpr std::array kPolicies{Overflow::block,       Overflow::fail,    Overflow::block,
                                 Overflow::drop_newest, Overflow::fail,    Overflow::block,
                                 Overflow::drop_oldest, Overflow::conflate};
  return kPolicies[node % kPolicies.size()];
}
// Such a node gets nothing but what is in the accounts, since drops are not counted by type.
bool drops(std::size_t node) {
  return policy_of(node) != Overflow::block && policy_of(node) != Overflow::fail;
}
std::size_t any_asked(Random& random) {
  std::size_t node = random.below(kNodes);
  while (drops(node)) node = random.below(kNodes);
  return node;
}

/// Lives as long as the system: driven by a timer it does at random what an actor can do.
class Node {
 public:
  using Handles = Messages<Ball, Crate, Snapshot, Question, Beat, Down>;
  using Interleaved = Messages<Snapshot>;
  Node(Playground& ground, std::uint32_t index) : ground_{&ground}, index_{index} {}

  static std::uint64_t conflation_key(const Snapshot& snapshot) noexcept {
    return snapshot.number % 4;
  }

  void on_start(Context& context) {
    if (!drops(index_)) context.every(microseconds{200}, Beat{});
  }

  void handle(const Ball& ball, Context& context) {
    ground_->arrive(index_, ball.stamp, ball.urgent);
    if (context.random().below(512) == 0) throw std::runtime_error{"a node fails"};
    if (ball.hops > 0) ground_->send_ball(index_ + 1, context.random());
  }
  void handle(const Crate& crate) { ground_->arrive(index_, crate.stamp, false); }
  void handle(const Snapshot&) { ground_->arrive(index_, {}, false); }
  Answer handle(const Question& question) { return Answer{2 * question.value}; }
  void handle(const Down&) { ground_->accounts.downs.fetch_add(1, std::memory_order_relaxed); }

  Task<> handle(const Beat&, Context& context) {
    if (!ground_->playing.load(std::memory_order_relaxed) || !ground_->opened.load()) co_return;
    Random& random = context.random();
    switch (random.below(8)) {
      case 0:
        raise(context);
        break;
      case 1:
        co_await ask_someone(context);
        break;
      case 2:
        co_await send_and_wait(context);
        break;
      case 3:
        ground_->send_snapshots(random);
        break;
      case 4:
        ground_->send_crate(index_ + 1, random);
        break;
      case 5:
        co_await context.sleep(microseconds{random.below(300)});
        if (random.below(16) == 0) throw std::runtime_error{"a node fails after it waited"};
        break;
      default:
        for (int count = 0; count < 8; ++count) ground_->send_ball(index_ + 1, random);
        ground_->send_guest(random);
    }
  }

 private:
  void raise(Context& context) {
    SpawnOptions options{.mailbox = {.capacity = 16}, .restart = kManyRestarts};
    if (context.random().below(2) == 0)
      options.worker = static_cast<std::uint16_t>(context.random().below(8));
    options.dedicated = !options.worker && context.random().below(16) == 0;
    try {
      const auto guest =
          context.spawn([ground = ground_](Context&) { return Guest{*ground}; }, options);
      ground_->accounts.spawned.fetch_add(1, std::memory_order_relaxed);
      ground_->add_guest(guest);
      context.watch(guest);
      if (context.random().below(4) == 0) context.unwatch(guest);
      for (int count = 0; count < 4; ++count)
        ground_->accounts.note(guest.try_send(Ball{{}, 0, false}));
    } catch (const std::length_error&) {
      // No place is free just now.
    }
    // A child of a parent that fails at once is stopped before it starts.
    if (context.random().below(32) == 0) throw std::runtime_error{"a parent fails"};
  }

  Task<> ask_someone(Context& context) {
    struct Unanswered {
      Accounts* accounts;
      ~Unanswered() {
        if (accounts != nullptr) accounts->given_up_answers.fetch_add(1);
      }
    } unanswered{&ground_->accounts};
    const std::uint64_t value = context.random().next() >> 1;
    ground_->accounts.questions.fetch_add(1);
    Result<Answer> answer = fail("nobody", "nobody was asked");
    if (context.random().below(2) == 0) {
      const GuestRef guest = ground_->any_guest(context.random());
      answer = co_await context.ask(guest, Question{value}, milliseconds{2});
    } else {
      const NodeRef node = ground_->nodes[any_asked(context.random())];
      answer = co_await context.ask(node, Question{value}, milliseconds{2});
    }
    unanswered.accounts = nullptr;
    ground_->judge(value, answer);
  }

  Task<> send_and_wait(Context& context) {
    const std::size_t to = context.random().below(kNodes);
    auto& number = ground_->next_number[index_ + 1][to];
    for (int count = 0; count < 8; ++count) {
      Ball ball{{index_ + 1, number + 1}, 0, false};
      const SendResult result =
          co_await context.send(ground_->nodes[to], std::move(ball), milliseconds{1});
      if (ground_->accounts.note(result)) ++number;
    }
  }

  Playground* ground_;
  std::uint32_t index_;
};

/// Counts the dead letters of the messages that are in the accounts.
class DeadLetterCounter final : public Sink<DeadLetter> {
 public:
  explicit DeadLetterCounter(Accounts& accounts) : accounts_{accounts} {}
  bool has_room() override { return true; }
  bool accept(const DeadLetter& letter) override {
    const bool ours = letter.type_id >= 480 && letter.type_id <= 482;
    if (ours && letter.reason != DeadLetterReason::poison) accounts_.dead.fetch_add(1);
    return true;
  }

 private:
  Accounts& accounts_;
};

class Stress : public ::testing::Test {
 protected:
  static constexpr std::size_t kPlaces = 512;  // Few, so that each is used again and again.

  void open() {
    system_.topic<DeadLetter>().subscribe(std::make_shared<DeadLetterCounter>(ground_.accounts),
                                          SubscriptionOptions{Overflow::block});
    for (std::uint32_t index = 0; index < kNodes; ++index) {
      SpawnOptions options{
          .mailbox = {.capacity = 16U << (index % 4), .overflow = policy_of(index)},
          .restart = kManyRestarts};
      options.dedicated = index + 1 == kNodes;
      if (!options.dedicated) options.worker = static_cast<std::uint16_t>(index % 8);
      ground_.nodes[index] = system_.spawn(
          "node" + std::to_string(index), [this, index](Context&) { return Node{ground_, index}; },
          options);
    }
    ground_.opened = true;
  }

  // What a thread that is no worker can do.
  void play(std::uint32_t sender, std::uint64_t seed) {
    Random random{seed};
    while (ground_.playing.load(std::memory_order_relaxed)) {
      switch (random.below(8)) {
        case 0:
          act_on_a_guest(random);
          break;
        case 1:
          ask(random);
          break;
        case 2:
          send_and_wait(sender, random);
          break;
        case 3:
          ground_.send_snapshots(random);
          ground_.send_crate(sender, random);
          break;
        case 4:
          EXPECT_LE(system_.actors().size(), kPlaces);
          break;
        default:
          for (int count = 0; count < 16; ++count) ground_.send_ball(sender, random);
          ground_.send_guest(random);
      }
    }
  }
  void act_on_a_guest(Random& random) {
    const GuestRef guest = ground_.any_guest(random);
    if (random.below(3) != 0)
      system_.stop(guest, random.below(2) == 0 ? StopMode::drain : StopMode::discard);
    if (random.below(4) == 0) static_cast<void>(system_.await_stopped(guest, milliseconds{1}));
    SpawnOptions options{.mailbox = {.capacity = 8}, .restart = kManyRestarts};
    options.dedicated = random.below(8) == 0;
    try {
      ground_.add_guest(system_.spawn([this](Context&) { return Guest{ground_}; }, options));
      ground_.accounts.spawned.fetch_add(1);
    } catch (const std::logic_error&) {
      // No place is free just now, or the system has ended.
    }
  }
  void ask(Random& random) {
    const std::uint64_t value = random.next() >> 1;
    ground_.accounts.questions.fetch_add(1);
    if (random.below(2) == 0) {
      ground_.judge(value,
                    ground_.any_guest(random).ask_blocking(Question{value}, milliseconds{2}));
    } else {
      const NodeRef node = ground_.nodes[any_asked(random)];
      ground_.judge(value, node.ask_blocking(Question{value}, milliseconds{2}));
    }
  }
  void send_and_wait(std::uint32_t sender, Random& random) {
    const std::size_t to = random.below(kNodes);
    auto& number = ground_.next_number[sender][to];
    const SendResult result =
        ground_.nodes[to].send_blocking(Ball{{sender, number + 1}, 0, false}, microseconds{500});
    if (ground_.accounts.note(result)) ++number;
  }

  /// Messages that were taken and have not come to an end.
  [[nodiscard]] std::int64_t unaccounted() const {
    const Accounts& accounts = ground_.accounts;
    std::uint64_t ended = accounts.handled + accounts.dead;
    for (const ActorStatus& status : system_.actors()) ended += status.conflated + status.dropped;
    return static_cast<std::int64_t>(accounts.taken - ended);
  }
  // Until every message has come to an end; what guests have put aside ends with them.
  void await_silence() {
    for (const GuestRef& guest : ground_.all_guests()) system_.stop(guest);
    for (int round = 0; round < 3000 && unaccounted() != 0; ++round)
      static_cast<void>(system_.wait_for(milliseconds{10}));
  }
  void report() const {
    const Accounts& a = ground_.accounts;
    fmt::print(
        "offered {} taken {} full {} closed {} handled {} dead {} out of order {}; questions {} "
        "right {} failed {} wrong {} given up {}; spawned {} downs {} restarts {}\n",
        a.offered.load(), a.taken.load(), a.full.load(), a.closed.load(), a.handled.load(),
        a.dead.load(), a.out_of_order.load(), a.questions.load(), a.right_answers.load(),
        a.failed_answers.load(), a.wrong_answers.load(), a.given_up_answers.load(),
        a.spawned.load(), a.downs.load(), system_.restarts());
  }

  const std::uint64_t seed_ = from_environment("MYCELIUM_STRESS_SEED", 1);
  Playground ground_;
  System system_{{.workers = 8, .lane_bytes = 32 * 1024, .actors_max = kPlaces, .seed = seed_}};
};

// Promises: D1, D2, D4, A1, L4, X2
TEST_F(Stress, WhateverHappensTheAccountsAddUp) {
  spdlog::set_level(spdlog::level::err);
  const std::chrono::seconds lasting{from_environment("MYCELIUM_STRESS_SECONDS", 2)};
  open();
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t index = 0; index < kForeign; ++index) {
      const auto sender = static_cast<std::uint32_t>(kNodes + 1 + index);
      threads.emplace_back([this, sender] { play(sender, seed_ * 1000 + sender); });
    }
    EXPECT_FALSE(system_.wait_for(lasting)) << "an actor gave up";
    ground_.playing = false;
  }
  await_silence();
  report();
  const Accounts& accounts = ground_.accounts;
  EXPECT_EQ(unaccounted(), 0) << "seed " << seed_;
  EXPECT_EQ(accounts.offered, accounts.taken + accounts.full + accounts.closed);
  EXPECT_EQ(accounts.out_of_order, 0U);
  EXPECT_EQ(accounts.wrong_answers, 0U);
  for (const std::string& late : system_.shutdown(std::chrono::seconds{20})) ADD_FAILURE() << late;
  EXPECT_EQ(accounts.questions, accounts.right_answers + accounts.failed_answers +
                                    accounts.wrong_answers + accounts.given_up_answers);
  EXPECT_FALSE(system_.failure());
  EXPECT_GT(accounts.handled, 1000U);
  EXPECT_EQ(Counted::ended_twice(), 0);
  EXPECT_EQ(Counted::alive(), 0) << "messages that nobody ended";
}

// Promises: D2, X2
TEST_F(Stress, ASystemEndsCleanlyWhileForeignThreadsGoOn) {
  spdlog::set_level(spdlog::level::err);
  open();
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t index = 0; index < kForeign; ++index) {
      const auto sender = static_cast<std::uint32_t>(kNodes + 1 + index);
      threads.emplace_back([this, sender] { play(sender, seed_ * 1000 + sender); });
    }
    static_cast<void>(system_.wait_for(milliseconds{200}));
    for (const std::string& late : system_.shutdown(std::chrono::seconds{20}))
      ADD_FAILURE() << late;
    ground_.playing = false;
  }
  report();
  const Accounts& accounts = ground_.accounts;
  EXPECT_EQ(accounts.offered, accounts.taken + accounts.full + accounts.closed);
  EXPECT_EQ(accounts.out_of_order, 0U);
  EXPECT_EQ(accounts.wrong_answers, 0U);
  EXPECT_EQ(Counted::ended_twice(), 0);
}

// Promises: X2
TEST(StressSpawn, WorkersThatAreAddedDuringAShutdownEndWithIt) {
  spdlog::set_level(spdlog::level::err);
  for (int round = 0; round < 50; ++round) {
    Playground ground;
    System system{{.workers = 1}};
    std::atomic<int> spawned{0};
    std::jthread spawner{[&] {
      try {
        while (true) {
          system.spawn([&](Context&) { return Guest{ground}; }, {.dedicated = true});
          ++spawned;
        }
      } catch (const std::logic_error&) {
        // The system has ended, or has as many workers as it may have.
      }
    }};
    while (spawned < round % 8) static_cast<void>(system.wait_for(microseconds{20}));
    EXPECT_TRUE(system.shutdown().empty());
  }
}

}  // namespace
}  // namespace mycelium::stress
