#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "providers/plans.hpp"
#include "providers/run_result.hpp"

namespace providers {

/// A table of the providers, and the timeline of each outage.
[[nodiscard]] std::string text_of_run(std::string_view title, const RunResult& run);

/// How long the outages took as an actor and as a process, and the ratio. Only those that both
/// kinds of run had, and that have ended. Empty when there are none.
[[nodiscard]] std::string text_of_comparison(const RunResult& actors, const RunResult& processes);

/// What a run was to show, and did not: one sentence each. It was to show that every provider has
/// come to the end of its data with all frames accounted for, that those which the venue let down
/// have recovered, and that no other has lost a frame.
[[nodiscard]] std::vector<std::string> broken_claims(
    const RunResult& run, const std::vector<VenueFault>& faults,
    const std::vector<Interruption>& interruptions);

}  // namespace providers
