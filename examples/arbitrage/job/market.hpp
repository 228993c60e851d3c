#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "arbitrage/job/job_options.hpp"
#include "arbitrage/stages/feed_line.hpp"
#include "mycelium/base/result.hpp"
#include "mycelium/config/topology.hpp"

namespace arbitrage {

/// Where the frames of a run come from, and what is known of each instrument.
struct Market {
  std::string source;  ///< For people: "recordings in DIR", "the simulated venue, seed 1".
  std::vector<std::shared_ptr<FeedLine>>
      lines;                  ///< By instrument index: the order of the topology's feeds.
  std::int64_t start_ns = 0;  ///< The first frame of all.

  /// The instrument's line. Throws std::invalid_argument for a name without one.
  [[nodiscard]] const std::shared_ptr<FeedLine>& line(std::string_view instrument) const;
  [[nodiscard]] std::uint32_t index_of(std::string_view instrument) const {
    return line(instrument)->index;
  }
};

/// Opens a venue for every feed of the topology. An instrument without a recording is named on
/// stderr and left out, with all that depends on nothing else, so the topology may shrink. Errors:
/// `directory_not_found`, `no_recordings` (none for any instrument), `unknown_instrument`,
/// `bad_fault`, what a recording or a venue refuses.
[[nodiscard]] mycelium::Result<Market> open_market(mycelium::Topology& topology,
                                                   const JobOptions& options);

}  // namespace arbitrage
