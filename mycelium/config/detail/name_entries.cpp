#include "mycelium/config/detail/name_entries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <set>

namespace mycelium::detail {
namespace {

std::string_view prefix_of(const NameEntry& pattern) {
  return std::string_view{pattern.text}.substr(0, pattern.text.size() - 1);
}

/// Of the patterns that would match something up to a dot, the nearest to a mistyped one.
std::optional<std::string> nearest_pattern(const NameIndex& names, std::string_view pattern) {
  std::set<std::string> patterns;
  for (const std::string_view name : std::views::keys(names)) {
    for (auto dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
      if (dot + 2 <= pattern.size() + nearest_name_distance_max(pattern)) {
        patterns.insert(std::string{name.substr(0, dot + 1)} + "*");
      }
    }
  }
  return nearest_name(pattern, patterns);
}

}  // namespace

NameList read_names(const TableReader& reader, const NameListWords& words) {
  NameList list;
  const Array* entries = reader.array(words.key, words.list);
  if (entries == nullptr) {
    list.known = false;
    if (reader.find(words.key) == nullptr) reader.report_missing(words.key, words.list);
    return list;
  }
  if (entries->empty()) {
    reader.report(reader.place_of(words.key), words.key,
                  fmt::format("expected at least {}, got none", words.one));
  }
  for (const Node& node : *entries) {
    const auto* text = std::get_if<std::string>(&node.value);
    const bool star = text != nullptr && text->ends_with('*');
    const std::string_view name =
        text == nullptr ? "" : std::string_view{*text}.substr(0, text->size() - (star ? 1 : 0));
    if (is_name(name) || (star && name.empty())) {
      list.entries.push_back({*text, node.at});
    } else {
      list.known = false;
      reader.report(node.at, words.key,
                    fmt::format("expected {}, or a prefix and a star at its end, got {}",
                                words.name, describe(node)));
    }
  }
  return list;
}

std::vector<std::size_t> matches_of(const NameIndex& names, const NameEntry& pattern) {
  const std::string_view prefix = prefix_of(pattern);
  std::vector<std::size_t> matches;
  for (auto next = names.lower_bound(prefix);
       next != names.end() && next->first.starts_with(prefix); ++next) {
    matches.push_back(next->second);
  }
  std::ranges::sort(matches);  // The order of the file, not of the names.
  return matches;
}

std::string without_match(const NameIndex& names, const NameEntry& pattern) {
  return fmt::format("no actor's name starts with {}{}", quote(prefix_of(pattern)),
                     suggestion(nearest_pattern(names, pattern.text)));
}

}  // namespace mycelium::detail
