#pragma once

#include <spdlog/fwd.h>

#include <functional>
#include <memory>
#include <string_view>

namespace arbitrage {

/// Gives the log lines of the process to a view that can print them where they do no harm.
///
/// Takes the place of spdlog's default logger while it lives, with the same level and the usual
/// form of a line. Thread-safety: logging from any thread; while one of these is made or destroyed
/// no other thread logs (spdlog's default logger is read without a lock), so: before the workers
/// start, and after they have stopped.
class LogCapture {
 public:
  /// A line without its end. Called at once on the thread that logs, one call at a time; must not
  /// log.
  using Print = std::function<void(std::string_view line)>;

  explicit LogCapture(Print print);
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

 private:
  std::shared_ptr<spdlog::logger> before_;
};

}  // namespace arbitrage
