#pragma once

#include <chrono>
#include <coroutine>
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

/// A coroutine that waits until a mailbox has room, behind those of its worker that began to wait
/// before it. It lives in the coroutine's frame.
class RoomWait : public RoomWaiter {
 public:
  RoomWait(const RoomWait&) = delete;
  RoomWait& operator=(const RoomWait&) = delete;

 protected:
  RoomWait(ActorCell& sender, std::chrono::nanoseconds timeout) noexcept
      : sender_{sender}, timeout_{timeout} {}
  ~RoomWait();

  /// Whether to wait for this one at all. An actor that waited for room in its own mailbox would
  /// wait for ever: for it `full` is final, as it is for a mailbox that fails, in another system,
  /// and for who gives no time.
  [[nodiscard]] bool may_wait_for(const MailboxCell& other) const noexcept;
  /// Until `go_on`, or for the timeout.
  void suspend(std::coroutine_handle<> waiting);
  /// The last of those who wait for this mailbox; `retry` is called when its turn has come.
  void line_up(MailboxCell& mailbox, ActorId holder);
  /// Where nobody tells when there is room: `retry` is called again and again.
  void look_again_later();
  /// It waits for nothing any more.
  void leave() noexcept;
  void go_on() noexcept;

  /// Requires: it waits, or is about to wait, for a mailbox.
  [[nodiscard]] MailboxCell& mailbox() const noexcept { return static_cast<MailboxCell&>(*cell); }
  [[nodiscard]] Worker* worker() const noexcept { return sender_.worker; }
  [[nodiscard]] ActorId sender_id() const noexcept { return sender_.record->id; }

 private:
  static const TimerKind kDeadline;
  static const TimerKind kLook;

  ActorCell& sender_;
  const std::chrono::nanoseconds timeout_;
  TimerId deadline_{};
  TimerId look_{};
  void* waiting_ = nullptr;
};

/// A send that waits for room.
template <typename M>
class [[nodiscard]] Sending : public RoomWait {
 public:
  Sending(ActorCell& sender, ActorCell* to, ActorId to_id, M message,
          std::chrono::nanoseconds timeout) noexcept
      : RoomWait{sender, timeout}, message_{std::move(message)} {
    cell = to;
    id = to_id;
    retry = [](RoomWaiter& self) { return static_cast<Sending&>(self).try_again(); };
  }

  [[nodiscard]] bool await_ready() {
    if (cell == nullptr) return true;
    const Metadata with{sender_id(), {}, Instant::max()};
    result_ = deliver_specially(mailbox(), id, std::move(message_), {.metadata = &with});
    return result_ != SendResult::full || !may_wait_for(mailbox());
  }
  void await_suspend(std::coroutine_handle<> waiting) {
    suspend(waiting);
    line_up(mailbox(), id);
  }
  [[nodiscard]] SendResult await_resume() const noexcept { return result_; }

 private:
  bool try_again() {
    result_ = look_past_waiters(mailbox(), id, worker());
    if (result_ == SendResult::ok) {
      const Metadata with{sender_id(), {}, Instant::max()};
      result_ = place_specially(mailbox(), id, std::move(message_), {.metadata = &with});
    }
    if (result_ == SendResult::full) return false;
    go_on();
    return true;
  }

  M message_;
  SendResult result_ = SendResult::closed;
};

}  // namespace mycelium::detail
