#pragma once

#include <source_location>

namespace mycelium {

/// Prints the broken condition with its place to stderr and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* message,
                                   std::source_location where = std::source_location::current());

}  // namespace mycelium

/// A caller's bug ends the process, in release too. Data from outside never reaches an assert.
#define MYCELIUM_ASSERT(condition, message) \
  (static_cast<bool>(condition) ? void(0) : ::mycelium::assertion_failed(#condition, message))

/// The same on hot paths: compiled out when NDEBUG is set.
#ifdef NDEBUG
#define MYCELIUM_DASSERT(condition, message) void(0)
#else
#define MYCELIUM_DASSERT(condition, message) MYCELIUM_ASSERT(condition, message)
#endif
