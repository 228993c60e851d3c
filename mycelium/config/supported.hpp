#pragma once

#include <vector>

#include "mycelium/config/topology.hpp"

namespace mycelium {

/// Which of the choices that a topology can express a runtime offers. Default: every one.
struct Supported {
  std::vector<BundleMode> modes{BundleMode::shared_memory, BundleMode::same_node,
                                BundleMode::distributed};
  std::vector<Overflow> overflows{Overflow::block, Overflow::drop_newest, Overflow::drop_oldest,
                                  Overflow::conflate, Overflow::fail};
  std::vector<Restart> restarts{Restart::permanent, Restart::transient, Restart::temporary};
};

/// One diagnostic for each choice of `topology` that is not in `supported`, in the order of the
/// file; empty when all of it can be run. Requires: no list of `supported` is empty.
[[nodiscard]] std::vector<Diagnostic> check_supported(const Topology& topology,
                                                      const Supported& supported);

}  // namespace mycelium
