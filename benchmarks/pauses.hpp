#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "benchmarks/harness.hpp"

/// Which messages of a latency measurement met a moment in which one of the two threads did not
/// run: a processor that the kernel or the host had taken. What is left is what the program does.
namespace mycelium::bench {

/// A stretch of time, in ticks.
struct Stretch {
  std::uint64_t began;
  std::uint64_t ended;
};

/// The pauses of one thread that looks at the clock all the time. Thread-safety: written by that
/// thread, read when it has ended.
class PauseLog {
 public:
  /// Between two looks; a turn of a worker with a message and a timer takes half of it.
  static constexpr double kPauseNs = 250;

  explicit PauseLog(std::size_t pauses_max) { pauses_.reserve(pauses_max); }

  void look(std::uint64_t now) {
    if (before_ != 0 && now - before_ > pause_ && pauses_.size() < pauses_.capacity())
      pauses_.push_back({before_, now});
    before_ = now;
  }
  [[nodiscard]] const std::vector<Stretch>& pauses() const noexcept { return pauses_; }

 private:
  const std::uint64_t pause_ = tick_scale().from_ns(kPauseNs);
  std::uint64_t before_ = 0;
  std::vector<Stretch> pauses_;
};

/// The latencies of messages whose way met no pause.
struct Undisturbed {
  Percentiles latency;
  double disturbed_percent;  ///< Of all messages.
};

/// For the row's note.
inline std::string describe(const Undisturbed& undisturbed) {
  return fmt::format(
      "{}, 1 lane; without the {:.1f} % of the messages that met a pause of more than {} ns",
      kLatencyRate, undisturbed.disturbed_percent, PauseLog::kPauseNs);
}

/// `ways`: from the send to the handler, one at least without a pause of either thread. A pause
/// counts until what was due meanwhile has been sent and handled too, a hundredth of its length,
/// and until the caches are warm again.
inline Undisturbed leave_out_disturbed(const std::vector<Stretch>& ways, const PauseLog& sender,
                                       const PauseLog& receiver) {
  std::vector<Stretch> pauses = sender.pauses();
  pauses.insert(pauses.end(), receiver.pauses().begin(), receiver.pauses().end());
  const std::uint64_t warm = tick_scale().from_ns(1'000);
  LatencySamples samples{ways.size()};
  for (const Stretch& way : ways) {
    const bool disturbed = std::any_of(pauses.begin(), pauses.end(), [&](const Stretch& pause) {
      const std::uint64_t over = pause.ended + (pause.ended - pause.began) / 100 + warm;
      return pause.began < way.ended && way.began < over;
    });
    if (!disturbed) samples.record(way.ended - way.began);
  }
  const double left_out = static_cast<double>(ways.size() - samples.count());
  return {samples.percentiles(tick_scale()), left_out * 100 / static_cast<double>(ways.size())};
}

}  // namespace mycelium::bench
