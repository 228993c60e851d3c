#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

struct Price {
  std::uint64_t key;
  int number;
  std::shared_ptr<int> owned{};
};
MYCELIUM_MESSAGE(Price, 400, "test.overflow.price", key, number, owned)

struct Volume {
  std::uint64_t key;
  int number;
};
MYCELIUM_MESSAGE(Volume, 401, "test.overflow.volume", key, number)

// Too large for an envelope and for a lane.
struct Depth {
  std::uint64_t key;
  int number;
  std::array<std::byte, 3000> bytes{};
  std::shared_ptr<int> owned{};
};
MYCELIUM_MESSAGE(Depth, 402, "test.overflow.depth", key, number, bytes, owned)

// Without a key.
struct Remark {
  int number;
};
MYCELIUM_MESSAGE(Remark, 403, "test.overflow.remark", number)

struct Total {
  int number;
};
MYCELIUM_MESSAGE(Total, 404, "test.overflow.total", number)
struct GetTotal {
  using Reply = Total;
  std::uint64_t key;
};
MYCELIUM_MESSAGE(GetTotal, 405, "test.overflow.get_total", key)

struct Break {};
MYCELIUM_MESSAGE(Break, 406, "test.overflow.break")
struct Act {};
MYCELIUM_MESSAGE(Act, 407, "test.overflow.act")

using Seen = std::vector<std::string>;

// Writes down what it handles: type, key and number.
class Reader {
 public:
  using Handles = Messages<Price, Volume, Depth, Remark, GetTotal, Break>;
  explicit Reader(Seen& seen) : seen_{&seen} {}

  static std::uint64_t conflation_key(const Price& price) noexcept { return price.key; }
  static std::uint64_t conflation_key(const Volume& volume) noexcept { return volume.key; }
  static std::uint64_t conflation_key(const Depth& depth) noexcept { return depth.key; }
  static std::uint64_t conflation_key(const GetTotal& get) noexcept { return get.key; }

  void handle(const Price& price) { write("p", price.key, price.number); }
  void handle(const Volume& volume) { write("v", volume.key, volume.number); }
  void handle(const Depth& depth) { write("d", depth.key, depth.number); }
  void handle(const Remark& remark) { seen_->push_back("r" + std::to_string(remark.number)); }
  Total handle(const GetTotal&) { return Total{++asked_}; }
  void handle(const Break&) { throw std::runtime_error{"broken"}; }

 private:
  void write(const char* type, std::uint64_t key, int number) {
    seen_->push_back(type + std::to_string(key) + ":" + std::to_string(number));
  }

  Seen* seen_;
  int asked_ = 0;
};
using ReaderRef = Ref<Reader::Handles>;

// Runs a piece of test code as an actor, so on a worker.
class Runner {
 public:
  using Handles = Messages<Act>;
  explicit Runner(std::function<void(Context&)> run) : run_{std::move(run)} {}
  void handle(const Act&, Context& context) { run_(context); }

 private:
  std::function<void(Context&)> run_;
};

class Asker {
 public:
  using Handles = Messages<Act>;
  Asker(ReaderRef target, Seen& answers) : target_{target}, answers_{&answers} {}
  Task<> handle(const Act&, Context& context) {
    static_cast<void>(target_.try_send(Price{1, 0}));
    auto first = context.ask(target_, GetTotal{1}, std::chrono::seconds{1});
    auto second = context.ask(target_, GetTotal{1}, std::chrono::seconds{1});
    const Result<Total> one = co_await first;
    const Result<Total> two = co_await second;
    for (const Result<Total>* answer : {&one, &two})
      answers_->push_back(*answer ? std::to_string((*answer)->number) : answer->error().code);
  }

 private:
  ReaderRef target_;
  Seen* answers_;
};

enum class From { same_worker, other_worker, foreign_thread };

class OverflowTest : public ::testing::TestWithParam<From> {
 protected:
  static constexpr std::uint32_t kCapacity = 3;

