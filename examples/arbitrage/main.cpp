#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "arbitrage/job/actors.hpp"
#include "arbitrage/view/figures.hpp"
#include "arbitrage/view/line_view.hpp"
#include "arbitrage/view/live_view.hpp"
#include "arbitrage/view/output_file.hpp"
#include "arbitrage/view/screen.hpp"
#include "arbitrage/view/summary.hpp"
#include "mycelium/node/app.hpp"

namespace {

using mycelium::Result;

arbitrage::JobBoards boards_of(const arbitrage::JobState& state) {
  arbitrage::JobBoards boards;
  boards.source = state.market.source;
  boards.speed = state.options.speed_factor();
  boards.start_ns = state.market.start_ns;
  for (const auto& line : state.market.lines) boards.instruments.push_back(line->board);
  for (std::size_t index = 0; index < state.strategies.size(); ++index) {
    boards.strategies.emplace_back(state.strategies[index], state.strategy_boards[index]);
  }
  boards.log = state.log;
  return boards;
}

// What a run shows of itself: the live view on a terminal, else a line a second; the summary at its
// end.
class Display {
 public:
  explicit Display(arbitrage::JobState& state) : state_{state} {}

  Result<void> begin() {
    if (!state_.options.summary.empty()) {
      if (const auto writable = arbitrage::check_writable(state_.options.summary); !writable)
        return writable;
    }
    boards_ = boards_of(state_);
    auto screen = state_.options.headless ? nullptr : arbitrage::Terminal::find(STDOUT_FILENO);
    if (screen != nullptr) {
      live_ = std::make_unique<arbitrage::LiveView>(std::move(screen), state_.started);
      if (arbitrage::share_terminal(STDOUT_FILENO, STDERR_FILENO)) live_->hold_log();
    } else {
      lines_.emplace(state_.started);
    }
    return {};
  }

  void draw(mycelium::System& system) {
    if (live_ != nullptr)
      live_->draw(arbitrage::collect(system, boards_), system.clock().monotonic());
  }

  void print_line(mycelium::System& system) {
    if (!lines_) return;
    fmt::print("{}\n",
               lines_->line(arbitrage::collect(system, boards_), system.clock().monotonic()));
    std::fflush(stdout);
  }

  Result<void> end(mycelium::System& system) {
    const auto closed = state_.log->close();
    const mycelium::Instant now = system.clock().monotonic();
    const auto figures = arbitrage::collect(system, boards_);
    if (live_ != nullptr) live_->finish(figures, now);
    const auto summary = arbitrage::Summary::of(
        figures, state_.ended.value_or(now) - state_.started, state_.log->sha256());
    fmt::print("{}", summary.to_text());
    warn_of_refused_quotes();
    if (state_.options.summary.empty()) return closed;
    const auto written = arbitrage::write_summary(state_.options.summary, summary);
    if (!written && !closed) spdlog::error("{}", closed.error().message);  // The other is returned.
    return written ? closed : written;
  }

 private:
  // Quotes that no detector could use do not show in the signals; they must not pass in silence.
  void warn_of_refused_quotes() const {
    for (std::size_t index = 0; index < state_.detectors.size(); ++index) {
      const arbitrage::DetectorBoard& board = *state_.detector_boards[index];
      const std::uint64_t refused = board.late.value() + board.foreign.value();
      if (refused > 0)
        spdlog::warn("{}: {} quotes were late, too far ahead, or of no market of its own",
                     state_.detectors[index], refused);
    }
  }

  arbitrage::JobState& state_;
  arbitrage::JobBoards boards_;
  std::unique_ptr<arbitrage::LiveView> live_;
  std::optional<arbitrage::LineView> lines_;
};

}  // namespace

int main(int argc, char** argv) {
  mycelium::App app{argc, argv,
                    "Cross-market arbitrage on recorded or simulated Binance market data"};
  arbitrage::JobState state;
  Display display{state};
  state.options.add_to(app);
  arbitrage::add_actors(app, state);
  app.on_load([&](mycelium::Topology& topology) -> Result<void> {
    if (auto prepared = state.prepare(topology); !prepared) return prepared;
    return display.begin();
  });
  app.every(std::chrono::milliseconds{100},
            [&](mycelium::System& system) { display.draw(system); });
  app.every(std::chrono::seconds{1}, [&](mycelium::System& system) { display.print_line(system); });
  app.on_end([&](mycelium::System& system) { return display.end(system); });
  return app.run();
}
