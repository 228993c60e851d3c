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

const TimerKind SendingBase::kDeadline{[](void* subject, void*) {
                                         auto& sending = *static_cast<SendingBase*>(subject);
                                         sending.timer_ = {};
                                         sending.wake(SendResult::full);
                                       },
                                       [](void*, void*) noexcept {}};

SendingBase::SendingBase(ActorCell& sender, ActorCell* target, ActorId target_id,
                         std::chrono::nanoseconds timeout) noexcept
    : sender_{sender}, timeout_{timeout} {
  cell = target;
  id = target_id;
}

SendingBase::~SendingBase() { leave(); }

MailboxCell& SendingBase::target() const noexcept { return *static_cast<MailboxCell*>(cell); }

Metadata SendingBase::metadata() const noexcept {
  return Metadata{sender_.record->id, {}, Instant::max()};
}

bool SendingBase::decided() const noexcept {
  return result_ != SendResult::full || timeout_ <= std::chrono::nanoseconds{0} ||
         cell == &sender_ || cell->never_waits.load(std::memory_order_relaxed) ||
         !cell->worker->is_peer_of(*sender_.worker);
}

void SendingBase::await_suspend(std::coroutine_handle<> waiting) {
  waiting_ = waiting.address();
  sender_.begin_wait(id);
  Worker& here = *sender_.worker;
  here.room_waiters().add(*this);
  target().want_room(here, id);
  const Instant deadline = later(here.now(), timeout_);
  if (deadline != Instant::max()) timer_ = here.timers().arm(deadline, kDeadline, this, nullptr);
}

SendResult SendingBase::look() const noexcept {
  const MailboxCell& to = target();
  // On its own worker the target admits nobody else while someone waits, but this one it does.
  if (to.worker != sender_.worker || !to.admits_only_with_room())
    return look_at(to, id, sender_.worker);
  if (to.open_id.load(std::memory_order_relaxed) != id.value()) return SendResult::closed;
  return to.depth < to.bound ? SendResult::ok : SendResult::full;
}

void SendingBase::wake(SendResult result) noexcept {
  result_ = result;
  leave();
  sender_.resume_later(waiting_);
}

void SendingBase::leave() noexcept {
  Worker& here = *sender_.worker;
  static_cast<void>(here.timers().cancel(std::exchange(timer_, {})));
  if (!linked) return;
  here.room_waiters().remove(*this);
  target().waiter_left(here);
}

}  // namespace mycelium::detail
