#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "mycelium/actor/context.hpp"
#include "mycelium/bus/circuit_breaker.hpp"

namespace mycelium {

/// The state of a circuit breaker has changed; on the topic `mycelium.breakers`.
struct BreakerChange {
  ActorId sender;
  ActorId target;
  BreakerState state;
};
[[maybe_unused]] constexpr MessageTraits mycelium_message_traits(const BreakerChange*) {
  return {kReservedTypeIds + 4, "mycelium.breakers", "BreakerChange"};
}

/// A ref behind a circuit breaker: a receiver that cannot keep up is left alone for a while, and
/// its sender learns at once instead of after every timeout (promise D10).
///
///     GuardedRef<Risk::Handles> risk{context, ref, {.failures = 3, .open_for = 50ms}};
///     if (risk.try_send(Order{...}) == SendResult::full) { ... shed load ... }
///
/// `full` and, of asks, `timeout` are failures; `closed` is none, for nothing would help. While the
/// breaker is open, sends answer `full` and asks fail with `full`, without a look at the receiver.
///
/// Thread-safety: none; it belongs to one actor, and to its incarnation.
template <typename Handles>
class GuardedRef {
 public:
  /// Requires: options as `BreakerOptions` says.
  GuardedRef(Context& context, const Ref<Handles>& ref, const BreakerOptions& options = {})
      : ref_{ref},
        breaker_{options},
        worker_{context.worker()},
        sender_{context.id()},
        changes_{context.publisher<BreakerChange>()} {}

  /// As `Ref::try_send`, or `full` while the breaker is open.
  template <typename M>
  SendResult try_send(M&& message) {
    if (!allows()) return refuse();
    const SendResult result = ref_.try_send(std::forward<M>(message));
    note(result != SendResult::full);
    return result;
  }

  /// As `Context::send`, which waits for room, or `full` at once while the breaker is open. That
  /// there was no room in time is a failure.
  template <Message M>
  Task<SendResult> send(Context& context, M message, std::chrono::nanoseconds timeout) {
    if (!allows()) co_return refuse();
    const SendResult result = co_await context.send(ref_, std::move(message), timeout);
    note(result != SendResult::full);
    co_return result;
  }

  /// As `Context::ask`, or the error `full` while the breaker is open.
  template <Request Q>
  Task<Result<typename Q::Reply>> ask(Context& context, Q request,
                                      std::chrono::nanoseconds timeout) {
    if (!allows()) {
      static_cast<void>(refuse());
      co_return std::unexpected{Error{"full", "the circuit breaker before the target is open"}};
    }
    Result<typename Q::Reply> result = co_await context.ask(ref_, std::move(request), timeout);
    note(result || (result.error().code != "timeout" && result.error().code != "full"));
    co_return result;
  }

  [[nodiscard]] const Ref<Handles>& ref() const noexcept { return ref_; }
  [[nodiscard]] BreakerState state() const noexcept { return breaker_.state(); }
  /// How often it has opened, and how many sends and asks it has refused.
  [[nodiscard]] std::uint64_t opened() const noexcept { return breaker_.opened_count(); }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

 private:
  [[nodiscard]] bool allows() {
    const BreakerState before = breaker_.state();
    const bool allowed = breaker_.allows(worker_.now(), detail::room_at(ref_.cell(), &worker_));
    report(before);
    return allowed;
  }
  void note(bool success) {
    const BreakerState before = breaker_.state();
    success ? breaker_.succeeded(worker_.now()) : breaker_.failed(worker_.now());
    report(before);
  }
  SendResult refuse() noexcept {
    ++refused_;
    return SendResult::full;
  }
  void report(BreakerState before) {
    if (breaker_.state() == before) return;
    static_cast<void>(changes_.publish(BreakerChange{sender_, ref_.id(), breaker_.state()}));
  }

  Ref<Handles> ref_;
  CircuitBreaker breaker_;
  Worker& worker_;
  ActorId sender_;
  Publisher<BreakerChange> changes_;
  std::uint64_t refused_ = 0;
};

}  // namespace mycelium
