#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mycelium/config/detail/document.hpp"
#include "mycelium/config/nearest_name.hpp"
#include "mycelium/config/options.hpp"

namespace mycelium::detail {

/// Collects what is wrong with one file, up to `kDiagnosticsMax`.
class Diagnostics {
 public:
  /// Beyond the limit nothing is kept but a remark that there is more.
  void add(SourcePosition at, std::string key, std::string message);

  /// True when looking for more is of no use. Loops over outside data stop then.
  [[nodiscard]] bool full() const noexcept { return truncated_; }
  [[nodiscard]] bool empty() const noexcept { return found_.empty(); }

  /// All of them in the order of the file, the remark last.
  [[nodiscard]] std::vector<Diagnostic> take();

 private:
  std::vector<Diagnostic> found_;
  bool truncated_ = false;
};

/// True for 1 to `kNameBytesMax` letters, digits, `_`, `.` and `-`, not starting with a digit or
/// dot.
[[nodiscard]] bool is_name(std::string_view text) noexcept;

/// Takes values out of one table by key; whatever is wrong with them goes to `diagnostics`.
///
/// A reader is told all valid keys at once and reports the others. Its readers return nothing both
/// for an absent key and for one they have reported. Confined to one function call: it refers to
/// the table and the diagnostics.
class TableReader {
 public:
  /// `path` is the table's own key, empty at the top; `valid_keys` are all that it may have.
  TableReader(const Table& table, SourcePosition at, std::string path,
              std::span<const std::string_view> valid_keys, Diagnostics& diagnostics);

  [[nodiscard]] SourcePosition at() const noexcept { return at_; }
  [[nodiscard]] const Node* find(std::string_view key) const;
  /// Of the value of `key`, or of the table when it has none.
  [[nodiscard]] SourcePosition place_of(std::string_view key) const;

  /// Reports the absence of `key`; `expected` completes "missing, expected ...".
  void report_missing(std::string_view key, std::string_view expected) const;
  void report(SourcePosition at, std::string_view key, std::string message) const;

  [[nodiscard]] std::optional<std::string> name(std::string_view key) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key, std::int64_t min,
                                                    std::int64_t max) const;
  [[nodiscard]] std::optional<std::int64_t> integer(const Node& node, std::string_view key,
                                                    std::int64_t min, std::int64_t max) const;
  /// An integer or a number with a fraction; `max` may be infinite.
  [[nodiscard]] std::optional<double> number(std::string_view key, double min, double max) const;
  [[nodiscard]] std::optional<bool> boolean(std::string_view key) const;
  /// Greater than zero.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> duration(std::string_view key) const;
  [[nodiscard]] const Table* table(std::string_view key) const;
  [[nodiscard]] const Array* array(std::string_view key, std::string_view expected) const;

  template <typename Enum, std::size_t kCount>
  [[nodiscard]] std::optional<Enum> choice(
      std::string_view key, const std::array<NamedValue<Enum>, kCount>& names) const {
    const Node* node = find(key);
    if (node == nullptr) return std::nullopt;
    const auto* text = std::get_if<std::string>(&node->value);
    std::array<std::string_view, kCount> words;
    for (std::size_t index = 0; index < kCount; ++index) {
      words[index] = names[index].name;
      if (text != nullptr && *text == names[index].name) return names[index].value;
    }
    report_choice(*node, key, words);
    return std::nullopt;
  }

 private:
  void report_choice(const Node& node, std::string_view key,
                     std::span<const std::string_view> words) const;
  [[nodiscard]] std::string path_of(std::string_view key) const;

  const Table& table_;
  SourcePosition at_;
  std::string path_;
  Diagnostics& diagnostics_;
};

}  // namespace mycelium::detail
