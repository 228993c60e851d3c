#include "arbitrage/view/log_capture.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <utility>

namespace arbitrage {

/// Formats as the logger before would, and keeps the lines.
class LogCapture::Sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::vector<std::string> take() {
    const std::scoped_lock lock{mutex_};
    if (left_out_ > 0) lines_.push_back(fmt::format("... {} more log lines were left out", left_out_));
    left_out_ = 0;
    return std::exchange(lines_, {});
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (lines_.size() >= kWaitingMax) {
      ++left_out_;
      return;
    }
    spdlog::memory_buf_t formatted;
    formatter_->format(message, formatted);
    std::string line{formatted.data(), formatted.size()};
    while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
    lines_.push_back(std::move(line));
  }
  void flush_() override {}

  std::vector<std::string> lines_;
  std::uint64_t left_out_ = 0;
};

LogCapture::LogCapture() : before_{spdlog::default_logger()}, sink_{std::make_shared<Sink>()} {
  auto logger = std::make_shared<spdlog::logger>(before_->name(), sink_);
  logger->set_level(before_->level());
  spdlog::set_default_logger(std::move(logger));
}

LogCapture::~LogCapture() {
  spdlog::set_default_logger(before_);
  // Already formatted, so they go to the sinks' stream as they are.
  for (const std::string& line : take()) fmt::print(stderr, "{}\n", line);
}

std::vector<std::string> LogCapture::take() { return sink_->take(); }

}  // namespace arbitrage
