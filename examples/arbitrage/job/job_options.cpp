#include "arbitrage/job/job_options.hpp"

#include <fmt/format.h>

#include <charconv>

#include "mycelium/config/duration.hpp"

namespace arbitrage {
namespace {

constexpr std::string_view kDefaultDown = "1s";

std::string check_speed(const std::string& text) {
  return text == "1" || text == "10" || text == "max"
             ? std::string{}
             : "--speed is 1, 10 or max, not \"" + text + "\"";
}

std::string check_duration(const std::string& text) {
  const auto duration = mycelium::parse_duration(text);
  return duration ? std::string{} : "--duration: " + duration.error().message;
}

std::string check_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole ? std::string{} : "--seed is a number from 0 to 2^64 - 1, not \"" + text + "\"";
}

std::string check_fault(const std::string& text) {
  const auto fault = parse_fault(text);
  return fault ? std::string{} : fault.error().message;
}

}  // namespace

mycelium::Result<FaultOption> parse_fault(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return mycelium::fail(
        "bad_fault",
        fmt::format("--fault {}: {}; write feed:INSTRUMENT:AT or feed:INSTRUMENT:AT:DOWN, "
                    "such as feed:usdm_btcusdt:2s or feed:usdm_btcusdt:2s:500ms",
                    text, why));
  };
  std::vector<std::string_view> parts;
  for (std::string_view rest = text;;) {
    const std::size_t colon = rest.find(':');
    parts.push_back(rest.substr(0, colon));
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  if (parts.size() < 3 || parts.size() > 4) return refuse("it has three or four parts");
  if (parts[0] != "feed") return refuse("only feeds can be made to fail");
  if (parts[1].empty()) return refuse("it names no instrument");
  const auto at = mycelium::parse_duration(parts[2]);
  if (!at) return refuse(at.error().message);
  const auto down = mycelium::parse_duration(parts.size() == 4 ? parts[3] : kDefaultDown);
  if (!down) return refuse(down.error().message);
  return FaultOption{std::string{parts[1]}, FeedFault{at->count(), down->count()}};
}

void JobOptions::add_to(mycelium::App& app) {
  app.option("data", data,
             "Folder of recordings INSTRUMENT_YYYYMMDD.nsjson.zst (default: binance-raw-20240808 "
             "in MYCELIUM_DATA_DIR "
             "or ../shared/data; without either the simulated venue)");
  app.flag("simulate", simulate, "Use the simulated venue even where recordings are found");
  app.option("seed", seed, "Seed of the simulated venue", check_seed);
  app.option("duration", duration, "How long the simulated venue plays, in its own time",
             check_duration);
  app.option("speed", speed, "How fast recorded time passes: 1, 10 or max", check_speed);
  app.list_option("fault", faults,
                  "feed:INSTRUMENT:AT[:DOWN]: that feed throws at AT of recorded time",
                  check_fault);
  app.option("output", output, "The signals, as CSV");
  app.option("summary", summary, "Write the summary as JSON to this file");
  app.flag("headless", headless, "No live view: one line a second");
}

std::uint32_t JobOptions::speed_factor() const {
  if (speed == "max") return 0;
  return speed == "10" ? 10 : 1;
}

}  // namespace arbitrage
