#pragma once

#include <chrono>
#include <coroutine>
#include <optional>
#include <utility>

#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/actor/foreign.hpp"
#include "mycelium/actor/reply.hpp"

namespace mycelium::detail {

/// What every ask of an actor shares, whatever its reply: its number, its deadline, and the
/// coroutine that waits. It lives in that coroutine's frame, so an ask allocates nothing.
class AskingBase : public Completion {
 public:
  AskingBase(const AskingBase&) = delete;
  AskingBase& operator=(const AskingBase&) = delete;

  void await_suspend(std::coroutine_handle<> waiting) noexcept;

 protected:
  AskingBase(ActorCell& asker, ActorId target, std::chrono::nanoseconds timeout);
  ~AskingBase();

  /// What travels with the request.
  [[nodiscard]] Metadata metadata() const noexcept;
  /// The request is on its way: from now on the deadline counts.
  void watch_deadline();
  /// Nothing will come any more: no number, no timer.
  void leave() noexcept;
  /// The result is there: whoever waits goes on.
  void wake() noexcept;

 private:
  static const TimerKind kDeadline;

  ActorCell& asker_;
  const ActorId target_;
  const Instant deadline_;
  std::uint64_t number_;  // 0 once it is answered.
  TimerId timer_{};
  void* waiting_ = nullptr;
};

/// An ask on its way: awaited it gives the reply or why there is none. Not moved; ended early it
/// forgets the reply.
template <Message R>
class [[nodiscard]] Asking : public AskingBase {
 public:
  template <Request Q>
  Asking(ActorCell& asker, ActorCell* target, ActorId id, Q request,
         std::chrono::nanoseconds timeout)
      : AskingBase{asker, id, timeout} {
    complete = [](Completion& self, const MessageType* type, void* message) {
      auto& asking = static_cast<Asking&>(self);
      take_answer<R>(asking.result_, *type, message);
      asking.wake();
    };
    const Metadata with = metadata();
    SendResult sent = SendResult::closed;
    if (target != nullptr) {
      // A reply finds its way within one system only.
      sent = target->worker->is_peer_of(*asker.worker)
                 ? deliver_specially(*target, id, std::move(request), {.metadata = &with})
                 : SendResult::disconnected;
    }
    if (sent == SendResult::ok) {
      watch_deadline();
    } else {
      leave();
      result_.emplace(std::unexpected{error_of(sent)});
    }
  }

  [[nodiscard]] bool await_ready() const noexcept { return result_.has_value(); }
  [[nodiscard]] Result<R> await_resume() { return std::move(*result_); }

 private:
  std::optional<Result<R>> result_;
};

}  // namespace mycelium::detail
