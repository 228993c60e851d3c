#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "mycelium/testing/failure.hpp"
#include "mycelium/testing/test_system.hpp"

namespace mycelium::testing {

/// The environment variable that names the one seed to run.
inline constexpr const char* kSeedVariable = "MYCELIUM_TEST_SEED";

/// How `for_each_seed` runs its systems.
struct SeedOptions {
  TestOptions system{};  ///< Its `seed` is the first.
  /// For test frameworks whose assertions do not throw: whether the test has failed. With
  /// GoogleTest `.failed = [] { return ::testing::Test::HasFailure(); }`.
  std::function<bool()> failed{};
};

/// What `for_each_seed` has run.
struct SeedReport {
  std::uint64_t seeds = 0;
  std::uint64_t schedules = 0;  ///< Different ones among them, by `TestSystem::schedule_hash`.
};

/// A scenario failed with one seed. What it threw is nested in this (std::rethrow_if_nested).
class SeedFailure : public TestFailure {
 public:
  SeedFailure(std::uint64_t seed, const std::string& sentence)
      : TestFailure{sentence}, seed_{seed} {}
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

 private:
  std::uint64_t seed_;
};

using Scenario = std::function<void(TestSystem&)>;

/// Runs a scenario with `count` seeds, each time in a new system, to find an order of events in
/// which it fails:
///
///     for_each_seed(1000, [](TestSystem& system) {
///       const auto account = system.spawn("account", [](Context&) { return Account{}; });
///       ...
///       system.run_until_idle();
///       if (balance < 0) throw TestFailure{"the account is overdrawn"};
///     });
///
/// Throws SeedFailure for the first seed with which the scenario throws; its sentence says how to
/// run that seed alone: with MYCELIUM_TEST_SEED=n in the environment no other runs. Where the
/// process ends instead, by an assertion, std::terminate, a fatal signal or a sanitizer, the
/// standard error says so. Throws std::invalid_argument when that is no number.
SeedReport for_each_seed(std::uint64_t count, const Scenario& scenario,
                         const SeedOptions& options = {});

}  // namespace mycelium::testing