  void settle() {
    while (system_.step() > 0) {
    }
  }
  void on_worker(std::uint16_t worker, const std::function<void(Context&)>& run) {
    const auto runner = system_.spawn([run](Context&) { return Runner{run}; }, {.worker = worker});
    ASSERT_EQ(runner.try_send(Act{}), SendResult::ok);
    settle();
  }
  ReaderRef spawn(Overflow overflow, std::uint32_t capacity = kCapacity) {
    const auto ref =
        system_.spawn("reader", [this](Context&) { return Reader{seen_}; },
                      {.mailbox = {.capacity = capacity, .overflow = overflow}, .worker = 1});
    settle();
    return ref;
  }
  // Sends from where the test's parameter says: all of it before the reader runs again.
  void send_from_there(const std::function<void()>& send) {
    switch (GetParam()) {
      case From::same_worker:
        return on_worker(1, [&](Context&) { send(); });
      case From::other_worker:
        return on_worker(0, [&](Context&) { send(); });
      case From::foreign_thread:
        send();
        settle();
    }
  }
  ActorStatus status() {
    for (const ActorStatus& status : system_.actors()) {
      if (status.name == "reader") return status;
    }
    ADD_FAILURE() << "the reader is gone";
    return {};
  }

  ManualClock clock_;
  Seen seen_;
  System system_{{.workers = 2, .clock = &clock_, .drive = Drive::manual}};
};

template <typename... Ms>
void send_all(const ReaderRef& ref, const Ms&... messages) {
  for (const SendResult result : {ref.try_send(messages)...}) EXPECT_EQ(result, SendResult::ok);
}

// Promises: D4, D6
TEST_F(OverflowTest, BlockAndFailTakeAsManyAsTheCapacitySays) {
  for (const Overflow overflow : {Overflow::block, Overflow::fail}) {
    const auto ref = spawn(overflow);
    std::vector<SendResult> results;
    on_worker(1, [&](Context&) {
      for (int number = 0; number < 5; ++number) results.push_back(ref.try_send(Remark{number}));
    });
    using enum SendResult;
    EXPECT_EQ(results, (std::vector{ok, ok, ok, full, full}));
    EXPECT_EQ(std::exchange(seen_, {}), (Seen{"r0", "r1", "r2"}));
    EXPECT_EQ(status().dropped, 0U);
    EXPECT_EQ(status().depth_high_water, 3U);
    system_.stop(ref);
    settle();
  }
}

// Promises: D6
TEST_P(OverflowTest, DropNewestKeepsWhatCameFirst) {
  const auto ref = spawn(Overflow::drop_newest);
  send_from_there([&] {
    for (int number = 0; number < 200; ++number) send_all(ref, Remark{number});
  });
  EXPECT_EQ(seen_, (Seen{"r0", "r1", "r2"}));
  EXPECT_EQ(status().dropped, 197U);
  EXPECT_EQ(status().handled, 3U);
  EXPECT_EQ(status().depth_high_water, 3U);
  EXPECT_EQ(system_.dead_letters().total(), 0U);
}

// Promises: D6
TEST_P(OverflowTest, DropOldestKeepsWhatCameLast) {
  const auto ref = spawn(Overflow::drop_oldest);
  send_from_there([&] {
    for (int number = 0; number < 200; ++number) send_all(ref, Remark{number});
  });
  EXPECT_EQ(seen_, (Seen{"r197", "r198", "r199"}));
  EXPECT_EQ(status().dropped, 197U);
  EXPECT_EQ(status().handled, 3U);
  EXPECT_EQ(status().depth_high_water, 3U);
}

