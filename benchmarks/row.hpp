#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "benchmarks/timer.hpp"

namespace mycelium::bench {

/// One measured number. `tools/bench` reads one JSON object per line from each program's stdout.
struct Row {
  std::string id;         ///< Of the target: `P1`.
  std::string condition;  ///< Of the target's table in `targets.json`: `ping_pong`.
  std::string kind;  ///< `ours`, `floor`, `peer` (has actors or strands) or `queue` (bare queue).
  std::string name;  ///< For people: what ran.
  double value;      ///< In `unit`; the p50 where there are percentiles.
  std::string unit;  ///< As in `targets.json`: `ns`, `M msg/s`, `B`, `allocations`, ...
  std::string mode;  ///< How an idle consumer waits: `spin`, `adaptive`, `sleep`.
  std::string pinning;  ///< `cpu 0 -> cpu 1`, `cpu 0`, `none`.
  bool bounded;         ///< Whether a full queue holds the sender back.
  std::string payload = "64 B";
  std::optional<Percentiles> percentiles = {};    ///< ns.
  std::string note = {};                          ///< Lanes, rate, variant.
  std::optional<std::uint64_t> size = {};         ///< Of a curve: how many actors, topics, ...
  std::optional<std::uint64_t> working_set = {};  ///< Of a curve: bytes that its messages touch.
};

/// The characters of a JSON string, with its quotes.
inline std::string json_string(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

/// A JSON number; `null` for what JSON cannot say.
inline std::string json_number(double number) {
  return std::isfinite(number) ? fmt::format("{:.6g}", number) : "null";
}

/// Prints `row` as one line of JSON and flushes, so that rows survive a later crash.
inline void print_row(const Row& row) {
  std::string line = fmt::format(
      R"({{"id": {}, "condition": {}, "kind": {}, "name": {}, "value": {}, "unit": {}, "mode": {}, )"
      R"("payload": {}, "pinning": {}, "bounded": {}, "note": {})",
      json_string(row.id), json_string(row.condition), json_string(row.kind), json_string(row.name),
      json_number(row.value), json_string(row.unit), json_string(row.mode),
      json_string(row.payload), json_string(row.pinning), row.bounded, json_string(row.note));
  if (row.percentiles) {
    line += fmt::format(R"(, "p50": {}, "p99": {}, "p99_9": {})", json_number(row.percentiles->p50),
                        json_number(row.percentiles->p99), json_number(row.percentiles->p99_9));
  }
  if (row.size) line += fmt::format(R"(, "size": {})", *row.size);
  if (row.working_set) line += fmt::format(R"(, "working_set": {})", *row.working_set);
  fmt::print("{}}}\n", line);
  std::fflush(stdout);
}

}  // namespace mycelium::bench
