#pragma once

#include <memory>

#include "arbitrage/messages.hpp"
#include "arbitrage/signals/signal_log.hpp"
#include "mycelium/actor/context.hpp"
#include "mycelium/actor/stage_output.hpp"

namespace arbitrage {

/// Feeds the strategies' updates to the log, and tells how far everything before it has come.
///
/// The end of the line: its watermark (input 0) says that all stages have handled everything before
/// it. All that must not be lost is in the log, so a restart neither loses nor doubles a line. A
/// failure to write is logged once per incarnation, and the job goes on; `SignalLog::close` makes
/// the program fail in the end. Thread-safety: none.
class SignalRecorder {
 public:
  using Handles = mycelium::Messages<StrategyUpdate, Watermark, Retry>;

  /// Requires: a log that no other recorder feeds at the same time.
  SignalRecorder(std::shared_ptr<SignalLog> log, mycelium::Publisher<Watermark> progress);

  void handle(const StrategyUpdate& update);
  void handle(const Watermark& watermark, mycelium::Context& context);
  void handle(const Retry&, mycelium::Context& context) { output_.retry(context); }

 private:
  void report_failure();

  std::shared_ptr<SignalLog> log_;
  mycelium::StageOutput output_;
  bool failure_reported_ = false;
};

}  // namespace arbitrage
