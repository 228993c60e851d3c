#pragma once

#include <optional>
#include <string_view>

#include "mycelium/config/diagnostic.hpp"

namespace mycelium::detail {

/// The first place of a TOML text where more than `kNestingMax` brackets are open or a key has more
/// than `kNestingMax` dots, or nothing.
///
/// The TOML library builds and destroys values recursively and puts no bound on dotted keys, so
/// this looks before it parses. One pass, constant memory. It understands strings and comments; a
/// text that is malformed before such a place is left to the parser, which stops there.
[[nodiscard]] std::optional<Diagnostic> find_too_deep(std::string_view text);

}  // namespace mycelium::detail
