#pragma once

#include <chrono>
#include <cstdint>

#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/runtime/timer_queue.hpp"

namespace mycelium {

/// Names a timer of one incarnation of an actor, which alone can cancel it. The default names none.
struct TimerHandle {
  TimerId once;
  std::uint64_t repeating = 0;  ///< Not 0: a timer of `every`, by its number in its worker.
  ActorId owner;
  std::uint32_t incarnation = 0;
};

namespace detail {

/// Copies a message of a certain type into an envelope.
using Copier = Envelope* (*)(EnvelopePool& pool, const void* message);

template <Message M>
[[nodiscard]] Copier copier_of(const M&) noexcept {
  return [](EnvelopePool& pool, const void* message) {
    return pool.make(*static_cast<const M*>(message));
  };
}

/// Begins a timer that repeats. Takes a reference to `message`, a block. Throws
/// std::invalid_argument for a period that is not greater than zero.
TimerHandle start_repeating(ActorCell& cell, std::chrono::nanoseconds period, Copier copy,
                            void* message);
/// False: it has ended already.
bool stop_repeating(Worker& worker, std::uint64_t number) noexcept;

}  // namespace detail
}  // namespace mycelium
