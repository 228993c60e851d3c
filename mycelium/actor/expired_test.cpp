// Requests that nobody waits for any more, and classes that skip them (promise A5).
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "mycelium/testing/test_system.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;

struct Price {
  int cents;
};
MYCELIUM_MESSAGE(Price, 899, "test.expired.price", cents)
struct GetPrice {
  using Reply = Price;
  int number;
};
MYCELIUM_MESSAGE(GetPrice, 900, "test.expired.get_price", number)
struct Go {};
MYCELIUM_MESSAGE(Go, 901, "test.expired.go")

/// Takes 5 ms for a price, and notes which it has worked out.
template <bool kSkips>
class Pricer {
 public:
  using Handles = Messages<GetPrice>;
  static constexpr bool kSkipExpired = kSkips;
  explicit Pricer(std::vector<int>& priced) : priced_{&priced} {}
  Task<Price> handle(const GetPrice& get, Context& context) {
    const int number = get.number;
    co_await context.sleep(milliseconds{5});
    priced_->push_back(number);
    co_return Price{number};
  }

 private:
  std::vector<int>* priced_;
};

/// Asks for four prices at once, the odd ones for at most 8 ms; notes the answers.
class Asker {
 public:
  using Handles = Messages<Go>;
  Asker(RefTo<GetPrice> pricer, std::vector<std::string>& answers)
      : pricer_{pricer}, answers_{&answers} {}
  Task<> handle(const Go&, Context& context) {
    auto first = context.ask(pricer_, GetPrice{1}, milliseconds{8});
    auto second = context.ask(pricer_, GetPrice{2}, milliseconds{100});
    auto third = context.ask(pricer_, GetPrice{3}, milliseconds{8});
    auto fourth = context.ask(pricer_, GetPrice{4}, milliseconds{100});
    note(co_await first);
    note(co_await second);
    note(co_await third);
    note(co_await fourth);
  }

 private:
  void note(const Result<Price>& price) {
    answers_->push_back(price ? std::to_string(price->cents) : price.error().code);
  }

  RefTo<GetPrice> pricer_;
  std::vector<std::string>* answers_;
};

struct Outcome {
  std::vector<int> priced;
  std::vector<std::string> answers;
  std::uint64_t expired = 0;
  std::uint64_t late = 0;
};

template <bool kSkips>
Outcome run(std::uint64_t seed) {
  Outcome outcome;
  testing::TestSystem test{{.workers = 2, .seed = seed}};
  System& system = test.system();
  const auto pricer =
      system.spawn("pricer", [&](Context&) { return Pricer<kSkips>{outcome.priced}; });
  const auto asker = system.spawn([&](Context&) { return Asker{pricer, outcome.answers}; });
  EXPECT_EQ(asker.try_send(Go{}), SendResult::ok);
  test.advance(milliseconds{50});
  for (const ActorStatus& status : system.actors()) outcome.expired += status.expired;
  outcome.late = system.late_replies();
  return outcome;
}

// Promises: A5
TEST(Expired, RequestsAreSkippedAndCountedByAClassThatSaysSo) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Outcome outcome = run<true>(seed);
    EXPECT_EQ(outcome.answers, (std::vector<std::string>{"1", "2", "timeout", "4"}));
    EXPECT_EQ(outcome.priced, (std::vector<int>{1, 2, 4})) << "seed " << seed;
    EXPECT_EQ(outcome.expired, 1U);
    EXPECT_EQ(outcome.late, 0U);
  }
}

// Promises: A5
TEST(Expired, RequestsAreHandledByAnyOtherClass) {
  const Outcome outcome = run<false>(1);
  EXPECT_EQ(outcome.answers, (std::vector<std::string>{"1", "2", "timeout", "4"}));
  EXPECT_EQ(outcome.priced, (std::vector<int>{1, 2, 3, 4}));
  EXPECT_EQ(outcome.expired, 0U);
  EXPECT_EQ(outcome.late, 1U);
}

}  // namespace
}  // namespace mycelium
