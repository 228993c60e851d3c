#include "arbitrage/view/summary.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "arbitrage/signals/wide.hpp"
#include "arbitrage/view/json_writer.hpp"
#include "arbitrage/view/number_text.hpp"
#include "arbitrage/view/text_table.hpp"

namespace arbitrage {
namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;

std::uint64_t ns_of(std::chrono::nanoseconds duration) {
  return duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count());
}

// Exact to the microsecond.
std::string seconds_text(std::chrono::nanoseconds duration) {
  const std::uint64_t ns = ns_of(duration);
  return fmt::format("{}.{:06}", ns / kSecondNs, ns % kSecondNs / 1000);
}

void write_level(JsonWriter& json, std::string_view key, const PriceLevel& level) {
  json.key(key).begin_array().decimal(level.price).decimal(level.quantity).end_array();
}

void write_strategy(JsonWriter& json, const StrategyFigures& strategy) {
  json.key(strategy.name).begin_object();
  json.key("position").decimal(strategy.position);
  json.key("pnl").decimal(strategy.pnl);
  json.key("signals").number(strategy.signals);
  json.end_object();
}

void write_instrument(JsonWriter& json, const InstrumentFigures& instrument) {
  json.key(instrument.name).begin_object();
  json.key("frames").number(instrument.frames);
  json.key("depth_applied").number(instrument.depth_applied);
  json.key("depth_dropped").number(instrument.depth_dropped);
  json.key("trades").number(instrument.trades);
  json.key("traded_quantity").decimal(instrument.traded_quantity);
  json.key("taker_buy_quantity").decimal(instrument.taker_buy_quantity);
  json.key("last_update_id").raw(std::to_string(instrument.last_update_id));
  write_level(json, "best_bid", instrument.best_bid);
  write_level(json, "best_ask", instrument.best_ask);
  json.key("levels").begin_array();
  json.number(instrument.bid_levels).number(instrument.ask_levels).end_array();
  json.key("ticker_matches").begin_array();
  json.number(instrument.tickers_equal).number(instrument.tickers_compared).end_array();
  json.end_object();
}

void append_table(std::string& out, const TextTable& table) {
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  for (const TextLine& line : table.lines(kAll, kAll)) {
    std::string text = line.render(kAll, {.colour = false, .unicode = false});
    text.erase(text.find_last_not_of(' ') + 1);
    out += "\n" + text;
  }
  out += "\n";
}

TextTable instrument_table(const std::vector<InstrumentFigures>& instruments) {
  TextTable table{{{"INSTRUMENT", Align::left},
                   {"FRAMES"},
                   {"BAD"},
                   {"MISSED"},
                   {"TRADES"},
                   {"BEST BID"},
                   {"BEST ASK"},
                   {"TICKERS"}}};
  for (const InstrumentFigures& each : instruments) {
    table.add_row({{each.name},
                   {count_text(each.frames)},
                   {count_text(each.bad_frames)},
                   {count_text(each.missed)},
                   {count_text(each.trades)},
                   {price_text(each.best_bid.price)},
                   {price_text(each.best_ask.price)},
                   {fmt::format("{}/{}", count_text(each.tickers_equal),
                                count_text(each.tickers_compared))}});
  }
  return table;
}

TextTable strategy_table(const std::vector<StrategyFigures>& strategies) {
  TextTable table{{{"STRATEGY", Align::left}, {"POSITION"}, {"PNL"}, {"SIGNALS"}}};
  for (const StrategyFigures& each : strategies) {
    table.add_row({{each.name},
                   {position_text(each.position)},
                   {money_text(each.pnl)},
                   {count_text(each.signals)}});
  }
  return table;
}

}  // namespace

Summary Summary::of(const Figures& figures, std::chrono::nanoseconds duration,
                    std::string signals_sha256) {
  Summary summary;
  summary.frames = figures.frames;
  summary.bad_frames = figures.bad_frames;
  summary.missed = figures.missed;
  summary.signals = figures.signals;
  summary.restarts = figures.restarts;
  summary.dropped = figures.dropped;
  summary.dead_letters = figures.dead_letters;
  summary.duration = duration;
  summary.signals_sha256 = std::move(signals_sha256);
  summary.latency = figures.latency;
  summary.strategies = figures.strategies;
  summary.instruments = figures.instruments;
  return summary;
}

std::uint64_t Summary::frames_per_second() const {
  const std::uint64_t ns = ns_of(duration);
  if (ns == 0) return 0;
  return static_cast<std::uint64_t>(UnsignedWide{frames} * kSecondNs / ns);
}

std::string Summary::to_json() const {
  JsonWriter json;
  json.begin_object();
  json.key("frames").number(frames);
  json.key("bad_frames").number(bad_frames);
  json.key("missed").number(missed);
  json.key("signals").number(signals);
  json.key("restarts").number(restarts);
  json.key("dropped").number(dropped);
  json.key("dead_letters").number(dead_letters);
  json.key("seconds").raw(seconds_text(duration));
  json.key("signals_sha256").string(signals_sha256);
  json.key("frames_per_second").number(frames_per_second());
  json.key("latency_ns").begin_object();
  json.key("p50").number(latency.p50).key("p99").number(latency.p99).end_object();
  json.key("strategies").begin_object();
  for (const StrategyFigures& strategy : strategies) write_strategy(json, strategy);
  json.end_object();
  json.key("instruments").begin_object();
  for (const InstrumentFigures& instrument : instruments) write_instrument(json, instrument);
  json.end_object();
  json.end_object();
  return json.text() + "\n";
}

std::string Summary::to_text() const {
  std::string text = fmt::format("{} in {} s: {} a second\n", count_text(frames, "frame"),
                                 seconds_text(duration), count_text(frames_per_second()));
  text += fmt::format("{} bad, {} missed, {}, {} dropped, {}\n", count_text(bad_frames),
                      count_text(missed), count_text(restarts, "restart"), count_text(dropped),
                      count_text(dead_letters, "dead letter"));
  text += count_text(signals, "signal") + "\n";
  if (!signals_sha256.empty()) text += fmt::format("sha256 {}\n", signals_sha256);
  if (latency.count > 0) {
    text += fmt::format("feed to strategy p50 {}, p99 {}\n", latency_text(latency.p50),
                        latency_text(latency.p99));
  }
  append_table(text, instrument_table(instruments));
  append_table(text, strategy_table(strategies));
  return text;
}

mycelium::Result<void> write_summary(const std::filesystem::path& path, const Summary& summary) {
  return write_file(path, summary.to_json());
}

}  // namespace arbitrage
