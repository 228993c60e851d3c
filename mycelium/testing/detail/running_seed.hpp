#pragma once

#include <cstdint>

namespace mycelium::testing::detail {

/// Says which seed runs while it lives, so that a process which ends in the middle of it does not
/// take the number along: a broken assertion, std::terminate, a fatal signal or the report of a
/// sanitizer is followed by the line
///
///     seed 5 was running. MYCELIUM_TEST_SEED=5 runs this seed alone
///
/// on the standard error. Signal handlers are installed with the first one and stay; they hand
/// every signal on to who handled it before. Thread-safety: each thread has its own. Life-cycle: a
/// later one ends before an earlier one of its thread.
class RunningSeed {
 public:
  explicit RunningSeed(std::uint64_t seed) noexcept;
  ~RunningSeed();
  RunningSeed(const RunningSeed&) = delete;
  RunningSeed& operator=(const RunningSeed&) = delete;

 private:
  const std::uint64_t seed_;
  const RunningSeed* const outer_;

  friend void say_running_seed() noexcept;
};

}  // namespace mycelium::testing::detail
