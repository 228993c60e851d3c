#pragma once

#include <chrono>
#include <coroutine>
#include <optional>
#include <utility>

#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/bus/delivery.hpp"

namespace mycelium::detail {

/// Waits until a point in time.
class [[nodiscard]] Sleeping {
 public:
  Sleeping(ActorCell& cell, Instant deadline) noexcept : cell_{cell}, deadline_{deadline} {}
  Sleeping(const Sleeping&) = delete;
  Sleeping& operator=(const Sleeping&) = delete;
  ~Sleeping();

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting);
  void await_resume() const noexcept {}

 private:
  static const TimerKind kDue;

  ActorCell& cell_;
  const Instant deadline_;
  TimerId timer_{};
  void* waiting_ = nullptr;
};

/// What every waiting send shares, whatever its message. It lives in the coroutine's frame.
class SendingBase : public RoomWaiter {
 public:
  SendingBase(const SendingBase&) = delete;
  SendingBase& operator=(const SendingBase&) = delete;

  void await_suspend(std::coroutine_handle<> waiting);
  [[nodiscard]] SendResult await_resume() const noexcept { return result_; }

 protected:
  SendingBase(ActorCell& sender, ActorCell* target, ActorId target_id,
              std::chrono::nanoseconds timeout) noexcept;
  ~SendingBase();

  /// Whether the first try has decided it. An actor that waited for room in its own mailbox would
  /// wait for ever: for it `full` is final, as it is for a mailbox that fails and in another
  /// system.
  [[nodiscard]] bool decided() const noexcept;
  /// Requires: there is a target.
  [[nodiscard]] MailboxCell& target() const noexcept;
  [[nodiscard]] Metadata metadata() const noexcept;
  /// The result is there: whoever waits goes on.
  void wake(SendResult result) noexcept;
  /// What the target says to the one whose turn it is.
  [[nodiscard]] SendResult look() const noexcept;

  SendResult result_ = SendResult::closed;

 private:
  static const TimerKind kDeadline;

  void leave() noexcept;

  ActorCell& sender_;
  const std::chrono::nanoseconds timeout_;
  TimerId timer_{};
  void* waiting_ = nullptr;
};

/// A send that waits for room.
template <typename M>
class [[nodiscard]] Sending : public SendingBase {
 public:
  Sending(ActorCell& sender, ActorCell* to, ActorId to_id, M message,
          std::chrono::nanoseconds timeout) noexcept
      : SendingBase{sender, to, to_id, timeout}, message_{std::move(message)} {
    retry = [](RoomWaiter& self) { return static_cast<Sending&>(self).try_again(); };
  }

  [[nodiscard]] bool await_ready() {
    if (cell == nullptr) return true;
    const Metadata with = metadata();
    result_ = deliver_specially(target(), id, std::move(message_), {.metadata = &with});
    return decided();
  }

 private:
  bool try_again() {
    SendResult result = look();
    if (result == SendResult::ok) {
      const Metadata with = metadata();
      result = place_specially(target(), id, std::move(message_), {.metadata = &with},
                               /*past_waiters=*/true);
    }
    if (result == SendResult::full) return false;
    wake(result);
    return true;
  }

  M message_;
};

}  // namespace mycelium::detail
