// Prints how many nanoseconds a cache line needs to the other processor and back.
//
// On a virtual machine two processors may share a cache at one moment and not at the next: whatever
// crosses between them then takes three times as long. tools/bench asks this program before and
// after each measurement, so that it compares only what was measured alike.
#include <algorithm>
#include <atomic>
#include <vector>

#include "benchmarks/harness.hpp"

namespace mycelium::bench {
namespace {

constexpr std::uint64_t kRoundTrips = 2'000;
constexpr int kRepeats = 9;

double round_trip_ns() {
  std::atomic<std::uint64_t> line{0};  // Even: the first thread's turn. Each store pairs with the
                                       // other thread's load.
  const double elapsed_ns = run_pair_ns(
      [&] {
        for (std::uint64_t turn = 0; turn < 2 * kRoundTrips; turn += 2) {
          while (line.load(std::memory_order_acquire) != turn) {
          }
          line.store(turn + 1, std::memory_order_release);
        }
      },
      [&] {
        for (std::uint64_t turn = 1; turn < 2 * kRoundTrips; turn += 2) {
          while (line.load(std::memory_order_acquire) != turn) {
          }
          line.store(turn + 1, std::memory_order_release);
        }
      });
  return elapsed_ns / static_cast<double>(kRoundTrips);
}

}  // namespace
}  // namespace mycelium::bench

int main() {
  using namespace mycelium::bench;
  std::vector<double> samples;
  for (int repeat = 0; repeat < kRepeats; ++repeat) samples.push_back(round_trip_ns());
  std::nth_element(samples.begin(), samples.begin() + kRepeats / 2, samples.end());
  fmt::print("{:.1f}\n", samples[kRepeats / 2]);
}
