#include "mycelium/actor/dead_letters.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>

namespace mycelium {
namespace {

// Catches what is logged while it lives.
class LogCatcher {
 public:
  LogCatcher() : before_{spdlog::default_logger()} {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("caught", std::move(sink)));
    spdlog::set_pattern("%v");
  }
  ~LogCatcher() { spdlog::set_default_logger(before_); }
  LogCatcher(const LogCatcher&) = delete;
  LogCatcher& operator=(const LogCatcher&) = delete;
  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

constexpr Instant at(std::chrono::nanoseconds since_start) { return Instant{since_start}; }

void add(DeadLetters& letters, DeadLetterReason reason, Instant now = at(std::chrono::seconds{1})) {
  if (letters.add(reason, now)) letters.log(reason, "feed", "Swap");
}

// Promises: D9
TEST(DeadLetters, CountsByReason) {
  DeadLetters letters;
  add(letters, DeadLetterReason::poison);
  add(letters, DeadLetterReason::poison);
  add(letters, DeadLetterReason::unhandled);
  letters.add_undelivered(3);
  EXPECT_EQ(letters.count(DeadLetterReason::poison), 2U);
  EXPECT_EQ(letters.count(DeadLetterReason::unhandled), 1U);
  EXPECT_EQ(letters.count(DeadLetterReason::stopped), 3U);
  EXPECT_EQ(letters.count(DeadLetterReason::stale_ref), 0U);
  EXPECT_EQ(letters.total(), 6U);
}

// Promises: D9
TEST(DeadLetters, LogsTheFirstTenAndThenOneLineAMinuteWithTheirNumber) {
  const LogCatcher log;
  DeadLetters letters;
  const auto lines = [&] {
    const std::string text = log.text();
    return std::count(text.begin(), text.end(), '\n');
  };
  // When a hundred come in one second
  for (int letter = 0; letter < 100; ++letter) add(letters, DeadLetterReason::stale_ref);
  // Then ten have a line each, and one says what follows
  EXPECT_EQ(lines(), 11);
  EXPECT_TRUE(log.text().starts_with("dead letter: Swap to \"feed\" (stale_ref)\n")) << log.text();
  EXPECT_TRUE(log.text().ends_with("from now on a line a minute with their number\n"));
  // When more come within the minute and at its end
  for (int second = 2; second <= 60; ++second)
    add(letters, DeadLetterReason::stale_ref, at(std::chrono::seconds{second}));
  EXPECT_EQ(lines(), 11);
  for (int letter = 0; letter < 5; ++letter)
    add(letters, DeadLetterReason::stale_ref, at(std::chrono::seconds{61}));
  // Then one line tells the number
  EXPECT_EQ(lines(), 12);
  EXPECT_TRUE(log.text().ends_with("dead letters: 160 so far\n")) << log.text();
  EXPECT_EQ(letters.total(), 164U);
}

TEST(DeadLetters, EveryReasonHasItsName) {
  EXPECT_EQ(name_of(DeadLetterReason::stale_ref), "stale_ref");
  EXPECT_EQ(name_of(DeadLetterReason::stopped), "stopped");
  EXPECT_EQ(name_of(DeadLetterReason::poison), "poison");
  EXPECT_EQ(name_of(DeadLetterReason::unhandled), "unhandled");
}

}  // namespace
}  // namespace mycelium
