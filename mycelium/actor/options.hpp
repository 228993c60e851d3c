#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mycelium/base/clock.hpp"
#include "mycelium/config/cpu_set.hpp"
#include "mycelium/config/options.hpp"

namespace mycelium {

/// How one actor is run.
struct SpawnOptions {
  MailboxOptions mailbox{};
  RestartOptions restart{};
  std::optional<std::uint16_t> worker{};  ///< Else the worker with the fewest actors.
  /// A worker of its own, beside the system's: for an actor that computes for long or must block.
  bool dedicated = false;
};

/// Who drives the workers.
enum class Drive : std::uint8_t {
  threads,  ///< A thread each.
  manual,   ///< The caller, by `System::step`: tests and simulations.
};

/// How a system is run.
struct SystemOptions {
  std::uint16_t workers = 1;  ///< 1 to `kWorkersMax`.
  Idle idle = Idle::adaptive;
  /// Worker i runs on cpus[i], where given and not empty: `{2, 3}` pins two workers, `{{2, 3}}`
  /// lets one move between two processors.
  std::vector<CpuSet> cpus{};
  /// Where all other threads run: workers without processors of their own, dedicated ones, those of
  /// `offload`, the stall detector. Empty: where the thread may run that makes the system.
  CpuSet other_cpus{};
  std::size_t lane_bytes = 256 * 1024;  ///< Of each lane; a power of two, 32 KiB or more.
  std::size_t actors_max = 1U << 20;    ///< Places for actors, stopped ones included until reused.
  std::uint64_t seed = 1;               ///< Of every `Context::random`.
  const Clock* clock = nullptr;         ///< The operating system's when null; outlives the system.
  std::size_t offload_threads = 4;      ///< For `Context::offload`; started when they are needed.
  /// Who holds a worker longer than this is told of (promise S16); zero: nobody looks.
  std::chrono::nanoseconds stall_limit = std::chrono::seconds{1};
  Drive drive = Drive::threads;
};

}  // namespace mycelium