// Promises: D6
TEST_P(OverflowTest, ConflatePutsTheLaterMessageInThePlaceOfTheEarlierOne) {
  const auto ref = spawn(Overflow::conflate);
  send_from_there([&] {
    send_all(ref, Price{1, 0}, Price{2, 1}, Price{1, 2}, Price{3, 3}, Price{1, 4}, Price{3, 5});
  });
  EXPECT_EQ(seen_, (Seen{"p1:4", "p2:1", "p3:5"}));
  EXPECT_EQ(status().conflated, 3U);
  EXPECT_EQ(status().dropped, 0U);
  EXPECT_EQ(status().handled, 3U);
  // What has been handled is not there to be replaced.
  send_from_there([&] { send_all(ref, Price{1, 6}, Price{1, 7}); });
  EXPECT_EQ(seen_.back(), "p1:7");
  EXPECT_EQ(status().handled, 4U);
}

// Promises: D6
TEST_P(OverflowTest, AKeyIsOneOfItsMessageType) {
  const auto ref = spawn(Overflow::conflate, 4);
  send_from_there([&] {
    send_all(ref, Price{1, 0}, Volume{1, 1}, Depth{1, 2}, Price{1, 3}, Volume{1, 4}, Depth{1, 5});
  });
  EXPECT_EQ(seen_, (Seen{"p1:3", "v1:4", "d1:5"}));
}

// Promises: D6
TEST_P(OverflowTest, WhatHasNoKeyReplacesNothing) {
  const auto ref = spawn(Overflow::conflate);
  send_from_there([&] { send_all(ref, Remark{0}, Remark{1}, Price{1, 2}, Price{1, 3}); });
  EXPECT_EQ(seen_, (Seen{"r0", "r1", "p1:3"}));
}

// Promises: D6
TEST_P(OverflowTest, MoreKeysThanTheCapacityDropTheOldestAndItsKey) {
  const auto ref = spawn(Overflow::conflate);
  send_from_there([&] {
    send_all(ref, Price{1, 0}, Remark{1}, Price{2, 2}, Price{3, 3});  // Price 1 is dropped.
    send_all(ref, Price{1, 4}, Price{2, 5}, Price{1, 6});  // The remark is, for price 1 is new.
  });
  EXPECT_EQ(seen_, (Seen{"p2:5", "p3:3", "p1:6"}));
  EXPECT_EQ(status().dropped, 2U);
  EXPECT_EQ(status().conflated, 2U);
}

// Promises: D2, D6
TEST_P(OverflowTest, EachMessageEndsOnceWhateverItReplaces) {
  const auto owned = std::make_shared<int>(1);
  const auto shared = Shared<Price>::make(Price{1, 100, owned});
  for (const Overflow overflow :
       {Overflow::conflate, Overflow::drop_oldest, Overflow::drop_newest}) {
    const auto ref = spawn(overflow);
    send_from_there([&] {
      send_all(ref, Price{1, 0, owned}, shared, shared, Price{1, 3, owned});
      send_all(ref, Depth{2, 4, {}, owned}, Depth{2, 5, {}, owned}, Depth{3, 6, {}, owned});
      EXPECT_EQ(ref.try_send(Shared<Depth>::make(Depth{3, 7, {}, owned})), SendResult::ok);
      EXPECT_EQ(ref.try_send(shared), SendResult::ok);
    });
    EXPECT_EQ(shared->number, 100);
    EXPECT_EQ(shared.use_count(), 1U);
    EXPECT_EQ(owned.use_count(), 2);
    if (overflow == Overflow::conflate) {
      EXPECT_EQ(seen_, (Seen{"p1:100", "d2:5", "d3:7"}));
    }
    EXPECT_EQ(status().handled + status().dropped + status().conflated, 9U);
    seen_.clear();
    system_.stop(ref);
    settle();
  }
}

// Promises: D6, L4, L6
TEST_P(OverflowTest, ThePolicySurvivesARestart) {
  const auto ref = spawn(Overflow::conflate);
  send_from_there([&] { send_all(ref, Break{}, Price{1, 0}, Price{1, 1}); });
  EXPECT_EQ(seen_, (Seen{"p1:1"}));
  EXPECT_EQ(status().restarts, 1U);
  send_from_there([&] { send_all(ref, Price{1, 2}, Remark{3}, Price{1, 4}); });
  EXPECT_EQ(seen_, (Seen{"p1:1", "p1:4", "r3"}));
  EXPECT_EQ(status().conflated, 2U);
}

