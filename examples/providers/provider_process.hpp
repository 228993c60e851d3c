#pragma once

#include <chrono>
#include <cstdint>

namespace providers {

/// What a child process is told.
struct ProviderProcessOptions {
  std::uint32_t provider = 0;  ///< Index in `kProviders`.
  std::uint16_t port = 0;      ///< Of the venue.
  std::chrono::nanoseconds silence_max = std::chrono::seconds{2};
};

/// One provider and its desk in a process of their own. Writes each step of the timeline as a line
/// (`line_of`) on the standard output, and at the end of the data `counts RECEIVED MISSED GAPS
/// REPEATED TOTAL`. Nobody supervises the provider in here: its first failure ends the process with
/// status 1, at once and without a word of goodbye, as a crash would. Status 0: all data have come.
[[nodiscard]] int run_provider_process(const ProviderProcessOptions& options);

}  // namespace providers
