#include "mycelium/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace mycelium {

void assertion_failed(const char* condition, const char* message, std::source_location where) {
  std::fprintf(stderr, "%s:%u: assertion failed: %s (%s) in %s\n", where.file_name(), where.line(),
               condition, message, where.function_name());
  std::abort();
}

}  // namespace mycelium
