#pragma once

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace mycelium::bench {

/// The memory that this process occupies at this moment, in bytes; ends the program where the
/// kernel does not say.
inline std::uint64_t resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  unsigned long long total = 0;
  unsigned long long resident = 0;
  const bool read = file != nullptr && std::fscanf(file, "%llu %llu", &total, &resident) == 2;
  if (file != nullptr) std::fclose(file);
  if (!read) {
    fmt::print(stderr, "/proc/self/statm cannot be read: no memory is reported\n");
    std::exit(1);
  }
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/// The processor time that all threads of this process have used so far, in nanoseconds.
inline double processor_time_ns() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto to_ns = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_usec) * 1e3;
  };
  return to_ns(usage.ru_utime) + to_ns(usage.ru_stime);
}

}  // namespace mycelium::bench
