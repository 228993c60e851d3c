#pragma once

#include <chrono>
#include <coroutine>
#include <utility>

#include "mycelium/actor/context.hpp"
#include "mycelium/actor/waiting.hpp"
#include "mycelium/bus/topic.hpp"

namespace mycelium {

namespace detail {

/// A publication that waits until all subscribers that want everything have room. It waits for one
/// of them at a time: in line with those who send to that actor, or, for a pull subscriber, by
/// looking.
template <Message M>
class [[nodiscard]] Publishing : public RoomWait {
 public:
  Publishing(ActorCell& sender, Topic<M>& topic, M message, std::chrono::nanoseconds timeout)
      : RoomWait{sender, timeout}, topic_{topic}, message_{std::move(message)} {
    retry = [](RoomWaiter& self) { return static_cast<Publishing&>(self).try_again(); };
  }

  [[nodiscard]] bool await_ready() {
    if (published()) return true;
    return !may_wait();
  }
  void await_suspend(std::coroutine_handle<> waiting) {
    suspend(waiting);
    wait();
  }
  [[nodiscard]] PublishResult await_resume() const noexcept { return result_; }

 private:
  // If not, something hinders it.
  bool published() {
    do {
      result_ = topic_.publish_in_turn(message_, static_cast<MailboxCell*>(cell));
      if (result_.full == 0) return true;
      hindrance_ = topic_.find_hindrance(static_cast<MailboxCell*>(cell));
    } while (!hindrance_.is_there);  // Gone in the meantime.
    return false;
  }

  [[nodiscard]] bool may_wait() const {
    return hindrance_.may_wait && (hindrance_.cell == nullptr || may_wait_for(*hindrance_.cell));
  }
  void wait() {
    if (hindrance_.cell != nullptr)
      line_up(*hindrance_.cell, hindrance_.id);
    else
      look_again_later();
  }

  // Its turn has come where it waits. False: it waits there still.
  bool try_again() {
    const bool done = published();
    if (!done && hindrance_.cell == cell && hindrance_.may_wait) return false;
    if (done || !may_wait()) {
      go_on();
    } else {
      leave();
      cell = nullptr;
      wait();
    }
    return true;
  }

  Topic<M>& topic_;
  M message_;
  typename Route<M>::Hindrance hindrance_;
  PublishResult result_;
};

}  // namespace detail

template <Message M>
detail::Publishing<M> Context::publish(const Publisher<M>& publisher,
                                       std::type_identity_t<M> message,
                                       std::chrono::nanoseconds timeout) {
  return {cell_, publisher.get(), std::move(message), timeout};
}

}  // namespace mycelium
