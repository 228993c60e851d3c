#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arbitrage/view/figures.hpp"
#include "arbitrage/view/log_capture.hpp"
#include "arbitrage/view/rates.hpp"
#include "arbitrage/view/screen.hpp"
#include "mycelium/base/clock.hpp"

namespace arbitrage {

/// The state of a run at a glance, at the bottom of a terminal, refreshed in place.
///
/// Every picture is one write of as many lines as there is room for, cut to the width; it never scrolls what stands
/// above it. Log lines appear above the picture, in full, and so stay in the terminal's history.
/// ```
/// LiveView view{Terminal::find(STDOUT_FILENO), clock.monotonic()};
/// view.hold_log();
/// view.draw(collect(system, boards), clock.monotonic());   // ten times a second
/// view.finish(collect(system, boards), clock.monotonic());
/// ```
/// Reads no clock. Thread-safety: none; logging comes from any thread.
class LiveView {
 public:
  /// Log lines inside of a picture that fills the screen, where those above it have scrolled away.
  static constexpr std::size_t kLogLinesMax = 3;

  /// `started`: when the run began. Requires: a screen. Draws nothing yet.
  LiveView(std::unique_ptr<Screen> screen, mycelium::Instant started);
  /// As `finish`, with the last picture.
  ~LiveView();
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  /// From now on the process's log lines go through the view, until its end. For when stderr is the same terminal.
  void hold_log();
  /// Prints a line above the picture, at the next draw.
  void add_log_line(std::string line);

  void draw(const Figures& figures, mycelium::Instant now);
  /// Draws once more and leaves the picture where it is, with the cursor, visible again, below it. Idempotent.
  void finish(const Figures& figures, mycelium::Instant now);

 private:
  void collect_log();
  void show(const std::vector<std::string>& picture, ScreenSize size);
  void leave();

  std::unique_ptr<Screen> screen_;
  Rates rates_;
  std::unique_ptr<LogCapture> capture_;
  std::vector<std::string> log_waiting_;  // Not printed yet.
  std::vector<std::string> log_recent_;   // The last kLogLinesMax.
  ScreenSize drawn_size_{0, 0};
  int drawn_rows_ = 0;  // 0: nothing has been drawn.
  bool finished_ = false;
};

}  // namespace arbitrage
