#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Number {
  std::uint64_t value;
};
MYCELIUM_MESSAGE(Number, 330, "test.number", value)
// 96 to 128 bytes: inside an envelope without metadata, or beyond it with some.
struct WideAsk {
  using Reply = Number;
  std::array<std::uint64_t, 12> values;
};
MYCELIUM_MESSAGE(WideAsk, 331, "test.wide_ask", values)
struct WiderAsk {
  using Reply = Number;
  std::array<std::uint64_t, 16> values;
};
MYCELIUM_MESSAGE(WiderAsk, 332, "test.wider_ask", values)
template <std::size_t kWords>
struct Words {
  std::uint64_t first;
  std::array<std::uint64_t, kWords> words;
  std::shared_ptr<int> owned;
};
using Small = Words<5>;     // As much as a frame holds inside.
using Large = Words<1000>;  // By block.
MYCELIUM_MESSAGE(Small, 333, "test.small", first, words, owned)
MYCELIUM_MESSAGE(Large, 334, "test.large", first, words, owned)
struct GetSmall {
  using Reply = Small;
  std::uint64_t number;
};
MYCELIUM_MESSAGE(GetSmall, 335, "test.get_small", number)
struct GetLarge {
  using Reply = Large;
  std::uint64_t number;
};
MYCELIUM_MESSAGE(GetLarge, 336, "test.get_large", number)
struct Relayed {
  using Reply = Number;
  std::uint64_t value;
};
MYCELIUM_MESSAGE(Relayed, 337, "test.relayed", value)
struct Begin {};
MYCELIUM_MESSAGE(Begin, 338, "test.begin")
struct Break {};
MYCELIUM_MESSAGE(Break, 339, "test.break")

using Numbers = std::vector<std::uint64_t>;

class Library {
 public:
  using Handles = Messages<WideAsk, WiderAsk, GetSmall, GetLarge, Relayed>;
  explicit Library(std::shared_ptr<int> owned) : owned_{std::move(owned)} {}
  Number handle(const WideAsk& ask) { return {sum(ask.values)}; }
  Task<Number> handle(const WiderAsk& ask, Context& context) {
    co_await context.sleep(milliseconds{1});
    co_return Number{sum(ask.values)};
  }
  Small handle(const GetSmall& get) { return {get.number, {}, owned_}; }
  Large handle(const GetLarge& get) {
    Large large{get.number, {}, owned_};
    large.words.back() = get.number + 1;
    return large;
  }
  Number handle(const Relayed& relayed) { return {relayed.value * 2}; }

 private:
  static std::uint64_t sum(const auto& values) {
    return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
  }
  std::shared_ptr<int> owned_;
};
using LibraryRef = RefTo<WideAsk, WiderAsk, GetSmall, GetLarge, Relayed>;

// Sends what it is asked on to a third.
class Relay {
 public:
  using Handles = Messages<Relayed>;
  Relay(RefTo<Relayed> to, bool waits) : to_{to}, waits_{waits} {}
  Task<> handle(const Relayed& relayed, Context& context) {
    if (waits_) co_await context.sleep(milliseconds{1});
    EXPECT_EQ(context.forward(to_, relayed), SendResult::ok);
  }

 private:
  RefTo<Relayed> to_;
  bool waits_;
};

using Script = std::function<Task<>(Context&)>;
class Asker {
 public:
  using Handles = Messages<Begin, Break, Relayed>;
  using Interleaved = Messages<Break>;
  explicit Asker(const Script& script) : script_{&script} {}
  Task<> handle(const Begin&, Context& context) { return (*script_)(context); }
  void handle(const Break&) { throw std::runtime_error{"broken"}; }
  Number handle(const Relayed& relayed) { return {relayed.value}; }

 private:
  const Script* script_;
};
using AskerRef = RefTo<Begin, Break, Relayed>;

