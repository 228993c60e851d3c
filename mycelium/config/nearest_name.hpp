#pragma once

#include <cstddef>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>

namespace mycelium {

/// How many single-character edits (insert, delete, replace, swap of neighbours) turn `left` into
/// `right`, letters compared without case; nothing when it takes more than `limit`.
///
/// The "optimal string alignment" distance. Requires: limit <= 8.
/// O(longer length * limit).
[[nodiscard]] std::optional<std::size_t> edit_distance(std::string_view left,
                                                       std::string_view right, std::size_t limit);

/// How far a mistyped `word` may be from what was meant: a third of its length, one to three edits.
[[nodiscard]] std::size_t nearest_name_distance_max(std::string_view word) noexcept;

/// The candidate that `word` was most likely meant to be: the closest, of equals the first; nothing
/// when none is close enough to be a useful suggestion.
///
///     nearest_name("capcity", std::array<std::string_view, 2>{"capacity", "overflow"})  //
///     capacity
template <std::ranges::input_range Names>
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view word, const Names& names) {
  std::optional<std::string> nearest;
  std::size_t limit = nearest_name_distance_max(word);
  for (const std::string_view name : names) {
    const auto distance = edit_distance(word, name, limit);
    if (!distance) continue;
    nearest = name;
    if (*distance == 0) break;
    limit = *distance - 1;  // Only a closer one can replace it.
  }
  return nearest;
}

/// `; did you mean "NAME"?` for the end of a message, or nothing when there is no such name.
[[nodiscard]] std::string suggestion(const std::optional<std::string>& name);

}  // namespace mycelium
