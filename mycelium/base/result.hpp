#pragma once

#include <expected>
#include <string>
#include <utility>

namespace mycelium {

/// A failure that a caller must look at: a stable code and one sentence that names the thing and
/// what to do.
///
/// Expected outcomes (full, closed) are small enums instead; a caller's bug is `MYCELIUM_ASSERT`.
struct Error {
  std::string code;     ///< Stable, `snake_case`, for programs: `file_not_found`.
  std::string message;  ///< For people: names the thing, says what was expected and what to do.
};

template <typename T>
using Result = std::expected<T, Error>;

/// `return fail("file_not_found", fmt::format("...", path));`
[[nodiscard]] inline std::unexpected<Error> fail(std::string code, std::string message) {
  return std::unexpected<Error>{Error{std::move(code), std::move(message)}};
}

}  // namespace mycelium
