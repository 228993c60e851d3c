#pragma once

#include <chrono>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/actor/foreign.hpp"
#include "mycelium/actor/handlers.hpp"
#include "mycelium/bus/delivery.hpp"

namespace mycelium {

template <typename Handles>
class Ref;

namespace detail {
/// What is no message itself and may be sent all the same.
template <typename T>
inline constexpr bool kHoldsMessages = false;
template <typename M>
inline constexpr bool kHoldsMessages<Shared<M>> = true;
template <typename... Ms>
inline constexpr bool kHoldsMessages<std::variant<Ms...>> = true;
}  // namespace detail

/// Where to send messages of certain types: an actor's id and cell. A small value, copied freely,
/// without counting; it stays valid over restarts and says `closed` once the actor has stopped for
/// good.
///
///     if (ref.try_send(Swap{...}) == SendResult::full) { ... }
///
/// Thread-safety: any thread, as long as the system lives. An empty ref says `closed`.
template <Message... Ms>
class Ref<Messages<Ms...>> {
 public:
  Ref() = default;
  /// Requires: the cell's holder handles Ms.
  Ref(ActorCell& cell, ActorId id) noexcept : cell_{&cell}, id_{id} {}

  /// A ref of fewer messages.
  template <Message... Fewer>
    requires(Messages<Ms...>::template kContains<Fewer> && ...)
  operator Ref<Messages<Fewer...>>() const noexcept {
    return cell_ == nullptr ? Ref<Messages<Fewer...>>{} : Ref<Messages<Fewer...>>{*cell_, id_};
  }

  /// Offers a message; never waits, and moves from it only on `ok` (promise D4).
  template <typename M>
    requires(!detail::kHoldsMessages<std::remove_cvref_t<M>>)
  SendResult try_send(M&& message) const {
    check_handled<std::remove_cvref_t<M>>();
    if (cell_ == nullptr) return SendResult::closed;
    return detail::deliver(*cell_, id_, std::forward<M>(message));
  }

  /// Offers a shared message: the receiver gets a reference, no copy is made.
  template <Message M>
  SendResult try_send(const Shared<M>& message) const {
    check_handled<M>();
    if (cell_ == nullptr) return SendResult::closed;
    return detail::deliver(*cell_, id_, message);
  }

  /// Offers what a variant holds. The receiver handles each alternative.
  template <Message... Alternatives>
  SendResult try_send(const std::variant<Alternatives...>& message) const {
    return std::visit([this](const auto& held) { return try_send(held); }, message);
  }
  template <Message... Alternatives>
  SendResult try_send(std::variant<Alternatives...>&& message) const {
    return std::visit([this](auto&& held) { return try_send(std::forward<decltype(held)>(held)); },
                      std::move(message));
  }

  /// The same for a message that overtakes those which are not urgent; it has a room of its own
  /// (promise D8).
  template <typename M>
  SendResult try_send_urgent(M&& message) const {
    check_handled<std::remove_cvref_t<M>>();
    if (cell_ == nullptr) return SendResult::closed;
    return detail::deliver_specially(*cell_, id_, std::forward<M>(message), {.urgent = true});
  }

  /// Waits for room, `timeout` at most: for threads that are no workers (promise D5). `full`: there
  /// was none in time. A worker never waits: there it answers as `try_send`.
  template <typename M>
  SendResult send_blocking(M&& message, std::chrono::nanoseconds timeout) const {
    detail::ForeignWait wait{timeout};
    while (true) {
      const SendResult result = try_send(std::forward<M>(message));  // Moves only on ok.
      if (result != SendResult::full || cell_ == nullptr || !wait.wait(*cell_)) return result;
    }
  }

  /// Asks from a thread that is no worker, and waits for the reply (promise A6). Errors: those of
  /// `Context::ask`; `on_worker` when a worker asks, which never waits.
  template <Request Q>
  [[nodiscard]] Result<typename Q::Reply> ask_blocking(Q request,
                                                       std::chrono::nanoseconds timeout) const {
    check_handled<Q>();
    return detail::ask_blocking(cell_, id_, std::move(request), timeout);
  }

  [[nodiscard]] ActorId id() const noexcept { return id_; }
  [[nodiscard]] ActorCell* cell() const noexcept { return cell_; }
  friend bool operator==(const Ref& left, const Ref& right) noexcept {
    return left.id_ == right.id_;
  }

  /// Ends the compilation with a sentence unless the receiver handles `M`.
  template <typename M>
  static constexpr void check_handled() {
    static_assert(Messages<Ms...>::template kContains<M>,
                  "this actor does not handle this message: it is not among its Handles");
  }

 private:
  ActorCell* cell_ = nullptr;
  ActorId id_;
};

/// `RefTo<Swap, Quote>` for `Ref<Messages<Swap, Quote>>`.
template <Message... Ms>
using RefTo = Ref<Messages<Ms...>>;

/// The messages of a variant: `using Handles = MessagesOf<MarketMessage>;`
template <typename Variant>
struct VariantMessages;
template <Message... Ms>
struct VariantMessages<std::variant<Ms...>> {
  using Type = Messages<Ms...>;
};
template <typename Variant>
using MessagesOf = typename VariantMessages<Variant>::Type;

/// Offers one shared message to each of several actors, without a copy. How many took it, had no
/// room, and were closed is told apart.
struct SendCounts {
  std::uint32_t ok = 0;
  std::uint32_t full = 0;
  std::uint32_t closed = 0;

  void add(SendResult result) noexcept {
    ++(result == SendResult::ok ? ok : result == SendResult::closed ? closed : full);
  }
};
template <std::ranges::input_range Refs, Message M>
SendCounts try_send_each(const Refs& refs, const Shared<M>& message) {
  SendCounts counts;
  for (const auto& ref : refs) counts.add(ref.try_send(message));
  return counts;
}

}  // namespace mycelium
