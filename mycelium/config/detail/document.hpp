#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mycelium/config/diagnostic.hpp"

namespace mycelium::detail {

struct Node;
struct Member;
using Array = std::vector<Node>;
using Table = std::vector<Member>;  // In the order of the file.

/// A TOML value of a kind that no topology uses: a date or a time.
struct Foreign {
  std::string_view kind;  // With its article: `a date`.
};

/// One value of a TOML file with its place.
struct Node {
  std::variant<bool, std::int64_t, double, std::string, Foreign, Array, Table> value;
  SourcePosition at;
};

/// One key of a TOML table with its value.
struct Member {
  std::string key;
  SourcePosition key_at;
  Node node;
};

/// Reads TOML 1.0 into nodes. The only place that knows the TOML library, which is slow to compile.
/// Errors: one diagnostic for too large a text, too deep a nesting, or the first syntax error.
[[nodiscard]] std::expected<Table, Diagnostic> parse_document(std::string_view text);

/// `the integer 5`, `"text"`, `a table`: what a message says was found.
[[nodiscard]] std::string describe(const Node& node);

}  // namespace mycelium::detail
