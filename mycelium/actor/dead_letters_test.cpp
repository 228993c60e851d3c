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

// Promises: D9
TEST(DeadLetters, CountsByReason) {
  DeadLetters letters;
  letters.add(DeadLetterReason::poison, "feed", "Swap");
  letters.add(DeadLetterReason::poison, "feed", "Swap");
  letters.add(DeadLetterReason::unhandled, "feed", "Quote");
  letters.add_undelivered(3);
  EXPECT_EQ(letters.count(DeadLetterReason::poison), 2U);
  EXPECT_EQ(letters.count(DeadLetterReason::unhandled), 1U);
  EXPECT_EQ(letters.count(DeadLetterReason::stopped), 3U);
  EXPECT_EQ(letters.count(DeadLetterReason::stale_ref), 0U);
  EXPECT_EQ(letters.total(), 6U);
}

// Promises: D9
TEST(DeadLetters, LogsTheFirstTenAndOnceThatNoMoreFollow) {
  const LogCatcher log;
  DeadLetters letters;
  for (int letter = 0; letter < 100; ++letter)
    letters.add(DeadLetterReason::stale_ref, "feed", "Swap");
  const std::string text = log.text();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 11);
  EXPECT_TRUE(text.starts_with("dead letter: Swap to \"feed\" (stale_ref)\n")) << text;
  EXPECT_TRUE(text.ends_with("dead letters: further ones are counted, not logged\n")) << text;
  EXPECT_EQ(letters.total(), 100U);
}

TEST(DeadLetters, EveryReasonHasItsName) {
  EXPECT_EQ(name_of(DeadLetterReason::stale_ref), "stale_ref");
  EXPECT_EQ(name_of(DeadLetterReason::stopped), "stopped");
  EXPECT_EQ(name_of(DeadLetterReason::poison), "poison");
  EXPECT_EQ(name_of(DeadLetterReason::unhandled), "unhandled");
}

}  // namespace
}  // namespace mycelium
