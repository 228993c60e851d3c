#include "arbitrage/view/rates.hpp"

#include <limits>

#include "arbitrage/signals/wide.hpp"

namespace arbitrage {
namespace {

std::uint64_t per_second(std::uint64_t before, std::uint64_t after,
                         std::chrono::nanoseconds stretch) {
  constexpr std::uint64_t kSecondNs = 1'000'000'000;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  if (after < before || stretch.count() <= 0) return 0;
  const UnsignedWide rate =
      UnsignedWide{after - before} * kSecondNs / static_cast<std::uint64_t>(stretch.count());
  return rate > kMost ? kMost : static_cast<std::uint64_t>(rate);
}

}  // namespace

void Rates::sample(const Figures& figures, mycelium::Instant now) {
  const std::chrono::nanoseconds stretch = now - sampled_;
  if (stretch < kStretchMin) return;
  frames_ = per_second(frames_seen_, figures.frames, stretch);
  frames_seen_ = figures.frames;
  for (const mycelium::ActorStatus& actor : figures.actors) {
    Count& count = actors_[actor.name];
    count.rate = per_second(count.seen, actor.handled, stretch);
    count.seen = actor.handled;
  }
  sampled_ = now;
}

void Rates::average(const Figures& figures, mycelium::Instant now) {
  frames_ = per_second(0, figures.frames, elapsed(now));
  for (const mycelium::ActorStatus& actor : figures.actors) {
    actors_[actor.name] = {actor.handled, per_second(0, actor.handled, elapsed(now))};
  }
}

std::uint64_t Rates::messages(std::string_view actor) const {
  const auto found = actors_.find(actor);
  return found == actors_.end() ? 0 : found->second.rate;
}

}  // namespace arbitrage
