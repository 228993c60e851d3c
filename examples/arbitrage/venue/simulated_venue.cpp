#include "arbitrage/venue/simulated_venue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mycelium/base/assert.hpp"

namespace arbitrage {
namespace {

constexpr std::int64_t kStartNsMax = std::int64_t{1} << 62;
constexpr std::chrono::nanoseconds kDurationMax = std::chrono::years{100};

}  // namespace

mycelium::Result<std::unique_ptr<SimulatedVenue>> SimulatedVenue::open(
    std::string_view instrument, const SimulatedVenueOptions& options) {
  auto found = simulated::find_instrument(instrument);
  if (!found) return std::unexpected{std::move(found.error())};
  if (options.start_ns < 0 || options.start_ns > kStartNsMax) {
    return mycelium::fail(
        "bad_option", fmt::format("the simulated venue of '{}' cannot start at {} ns; give 0 to {}",
                                  instrument, options.start_ns, kStartNsMax));
  }
  if (options.duration.count() < 0 || options.duration > kDurationMax) {
    return mycelium::fail(
        "bad_option",
        fmt::format("the simulated venue of '{}' cannot last {} ns; give 0 (no limit) to {}",
                    instrument, options.duration.count(), kDurationMax.count()));
  }
  return std::unique_ptr<SimulatedVenue>{new SimulatedVenue{*found, options}};
}

SimulatedVenue::SimulatedVenue(const simulated::Instrument& instrument,
                               const SimulatedVenueOptions& options)
    : instrument_{instrument},
      market_{instrument, options.seed, options.start_ns},
      frames_max_{options.frames == 0 ? UINT64_MAX : options.frames},
      start_ns_{options.start_ns},
      time_ns_{options.start_ns},
      end_ns_{options.duration.count() == 0 ? INT64_MAX
                                            : options.start_ns + options.duration.count()} {}

std::optional<std::int64_t> SimulatedVenue::next_time() {
  if (frames_consumed_ == frames_max_) return std::nullopt;
  if (frame_index_ < market_.frame_count()) return market_.frame(frame_index_).time_ns;
  const std::int64_t event_ns = market_.next_event_ns();
  if (event_ns >= end_ns_) return std::nullopt;
  return event_ns;
}

std::uint64_t SimulatedVenue::progress_ppm() const {
  constexpr double kWhole = 1'000'000;
  if (end_ns_ != INT64_MAX) {
    return static_cast<std::uint64_t>(kWhole * static_cast<double>(time_ns_ - start_ns_) /
                                      static_cast<double>(end_ns_ - start_ns_));
  }
  if (frames_max_ == UINT64_MAX) return 0;
  return static_cast<std::uint64_t>(kWhole * static_cast<double>(frames_consumed_) /
                                    static_cast<double>(frames_max_));
}

mycelium::Result<RawFrame> SimulatedVenue::next() {
  MYCELIUM_ASSERT(next_time().has_value(), "a venue that has not ended");
  if (frame_index_ == market_.frame_count()) {
    market_.run_event();
    frame_index_ = 0;
  }
  const auto frame = market_.frame(frame_index_);
  ++frame_index_;
  ++frames_consumed_;
  time_ns_ = frame.time_ns;
  return RawFrame{.time_ns = frame.time_ns, .json = frame.json};
}

mycelium::Result<std::string> SimulatedVenue::snapshot() { return market_.snapshot(); }

mycelium::Result<std::unique_ptr<Venue>> make_simulated_venue(
    std::string_view instrument, const SimulatedVenueOptions& options) {
  auto venue = SimulatedVenue::open(instrument, options);
  if (!venue) return std::unexpected{std::move(venue.error())};
  return std::move(*venue);
}

}  // namespace arbitrage
