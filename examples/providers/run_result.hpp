#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "providers/provider.hpp"
#include "providers/timeline.hpp"

namespace providers {

/// What has become of one provider.
struct ProviderResult {
  std::uint64_t received = 0;            ///< Frames.
  std::uint64_t missed = 0;              ///< Frames that the venue sent and that never came.
  std::uint64_t gaps = 0;                ///< Places where they are missing.
  std::uint64_t repeated = 0;            ///< Frames that came again.
  std::optional<std::uint64_t> total{};  ///< What the venue sent in all, when its end has come.
  std::vector<Outage> outages{};
};

/// What a run of the three has given.
struct RunResult {
  std::array<ProviderResult, kProviders.size()> providers{};
  std::optional<std::string> failure{};  ///< Why it gave up.
};

}  // namespace providers
