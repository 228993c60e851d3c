#include "mycelium/runtime/parker.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

namespace mycelium {

void Parker::announce() noexcept {
  parked_.store(1, std::memory_order_seq_cst);
  ProcessBarrier::heavy();
}

void Parker::sleep(std::optional<std::chrono::nanoseconds> timeout) noexcept {
  timespec limit{};
  if (timeout) {
    limit.tv_sec = timeout->count() / 1'000'000'000;
    limit.tv_nsec = timeout->count() % 1'000'000'000;
  }
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&parked_), FUTEX_WAIT_PRIVATE, 1,
          timeout ? &limit : nullptr, nullptr, 0);
}

void Parker::wake() noexcept {
  if (parked_.exchange(0, std::memory_order_seq_cst) != 0) {
    syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&parked_), FUTEX_WAKE_PRIVATE, 1, nullptr,
            nullptr, 0);
  }
}

}  // namespace mycelium
