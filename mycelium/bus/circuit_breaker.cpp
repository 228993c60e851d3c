#include "mycelium/bus/circuit_breaker.hpp"

#include <algorithm>

#include "mycelium/base/assert.hpp"

namespace mycelium {

CircuitBreaker::CircuitBreaker(const BreakerOptions& options)
    : options_{options}, row_(options.failures) {
  using std::chrono::nanoseconds;
  MYCELIUM_ASSERT(options.failures > 0, "a circuit breaker opens after one failure or more");
  MYCELIUM_ASSERT(options.window > nanoseconds{0}, "a circuit breaker's window is above zero");
  MYCELIUM_ASSERT(options.open_for > nanoseconds{0}, "a circuit breaker stays open for a while");
}

bool CircuitBreaker::allows(Instant now, std::size_t room) {
  const bool has_room = room >= options_.room_min;
  if (state_ == BreakerState::closed) {
    if (!has_room) open(now);
    return has_room;
  }
  // Open, or half open with a probe on its way: the same wait, for a probe may never be answered.
  if (!has_room || now - since_ < options_.open_for) return false;
  state_ = BreakerState::half_open;
  since_ = now;
  return true;
}

void CircuitBreaker::succeeded(Instant /*now*/) {
  if (state_ == BreakerState::open) return;
  state_ = BreakerState::closed;
  row_length_ = 0;
}

void CircuitBreaker::failed(Instant now) {
  switch (state_) {
    case BreakerState::closed:
      if (is_last_of_a_row(now)) open(now);
      return;
    case BreakerState::half_open:
      open(now);
      return;
    case BreakerState::open:
      return;
  }
}

void CircuitBreaker::open(Instant now) {
  state_ = BreakerState::open;
  since_ = now;
  ++opened_count_;
  row_length_ = 0;
}

bool CircuitBreaker::is_last_of_a_row(Instant now) {
  row_[row_next_] = now;
  row_next_ = (row_next_ + 1) % options_.failures;
  row_length_ = std::min(row_length_ + 1, options_.failures);
  // In a full ring the next place holds the oldest.
  return row_length_ == options_.failures && now - row_[row_next_] <= options_.window;
}

}  // namespace mycelium
