#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "mycelium/config/topology.hpp"

namespace mycelium {

/// A topology file is written by people; beyond this it is the wrong file.
inline constexpr std::size_t kTopologyBytesMax = std::size_t{4} << 20;
/// Actors of one topology: a quarter of the 2^22 slots that an actor id has for a process.
inline constexpr std::size_t kActorsMax = std::size_t{1} << 20;
/// Bundles of one topology: as many as an actor id has process numbers (12 bits).
inline constexpr std::size_t kBundlesMax = std::size_t{1} << 12;
/// Supervisors of one topology: beyond this nobody has written them.
inline constexpr std::size_t kSupervisorsMax = std::size_t{1} << 16;
/// Supervisors above each other, the root included. Keeps the recursion over a tree small.
inline constexpr std::size_t kSupervisionLevelsMax = 64;
/// Bytes of the name of an actor, a supervisor, a bundle, a type, a topology or a setting.
inline constexpr std::size_t kNameBytesMax = 128;
/// Diagnostics of one file; nobody reads more before repairing these.
inline constexpr std::size_t kDiagnosticsMax = 100;
/// Inline tables and arrays within each other, and parts of one dotted key: a topology needs three.
/// Both keep the recursion over a hostile file within any stack.
inline constexpr std::size_t kNestingMax = 16;

/// Reads and validates a topology file.
///
///     name = "arbitrage"               # optional; as all names: letters, digits, _ . -
///     [settings]                       # optional, seen by every actor
///     window = "50ms"
///     [[bundles]]                      # at least one
///     name = "trading"
///     actors = ["feed.spot", "book.*"] # exact names, or a prefix and a star
///     mode = "shared_memory"           # default; same_node | distributed
///     workers = 2                      # default 1
///     cpus = [2, [4, 5]]               # default none; a processor or several for each worker
///     other_cpus = [0, 1]              # default: all; for the threads without their own
///     idle = "adaptive"                # default; spin | sleep
///     [[supervisors]]                  # optional; under each one child or more, in start order
///     name = "markets"                 # of its own among supervisors and actors
///     children = ["limits", "feed.*"]  # actors and supervisors; a star takes actors
///     strategy = "one_for_one"         # default; one_for_all | rest_for_one
///     intensity = { max_restarts = 5, period = "10s" }  # default; where they are counted together
///     counting = "by_strategy"         # default; per_child | per_supervisor
///     auto_shutdown = "never"          # default; any_significant | all_significant
///     restart = {}                     # as an actor's
///     shutdown = "unlimited"           # default; as an actor's
///     significant = false              # default; as an actor's
///     worker = 0                       # as an actor's, of the bundle that has the tree's actors
///     [[actors]]                       # at least one, each in exactly one bundle
///     name = "feed.spot"
///     type = "feed"                    # as registered with the program
///     worker = 0                       # default: the least loaded one
///     dedicated = false                # default; true: a worker of its own, instead of `worker`
///     mailbox = { capacity = 1024, overflow = "block" }                        # default
///     restart = { type = "permanent", max_restarts = 5, period = "10s",        # default
///                 backoff = { min = "10ms", max = "5s", factor = 2, jitter = 0.2,
///                             reset_after = "10s", first_at_once = true },    # default: none
///                 redeliver = 0 }                                             # default
///     shutdown = "5s"                  # default; under a supervisor only; "kill" | "unlimited"
///     significant = false              # default; under a supervisor only
///     waits_for = ["book.*"]           # default none; whose replies or room it waits for: no
///     circle settings = { instrument = "spot_btcusdt" }                               # default
///     none
///
/// A star takes the actors that match and are not yet in the bundle's list, in the order of the
/// file. A tree starts as a whole where the first of its actors stands in its bundle, and in the
/// order of its supervisors' children. Errors: every one that can be found at once (after a TOML
/// syntax error: that one), in the order of the file, at most `kDiagnosticsMax`. What a given
/// runtime does not offer is not an error here; see `check_supported`. A file that cannot be read
/// gives one diagnostic at line 0.
[[nodiscard]] std::expected<Topology, std::vector<Diagnostic>> load_topology(
    const std::filesystem::path& path);

/// The same for a text in memory. `source_name` is kept in `Topology::source` and used in the
/// messages of `Settings`. Every diagnostic has a line of at least 1.
[[nodiscard]] std::expected<Topology, std::vector<Diagnostic>> parse_topology(
    std::string_view text, std::string source_name);

}  // namespace mycelium
