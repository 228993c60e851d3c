#include "mycelium/actor/dead_letters.hpp"

#include <spdlog/spdlog.h>

namespace mycelium {

bool DeadLetters::add(DeadLetterReason reason, Instant now) {
  counts_[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
  if (logged_.load(std::memory_order_relaxed) < kLoggedMax) return true;
  const std::int64_t now_ns = now.time_since_epoch().count();
  std::int64_t due = line_due_ns_.load(std::memory_order_relaxed);
  const std::int64_t next = now_ns + std::chrono::nanoseconds{kLineEvery}.count();
  // Whoever moves the due time on writes the line.
  if (now_ns >= due && line_due_ns_.compare_exchange_strong(due, next)) {
    if (due != 0) spdlog::warn("dead letters: {} so far", total());
  }
  return false;
}

void DeadLetters::log(DeadLetterReason reason, std::string_view receiver,
                      std::string_view message) {
  const std::uint64_t before = logged_.fetch_add(1, std::memory_order_relaxed);
  if (before >= kLoggedMax) return;
  spdlog::warn("dead letter: {} to \"{}\" ({})", message, receiver, name_of(reason));
  if (before + 1 == kLoggedMax)
    spdlog::warn("dead letters: from now on a line a minute with their number");
}

std::uint64_t DeadLetters::total() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& count : counts_) sum += count.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace mycelium
