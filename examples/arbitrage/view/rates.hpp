#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "arbitrage/view/figures.hpp"
#include "mycelium/base/clock.hpp"

namespace arbitrage {

/// What happens in a second, from figures at two moments. Thread-safety: none.
class Rates {
 public:
  /// Shorter stretches make numbers that nobody can read; the last rates then stay.
  static constexpr std::chrono::milliseconds kStretchMin{500};

  explicit Rates(mycelium::Instant started) : started_{started}, sampled_{started} {}

  void sample(const Figures& figures, mycelium::Instant now);
  /// From now on the rates are those of the whole run up to `now`.
  void average(const Figures& figures, mycelium::Instant now);

  [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
  /// Messages handled by this actor; 0 for one unknown.
  [[nodiscard]] std::uint64_t messages(std::string_view actor) const;
  /// Since the start.
  [[nodiscard]] std::chrono::nanoseconds elapsed(mycelium::Instant now) const {
    return now - started_;
  }

 private:
  struct Count {
    std::uint64_t seen = 0;
    std::uint64_t rate = 0;
  };

  mycelium::Instant started_;
  mycelium::Instant sampled_;
  std::uint64_t frames_seen_ = 0;
  std::uint64_t frames_ = 0;
  std::map<std::string, Count, std::less<>> actors_;
};

}  // namespace arbitrage
