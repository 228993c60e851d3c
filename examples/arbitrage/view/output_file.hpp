#pragma once

#include <filesystem>
#include <string_view>

#include "mycelium/base/result.hpp"

namespace arbitrage {

/// Whether `write_file` could write there, without a change to what is there: to refuse before a
/// run and not after it. Errors: `not_writable` with the path and the system's reason.
[[nodiscard]] mycelium::Result<void> check_writable(const std::filesystem::path& path);

/// Makes `bytes` the content of the file, all of them or none: they go to a new file beside it,
/// which then takes its place.
///
/// What is no regular file (a pipe, /dev/full), and all in /dev and /proc (/dev/stdout may stand
/// for a file that others write to as well), is written directly, behind what has been written
/// before; so is a file in a folder that takes no new ones. Errors: `not_writable` where it cannot
/// be opened, `write_failed` when the disk is full or the reader has gone; both with the path and
/// the system's reason.
[[nodiscard]] mycelium::Result<void> write_file(const std::filesystem::path& path,
                                                std::string_view bytes);

}  // namespace arbitrage
