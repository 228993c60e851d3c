#pragma once

#include "mycelium/config/cpu_set.hpp"

namespace mycelium {

/// The processors that the calling thread may run on now; a thread inherits them from the one that
/// starts it.
[[nodiscard]] CpuSet cpus_of_this_thread();

/// Lets the calling thread run on these only; does nothing for an empty set. False: the machine has
/// none of them, or the process may use none.
[[nodiscard]] bool run_this_thread_on(const CpuSet& cpus) noexcept;

/// Those of `cpus` that the machine does not have or the process may not use. Moves the calling
/// thread there and back: there is no other way to know it of all that a container may forbid.
[[nodiscard]] CpuSet unusable_among(const CpuSet& cpus);

}  // namespace mycelium
