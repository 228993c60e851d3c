#pragma once

#include <cstdint>
#include <stdexcept>

#include "benchmarks/harness.hpp"

/// A small service, in as many instances as wanted, that is written twice: by hand around a ring
/// (service_by_hand.cpp) and with actors (service_with_actors.cpp). Both use these rules of the
/// business; service.cpp measures them.
namespace mycelium::bench {

/// One fill of one account. `stamp`: when it was sent, in ticks.
struct Fill {
  std::uint64_t account = 0;
  std::uint64_t stamp = 0;
  std::int64_t quantity = 0;
  std::int64_t price = 0;
};

/// The position of one account. Throws std::runtime_error for a fill that cannot be.
class Position {
 public:
  void apply(const Fill& fill) {
    if (fill.price <= 0) throw std::runtime_error{"a fill without a price"};
    quantity_ += fill.quantity;
    cost_ += fill.quantity * fill.price;
  }
  [[nodiscard]] std::int64_t quantity() const noexcept { return quantity_; }
  [[nodiscard]] std::int64_t cost() const noexcept { return cost_; }

 private:
  std::int64_t quantity_ = 0;
  std::int64_t cost_ = 0;
};

inline constexpr std::array<std::uint64_t, 4> kInstances{1, 5, 20, 100};
/// So many fills apart one is broken: its instance fails and starts again. A prime, so that it
/// meets one instance after the other.
inline constexpr std::uint64_t kBrokenEvery = 9'973;

/// Fill `number` of a run over `instances` accounts.
inline Fill fill_of(std::uint64_t number, std::uint64_t instances) {
  return Fill{
      number % instances, 0, 1,
      number % kBrokenEvery == kBrokenEvery - 1 ? 0 : 100 + static_cast<std::int64_t>(number)};
}

/// What one turn of a service has shown.
struct ServiceTurn {
  Percentiles latency;
  std::uint64_t restarts;
};

/// How many fills come before those whose latency counts.
inline constexpr std::size_t warm_up_of(std::size_t messages) { return messages / 10; }

/// One turn of the service: so many fills, from number `first` on, to so many instances. The
/// calling thread is pinned by it.
ServiceTurn serve_by_hand(std::uint64_t instances, std::uint64_t first, std::size_t messages);
ServiceTurn serve_with_actors(std::uint64_t instances, std::uint64_t first, std::size_t messages);

}  // namespace mycelium::bench
