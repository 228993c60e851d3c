#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mycelium {

/// A place in a text file, counted in code points from 1; line 0 means the file as a whole.
struct SourcePosition {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend auto operator<=>(const SourcePosition&, const SourcePosition&) = default;
};

/// One thing that is wrong with a configuration file.
struct Diagnostic {
  SourcePosition at;
  std::string key;  ///< Path of the key, such as `actors.mailbox.capacity`; may be empty.
  std::string
      message;  ///< What was expected, what was found and, if there is one, the nearest name.
  friend auto operator<=>(const Diagnostic&, const Diagnostic&) = default;  // By place, then key.
};

/// `file:line:column: key: message`, without the parts that are not known and without a line end.
[[nodiscard]] std::string format(const Diagnostic& diagnostic, std::string_view source);

/// One such line per diagnostic, each with a line end.
[[nodiscard]] std::string format(std::span<const Diagnostic> diagnostics, std::string_view source);

/// Text from outside in double quotes, fit for a terminal: control characters become `\xNN`, and
/// anything longer than 128 bytes is cut at a code point and ends in `...`.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace mycelium
