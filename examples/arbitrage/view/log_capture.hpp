#pragma once

#include <memory>
#include <string>
#include <vector>

namespace spdlog {
class logger;
}

namespace arbitrage {

/// Holds back the log lines of the process while it lives, for a view that prints them where they do no harm.
///
/// Takes the place of spdlog's default logger, and gives it back at its end, with what nobody has taken.
/// Thread-safety: logging from any thread; the rest: one thread. Memory: `kWaitingMax` lines.
class LogCapture {
 public:
  /// A view takes lines ten times a second; more than this between is a flood, of which the first lines say most.
  static constexpr std::size_t kWaitingMax = 1000;

  LogCapture();
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  /// The lines since the last call, without line ends; a last one says how many more there were.
  [[nodiscard]] std::vector<std::string> take();

 private:
  class Sink;

  std::shared_ptr<spdlog::logger> before_;
  std::shared_ptr<Sink> sink_;
};

}  // namespace arbitrage
