#include "arbitrage/view/line_view.hpp"

#include <fmt/format.h>

#include "arbitrage/view/number_text.hpp"

namespace arbitrage {

std::string LineView::line(const Figures& figures, mycelium::Instant now) {
  rates_.sample(figures, now);
  std::string line =
      fmt::format("{:>7}  {}  {} frames  {}/s  signals {}", percent_text(figures.progress_ppm),
                  time_text(figures.time_ns), count_text(figures.frames),
                  count_text(rates_.frames()), count_text(figures.signals));
  for (std::size_t index = 0; index < figures.strategies.size(); ++index) {
    const StrategyFigures& strategy = figures.strategies[index];
    line += fmt::format("{}{} {}", index == 0 ? "  pnl " : ", ", strategy.name,
                        money_text(strategy.pnl));
  }
  line += fmt::format("  restarts {}", count_text(figures.restarts));
  if (figures.latency.count == 0) return line + "  latency -";
  return line + fmt::format("  latency p50 {} p99 {}", latency_text(figures.latency.p50),
                            latency_text(figures.latency.p99));
}

}  // namespace arbitrage