class AskLifeTest : public ::testing::TestWithParam<std::uint16_t> {
 protected:
  LibraryRef library() {
    return system_.spawn([this](Context&) { return Library{owned_}; }, {.worker = GetParam()});
  }
  AskerRef run(Script script) {
    const Script& kept = scripts_.emplace_back(std::move(script));
    const auto asker = system_.spawn([&kept](Context&) { return Asker{kept}; }, {.worker = 0});
    EXPECT_EQ(asker.try_send(Begin{}), SendResult::ok);
    return asker;
  }
  void settle() {
    while (system_.step() > 0) {
    }
  }
  void advance(std::chrono::nanoseconds by) {
    clock_.advance(by);
    settle();
  }

  ManualClock clock_;
  std::shared_ptr<int> owned_ = std::make_shared<int>(0);  // Every reply holds it.
  Numbers numbers_;
  std::list<Script> scripts_;
  System system_{{.workers = 3, .lane_bytes = 32 * 1024, .clock = &clock_, .drive = Drive::manual}};
};
INSTANTIATE_TEST_SUITE_P(FromWorker0To, AskLifeTest, ::testing::Values(0, 1));

TEST_P(AskLifeTest, ARequestWiderThanAnEnvelopeArrivesWhole) {
  const LibraryRef target = library();
  run([=, this](Context& context) -> Task<> {
    WideAsk wide{};
    std::iota(wide.values.begin(), wide.values.end(), 1U);
    numbers_.push_back((co_await context.ask(target, wide, seconds{1})).value().value);
    WiderAsk wider{};
    std::iota(wider.values.begin(), wider.values.end(), 1U);
    numbers_.push_back((co_await context.ask(target, wider, seconds{1})).value().value);
  });
  settle();
  advance(milliseconds{1});
  EXPECT_EQ(numbers_, (Numbers{78, 136}));
}

TEST_P(AskLifeTest, ALargeReplyArrivesWhole) {
  const LibraryRef target = library();
  run([=, this](Context& context) -> Task<> {
    const Result<Large> large = co_await context.ask(target, GetLarge{5}, seconds{1});
    numbers_ = {large.value().first, large->words.back()};
    EXPECT_EQ(large->owned, owned_);
  });
  settle();
  EXPECT_EQ(numbers_, (Numbers{5, 6}));
  EXPECT_EQ(owned_.use_count(), 2);  // The library's.
}

// One asker of many, each with one ask on its way: more replies at once than the lane back holds.
template <typename Q>
Task<> ask_and_note(Context& context, LibraryRef target, Numbers& numbers) {
  const std::uint64_t number = context.id().slot();
  const auto result = co_await context.ask(target, Q{number}, seconds{1});
  EXPECT_TRUE(result.has_value());
  if (result) numbers.push_back(result->first);
}

// Promises: A2
TEST_P(AskLifeTest, NoReplyIsLostWhileTheLaneBackIsFull) {
  constexpr std::size_t kAskers = 480;
  const LibraryRef target = library();
  settle();
  Numbers asked;
  for (std::size_t asker = 0; asker < kAskers; ++asker) {
    const AskerRef ref = run([=, this](Context& context) {
      return asker % 3 == 0 ? ask_and_note<GetLarge>(context, target, numbers_)
                            : ask_and_note<GetSmall>(context, target, numbers_);
    });
    asked.push_back(ref.id().slot());
  }
  Worker& theirs = *target.cell()->worker;
  Worker& askers = system_.worker_group().worker(0);
  // The askers' worker sends, and does not look at what comes back meanwhile.
  askers.step();
  for (int answers = 0; answers < 100 && GetParam() != 0; ++answers) theirs.step();
  EXPECT_EQ(theirs.overflow_waits(), GetParam() != 0);
  settle();
  EXPECT_EQ(numbers_, asked);
  EXPECT_EQ(system_.late_replies(), 0U);
  EXPECT_EQ(owned_.use_count(), 2);
}

