#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "mycelium/actor/ref.hpp"

namespace mycelium {

/// A ref that does not say which messages its actor handles: a sender's, a child's. What the actor
/// does not handle becomes an `unhandled` dead letter.
///
/// Thread-safety: any thread, as long as the system lives. An empty ref says `closed`.
class AnyRef {
 public:
  AnyRef() = default;
  AnyRef(ActorCell& cell, ActorId id) noexcept : cell_{&cell}, id_{id} {}
  template <Message... Ms>
  AnyRef(const Ref<Messages<Ms...>>& ref) noexcept : cell_{ref.cell()}, id_{ref.id()} {}

  /// As `Ref::try_send`, for every message.
  template <typename M>
    requires Message<std::remove_cvref_t<M>>
  SendResult try_send(M&& message) const {
    if (cell_ == nullptr) return SendResult::closed;
    return detail::deliver(*cell_, id_, std::forward<M>(message));
  }

  /// The ref of these messages. Requires: the actor handles them; what it does not handle becomes a
  /// dead letter, so nothing worse happens when it does not.
  template <Message... Ms>
  [[nodiscard]] RefTo<Ms...> as() const noexcept {
    return cell_ == nullptr ? RefTo<Ms...>{} : RefTo<Ms...>{*cell_, id_};
  }

  [[nodiscard]] explicit operator bool() const noexcept { return cell_ != nullptr; }
  [[nodiscard]] ActorId id() const noexcept { return id_; }
  [[nodiscard]] ActorCell* cell() const noexcept { return cell_; }
  friend bool operator==(const AnyRef& left, const AnyRef& right) noexcept {
    return left.id_ == right.id_;
  }

 private:
  ActorCell* cell_ = nullptr;
  ActorId id_;
};

}  // namespace mycelium
