#include "arbitrage/view/log_capture.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <utility>

namespace arbitrage {
namespace {

class PrintSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit PrintSink(LogCapture::Print print) : print_{std::move(print)} {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t formatted;
    formatter_->format(message, formatted);
    std::string_view line{formatted.data(), formatted.size()};
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    print_(line);
  }
  void flush_() override {}

  LogCapture::Print print_;
};

}  // namespace

LogCapture::LogCapture(Print print) : before_{spdlog::default_logger()} {
  auto logger = std::make_shared<spdlog::logger>(before_->name(),
                                                 std::make_shared<PrintSink>(std::move(print)));
  logger->set_level(before_->level());
  spdlog::set_default_logger(std::move(logger));
}

LogCapture::~LogCapture() { spdlog::set_default_logger(before_); }

}  // namespace arbitrage
