#pragma once

#include <string>
#include <vector>

#include "mycelium/config/topology.hpp"

namespace arbitrage {

/// Takes these instruments out of a topology: their feeds and books, detectors with fewer than two
/// markets left, strategies without a detector; and out of the lists of those that stay.
void leave_out(mycelium::Topology& topology, const std::vector<std::string>& instruments);

}  // namespace arbitrage
