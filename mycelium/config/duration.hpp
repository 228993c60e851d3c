#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "mycelium/base/result.hpp"

namespace mycelium {

/// Reads a duration as people write it: `50ms`, `1.5s`, `2h`.
///
///     duration = digits [ "." digits ] unit
///     unit     = "ns" | "us" | "ms" | "s" | "m" | "h"
///
/// No sign, no space, no floating point: the result is exact to the nanosecond or there is none.
/// Errors: `bad_duration` when the text has another form, when it is finer than a nanosecond
/// (`1.5ns`), or when it is longer than the 292 years that 64 bits of nanoseconds hold.
[[nodiscard]] Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// The same as text, in the largest unit that holds it whole: `90s`, `1500ms`. What it gives for a
/// duration that is not negative is read back as that.
[[nodiscard]] std::string format_duration(std::chrono::nanoseconds duration);

}  // namespace mycelium
