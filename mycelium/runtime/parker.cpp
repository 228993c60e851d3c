#include "mycelium/runtime/parker.hpp"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>
#include <mutex>

namespace mycelium {
namespace {

long membarrier(int command) { return syscall(SYS_membarrier, command, 0, 0); }

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

bool Parker::asymmetric_ = false;

void Parker::prepare_process() noexcept {
  static std::once_flag once;
  std::call_once(once,
                 [] { asymmetric_ = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0; });
}

void Parker::announce() noexcept {
  parked_.store(1, std::memory_order_seq_cst);
  barriers_.value.fetch_add(1, std::memory_order_relaxed);
  if (asymmetric_) {
    membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
  } else {
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
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
