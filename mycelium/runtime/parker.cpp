#include "mycelium/runtime/parker.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

namespace mycelium {
namespace {

// While the word holds this value, for so long at most.
void wait_on(const std::uint32_t* word, std::uint32_t value,
             std::optional<std::chrono::nanoseconds> timeout) noexcept {
  timespec limit{};
  if (timeout) {
    limit.tv_sec = timeout->count() / 1'000'000'000;
    limit.tv_nsec = timeout->count() % 1'000'000'000;
  }
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, timeout ? &limit : nullptr, nullptr, 0);
}

}  // namespace

void Parker::announce() noexcept {
  parked_.store(1, std::memory_order_seq_cst);
  barriers_.value.fetch_add(1, std::memory_order_relaxed);
  ProcessBarrier::heavy();
}

void Parker::sleep(std::optional<std::chrono::nanoseconds> timeout) noexcept {
  wait_on(reinterpret_cast<std::uint32_t*>(&parked_), 1, timeout);
}

void Parker::wake() noexcept {
  if (parked_.exchange(0, std::memory_order_seq_cst) != 0) {
    syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&parked_), FUTEX_WAKE_PRIVATE, 1, nullptr,
            nullptr, 0);
  }
}

void rest_for(std::chrono::nanoseconds duration) noexcept {
  const std::uint32_t nobodys = 0;
  wait_on(&nobodys, 0, duration);
}

}  // namespace mycelium