// Promises: D6, A1
TEST_F(OverflowTest, AnAskIsNeverConflated) {
  const auto ref = spawn(Overflow::conflate, 4);
  Seen answers;
  for (const std::uint16_t worker : {0, 1}) {
    const auto asker =
        system_.spawn([&](Context&) { return Asker{ref, answers}; }, {.worker = worker});
    ASSERT_EQ(asker.try_send(Act{}), SendResult::ok);
    settle();
  }
  EXPECT_EQ(answers, (Seen{"1", "2", "3", "4"}));
  EXPECT_EQ(status().conflated, 0U);
}

// Promises: D6, A1
TEST_F(OverflowTest, AnAskThatIsDroppedIsToldFull) {
  for (const auto& [overflow, expected] : {std::pair{Overflow::drop_newest, Seen{"full", "full"}},
                                           std::pair{Overflow::drop_oldest, Seen{"full", "1"}}}) {
    for (const std::uint16_t worker : {0, 1}) {
      const auto ref = spawn(overflow, 1);
      Seen answers;
      const auto asker =
          system_.spawn([&](Context&) { return Asker{ref, answers}; }, {.worker = worker});
      ASSERT_EQ(asker.try_send(Act{}), SendResult::ok);
      settle();
      EXPECT_EQ(answers, expected) << name_of(overflow) << " from worker " << worker;
      system_.stop(ref);
      settle();
    }
  }
}

// Promises: D4, D6
TEST_F(OverflowTest, WhatComesBeforeTheStartIsUnderThePolicyToo) {
  const auto spawn_and_send = [this](Context& context) {
    const auto ref =
        context.spawn("early", [this](Context&) { return Reader{seen_}; },
                      {.mailbox = {.capacity = kCapacity, .overflow = Overflow::conflate}});
    send_all(ref, Price{1, 0}, Price{2, 1}, Price{1, 2}, Price{3, 3}, Price{3, 4});
  };
  on_worker(0, spawn_and_send);
  EXPECT_EQ(seen_, (Seen{"p1:2", "p2:1", "p3:4"}));
}

std::string name_of_way(const ::testing::TestParamInfo<From>& tested) {
  switch (tested.param) {
    case From::same_worker:
      return "SameWorker";
    case From::other_worker:
      return "OtherWorker";
    default:
      return "ForeignThread";
  }
}
// Promises: D6, T1
TEST_F(OverflowTest, AMessageOfATimerFindsItsPlaceWhateverThePolicy) {
  struct Alarmed {
    using Handles = Messages<Act, Remark>;
    Seen* seen;
    Task<> handle(const Act&, Context& context) {
      context.after(std::chrono::milliseconds{1}, Remark{9});
      for (int number = 0; number < 3; ++number)
        EXPECT_EQ(context.self<Alarmed>().try_send(Remark{number}), SendResult::ok);
      co_await context.sleep(std::chrono::milliseconds{2});
    }
    void handle(const Remark& remark) { seen->push_back("r" + std::to_string(remark.number)); }
  };
  const auto alarmed =
      system_.spawn([this](Context&) { return Alarmed{&seen_}; },
                    {.mailbox = {.capacity = 2, .overflow = Overflow::drop_newest}});
  ASSERT_EQ(alarmed.try_send(Act{}), SendResult::ok);
  settle();
  for (int count = 0; count < 2; ++count) {
    clock_.advance(std::chrono::milliseconds{1});
    settle();
  }
  EXPECT_EQ(seen_, (Seen{"r0", "r1", "r9"}));
}

INSTANTIATE_TEST_SUITE_P(SentFrom, OverflowTest,
                         ::testing::Values(From::same_worker, From::other_worker,
                                           From::foreign_thread),
                         name_of_way);

}  // namespace
}  // namespace mycelium
