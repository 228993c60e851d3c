#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <set>
#include <string>

#include "arbitrage/stages/instrument_board.hpp"
#include "arbitrage/venue/venue.hpp"

namespace arbitrage {

/// A failure to inject into a feed, in recorded time.
struct FeedFault {
  std::int64_t after_ns =
      0;  ///< The feed throws at its first frame this long after the start of the recording.
  std::int64_t down_ns = 0;  ///< And is connected again this long after that frame.
};

/// What of a feed outlives its restarts: the venue it is connected to, as a real venue would, and
/// where it stood.
///
/// Thread-safety: none; used by one incarnation of the feed after the other, on one worker. The
/// board is the exception.
struct FeedLine {
  std::unique_ptr<Venue> venue;
  std::shared_ptr<InstrumentBoard> board;
  std::uint32_t index = 0;       ///< Of the instrument: the source of its event times.
  bool futures = false;          ///< How its depth updates follow each other.
  std::int64_t start_ns = 0;     ///< The first time of the whole recording, for faults.
  std::deque<FeedFault> faults;  ///< Still to happen, the earliest first.

  std::int64_t granted_ns = std::numeric_limits<std::int64_t>::min();
  std::int64_t down_until_ns = std::numeric_limits<std::int64_t>::min();
  std::uint64_t sequence = 0;
  std::uint32_t incarnations = 0;
  std::set<std::string> reported;  ///< Kinds of bad frames that have been logged.
};

}  // namespace arbitrage