// Promises: A1
TEST_P(AskLifeTest, WhomAnAskIsForwardedToAnswersTheAsker) {
  const LibraryRef target = library();
  for (const bool waits : {false, true}) {
    const RefTo<Relayed> last = target;
    const RefTo<Relayed> relay =
        system_.spawn([=](Context&) { return Relay{last, waits}; }, {.worker = 2});
    const RefTo<Relayed> first =
        system_.spawn([=](Context&) { return Relay{relay, false}; }, {.worker = 0});
    run([=, this](Context& context) -> Task<> {
      numbers_.push_back((co_await context.ask(first, Relayed{4}, seconds{1})).value().value);
    });
    settle();
    advance(milliseconds{1});
  }
  EXPECT_EQ(numbers_, (Numbers{8, 8}));
  EXPECT_EQ(system_.late_replies(), 0U);
}

// Promises: A1
TEST_P(AskLifeTest, AnAskOfOneselfTimesOut) {
  std::string code;
  run([&](Context& context) -> Task<> {
    const auto self = context.self<Asker>();
    code = (co_await context.ask(self, Relayed{1}, milliseconds{5})).error().code;
  });
  settle();
  EXPECT_EQ(code, "");
  advance(milliseconds{5});
  EXPECT_EQ(code, "timeout");
  EXPECT_EQ(system_.late_replies(), 1U);  // The request was handled afterwards.
}

// Promises: A4
TEST_P(AskLifeTest, AnAskerThatIsRestartedForgetsItsAsksAndWhatTheyHeld) {
  const LibraryRef target = library();
  bool resumed = false;
  const AskerRef asker = run([=, &resumed](Context& context) -> Task<> {
    auto small = context.ask(target, GetSmall{1}, seconds{1});
    const auto wider = co_await context.ask(target, WiderAsk{}, seconds{1});
    resumed = wider.has_value() || (co_await small).has_value();
  });
  system_.step();
  system_.step();
  ASSERT_EQ(asker.try_send(Break{}), SendResult::ok);
  settle();
  EXPECT_EQ(system_.restarts(), 1U);
  advance(seconds{2});
  EXPECT_FALSE(resumed);
  EXPECT_GE(system_.late_replies(), 1U);
  EXPECT_EQ(owned_.use_count(), 2);
}

// Promises: A1
TEST_P(AskLifeTest, AnActorOfAnotherSystemCannotBeAsked) {
  // Given another system with an actor at the place that the asker has in its own
  System other{{.clock = &clock_, .drive = Drive::manual}};
  other.spawn([](Context&) { return Library{{}}; });
  const LibraryRef foreigner = other.spawn([](Context&) { return Library{{}}; });
  std::string code;
  run([=, &code](Context& context) -> Task<> {
    const auto result = co_await context.ask(foreigner, Relayed{1}, milliseconds{5});
    code = result ? "answered" : result.error().code;
  });
  while (system_.step() + other.step() > 0) {
  }
  EXPECT_EQ(code, "disconnected");
  EXPECT_EQ(other.late_replies() + system_.late_replies(), 0U);
}

// Promises: A1, A3
TEST_P(AskLifeTest, ASystemThatEndsWhileAsksWaitFreesAllTheyHold) {
  const auto owned = std::make_shared<int>(0);
  {
    System system{{.workers = 2, .clock = &clock_, .drive = Drive::manual}};
    const Script script = [&](Context& context) -> Task<> {
      const auto self = context.self<Asker>();
      auto large = context.ask(RefTo<Relayed>{self}, Relayed{1}, seconds{1});
      const std::shared_ptr<int> held = owned;
      co_await large;
    };
    const auto asker = system.spawn([&](Context&) { return Asker{script}; });
    EXPECT_EQ(asker.try_send(Begin{}), SendResult::ok);
    while (system.step() > 0) {
    }
    EXPECT_EQ(owned.use_count(), 2);
    EXPECT_EQ(system.shutdown().size(), 1U);
  }
  EXPECT_EQ(owned.use_count(), 1);
}

}  // namespace
}  // namespace mycelium
