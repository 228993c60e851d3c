#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mycelium/config/detail/table_reader.hpp"

namespace mycelium::detail {

/// One element of a list of names: a name, or a prefix and a star.
struct NameEntry {
  std::string text;
  SourcePosition at;

  [[nodiscard]] bool is_pattern() const noexcept { return text.ends_with('*'); }
};

struct NameList {
  std::vector<NameEntry> entries;
  bool known = true;  ///< False when a part of the list was reported.
};

/// What the list at `key` is expected to hold, for the sentences about it.
struct NameListWords {
  std::string_view key;
  std::string_view list;  ///< "an array of ..."
  std::string_view name;  ///< "an actor's name"
  std::string_view one;   ///< "one actor"
};

/// Reads the list and reports what is no entry of one.
[[nodiscard]] NameList read_names(const TableReader& reader, const NameListWords& words);

/// Places by name, sorted, so that the names with one prefix lie beside each other.
using NameIndex = std::map<std::string_view, std::size_t>;

/// The places of the names that a pattern stands for, in rising order.
[[nodiscard]] std::vector<std::size_t> matches_of(const NameIndex& names, const NameEntry& pattern);

/// Says that a pattern stands for no name, with the nearest that would match some.
[[nodiscard]] std::string without_match(const NameIndex& names, const NameEntry& pattern);

}  // namespace mycelium::detail
