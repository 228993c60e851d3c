#include "mycelium/testing/seeds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/base/assert.hpp"
#include "mycelium/testing/probe.hpp"

namespace mycelium::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Deposit {
  std::int64_t amount;
};
MYCELIUM_MESSAGE(Deposit, 731, "test.deposit", amount)

// Sets the variable that chooses a seed, and sets it back.
class ChosenSeed {
 public:
  explicit ChosenSeed(const char* value) {
    if (const char* const was = std::getenv(kSeedVariable)) before_ = was;
    value != nullptr ? setenv(kSeedVariable, value, 1) : unsetenv(kSeedVariable);
  }
  ~ChosenSeed() {
    before_.empty() ? unsetenv(kSeedVariable) : setenv(kSeedVariable, before_.c_str(), 1);
  }
  ChosenSeed(const ChosenSeed&) = delete;
  ChosenSeed& operator=(const ChosenSeed&) = delete;

 private:
  std::string before_;
};

// Passes a deposit on.
class Teller {
 public:
  using Handles = Messages<Deposit>;
  explicit Teller(RefTo<Deposit> account) : account_{account} {}
  void handle(const Deposit& deposit) { EXPECT_EQ(account_.try_send(deposit), SendResult::ok); }

 private:
  RefTo<Deposit> account_;
};

// Two tellers pass on one deposit each: the order in which these reach the account.
std::vector<std::int64_t> deposits(TestSystem& system) {
  Probe<Deposit> account{system};
  for (const std::int64_t amount : {1, 2}) {
    const auto teller = system.spawn([&](Context&) { return Teller{account.ref()}; });
    EXPECT_EQ(teller.try_send(Deposit{amount}), SendResult::ok);
  }
  system.run_until_idle();
  std::vector<std::int64_t> amounts;
  for (const Deposit& deposit : account.messages<Deposit>()) amounts.push_back(deposit.amount);
  return amounts;
}

void expect_the_first_first(TestSystem& system) {
  if (deposits(system).front() != 1) throw std::runtime_error{"the second came first"};
}

// Promises: T4
TEST(ForEachSeed, TriesDifferentSchedulesAndCountsThem) {
  const ChosenSeed none{nullptr};
  std::set<std::uint64_t> seeds;
  std::set<std::vector<std::int64_t>> orders;
  const SeedReport report = for_each_seed(200, [&](TestSystem& system) {
    seeds.insert(system.seed());
    orders.insert(deposits(system));
  });
  EXPECT_EQ(report.seeds, 200U);
  EXPECT_EQ(seeds.size(), 200U);
  EXPECT_EQ(orders.size(), 2U);
  EXPECT_GT(report.schedules, 100U);
  EXPECT_LE(report.schedules, 200U);
}

TEST(ForEachSeed, CountsARepeatedScheduleOnce) {
  const ChosenSeed none{nullptr};
  EXPECT_EQ(for_each_seed(10, [](TestSystem&) {}).schedules, 1U);
}

// Promises: T4
TEST(ForEachSeed, ARaceIsFoundAndItsSeedFailsAgainAlone) {
  const ChosenSeed none{nullptr};
  std::uint64_t seed = 0;
  try {
    for_each_seed(100, expect_the_first_first);
    FAIL() << "the race was not found";
  } catch (const SeedFailure& failure) {
    seed = failure.seed();
    EXPECT_EQ(failure.what(), "seed " + std::to_string(seed) +
                                  ": the second came first. MYCELIUM_TEST_SEED=" +
                                  std::to_string(seed) + " runs this seed alone");
    EXPECT_THROW(std::rethrow_if_nested(failure), std::runtime_error);
  }
  const ChosenSeed chosen{std::to_string(seed).c_str()};
  std::vector<std::uint64_t> seeds;
  const auto again = [&] {
    for_each_seed(100, [&](TestSystem& system) {
      seeds.push_back(system.seed());
      expect_the_first_first(system);
    });
  };
  EXPECT_THROW(again(), SeedFailure);
  EXPECT_EQ(seeds, std::vector{seed});
}

