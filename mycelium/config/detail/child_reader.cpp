#include "mycelium/config/detail/child_reader.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <string>

#include "mycelium/config/duration.hpp"
#include "mycelium/config/supervisor_options.hpp"

namespace mycelium::detail {
namespace {

using std::chrono::nanoseconds;
using Keys = std::string_view;
constexpr std::array<Keys, 5> kRestartKeys{"type", "max_restarts", "period", "backoff",
                                           "redeliver"};
constexpr std::array<Keys, 6> kBackoffKeys{"min",    "max",         "factor",
                                           "jitter", "reset_after", "first_at_once"};
constexpr std::array<std::string_view, 2> kShutdownWords{"kill", "unlimited"};

std::optional<SourcePosition> place_if_given(const TableReader& reader, std::string_view key) {
  const Node* node = reader.find(key);
  return node == nullptr ? std::nullopt : std::optional{node->at};
}

/// The shortest delay is no longer than the longest, whether given or not.
void check_order(const TableReader& reader, const Backoff& backoff) {
  if (backoff.min <= backoff.max) return;
  const bool has_max = reader.find("max") != nullptr;
  const bool has_both = has_max && reader.find("min") != nullptr;
  const std::string_view wrong = has_max ? "max" : "min";
  reader.report(reader.place_of(wrong), wrong,
                fmt::format("expected a duration of \"{}\" or {}, which is {}{}, got {}",
                            has_max ? "min" : "max", has_max ? "more" : "less",
                            format_duration(has_max ? backoff.min : backoff.max),
                            has_both ? "" : " when it is not given",
                            format_duration(has_max ? backoff.max : backoff.min)));
}

Backoff read_backoff(const Table& table, SourcePosition at, const std::string& path,
                     Diagnostics& diagnostics) {
  const TableReader reader{table, at, path + ".restart.backoff", kBackoffKeys, diagnostics};
  constexpr double kNoLimit = std::numeric_limits<double>::infinity();
  Backoff backoff;
  const auto min = reader.duration("min");
  const auto max = reader.duration("max");
  backoff.min = min.value_or(backoff.min);
  backoff.max = max.value_or(backoff.max);
  backoff.factor = reader.number("factor", 1, kNoLimit).value_or(backoff.factor);
  backoff.jitter = reader.number("jitter", 0, 1).value_or(backoff.jitter);
  backoff.reset_after = reader.duration("reset_after").value_or(backoff.reset_after);
  backoff.first_at_once = reader.boolean("first_at_once").value_or(backoff.first_at_once);
  const bool are_right = min.has_value() == (reader.find("min") != nullptr) &&
                         max.has_value() == (reader.find("max") != nullptr);
  if (are_right) check_order(reader, backoff);
  return backoff;
}

void read_restart(const Table& table, SourcePosition at, const std::string& path,
                  RestartOptions& restart, ChildNotes& notes, Diagnostics& diagnostics) {
  const TableReader reader{table, at, path + ".restart", kRestartKeys, diagnostics};
  restart.restart = reader.choice("type", kRestartNames).value_or(restart.restart);
  if (const auto count = reader.integer("max_restarts", 0, kRestartsMax)) {
    restart.max_restarts = static_cast<std::uint32_t>(*count);
  }
  restart.period = reader.duration("period").value_or(restart.period);
  if (const Table* backoff = reader.table("backoff"))
    restart.backoff = read_backoff(*backoff, reader.place_of("backoff"), path, diagnostics);
  if (const auto count = reader.integer("redeliver", 0, kRedeliveriesMax))
    restart.redeliver = static_cast<std::uint32_t>(*count);
  notes.type_at = reader.place_of("type");
  notes.limits_at = place_if_given(reader, "max_restarts");
  if (!notes.limits_at) notes.limits_at = place_if_given(reader, "period");
}

std::optional<nanoseconds> read_shutdown(const TableReader& reader) {
  const Node* node = reader.find("shutdown");
  if (node == nullptr) return std::nullopt;
  const auto* text = std::get_if<std::string>(&node->value);
  if (text != nullptr) {
    if (*text == kShutdownWords[0]) return kKill;
    if (*text == kShutdownWords[1]) return kUnlimited;
    if (const auto parsed = parse_duration(*text); parsed && parsed->count() > 0) return *parsed;
  }
  reader.report(
      node->at, "shutdown",
      fmt::format("expected \"kill\", \"unlimited\" or a duration such as \"5s\", got {}{}",
                  describe(*node),
                  text == nullptr ? "" : suggestion(nearest_name(*text, kShutdownWords))));
  return std::nullopt;
}

}  // namespace

ChildNotes read_child(const TableReader& reader, std::string_view path, RestartOptions& restart,
                      nanoseconds& shutdown, bool& significant, Diagnostics& diagnostics) {
  ChildNotes notes;
  if (const Table* table = reader.table("restart")) {
    read_restart(*table, reader.place_of("restart"), std::string{path}, restart, notes,
                 diagnostics);
  }
  // What was reported already is not looked at again.
  if (const auto given = read_shutdown(reader)) {
    shutdown = *given;
    notes.shutdown_at = reader.place_of("shutdown");
  }
  if (const auto given = reader.boolean("significant")) {
    significant = *given;
    notes.significant_at = reader.place_of("significant");
  }
  return notes;
}

}  // namespace mycelium::detail
