#pragma once

#include <cstdint>

namespace mycelium::bench {

/// How often any thread of this program has taken memory from the heap so far: `operator new` in
/// all its forms, and what libraries take from the C library themselves. Only in programs that are
/// built with `allocations.cpp`, which stands in for glibc's functions. Any thread.
[[nodiscard]] std::uint64_t allocation_count() noexcept;

}  // namespace mycelium::bench
