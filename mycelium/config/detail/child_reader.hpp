#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "mycelium/config/detail/table_reader.hpp"
#include "mycelium/config/options.hpp"

namespace mycelium::detail {

/// Where the keys stand that only matter to who has a supervisor; nothing for those not given.
struct ChildNotes {
  std::optional<SourcePosition> type_at;  ///< The value of `restart.type`, or the table `restart`.
  std::optional<SourcePosition> limits_at;  ///< `restart.max_restarts`, else `restart.period`.
  std::optional<SourcePosition> shutdown_at;
  std::optional<SourcePosition> significant_at;
};

/// Reads what every child of a supervisor may have: `restart` with its `backoff`, `shutdown` and
/// `significant`. What is not given, or was reported, stays as it is. `path` is the table's key.
ChildNotes read_child(const TableReader& reader, std::string_view path, RestartOptions& restart,
                      std::chrono::nanoseconds& shutdown, bool& significant,
                      Diagnostics& diagnostics);

}  // namespace mycelium::detail
