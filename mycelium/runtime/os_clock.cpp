#include "mycelium/runtime/os_clock.hpp"

#include <ctime>

namespace mycelium {
namespace {

std::chrono::nanoseconds read(clockid_t clock) noexcept {
  timespec now{};
  clock_gettime(clock, &now);
  return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

class OperatingSystemClock final : public Clock {
 public:
  [[nodiscard]] Instant monotonic() const noexcept override {
    return Instant{read(CLOCK_MONOTONIC)};
  }
  [[nodiscard]] Timestamp wall() const noexcept override { return Timestamp{read(CLOCK_REALTIME)}; }
};

}  // namespace

const Clock& os_clock() {
  static const OperatingSystemClock clock;
  return clock;
}

}  // namespace mycelium
