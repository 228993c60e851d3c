#include "arbitrage/view/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "arbitrage/view/number_text.hpp"
#include "arbitrage/view/text_table.hpp"

namespace arbitrage {
namespace {

constexpr std::uint32_t kMillion = 1'000'000;
// With fewer rows the header is one line.
constexpr std::size_t kRowsForTwoHeaderLines = 12;

Tone tone_unless_zero(std::uint64_t count) { return count == 0 ? Tone::quiet : Tone::warning; }

Tone tone_of_money(Decimal amount) {
  if (amount == 0) return Tone::quiet;
  return amount > 0 ? Tone::gain : Tone::loss;
}

std::string level_text(Decimal value, const PriceLevel& level, int fraction_digits) {
  return level == PriceLevel{} ? std::string{"-"} : price_text(value, fraction_digits);
}

TextLine title_line(const Figures& figures, const PictureContext& context, std::size_t columns) {
  TextLine left{"arbitrage", Tone::strong};
  left.add("  ").add(figures.source, Tone::quiet);
  const std::string speed = figures.speed == 0 ? "max" : fmt::format("x{}", figures.speed);
  TextLine right{"speed ", Tone::quiet};
  right.add(speed)
      .add("  elapsed ", Tone::quiet)
      .add(span_text(context.rates.elapsed(context.now)));
  return justify(std::move(left), right, columns);
}

TextLine time_line(const Figures& figures, std::size_t columns) {
  TextLine left{time_text(figures.time_ns), Tone::strong};
  left.add(" UTC", Tone::quiet);
  left.add(fmt::format("  +{}",
                       span_text(std::chrono::nanoseconds{figures.time_ns - figures.start_ns})));
  TextLine right{count_text(figures.frames), Tone::strong};
  right.add(" frames  ", Tone::quiet).add(count_text(figures.signals), Tone::strong);
  right.add(" signals", Tone::quiet);
  return justify(std::move(left), right, columns);
}

TextLine progress_line(const Figures& figures, const Rates& rates, std::size_t columns) {
  constexpr std::size_t kBarMin = 10;
  constexpr std::size_t kTextMin = 28;
  TextLine text{fmt::format("{:>8}", percent_text(figures.progress_ppm)), Tone::strong};
  text.add(fmt::format("{:>11}", count_text(rates.frames()))).add(" frames/s", Tone::quiet);
  const std::size_t beside = std::max(text.width(), kTextMin);
  if (columns < kBarMin + beside) return text;
  const std::size_t cells = columns - beside;
  const std::size_t done = cells * figures.progress_ppm / kMillion;
  TextLine line;
  const auto repeat = [&](std::string_view symbol, std::size_t times, Tone tone) {
    std::string symbols;
    for (std::size_t count = 0; count < times; ++count) symbols += symbol;
    line.add(symbols, tone);
  };
  repeat("━", done, Tone::gain);
  if (done < cells) line.add("╸", Tone::gain);
  repeat("─", cells - line.width(), Tone::quiet);
  return line.add(text);
}

TextTable instrument_table(const Figures& figures) {
  TextTable table{{{"INSTRUMENT", Align::left, 0, 14},
                   {"BID QTY", Align::right, 4, 8},
                   {"BID", Align::right, 9, 9},
                   {"ASK", Align::right, 9, 9},
                   {"ASK QTY", Align::right, 4, 8},
                   {"SPREAD", Align::right, 6, 6},
                   {"LEVELS", Align::right, 2, 9},
                   {"TRADES", Align::right, 1, 6},
                   {"FRAMES", Align::right, 7, 6},
                   {"BAD", Align::right, 3, 3},
                   {"MISSED", Align::right, 5, 6},
                   {"READ", Align::right, 1, 7}}};
  for (const InstrumentFigures& each : figures.instruments) {
    const bool both = each.best_bid != PriceLevel{} && each.best_ask != PriceLevel{};
    const Decimal spread = each.best_ask.price - each.best_bid.price;
    TableCell spread_cell{both ? price_text(spread) : "-", Tone::plain};
    if (each.stale) spread_cell = {"stale", Tone::warning};
    const Tone bid = each.stale ? Tone::quiet : Tone::gain;
    const Tone ask = each.stale ? Tone::quiet : Tone::loss;
    table.add_row({{each.name, each.stale ? Tone::warning : Tone::plain},
                   {level_text(each.best_bid.quantity, each.best_bid, 0), Tone::quiet},
                   {level_text(each.best_bid.price, each.best_bid, 2), bid},
                   {level_text(each.best_ask.price, each.best_ask, 2), ask},
                   {level_text(each.best_ask.quantity, each.best_ask, 0), Tone::quiet},
                   std::move(spread_cell),
                   {fmt::format("{}/{}", each.bid_levels, each.ask_levels), Tone::quiet},
                   {count_text(each.trades), Tone::plain},
                   {count_text(each.frames), Tone::plain},
                   {count_text(each.bad_frames), tone_unless_zero(each.bad_frames)},
                   {count_text(each.missed), tone_unless_zero(each.missed)},
                   {percent_text(each.progress_ppm), Tone::quiet}});
  }
  return table;
}

TextTable strategy_table(const Figures& figures) {
  TextTable table{{{"STRATEGY", Align::left, 0, 14},
                   {"POSITION", Align::right, 5, 10},
                   {"PNL", Align::right, 9, 12},
                   {"SIGNALS", Align::right, 3, 9}}};
  for (const StrategyFigures& each : figures.strategies) {
    table.add_row({{each.name, Tone::plain},
                   {position_text(each.position), each.position == 0 ? Tone::quiet : Tone::plain},
                   {money_text(each.pnl), tone_of_money(each.pnl)},
                   {count_text(each.signals), Tone::plain}});
  }
  return table;
}

bool at_work_or_done(mycelium::ActorState state) {
  return state == mycelium::ActorState::running || state == mycelium::ActorState::stopped;
}

bool in_trouble(const mycelium::ActorStatus& actor) {
  return actor.restarts > 0 || actor.dead_letters > 0 || !at_work_or_done(actor.state);
}

// Those in trouble first when there is no room for all, so that they are never among the "...
// more".
TextTable actor_table(const Figures& figures, const Rates& rates, std::size_t lines_max) {
  TextTable table{{{"ACTOR", Align::left, 0, 14},
                   {"STATE", Align::left, 3, 8},
                   {"WORKER", Align::right, 1, 6},
                   {"MESSAGES", Align::right, 6, 9},
                   {"RATE/s", Align::right, 7, 8},
                   {"QUEUE", Align::right, 8, 5},
                   {"HIGH", Align::right, 4, 6},
                   {"RESTARTS", Align::right, 5, 8}}};
  const bool all = figures.actors.size() < lines_max;
  std::vector<const mycelium::ActorStatus*> order;
  for (const auto& actor : figures.actors) {
    if (all || in_trouble(actor)) order.push_back(&actor);
  }
  for (const auto& actor : figures.actors) {
    if (!all && !in_trouble(actor)) order.push_back(&actor);
  }
  for (const mycelium::ActorStatus* actor : order) {
    const bool well = at_work_or_done(actor->state);
    table.add_row({{actor->name, Tone::plain},
                   {std::string{name_of(actor->state)}, well ? Tone::quiet : Tone::warning},
                   {fmt::format("{}", actor->worker), Tone::quiet},
                   {count_text(actor->handled), Tone::plain},
                   {count_text(rates.messages(actor->name)), Tone::plain},
                   {count_text(actor->depth), actor->depth == 0 ? Tone::quiet : Tone::strong},
                   {count_text(actor->depth_high_water), Tone::quiet},
                   {count_text(actor->restarts), tone_unless_zero(actor->restarts)}});
  }
  return table;
}

TextLine footer_line(const Figures& figures) {
  TextLine line{"feed → strategy ", Tone::quiet};
  if (figures.latency.count == 0) {
    line.add("-");
  } else {
    line.add("p50 ", Tone::quiet)
        .add(fmt::format("{:<7}", latency_text(figures.latency.p50)), Tone::strong);
    line.add(" p99 ", Tone::quiet)
        .add(fmt::format("{:<7}", latency_text(figures.latency.p99)), Tone::strong);
  }
  const auto add = [&](std::string_view label, std::uint64_t count) {
    line.add(label, Tone::quiet).add(count_text(count), tone_unless_zero(count));
  };
  add("  restarts ", figures.restarts);
  add("  dead letters ", figures.dead_letters);
  add("  dropped ", figures.dropped);
  return line;
}

// How the lines between header and footer are shared out.
struct Shares {
  std::size_t instruments = 0;
  std::size_t strategies = 0;
  std::size_t actors = 0;
  std::size_t log = 0;
  bool blanks = false;  // An empty line before each section and the footer.
};

Shares share_out(const Figures& figures, std::size_t log_lines, std::size_t lines) {
  constexpr std::size_t kBlanks = 4;
  constexpr std::size_t kLinesForLog = 12;
  const auto wish = [](std::size_t rows) { return rows == 0 ? 0 : rows + 1; };
  Shares shares{wish(figures.instruments.size()), wish(figures.strategies.size()),
                wish(figures.actors.size()), 0, false};
  const std::size_t all = shares.instruments + shares.strategies + shares.actors;
  if (all + kBlanks <= lines) {
    shares.blanks = true;
    return shares;
  }
  if (all <= lines) return shares;
  if (lines >= kLinesForLog) shares.log = log_lines;
  std::size_t left = lines - shares.log;
  // Instruments come first, but leave strategies a third.
  const std::size_t for_strategies = std::min(shares.strategies, (left + 2) / 3);
  shares.instruments = std::min(shares.instruments, left - for_strategies);
  left -= shares.instruments;
  shares.strategies = std::min(shares.strategies, left);
  shares.actors = std::min(shares.actors, left - shares.strategies);
  return shares;
}

void append(std::vector<TextLine>& picture, std::vector<TextLine> lines, bool blank_before) {
  if (lines.empty()) return;
  if (blank_before) picture.emplace_back();
  std::move(lines.begin(), lines.end(), std::back_inserter(picture));
}

}  // namespace

std::vector<TextLine> compose_picture(const Figures& figures, const PictureContext& context) {
  const auto rows = static_cast<std::size_t>(std::max(context.size.rows, 1));
  const auto columns = static_cast<std::size_t>(std::max(context.size.columns, 1));
  std::vector<TextLine> picture;
  picture.push_back(title_line(figures, context, columns));
  if (rows >= kRowsForTwoHeaderLines) picture.push_back(time_line(figures, columns));
  picture.push_back(progress_line(figures, context.rates, columns));
  const std::size_t fixed = picture.size() + 1;
  const Shares shares = share_out(figures, context.log.size(), rows > fixed ? rows - fixed : 0);
  append(picture, instrument_table(figures).lines(columns, shares.instruments), shares.blanks);
  append(picture, strategy_table(figures).lines(columns, shares.strategies), shares.blanks);
  append(picture, actor_table(figures, context.rates, shares.actors).lines(columns, shares.actors),
         shares.blanks);
  for (std::size_t index = 0; index < shares.log; ++index)
    picture.emplace_back(context.log[index], Tone::quiet);
  append(picture, {footer_line(figures)}, shares.blanks);
  if (picture.size() > rows)
    picture.erase(picture.begin(), picture.end() - static_cast<std::ptrdiff_t>(rows));
  return picture;
}

}  // namespace arbitrage
