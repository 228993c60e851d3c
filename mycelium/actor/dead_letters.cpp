#include "mycelium/actor/dead_letters.hpp"

#include <spdlog/spdlog.h>

namespace mycelium {

void DeadLetters::add(DeadLetterReason reason, std::string_view receiver,
                      std::string_view message) {
  const std::uint64_t before = total();
  counts_[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
  if (before >= kLoggedMax) return;
  spdlog::warn("dead letter: {} to \"{}\" ({})", message, receiver, name_of(reason));
  if (before + 1 == kLoggedMax) spdlog::warn("dead letters: further ones are counted, not logged");
}

std::uint64_t DeadLetters::total() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& count : counts_) sum += count.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace mycelium
