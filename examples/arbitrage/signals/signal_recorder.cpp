#include "arbitrage/signals/signal_recorder.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace arbitrage {

SignalRecorder::SignalRecorder(std::shared_ptr<SignalLog> log,
                               mycelium::Publisher<Watermark> progress)
    : log_{std::move(log)}, output_{progress, /*input=*/0} {}

void SignalRecorder::handle(const StrategyUpdate& update) { log_->push(update); }

void SignalRecorder::handle(const Watermark& watermark, mycelium::Context& context) {
  log_->advance(watermark);
  report_failure();
  output_.forward(log_->watermark());
  output_.settle(context);
}

void SignalRecorder::report_failure() {
  if (failure_reported_ || !log_->error()) return;
  failure_reported_ = true;
  spdlog::error("{}; the job goes on without it and will fail in the end", log_->error()->message);
}

}  // namespace arbitrage
