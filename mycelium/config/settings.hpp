#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "mycelium/base/result.hpp"
#include "mycelium/config/diagnostic.hpp"

namespace mycelium {

/// What a setting may hold. A duration is written as a string: `"50ms"`.
enum class SettingKind : std::uint8_t {
  boolean,
  integer,
  number,  ///< A decimal number or an integer.
  string,
  duration,
  strings,
  integers,
};

/// One value of a `settings` table and where it was written.
struct Setting {
  using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>,
                             std::vector<std::int64_t>>;
  Value value;
  SourcePosition at;
};

/// Why `setting` cannot be read as `kind`, or nothing when it can. An empty array is of both kinds.
[[nodiscard]] std::optional<std::string> mismatch(const Setting& setting, SettingKind kind);

/// `a duration such as "50ms", "1.5s" or "2h"`: what a message says was expected.
[[nodiscard]] std::string_view expectation(SettingKind kind) noexcept;

/// The free-form settings of one actor, or of the whole topology.
///
///     const Result<std::chrono::nanoseconds> window = settings.get_duration("window", 50ms);
///
/// Each kind is read in three ways: `get_x(key)` where it must be present, `get_x(key, fallback)`,
/// and `find_x(key)` where its absence means something.
/// Errors: `setting_missing`; `setting_invalid` when the value is of another kind or a malformed
/// duration, with or without a fallback. The message starts with file:line:column and the key.
/// Thread-safety: a value; reading from several threads is safe.
class Settings {
 public:
  using Map = std::map<std::string, Setting, std::less<>>;

  Settings() = default;
  /// `source` is the file, `owner` the actor (empty: the topology), `at` where a missing key is
  /// reported.
  Settings(std::string source, std::string owner, SourcePosition at)
      : source_{std::move(source)}, owner_{std::move(owner)}, at_{at} {}

  /// Adds a setting, or replaces the one of that name.
  void set(std::string key, Setting::Value value, SourcePosition at = {});

  /// These settings, and those of `shared` whose keys are not among them: an actor's view of its
  /// own settings and the topology's.
  [[nodiscard]] Settings with_defaults(const Settings& shared) const;

  /// The setting as it was written, or null. O(log n), as all of the following.
  [[nodiscard]] const Setting* find(std::string_view key) const;
  [[nodiscard]] const Map& all() const noexcept { return settings_; }
  [[nodiscard]] SourcePosition at() const noexcept { return at_; }

  using Duration = std::chrono::nanoseconds;
  using Strings = std::vector<std::string>;
  using Integers = std::vector<std::int64_t>;

  [[nodiscard]] Result<bool> get_bool(std::string_view key) const;
  [[nodiscard]] Result<bool> get_bool(std::string_view key, bool fallback) const;
  [[nodiscard]] Result<std::optional<bool>> find_bool(std::string_view key) const;

  [[nodiscard]] Result<std::int64_t> get_int(std::string_view key) const;
  [[nodiscard]] Result<std::int64_t> get_int(std::string_view key, std::int64_t fallback) const;
  [[nodiscard]] Result<std::optional<std::int64_t>> find_int(std::string_view key) const;

  [[nodiscard]] Result<double> get_double(std::string_view key) const;
  [[nodiscard]] Result<double> get_double(std::string_view key, double fallback) const;
  [[nodiscard]] Result<std::optional<double>> find_double(std::string_view key) const;

  [[nodiscard]] Result<std::string> get_string(std::string_view key) const;
  [[nodiscard]] Result<std::string> get_string(std::string_view key, std::string fallback) const;
  [[nodiscard]] Result<std::optional<std::string>> find_string(std::string_view key) const;

  [[nodiscard]] Result<Duration> get_duration(std::string_view key) const;
  [[nodiscard]] Result<Duration> get_duration(std::string_view key, Duration fallback) const;
  [[nodiscard]] Result<std::optional<Duration>> find_duration(std::string_view key) const;

  [[nodiscard]] Result<Strings> get_strings(std::string_view key) const;
  [[nodiscard]] Result<Strings> get_strings(std::string_view key, Strings fallback) const;
  [[nodiscard]] Result<std::optional<Strings>> find_strings(std::string_view key) const;

  [[nodiscard]] Result<Integers> get_ints(std::string_view key) const;
  [[nodiscard]] Result<Integers> get_ints(std::string_view key, Integers fallback) const;
  [[nodiscard]] Result<std::optional<Integers>> find_ints(std::string_view key) const;

 private:
  template <typename T>
  Result<std::optional<T>> read(std::string_view key) const;
  template <typename T>
  Result<T> require(std::string_view key) const;
  template <typename T>
  Result<T> read_or(std::string_view key, T fallback) const;
  [[nodiscard]] std::unexpected<Error> refuse(SourcePosition at, std::string_view key,
                                              std::string code, std::string message) const;

  Map settings_;
  std::string source_;
  std::string owner_;
  SourcePosition at_;
};

}  // namespace mycelium
