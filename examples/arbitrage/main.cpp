#include <fmt/format.h>
#include "arbitrage/job/actors.hpp"
#include "mycelium/node/app.hpp"

int main(int argc, char** argv) {
  mycelium::App app{argc, argv, "Cross-market arbitrage on recorded or simulated Binance market data"};
  arbitrage::JobState state;
  state.options.add_to(app);
  arbitrage::add_actors(app, state);
  app.on_load([&](mycelium::Topology& topology) { return state.prepare(topology); });
  app.on_end([&](mycelium::System& system) {
    auto r = state.log->close();
    for (auto& l : state.market.lines) { auto&b=*l->board; fmt::print("{} frames={} bad={} missed={} applied={} dropped={} trades={} last={} lv={}/{} match={}/{}\n", b.name,b.frames.value(),b.bad_frames.value(),b.missed.value(),b.depth_applied.value(),b.depth_dropped.value(),b.trades.value(),b.last_update_id.value(),b.bid_levels.value(),b.ask_levels.value(),b.tickers_equal.value(),b.tickers_compared.value()); }
    for (auto& s : state.strategy_boards) fmt::print("pos {} pnl {} n {} p50 {} p99 {}\n", s->position(), s->pnl(), s->signals(), s->latency().quantile(.5), s->latency().quantile(.99));
    fmt::print("sha {} dead {} dropped {}\n", state.log->sha256(), system.dead_letters().total(), system.topics().dropped());
    return r;
  });
  return app.run();
}
