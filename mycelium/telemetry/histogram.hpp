#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "mycelium/telemetry/counter.hpp"

namespace mycelium {

/// A log-linear histogram: 16 steps to each power of two, so any value is known within 6.25 %.
///
/// Thread-safety: `record` by one writer; the rest by any thread (a reader may see a record half
/// counted). Memory: 8 KiB.
class Histogram {
 public:
  void record(std::uint64_t value) noexcept {
    buckets_[bucket_of(value)].add();
    count_.add();
    max_.raise_to(value);
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_.value(); }
  [[nodiscard]] std::uint64_t max() const noexcept { return max_.value(); }

  /// The least value that at least `share` (0 to 1) of the records do not exceed, rounded up to its
  /// bucket's end; 0 without records. O(buckets).
  [[nodiscard]] std::uint64_t quantile(double share) const noexcept {
    const std::uint64_t total = count();
    if (total == 0) return 0;
    const double exact = std::ceil(share * static_cast<double>(total));
    const auto rank =
        std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::max(exact, 0.0)), 1, total);
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
      seen += buckets_[bucket].value();
      if (seen >= rank) return last_of(bucket) < max() ? last_of(bucket) : max();
    }
    return max();
  }

  /// Adds all records of another histogram. Writer only.
  void add(const Histogram& other) noexcept {
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
      buckets_[bucket].add(other.buckets_[bucket].value());
    }
    count_.add(other.count());
    max_.raise_to(other.max());
  }

 private:
  static constexpr unsigned kStepBits = 4;
  static constexpr std::size_t kSteps = 1U << kStepBits;
  static constexpr std::size_t kBuckets = (64 - kStepBits + 1) * kSteps;

  static constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
    if (value < kSteps) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kStepBits;
    return (shift + 1) * kSteps + ((value >> shift) - kSteps);
  }
  static constexpr std::uint64_t last_of(std::size_t bucket) noexcept {
    if (bucket < kSteps) return bucket;
    const std::size_t shift = bucket / kSteps - 1;
    return ((kSteps + bucket % kSteps + 1) << shift) - 1;
  }

  std::array<Counter, kBuckets> buckets_{};
  Counter count_;
  Counter max_;
};

}  // namespace mycelium
