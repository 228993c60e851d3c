#include "arbitrage/job/actors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "arbitrage/signals/signal_recorder.hpp"
#include "arbitrage/stages/book_builder.hpp"
#include "arbitrage/stages/feed.hpp"
#include "arbitrage/stages/replay_clock.hpp"
#include "arbitrage/stages/topics.hpp"
#include "mycelium/config/nearest_name.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace arbitrage {
namespace {

using mycelium::Context;
using mycelium::Result;
using mycelium::SettingKind;
using mycelium::Settings;
using mycelium::SettingSpec;

// The settings were checked before anything started; what is wrong all the same is a failure of the
// actor.
template <typename T>
T value_of(Result<T> result) {
  if (!result) throw std::invalid_argument{result.error().message};
  return std::move(*result);
}

std::size_t position_of(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

Result<std::size_t> find_name(const std::vector<std::string>& names, const std::string& name,
                              std::string_view actor, std::string_view what) {
  const std::size_t position = position_of(names, name);
  if (position < names.size()) return position;
  return mycelium::fail(
      "unknown_name", fmt::format("actor \"{}\": the topology has no {} \"{}\"{}", actor, what,
                                  name, mycelium::suggestion(mycelium::nearest_name(name, names))));
}

std::vector<std::string> names_of_type(const mycelium::Topology& topology, std::string_view type) {
  std::vector<std::string> names;
  for (const mycelium::ActorSpec& actor : topology.actors) {
    if (actor.type == type) names.push_back(actor.name);
  }
  return names;
}

std::vector<std::string> instrument_names(const Market& market) {
  std::vector<std::string> names;
  for (const auto& line : market.lines) names.push_back(line->board->name);
  return names;
}

Result<DetectorOptions> options_of_detector(const mycelium::ActorSpec& actor, std::uint32_t index,
                                            const Market& market) {
  auto options = DetectorOptions::from(actor.settings);
  if (!options) return options;
  const auto markets = actor.settings.get_strings("markets");
  if (!markets) return std::unexpected{markets.error()};
  const auto names = instrument_names(market);
  options->index = index;
  for (const std::string& instrument : *markets) {
    const auto position = find_name(names, instrument, actor.name, "feed of");
    if (!position) return std::unexpected{position.error()};
    options->instruments.push_back(static_cast<std::uint32_t>(*position));
  }
  auto sorted = options->instruments;
  std::sort(sorted.begin(), sorted.end());
  if (sorted.size() < 2 || std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    return mycelium::fail(
        "unknown_name",
        fmt::format("actor \"{}\": markets names two or more instruments, none twice", actor.name));
  }
  return options;
}

Result<std::shared_ptr<StrategyBoard>> strategy_board(const mycelium::ActorSpec& actor,
                                                      std::uint32_t index, const JobState& state) {
  auto options = StrategyOptions::from(actor.settings);
  if (!options) return std::unexpected{options.error()};
  const auto name = actor.settings.get_string("detector");
  if (!name) return std::unexpected{name.error()};
  const auto detector = find_name(state.detectors, *name, actor.name, "detector");
  if (!detector) return std::unexpected{detector.error()};
  options->index = index;
  options->detector = static_cast<std::uint32_t>(*detector);
  options->instruments = state.detector_options[*detector].instruments;
  return std::make_shared<StrategyBoard>(std::move(*options));
}

// The recorder merges every strategy of the topology; its list says so, for whoever reads the file.
Result<void> check_recorders(const mycelium::Topology& topology,
                             const std::vector<std::string>& strategies) {
  const auto recorders = names_of_type(topology, "recorder");
  if (recorders.size() != 1) {
    return mycelium::fail("unknown_name", fmt::format("the topology has {} recorders; it needs one",
                                                      recorders.size()));
  }
  for (const mycelium::ActorSpec& actor : topology.actors) {
    if (actor.type != "recorder") continue;
    const auto named = actor.settings.get_strings("strategies");
    if (!named) return std::unexpected{named.error()};
    for (const std::string& name : *named) {
      if (const auto found = find_name(strategies, name, actor.name, "strategy"); !found)
        return std::unexpected{found.error()};
    }
    if (named->size() == strategies.size()) continue;
    return mycelium::fail(
        "unknown_name",
        fmt::format("actor \"{}\" names {} of the {} strategies; it writes all of them", actor.name,
                    named->size(), strategies.size()));
  }
  return {};
}

std::vector<SettingSpec> with(std::vector<SettingSpec> specs, SettingSpec spec) {
  specs.push_back(std::move(spec));
  return specs;
}

ArbitrageDetector make_detector(JobState& state, Context& context) {
  const std::size_t index = position_of(state.detectors, context.name());
  const DetectorOptions& options = state.detector_options.at(index);
  for (const std::uint32_t instrument : options.instruments) {
    const std::string& name = state.market.lines[instrument]->board->name;
    context.subscribe<Quote>(topics::for_instrument<Quote>(name), kLosesNothing);
    context.subscribe<Watermark>(topics::watermark_of("book." + name), kLosesNothing);
  }
  return ArbitrageDetector{options, context.publisher<Signal>(topics::signals_of(context.name())),
                           context.publisher<Watermark>(topics::watermark_of(context.name())),
                           state.detector_boards[index]};
}

SpreadStrategy make_strategy(JobState& state, Context& context) {
  const std::size_t index = position_of(state.strategies, context.name());
  const auto& board = state.strategy_boards.at(index);
  const std::string& detector = state.detectors[board->options().detector];
  context.subscribe<Signal>(topics::signals_of(detector), kLosesNothing);
  context.subscribe<Watermark>(topics::watermark_of(detector), kLosesNothing);
  return SpreadStrategy{board, context.publisher<StrategyUpdate>(),
                        context.publisher<Watermark>(topics::watermark_of(context.name()))};
}

SignalRecorder make_recorder(JobState& state, Context& context) {
  context.subscribe<StrategyUpdate>(kLosesNothing);
  for (const std::string& strategy : state.strategies) {
    context.subscribe<Watermark>(topics::watermark_of(strategy), kLosesNothing);
  }
  return SignalRecorder{state.log, context.publisher<Watermark>(topics::kProgress)};
}

ReplayClock make_clock(JobState& state, Context& context, const Settings& settings) {
  ReplayClockOptions options = value_of(ReplayClockOptions::from(settings));
  options.start_ns = state.market.start_ns;
  options.speed = state.options.speed_factor();
  options.on_end = [&state](mycelium::Instant now) { state.ended = now; };
  return ReplayClock{options, std::string{topics::kProgress}, context.publisher<Grant>()};
}

}  // namespace

Result<void> JobState::prepare(mycelium::Topology& topology) {
  started = mycelium::os_clock().monotonic();
  auto opened = open_market(topology, options);
  if (!opened) return std::unexpected{opened.error()};
  market = std::move(*opened);
  detectors = names_of_type(topology, "detector");
  strategies = names_of_type(topology, "strategy");
  if (strategies.empty())
    return mycelium::fail("unknown_name", "the topology has no strategy: nothing to do");
  for (const mycelium::ActorSpec& actor : topology.actors) {
    if (actor.type != "detector") continue;
    auto made =
        options_of_detector(actor, static_cast<std::uint32_t>(detector_options.size()), market);
    if (!made) return std::unexpected{made.error()};
    detector_options.push_back(std::move(*made));
    detector_boards.push_back(std::make_shared<DetectorBoard>());
  }
  for (const mycelium::ActorSpec& actor : topology.actors) {
    if (actor.type != "strategy") continue;
    auto board = strategy_board(actor, static_cast<std::uint32_t>(strategy_boards.size()), *this);
    if (!board) return std::unexpected{board.error()};
    strategy_boards.push_back(std::move(*board));
  }
  if (const auto checked = check_recorders(topology, strategies); !checked) return checked;
  auto file = SignalLog::open(options.output, SignalNames{instrument_names(market), strategies});
  if (!file) return std::unexpected{file.error()};
  log = std::move(*file);
  return {};
}

void add_actors(mycelium::App& app, JobState& state) {
  const SettingSpec instrument{
      .key = "instrument", .required = true, .help = "MARKET_SYMBOL, as recordings are named"};
  app.actor<Feed>("feed",
                  [&state](Context& context, const Settings& settings) {
                    return Feed{state.market.line(value_of(settings.get_string("instrument"))),
                                context};
                  },
                  {instrument});
  app.actor<BookBuilder>(
      "book",
      [&state](Context& context, const Settings& settings) {
        const auto& line = state.market.line(value_of(settings.get_string("instrument")));
        const std::string& name = line->board->name;
        return BookBuilder{line->index, line->board,
                           context.publisher<Quote>(topics::for_instrument<Quote>(name)),
                           context.publisher<Watermark>(topics::watermark_of("book." + name))};
      },
      {instrument});
  app.actor<ArbitrageDetector>(
      "detector", [&state](Context& context) { return make_detector(state, context); },
      with(DetectorOptions::settings(), {.key = "markets",
                                         .kind = SettingKind::strings,
                                         .required = true,
                                         .help = "the instruments of one base asset"}));
  app.actor<SpreadStrategy>(
      "strategy", [&state](Context& context) { return make_strategy(state, context); },
      with(StrategyOptions::settings(),
           {.key = "detector", .required = true, .help = "whose signals it follows"}));
  app.actor<SignalRecorder>("recorder",
                            [&state](Context& context) { return make_recorder(state, context); },
                            {{.key = "strategies",
                              .kind = SettingKind::strings,
                              .required = true,
                              .help = "whose updates it writes"}});
  app.actor<ReplayClock>(
      "clock",
      [&state](Context& context, const Settings& settings) {
        return make_clock(state, context, settings);
      },
      ReplayClockOptions::specs());
}

}  // namespace arbitrage
