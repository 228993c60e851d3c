#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace mycelium {

/// The processors that a thread may run on, by the system's numbers. Empty: nobody has chosen.
///
///     SystemOptions options{.workers = 2, .cpus = {2, {4, 5}}};   // Worker 1 on 4 or 5.
class CpuSet {
 public:
  /// Processors that can be named: the size of Linux's `cpu_set_t`.
  static constexpr std::uint32_t kCpusMax = 1024;

  CpuSet() = default;
  /// One processor: `.cpus = {2, 3}` is read as it is written.
  CpuSet(std::uint32_t cpu) { add(cpu); }  // NOLINT(google-explicit-constructor)
  CpuSet(std::initializer_list<std::uint32_t> cpus) {
    for (const std::uint32_t cpu : cpus) add(cpu);
  }

  /// Idempotent.
  void add(std::uint32_t cpu);
  void add(const CpuSet& others) {
    for (const std::uint32_t cpu : others.cpus_) add(cpu);
  }
  [[nodiscard]] bool empty() const noexcept { return cpus_.empty(); }
  /// In ascending order.
  [[nodiscard]] const std::vector<std::uint32_t>& cpus() const noexcept { return cpus_; }
  friend bool operator==(const CpuSet&, const CpuSet&) = default;

 private:
  std::vector<std::uint32_t> cpus_;
};

/// As `taskset` and the kernel write it: `0,2-5`.
[[nodiscard]] std::string text_of(const CpuSet& cpus);

}  // namespace mycelium