TEST(ForEachSeed, AChosenSeedThatPassesIsOneRun) {
  const ChosenSeed chosen{"12345"};
  const SeedReport report =
      for_each_seed(100, [](TestSystem& system) { EXPECT_EQ(system.seed(), 12345U); });
  EXPECT_EQ(report.seeds, 1U);
}

TEST(ForEachSeed, AChosenSeedThatIsNoNumberIsRefused) {
  for (const char* const wrong : {"x", "12x", "-1", "99999999999999999999"}) {
    const ChosenSeed chosen{wrong};
    EXPECT_THROW(for_each_seed(1, [](TestSystem&) {}), std::invalid_argument) << wrong;
  }
}

TEST(ForEachSeed, ChecksOfAFrameworkThatDoNotThrowFailTheSeedToo) {
  const ChosenSeed none{nullptr};
  int runs = 0;
  const SeedOptions options{.system = {.seed = 10}, .failed = [&] { return runs == 3; }};
  try {
    for_each_seed(5, [&](TestSystem&) { ++runs; }, options);
    FAIL() << "no seed has failed";
  } catch (const SeedFailure& failure) {
    EXPECT_EQ(failure.seed(), 12U);
    EXPECT_THAT(failure.what(), HasSubstr("seed 12: an assertion has failed. "));
  }
}

TEST(ForEachSeed, AnExceptionOfAnyTypeFailsTheSeed) {
  const ChosenSeed none{nullptr};
  try {
    for_each_seed(1, [](TestSystem&) { throw 42; });  // NOLINT: no std::exception is the point.
    FAIL() << "no seed has failed";
  } catch (const SeedFailure& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("no std::exception"));
    EXPECT_THROW(std::rethrow_if_nested(failure), int);
  }
}

// A handler that does `harm` when the third seed runs.
void harm_in_the_third(void (*harm)()) {
  const ChosenSeed none{nullptr};
  for_each_seed(5, [harm](TestSystem& system) {
    if (system.seed() == 3) harm();
  });
}

constexpr const char* kThirdSeed =
    "seed 3 was running. MYCELIUM_TEST_SEED=3 runs this seed alone\n";

// Promises: T4
TEST(ForEachSeedDeathTest, ABrokenAssertionSaysWhichSeedRan) {
  EXPECT_DEATH(harm_in_the_third([] { MYCELIUM_ASSERT(false, "the books balance"); }),
               ::testing::AllOf(HasSubstr("the books balance"), HasSubstr(kThirdSeed)));
}

// Promises: T4
TEST(ForEachSeedDeathTest, SoDoTerminateAndFatalSignals) {
  EXPECT_DEATH(harm_in_the_third([] { std::terminate(); }), HasSubstr(kThirdSeed));
  for (void (*const harm)() : {+[] { std::raise(SIGSEGV); }, +[] { std::raise(SIGFPE); }})
    EXPECT_DEATH(harm_in_the_third(harm), HasSubstr(kThirdSeed));
}

TEST(ForEachSeedDeathTest, AnAbortAfterTheSeedsNamesNone) {
  const auto end_later = [] {
    harm_in_the_third([] {});
    std::abort();
  };
  EXPECT_DEATH(end_later(), Not(HasSubstr("was running")));
}

TEST(ForEachSeedDeathTest, SeedsWithinASeedNameTheInnerOne) {
  const auto nested = [] {
    harm_in_the_third([] {
      for_each_seed(2, [](TestSystem&) {}, {.system = {.seed = 100}});
      for_each_seed(2, [](TestSystem&) { std::abort(); }, {.system = {.seed = 200}});
    });
  };
  EXPECT_DEATH(nested(), HasSubstr("seed 200 was running"));
}

}  // namespace
}  // namespace mycelium::testing
