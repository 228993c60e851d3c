#include "arbitrage/view/rates.hpp"

namespace arbitrage {
namespace {

std::uint64_t per_second(std::uint64_t before, std::uint64_t after,
                         std::chrono::nanoseconds stretch) {
  constexpr double kSecond = 1e9;
  if (after < before || stretch.count() <= 0) return 0;
  return static_cast<std::uint64_t>(static_cast<double>(after - before) * kSecond /
                                    static_cast<double>(stretch.count()));
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
