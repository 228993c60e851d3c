#include "mycelium/actor/waiting.hpp"

#include "mycelium/actor/activation.hpp"

namespace mycelium::detail {

const TimerKind Sleeping::kDue{[](void* subject, void*) {
                                 auto& sleeping = *static_cast<Sleeping*>(subject);
                                 sleeping.timer_ = {};
                                 sleeping.cell_.resume_later(sleeping.waiting_);
                               },
                               [](void*, void*) noexcept {}};

Sleeping::~Sleeping() { static_cast<void>(cell_.worker->timers().cancel(timer_)); }

void Sleeping::await_suspend(std::coroutine_handle<> waiting) {
  waiting_ = waiting.address();
  timer_ = cell_.worker->timers().arm(deadline_, kDue, this, nullptr);
}

const TimerKind RoomWait::kDeadline{[](void* subject, void*) {
                                      auto& wait = *static_cast<RoomWait*>(subject);
                                      wait.deadline_ = {};
                                      wait.go_on();
                                    },
                                    [](void*, void*) noexcept {}};

const TimerKind RoomWait::kLook{[](void* subject, void*) {
                                  auto& wait = *static_cast<RoomWait*>(subject);
                                  wait.look_ = {};
                                  if (!wait.retry(wait)) wait.look_again_later();
                                },
                                [](void*, void*) noexcept {}};

RoomWait::~RoomWait() {
  leave();
  static_cast<void>(worker()->timers().cancel(deadline_));
}

bool RoomWait::may_wait_for(const MailboxCell& other) const noexcept {
  return timeout_ > std::chrono::nanoseconds{0} && &other != &sender_ &&
         !other.never_waits.load(std::memory_order_relaxed) &&
         other.worker->is_peer_of(*sender_.worker);
}

void RoomWait::suspend(std::coroutine_handle<> waiting) {
  waiting_ = waiting.address();
  const Instant deadline = later(worker()->now(), timeout_);
  if (deadline != Instant::max())
    deadline_ = worker()->timers().arm(deadline, kDeadline, this, nullptr);
}

void RoomWait::line_up(MailboxCell& mailbox, ActorId holder) {
  cell = &mailbox;
  id = holder;
  sender_.begin_wait(id);
  worker()->room_waiters().add(*this);
  mailbox.want_room(*worker(), id);
}

void RoomWait::look_again_later() {
  constexpr std::chrono::microseconds kPause{50};
  look_ = worker()->timers().arm(later(worker()->now(), kPause), kLook, this, nullptr);
}

void RoomWait::leave() noexcept {
  static_cast<void>(worker()->timers().cancel(std::exchange(look_, {})));
  if (!linked) return;
  sender_.end_wait();
  worker()->room_waiters().remove(*this);
  mailbox().waiter_left(*worker());
}

void RoomWait::go_on() noexcept {
  leave();
  static_cast<void>(worker()->timers().cancel(std::exchange(deadline_, {})));
  sender_.resume_later(waiting_);
}

}  // namespace mycelium::detail
