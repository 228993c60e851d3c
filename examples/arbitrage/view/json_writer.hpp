#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "arbitrage/market/decimal.hpp"

namespace arbitrage {

/// Writes one JSON text (RFC 8259) with two blanks of indent per level; the caller keeps the order
/// of things.
///
///     JsonWriter json;
///     json.begin_object();
///     json.key("levels").begin_array().number(3).number(4).end_array();   // arrays stand on one
///     line json.end_object();
///
/// Thread-safety: none.
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  /// Of the next value. Any text: what JSON does not allow is escaped; invalid UTF-8 is the
  /// caller's.
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view value);
  JsonWriter& number(std::uint64_t value) { return raw(std::to_string(value)); }
  /// As a string: exact for every reader.
  JsonWriter& decimal(Decimal value) { return string(format_decimal(value)); }
  /// A number that is written already. Requires: valid JSON.
  JsonWriter& raw(std::string_view value);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  void begin_value();
  void append_quoted(std::string_view value);
  void new_line();

  std::string text_;
  std::size_t depth_ = 0;  // Objects that are open.
  bool first_ = true;      // Nothing yet in the object or array that is open.
  bool after_key_ = false;
};

}  // namespace arbitrage
