#pragma once

#include <type_traits>
#include <utility>

#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/bus/delivery.hpp"

namespace mycelium {

/// Sends to one actor straight from one worker: the way there is looked up once and not for every
/// message (`Context::direct`). The checks of `Ref::try_send` stay: generation, bound, wake-up.
///
/// Thread-safety: none; for the worker that made it, as long as the system lives.
template <Message... Ms>
class DirectSender {
 public:
  /// Empty: says `closed`.
  DirectSender() = default;
  /// Requires: the calling thread drives a worker. The cell's holder handles Ms.
  DirectSender(ActorCell* cell, ActorId id) : cell_{cell}, id_{id}, me_{Worker::current()} {
    if (cell_ == nullptr || cell_->worker == me_) return;
    // An actor of another system has no lane from here.
    if (me_->is_peer_of(*cell_->worker)) lane_ = &me_->lane_to(*cell_->worker);
  }

  /// As `Ref::try_send`.
  template <typename M>
  SendResult try_send(M&& message) const {
    static_assert((std::is_same_v<std::remove_cvref_t<M>, Ms> || ...),
                  "this actor does not handle this message: it is not among its Handles");
    MYCELIUM_DASSERT(cell_ == nullptr || me_ == Worker::current(),
                     "a direct sender stays on the worker that made it");
    if (cell_ == nullptr) return SendResult::closed;
    if (const SendResult seen = detail::look_at(*cell_, id_, me_); seen != SendResult::ok)
      return seen;
    if (lane_ == nullptr) return detail::place(*cell_, id_, std::forward<M>(message));
    return detail::push_to_lane(*me_, *cell_->worker, *lane_, id_, std::forward<M>(message))
               ? SendResult::ok
               : SendResult::full;
  }

 private:
  ActorCell* cell_ = nullptr;
  ActorId id_;
  Worker* me_ = nullptr;
  FrameRing* lane_ = nullptr;
};

}  // namespace mycelium
