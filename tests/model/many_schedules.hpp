#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <cstdint>

#include "mycelium/testing/seeds.hpp"

namespace mycelium::model {

/// Runs a `Schedule`, which checks itself, with so many seeds; nearly each is to be another order.
template <typename Schedule>
void run_many_schedules(std::uint64_t seeds, const testing::TestOptions& options) {
  spdlog::set_level(spdlog::level::off);
  const testing::SeedReport report = testing::for_each_seed(
      seeds,
      [](testing::TestSystem& system) {
        Schedule schedule{system};
        schedule.run();
        schedule.check();
      },
      {.system = options, .failed = [] { return ::testing::Test::HasFailure(); }});
  fmt::print("{} seeds, {} different schedules\n", report.seeds, report.schedules);
  EXPECT_GT(report.schedules, (report.seeds - 1) * 9 / 10);
}

}  // namespace mycelium::model
