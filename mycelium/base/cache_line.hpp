#pragma once

#include <cstddef>

namespace mycelium {

/// Data that different threads write stands this far apart: two lines, because the processor
/// fetches pairs.
inline constexpr std::size_t kFalseSharingBytes = 128;
inline constexpr std::size_t kCacheLineBytes = 64;

}  // namespace mycelium
