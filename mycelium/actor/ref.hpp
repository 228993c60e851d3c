#pragma once

#include <utility>

#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/bus/delivery.hpp"

namespace mycelium {

template <typename Handles>
class Ref;

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
  SendResult try_send(M&& message) const {
    static_assert(Messages<Ms...>::template kContains<std::remove_cvref_t<M>>,
                  "this actor does not handle this message: it is not among its Handles");
    if (cell_ == nullptr) return SendResult::closed;
    return detail::deliver(*cell_, id_, std::forward<M>(message));
  }

  [[nodiscard]] ActorId id() const noexcept { return id_; }
  [[nodiscard]] ActorCell* cell() const noexcept { return cell_; }
  friend bool operator==(const Ref& left, const Ref& right) noexcept {
    return left.id_ == right.id_;
  }

 private:
  ActorCell* cell_ = nullptr;
  ActorId id_;
};

/// `RefTo<Swap, Quote>` for `Ref<Messages<Swap, Quote>>`.
template <Message... Ms>
using RefTo = Ref<Messages<Ms...>>;

}  // namespace mycelium
