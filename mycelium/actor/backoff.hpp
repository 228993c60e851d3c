#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "mycelium/base/random.hpp"
#include "mycelium/config/options.hpp"

namespace mycelium::detail {

/// How long to wait before a restart when so many of the row have gone before it (promise S6):
/// never longer than `Backoff::max`. The same numbers of `random` give the same delays on every
/// machine.
[[nodiscard]] std::chrono::nanoseconds backoff_delay(const Backoff& backoff, std::uint32_t before,
                                                     Random& random) noexcept;

/// What is wrong with it, as a sentence; empty: nothing.
[[nodiscard]] std::string complaint_about(const Backoff& backoff);

}  // namespace mycelium::detail
