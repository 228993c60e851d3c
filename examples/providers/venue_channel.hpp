#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arbitrage/venue/simulated_venue.hpp"
#include "mycelium/base/result.hpp"
#include "providers/plans.hpp"

namespace providers {

/// What the venue's channels carry.
struct VenueData {
  std::uint64_t seed = 1;
  std::chrono::nanoseconds duration = std::chrono::seconds{3};  ///< Venue time; 0: no limit.
  std::uint64_t frames = 0;                                     ///< Of each channel; 0: no limit.
  std::vector<VenueFault> faults{};
};

/// One instrument of the simulated venue, as a stream of numbered frames with planned faults: what
/// happens and when, without sockets and without a clock. Equal options give equal streams.
/// Thread-safety: none.
class VenueChannel {
 public:
  /// Errors: `unknown_instrument`, `bad_option`.
  [[nodiscard]] static mycelium::Result<VenueChannel> open(std::string_view instrument,
                                                           const VenueData& data);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// When the next thing happens, in venue time since the channel's start; nothing after the end.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> next_at();

  /// A frame, numbered, or a fault: one of the two is there.
  struct Event {
    std::string frame{};
    std::optional<FaultKind> fault{};
  };
  /// The next thing. Requires: next_at() has a value. A fault stands before the frame of its time.
  [[nodiscard]] Event next();

  /// The whole book behind the last frame.
  [[nodiscard]] std::string snapshot();
  /// What says that no frame follows. Requires: next_at() is empty.
  [[nodiscard]] std::string end() const;
  /// Frames so far.
  [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }

 private:
  VenueChannel(std::string name, std::int64_t start_ns,
               std::unique_ptr<arbitrage::SimulatedVenue> venue);
  [[nodiscard]] bool fault_is_next();

  std::string name_;
  std::unique_ptr<arbitrage::SimulatedVenue> venue_;
  std::deque<VenueFault> faults_;  // The earliest first.
  std::int64_t start_ns_;
  std::int64_t time_ns_;  // Of the last frame.
  std::uint64_t sequence_ = 0;
};

}  // namespace providers
