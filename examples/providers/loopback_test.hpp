#pragma once

#include <dirent.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "mycelium/runtime/parker.hpp"
#include "providers/provider.hpp"
#include "providers/venue_server.hpp"

namespace providers::testing {

/// The entries of a folder of /proc: `fd` for open descriptors, `task` for threads.
inline std::size_t own_count(const char* folder) {
  DIR* const opened = ::opendir((std::string{"/proc/self/"} + folder).c_str());
  std::size_t count = 0;
  while (::readdir(opened) != nullptr) ++count;
  ::closedir(opened);
  return count;
}

/// Waits until a condition holds, however long that takes: what never comes true is the test's
/// timeout.
template <typename Condition>
void await(const Condition& condition) {
  mycelium::Parker pause;  // Nobody wakes it.
  while (!condition()) pause.park(std::chrono::milliseconds{1}, [] { return false; });
}

/// A venue of the three instruments that listens unless told otherwise.
inline std::unique_ptr<VenueServer> start_venue(VenueOptions options, bool listens = true) {
  options.instruments.assign(kProviders.begin(), kProviders.end());
  auto venue = VenueServer::bind(options);
  if (!venue || (listens && !(*venue)->listen())) return nullptr;
  return std::move(*venue);
}

}  // namespace providers::testing
