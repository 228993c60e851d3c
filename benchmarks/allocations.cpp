#include "benchmarks/allocations.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace mycelium::bench {
namespace {

std::atomic<std::uint64_t> allocations{0};  // A count only: nothing is published with it.

void count_allocation() noexcept { allocations.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

std::uint64_t allocation_count() noexcept { return allocations.load(std::memory_order_relaxed); }

}  // namespace mycelium::bench

using mycelium::bench::count_allocation;

// glibc's own functions under their other names. A program may replace malloc and its kin; `free`
// takes what these give. Every form of `operator new` ends here; some libraries, Boost.Asio among
// them, call aligned_alloc past it.
extern "C" {

void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* memory, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);

void* malloc(std::size_t bytes) noexcept {
  count_allocation();
  return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) noexcept {
  count_allocation();
  return __libc_calloc(count, bytes);
}
void* realloc(void* memory, std::size_t bytes) noexcept {
  count_allocation();
  return __libc_realloc(memory, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
  count_allocation();
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  count_allocation();
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) noexcept {
  count_allocation();
  *memory = __libc_memalign(alignment, bytes);
  return *memory != nullptr ? 0 : ENOMEM;
}
}
