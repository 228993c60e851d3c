#include "mycelium/config/detail/table_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "mycelium/config/duration.hpp"
#include "mycelium/config/toml_loader.hpp"

namespace mycelium::detail {
namespace {

bool is_letter(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

bool is_name_character(char character) {
  return is_letter(character) || (character >= '0' && character <= '9') || character == '_' ||
         character == '.' || character == '-';
}

/// Keys are repeated in messages; those that are not plain words are made fit for a terminal.
std::string key_text(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, is_name_character) && key.size() <= kNameBytesMax
             ? std::string{key}
             : quote(key);
}

}  // namespace

void Diagnostics::add(SourcePosition at, std::string key, std::string message) {
  if (found_.size() < kDiagnosticsMax) {
    found_.push_back({at, std::move(key), std::move(message)});
  } else {
    truncated_ = true;
  }
}

std::vector<Diagnostic> Diagnostics::take() {
  std::ranges::sort(found_);
  if (truncated_) {
    found_.back() = {
        found_.back().at, "",
        fmt::format("more errors than {} are not shown; correct these first", kDiagnosticsMax - 1)};
  }
  return std::move(found_);
}

bool is_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kNameBytesMax && text.front() != '.' &&
         (text.front() < '0' || text.front() > '9') && std::ranges::all_of(text, is_name_character);
}

TableReader::TableReader(const Table& table, SourcePosition at, std::string path,
                         std::span<const std::string_view> valid_keys, Diagnostics& diagnostics)
    : table_{table}, at_{at}, path_{std::move(path)}, diagnostics_{diagnostics} {
  for (const Member& member : table_) {
    if (std::ranges::find(valid_keys, member.key) != valid_keys.end()) continue;
    report(member.key_at, member.key,
           fmt::format("unknown key, expected one of {}{}", fmt::join(valid_keys, ", "),
                       suggestion(nearest_name(member.key, valid_keys))));
    if (diagnostics_.full()) return;
  }
}

std::string TableReader::path_of(std::string_view key) const {
  return path_.empty() ? key_text(key) : path_ + "." + key_text(key);
}

const Node* TableReader::find(std::string_view key) const {
  const auto found = std::ranges::find(table_, key, &Member::key);
  return found == table_.end() ? nullptr : &found->node;
}

SourcePosition TableReader::place_of(std::string_view key) const {
  const Node* node = find(key);
  return node == nullptr ? at_ : node->at;
}

void TableReader::report(SourcePosition at, std::string_view key, std::string message) const {
  diagnostics_.add(at, path_of(key), std::move(message));
}

void TableReader::report_missing(std::string_view key, std::string_view expected) const {
  report(at_, key, fmt::format("missing, expected {}", expected));
}

std::optional<std::string> TableReader::name(std::string_view key) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto* text = std::get_if<std::string>(&node->value);
  if (text != nullptr && is_name(*text)) return *text;
  report(node->at, key,
         fmt::format("expected a name of up to {} letters, digits, '_', '.' and '-' that does not "
                     "start with a digit or a dot, got {}",
                     kNameBytesMax, describe(*node)));
  return std::nullopt;
}

std::optional<std::int64_t> TableReader::integer(std::string_view key, std::int64_t min,
                                                 std::int64_t max) const {
  const Node* node = find(key);
  return node == nullptr ? std::nullopt : integer(*node, key, min, max);
}

std::optional<std::int64_t> TableReader::integer(const Node& node, std::string_view key,
                                                 std::int64_t min, std::int64_t max) const {
  const auto* value = std::get_if<std::int64_t>(&node.value);
  if (value != nullptr && *value >= min && *value <= max) return *value;
  report(node.at, key,
         fmt::format("expected an integer from {} to {}, got {}", min, max,
                     value != nullptr ? fmt::format("{}", *value) : describe(node)));
  return std::nullopt;
}

std::optional<double> TableReader::number(std::string_view key, double min, double max) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  std::optional<double> value;
  if (const auto* integer = std::get_if<std::int64_t>(&node->value))
    value = static_cast<double>(*integer);
  if (const auto* exact = std::get_if<double>(&node->value)) value = *exact;
  // What is no number at all (`nan`) is in no range either.
  if (value && *value >= min && *value <= max && std::isfinite(*value)) return value;
  report(node->at, key,
         fmt::format("expected a number {}, got {}",
                     std::isfinite(max) ? fmt::format("from {} to {}", min, max)
                                        : fmt::format("of {} or more", min),
                     describe(*node)));
  return std::nullopt;
}

std::optional<bool> TableReader::boolean(std::string_view key) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = std::get_if<bool>(&node->value)) return *value;
  report(node->at, key, fmt::format("expected true or false, got {}", describe(*node)));
  return std::nullopt;
}

std::optional<std::chrono::nanoseconds> TableReader::duration(std::string_view key) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* text = std::get_if<std::string>(&node->value)) {
    const auto parsed = parse_duration(*text);
    if (parsed && parsed->count() > 0) return *parsed;
    report(node->at, key,
           parsed ? fmt::format("expected a duration greater than zero, got {}", quote(*text))
                  : parsed.error().message);
    return std::nullopt;
  }
  const auto* number = std::get_if<std::int64_t>(&node->value);
  report(node->at, key,
         number != nullptr && *number > 0
             ? fmt::format("expected a duration with its unit, such as \"{0}s\" or \"{0}ms\", got "
                           "the integer {0}",
                           *number)
             : fmt::format("expected a duration such as \"50ms\" or \"10s\", got {}",
                           describe(*node)));
  return std::nullopt;
}

const Table* TableReader::table(std::string_view key) const {
  const Node* node = find(key);
  if (node == nullptr) return nullptr;
  const auto* table = std::get_if<Table>(&node->value);
  if (table == nullptr) {
    report(node->at, key, fmt::format("expected a table, got {}", describe(*node)));
  }
  return table;
}

const Array* TableReader::array(std::string_view key, std::string_view expected) const {
  const Node* node = find(key);
  if (node == nullptr) return nullptr;
  const auto* array = std::get_if<Array>(&node->value);
  if (array == nullptr) {
    report(node->at, key, fmt::format("expected {}, got {}", expected, describe(*node)));
  }
  return array;
}

void TableReader::report_choice(const Node& node, std::string_view key,
                                std::span<const std::string_view> words) const {
  const auto* text = std::get_if<std::string>(&node.value);
  report(node.at, key,
         fmt::format("expected \"{}\", got {}{}", fmt::join(words, "\" or \""), describe(node),
                     text == nullptr ? "" : suggestion(nearest_name(*text, words))));
}

}  // namespace mycelium::detail
