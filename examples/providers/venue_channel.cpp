#include "providers/venue_channel.hpp"

#include <algorithm>
#include <utility>

#include "providers/feed_frame.hpp"

namespace providers {

mycelium::Result<VenueChannel> VenueChannel::open(std::string_view instrument,
                                                  const VenueData& data) {
  arbitrage::SimulatedVenueOptions options;
  options.seed = data.seed;
  options.duration = data.duration;
  options.frames = data.frames;
  auto venue = arbitrage::SimulatedVenue::open(instrument, options);
  if (!venue) return std::unexpected{std::move(venue.error())};
  VenueChannel channel{std::string{instrument}, options.start_ns, std::move(*venue)};
  for (const VenueFault& fault : data.faults) {
    if (fault.channel == instrument) channel.faults_.push_back(fault);
  }
  std::ranges::stable_sort(channel.faults_, {}, &VenueFault::at);
  return channel;
}

VenueChannel::VenueChannel(std::string name, std::int64_t start_ns,
                           std::unique_ptr<arbitrage::SimulatedVenue> venue)
    : name_{std::move(name)}, venue_{std::move(venue)}, start_ns_{start_ns}, time_ns_{start_ns} {}

std::optional<std::chrono::nanoseconds> VenueChannel::next_at() {
  const auto frame_ns = venue_->next_time();
  if (!frame_ns) return std::nullopt;  // Faults behind the last frame would hit nobody.
  const std::chrono::nanoseconds frame_at{*frame_ns - start_ns_};
  return faults_.empty() ? frame_at : std::min(frame_at, faults_.front().at);
}

bool VenueChannel::fault_is_next() {
  return !faults_.empty() && faults_.front().at.count() <= *venue_->next_time() - start_ns_;
}

VenueChannel::Event VenueChannel::next() {
  Event event;
  if (fault_is_next()) {
    event.fault = faults_.front().kind;
    faults_.pop_front();
    return event;
  }
  const auto raw = venue_->next();  // A simulated venue never fails.
  time_ns_ = raw->time_ns;
  event.frame = text_of_frame({FrameKind::update, ++sequence_, time_ns_, raw->json});
  return event;
}

std::string VenueChannel::snapshot() {
  return text_of_frame({FrameKind::snapshot, sequence_, time_ns_, *venue_->snapshot()});
}

std::string VenueChannel::end() const {
  return text_of_frame({FrameKind::end, sequence_, time_ns_});
}

}  // namespace providers
