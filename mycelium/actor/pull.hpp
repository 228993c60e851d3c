#pragma once

#include <coroutine>
#include <optional>
#include <utility>

#include "mycelium/actor/context.hpp"
#include "mycelium/bus/subscriber.hpp"

namespace mycelium {

namespace detail {

/// What a coroutine that waits for a subscriber's next message shares, whatever the message.
class PullingBase : public Completion {
 public:
  PullingBase(const PullingBase&) = delete;
  PullingBase& operator=(const PullingBase&) = delete;

 protected:
  explicit PullingBase(ActorCell& cell) noexcept;
  ~PullingBase();

  /// Whether the actor is to stop: it waits for nothing any more.
  [[nodiscard]] bool stops() const noexcept;
  /// What wakes this coroutine, once. On its worker.
  [[nodiscard]] Arrival begin(std::coroutine_handle<> waiting);
  /// Nobody will: there is something already.
  void leave() noexcept;
  [[nodiscard]] bool waits() const noexcept { return number_ != 0; }

 private:
  friend ActorCell;
  /// It goes on without a message.
  void give_up();

  ActorCell& cell_;
  std::uint64_t number_ = 0;
  void* waiting_ = nullptr;
};

/// `Context::next`. It lives in the coroutine's frame; the subscriber outlives it.
template <Message M>
class [[nodiscard]] Pulling : public PullingBase {
 public:
  Pulling(ActorCell& cell, Subscriber<M>& subscriber) noexcept
      : PullingBase{cell}, subscriber_{subscriber} {}
  ~Pulling() {
    if (waits()) static_cast<void>(subscriber_.call_on_arrival({}));
  }

  [[nodiscard]] bool await_ready() {
    message_ = subscriber_.try_next();
    return message_.has_value() || stops();
  }
  [[nodiscard]] bool await_suspend(std::coroutine_handle<> waiting) {
    if (subscriber_.call_on_arrival(begin(waiting))) return true;
    leave();
    return false;
  }
  [[nodiscard]] std::optional<M> await_resume() {
    if (!message_) message_ = subscriber_.try_next();
    if (!message_) static_cast<void>(subscriber_.call_on_arrival({}));  // A stop has woken it.
    return std::move(message_);
  }

 private:
  Subscriber<M>& subscriber_;
  std::optional<M> message_;
};

}  // namespace detail

template <Message M>
Subscriber<M> Context::subscriber(std::string_view topic, const SubscriberOptions& options,
                                  ConflationKeyOf<M> key) {
  if (TopicPattern::is_one(topic))
    return Subscriber<M>{topics(), TopicPattern{topic}, options, key};
  return Subscriber<M>{topics().topic<M>(topic), options, key};
}

template <Message M>
detail::Pulling<M> Context::next(Subscriber<M>& subscriber) {
  return {cell_, subscriber};
}

}  // namespace mycelium
