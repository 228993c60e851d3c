#include "mycelium/testing/seeds.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <unordered_set>

#include "mycelium/testing/detail/running_seed.hpp"

namespace mycelium::testing {
namespace {

// The one seed that the environment names, if it does.
std::optional<std::uint64_t> chosen_seed() {
  const char* const named = std::getenv(kSeedVariable);
  if (named == nullptr || *named == '\0') return std::nullopt;
  const std::string_view text{named};
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), seed);
  if (error != std::errc{} || end != text.end()) {
    throw std::invalid_argument{
        fmt::format("{} is a seed, a whole number, not \"{}\"", kSeedVariable, text)};
  }
  return seed;
}

std::string sentence_about(std::uint64_t seed, std::string_view what) {
  return fmt::format("seed {}: {}. {}={} runs this seed alone", seed, what, kSeedVariable, seed);
}

// The hash of the run's schedule.
std::uint64_t run(std::uint64_t seed, const Scenario& scenario, const SeedOptions& options) {
  TestOptions system_options = options.system;
  system_options.seed = seed;
  const detail::RunningSeed running{seed};
  TestSystem system{system_options};
  scenario(system);
  if (options.failed && options.failed()) throw TestFailure{"an assertion has failed"};
  return system.schedule_hash();
}

}  // namespace

SeedReport for_each_seed(std::uint64_t count, const Scenario& scenario,
                         const SeedOptions& options) {
  const std::optional<std::uint64_t> chosen = chosen_seed();
  const std::uint64_t first = chosen.value_or(options.system.seed);
  SeedReport report;
  std::unordered_set<std::uint64_t> hashes;
  for (const std::uint64_t last = chosen ? 1 : count; report.seeds < last; ++report.seeds) {
    const std::uint64_t seed = first + report.seeds;
    try {
      hashes.insert(run(seed, scenario, options));
    } catch (const std::exception& error) {
      std::throw_with_nested(SeedFailure{seed, sentence_about(seed, error.what())});
    } catch (...) {
      std::throw_with_nested(
          SeedFailure{seed, sentence_about(seed, "an exception that is no std::exception")});
    }
  }
  report.schedules = hashes.size();
  return report;
}

}  // namespace mycelium::testing
