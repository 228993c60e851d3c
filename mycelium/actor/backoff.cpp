#include "mycelium/actor/backoff.hpp"

#include <algorithm>

namespace mycelium::detail {

std::chrono::nanoseconds backoff_delay(const Backoff& backoff, std::uint32_t before,
                                       Random& random) noexcept {
  if (backoff.first_at_once && before == 0) return std::chrono::nanoseconds{0};
  const auto cap = static_cast<double>(backoff.max.count());
  auto delay = static_cast<double>(backoff.min.count());
  // A factor of 1 reaches no cap, so it takes no turns.
  for (std::uint32_t turn = backoff.first_at_once ? 1 : 0;
       turn < before && delay < cap && backoff.factor > 1; ++turn)
    delay *= backoff.factor;
  constexpr double kUnit = 1.0 / (std::uint64_t{1} << 53U);  // 53 bits: every number is exact.
  const double chance = static_cast<double>(random.next() >> 11U) * kUnit;
  return std::chrono::nanoseconds{
      static_cast<std::int64_t>(std::min(cap, delay) * (1 - backoff.jitter * chance))};
}

std::string complaint_about(const Backoff& backoff) {
  if (backoff.min <= std::chrono::nanoseconds{0}) return "its backoff's min is greater than zero";
  if (backoff.max < backoff.min) return "its backoff's max is min or more";
  if (!(backoff.factor >= 1)) return "its backoff's factor is 1 or more";
  if (!(backoff.jitter >= 0 && backoff.jitter <= 1)) return "its backoff's jitter is 0 to 1";
  if (backoff.reset_after <= std::chrono::nanoseconds{0})
    return "its backoff's reset_after is greater than zero";
  return {};
}

}  // namespace mycelium::detail
