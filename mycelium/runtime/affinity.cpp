#include "mycelium/runtime/affinity.hpp"

#include <pthread.h>
#include <sched.h>

namespace mycelium {

static_assert(CPU_SETSIZE == CpuSet::kCpusMax);

CpuSet cpus_of_this_thread() {
  cpu_set_t mask;
  CpuSet cpus;
  // Fails on machines with more processors than the mask has room for: then nothing is known.
  if (pthread_getaffinity_np(pthread_self(), sizeof mask, &mask) != 0) return cpus;
  for (std::uint32_t cpu = 0; cpu < CpuSet::kCpusMax; ++cpu) {
    if (CPU_ISSET(cpu, &mask)) cpus.add(cpu);
  }
  return cpus;
}

bool run_this_thread_on(const CpuSet& cpus) noexcept {
  if (cpus.empty()) return true;
  cpu_set_t mask;
  CPU_ZERO(&mask);
  for (const std::uint32_t cpu : cpus.cpus()) {
    if (cpu < CpuSet::kCpusMax) CPU_SET(cpu, &mask);
  }
  return pthread_setaffinity_np(pthread_self(), sizeof mask, &mask) == 0;
}

CpuSet unusable_among(const CpuSet& cpus) {
  const CpuSet before = cpus_of_this_thread();
  CpuSet unusable;
  for (const std::uint32_t cpu : cpus.cpus()) {
    if (!run_this_thread_on(cpu)) unusable.add(cpu);
  }
  static_cast<void>(run_this_thread_on(before));
  return unusable;
}

}  // namespace mycelium
