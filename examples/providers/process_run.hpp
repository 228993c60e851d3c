#pragma once

#include "providers/actor_run.hpp"
#include "providers/run_result.hpp"
#include "providers/stop_signal.hpp"

namespace providers {

/// The same three providers for comparison, each in a child process of its own: this program again,
/// with a sub-command. A parent that does nothing else waits for them (`waitpid`) and starts one
/// that has failed again (`fork`, `exec`), at once, `restarts_max` times in all. Returns when all
/// have seen the end of their data, one has failed too often, or `stop` is raised; then it leaves
/// no child behind. One thread.
[[nodiscard]] RunResult run_processes(const RunOptions& options, const StopSignal& stop);

}  // namespace providers
