#include "arbitrage/job/market.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <utility>

#include "arbitrage/job/prune.hpp"
#include "arbitrage/venue/recording.hpp"
#include "arbitrage/venue/replay_venue.hpp"
#include "arbitrage/venue/simulated_venue.hpp"
#include "mycelium/config/duration.hpp"
#include "mycelium/config/nearest_name.hpp"

namespace arbitrage {
namespace {

namespace fs = std::filesystem;
using mycelium::fail;
using mycelium::Result;

constexpr std::string_view kRecordingFolder = "binance-raw-20240808";

std::vector<std::string> instruments_of(const mycelium::Topology& topology) {
  std::vector<std::string> names;
  for (const mycelium::ActorSpec& actor : topology.actors) {
    if (actor.type != "feed") continue;
    if (auto name = actor.settings.get_string("instrument")) names.push_back(std::move(*name));
  }
  return names;
}

// The folder of recordings, or nothing: then the venue is simulated.
Result<std::optional<fs::path>> find_folder(const JobOptions& options) {
  if (options.simulate) return std::nullopt;
  if (!options.data.empty()) {
    if (fs::is_directory(options.data)) return fs::path{options.data};
    return fail("directory_not_found",
                fmt::format("--data {}: there is no such directory; name a folder of recordings",
                            options.data));
  }
  const char* named = std::getenv("MYCELIUM_DATA_DIR");
  fs::path folder = fs::path{named != nullptr ? named : "../shared/data"} / kRecordingFolder;
  std::error_code ignored;
  if (fs::is_directory(folder, ignored)) return folder;
  if (named != nullptr) {
    spdlog::warn("MYCELIUM_DATA_DIR={} holds no {}; the venue is simulated", named,
                 kRecordingFolder);
  }
  return std::nullopt;
}

Result<std::unique_ptr<Venue>> simulate(const std::string& instrument, const JobOptions& options) {
  SimulatedVenueOptions venue;
  std::from_chars(options.seed.data(), options.seed.data() + options.seed.size(), venue.seed);
  const auto duration = mycelium::parse_duration(options.duration);
  if (!duration) return std::unexpected{duration.error()};
  venue.duration = *duration;
  return make_simulated_venue(instrument, venue);
}

// A venue, or null when there is no recording of this instrument.
Result<std::unique_ptr<Venue>> open_venue(const std::string& instrument,
                                          const std::optional<fs::path>& folder,
                                          const JobOptions& options) {
  if (!folder) return simulate(instrument, options);
  auto files = find_recordings(*folder, instrument);
  if (!files) return std::unexpected{files.error()};
  if (files->empty()) return nullptr;
  return ReplayVenue::open(std::move(*files));
}

Result<void> plan_faults(Market& market, const JobOptions& options) {
  std::vector<std::string> names;
  for (const auto& line : market.lines) names.push_back(line->board->name);
  for (const std::string& text : options.faults) {
    const auto parsed = parse_fault(text);
    if (!parsed) return std::unexpected{parsed.error()};
    const auto line = std::find_if(market.lines.begin(), market.lines.end(), [&](const auto& each) {
      return each->board->name == parsed->instrument;
    });
    if (line == market.lines.end()) {
      return fail(
          "bad_fault",
          fmt::format("--fault {}: no feed plays \"{}\"{}", text, parsed->instrument,
                      mycelium::suggestion(mycelium::nearest_name(parsed->instrument, names))));
    }
    (*line)->faults.push_back(parsed->fault);
  }
  for (auto& line : market.lines) {
    std::sort(line->faults.begin(), line->faults.end(),
              [](const FeedFault& left, const FeedFault& right) {
                return left.after_ns < right.after_ns;
              });
  }
  return {};
}

void set_start(Market& market) {
  std::optional<std::int64_t> start;
  for (const auto& line : market.lines) {
    const auto first = line->venue->next_time();
    if (first && (!start || *first < *start)) start = first;
  }
  market.start_ns = start.value_or(0);
  for (auto& line : market.lines) line->start_ns = market.start_ns;
}

}  // namespace

const std::shared_ptr<FeedLine>& Market::line(std::string_view instrument) const {
  for (const auto& line : lines) {
    if (line->board->name == instrument) return line;
  }
  throw std::invalid_argument{fmt::format("no feed of the topology plays \"{}\"", instrument)};
}

Result<Market> open_market(mycelium::Topology& topology, const JobOptions& options) {
  const auto folder = find_folder(options);
  if (!folder) return std::unexpected{folder.error()};
  Market market;
  market.source = *folder ? fmt::format("recordings in {}", (*folder)->string())
                          : fmt::format("the simulated venue, seed {}", options.seed);
  std::vector<std::string> without;
  for (const std::string& instrument : instruments_of(topology)) {
    auto venue = open_venue(instrument, *folder, options);
    if (!venue) return std::unexpected{venue.error()};
    if (*venue == nullptr) {
      without.push_back(instrument);
      continue;
    }
    auto line = std::make_shared<FeedLine>();
    line->venue = std::move(*venue);
    line->board = std::make_shared<InstrumentBoard>();
    line->board->name = instrument;
    line->index = static_cast<std::uint32_t>(market.lines.size());
    line->futures = !instrument.starts_with("spot_");
    market.lines.push_back(std::move(line));
  }
  if (market.lines.empty()) {
    return fail(
        "no_recordings",
        fmt::format("{} has no recording of {}: files are named INSTRUMENT_YYYYMMDD.nsjson.zst",
                    (*folder)->string(), fmt::join(without, ", ")));
  }
  if (!without.empty()) {
    spdlog::warn("no recording of {} in {}: left out", fmt::join(without, ", "),
                 (*folder)->string());
    leave_out(topology, without);
  }
  set_start(market);
  if (const auto planned = plan_faults(market, options); !planned)
    return std::unexpected{planned.error()};
  return market;
}

}  // namespace arbitrage
