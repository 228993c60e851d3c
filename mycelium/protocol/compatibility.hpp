#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mycelium/protocol/schema.hpp"

namespace mycelium {

/// What two versions of a schema can do with each other's messages.
enum class Compatibility : std::uint8_t {
  full,      ///< Each reads the other's.
  backward,  ///< New programs read what old ones send; old ones not all that new ones send.
  forward,   ///< Old programs read what new ones send; new ones not all that old ones send.
  breaking,  ///< Neither.
};

/// `full`, `backward`, ...
[[nodiscard]] std::string_view text_of(Compatibility compatibility) noexcept;

/// One difference that matters.
struct SchemaFinding {
  std::string message;
  std::string field;   ///< With the fields around it, as `legs.ratio`; empty: the whole message.
  bool new_reads_old;  ///< New programs understand what old ones send, as far as this goes.
  bool old_reads_new;
  bool same_bytes;       ///< The bytes are still understood; false: a link must not be made.
  std::string sentence;  ///< What has changed, and what to do.
};

struct CompatibilityReport {
  std::vector<SchemaFinding> findings;

  [[nodiscard]] Compatibility compatibility() const noexcept;
};

/// Compares two versions of a program's messages, by id. What is the same or safe is no finding.
[[nodiscard]] CompatibilityReport compare_schemas(const Schema& before, const Schema& after);

/// What stands against a link between two processes that have these schemas, as one sentence with
/// message and field; nothing: they understand each other. Fields that only one of them knows are
/// no obstacle: the other gets defaults.
[[nodiscard]] std::optional<std::string> objection_to_link(const Schema& ours,
                                                           const Schema& theirs);

}  // namespace mycelium
