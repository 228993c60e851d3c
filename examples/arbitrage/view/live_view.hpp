#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "arbitrage/view/figures.hpp"
#include "arbitrage/view/log_capture.hpp"
#include "arbitrage/view/rates.hpp"
#include "arbitrage/view/screen.hpp"
#include "mycelium/base/clock.hpp"

namespace arbitrage {

/// The state of a run at a glance, at the bottom of a terminal, refreshed in place.
///
/// Every picture is one write of as many lines as there is room for, none wider than the screen.
/// Log lines appear above the picture at once and in full, and so stay in the terminal's history;
/// nothing is held back, so nothing is lost however the process ends.
/// ```
/// LiveView view{Terminal::find(STDOUT_FILENO), clock.monotonic()};
/// view.hold_log();                                         // before the workers start
/// view.draw(collect(system, boards), clock.monotonic());   // ten times a second
/// view.finish(collect(system, boards), clock.monotonic());
/// ```
/// Reads no clock. Thread-safety: `print_above` from any thread; the rest: one thread.
class LiveView {
 public:
  /// Log lines inside of a picture that fills the screen, where those above it have scrolled away.
  static constexpr std::size_t kLogLinesMax = 3;

  /// `started`: when the run began. Requires: a screen. Draws nothing yet.
  LiveView(std::unique_ptr<Screen> screen, mycelium::Instant started);
  /// Gives the terminal back as `finish` does, without a new picture. Requires: as LogCapture,
  /// after `hold_log`.
  ~LiveView();
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  /// From now on the process's log lines are printed above the picture. For when stderr is the same
  /// terminal. Requires: as LogCapture.
  void hold_log();
  /// Prints a line above the picture, or where the cursor is when there is none.
  void print_above(std::string_view line);

  void draw(const Figures& figures, mycelium::Instant now);
  /// Draws once more, with the rates of the whole run, and leaves the picture where it is, with the
  /// cursor, visible again, below it. Later lines go below it. Actors that the end of the system
  /// has taken away are shown as they were last seen, as stopped.
  void finish(const Figures& figures, mycelium::Instant now);

 private:
  void update(const Figures& figures, mycelium::Instant now);
  void append_frame(std::string& out);
  void give_back();

  const std::unique_ptr<Screen> screen_;
  std::mutex mutex_;  // Guards what follows.
  Rates rates_;
  std::deque<std::string> log_;       // The last kLogLinesMax.
  std::vector<std::string> picture_;  // The lines as they are on the screen; empty: nothing drawn.
  ScreenSize drawn_size_{0, 0};
  std::vector<mycelium::ActorStatus> actors_;  // The last there were.
  bool finished_ = false;
  std::unique_ptr<LogCapture> capture_;  // Last: ends before anything that it prints to.
};

}  // namespace arbitrage
