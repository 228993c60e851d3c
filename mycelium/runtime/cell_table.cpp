#include <sys/mman.h>

#include <new>

#include "mycelium/base/assert.hpp"
#include "mycelium/runtime/cell.hpp"

namespace mycelium {

CellTable::CellTable(std::size_t slots, std::size_t stride_bytes)
    : base_{nullptr}, slots_{slots}, stride_bytes_{stride_bytes} {
  MYCELIUM_ASSERT(slots > 0 && slots <= ActorId::kSlotsMax, "an actor id has 22 bits for its slot");
  void* memory = mmap(nullptr, slots * stride_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc{};
  base_ = static_cast<std::byte*>(memory);
}

CellTable::~CellTable() { munmap(base_, slots_ * stride_bytes_); }

}  // namespace mycelium
