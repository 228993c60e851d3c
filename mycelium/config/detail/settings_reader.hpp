#pragma once

#include <string_view>

#include "mycelium/config/detail/table_reader.hpp"
#include "mycelium/config/settings.hpp"

namespace mycelium::detail {

/// Takes every member of a free-form `settings` table over into `settings`; reports values that a
/// setting cannot hold and keys that are not plain names. `path` is the table's key.
void read_settings(const Table& table, std::string_view path, Settings& settings,
                   Diagnostics& diagnostics);

}  // namespace mycelium::detail
