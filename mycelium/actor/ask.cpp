#include "mycelium/actor/ask.hpp"

#include "mycelium/actor/activation.hpp"

namespace mycelium::detail {
// The completion is answered as by a reply, so that there is one way out.
const TimerKind AskingBase::kDeadline{
    [](void* subject, void*) {
      auto& asking = *static_cast<AskingBase*>(subject);
      asking.timer_ = {};
      asking.leave();
      AskFailure failure{AskError::timeout, "no reply came in time"};
      asking.complete(asking, &message_type<AskFailure>(), &failure);
    },
    [](void*, void*) noexcept {}};

AskingBase::AskingBase(ActorCell& asker, ActorId target, std::chrono::nanoseconds timeout)
    : asker_{asker},
      target_{target},
      deadline_{later(asker.worker->now(), timeout)},
      number_{asker.worker->completions().enter(*this)} {}

AskingBase::~AskingBase() { leave(); }

Metadata AskingBase::metadata() const noexcept {
  const ActorId asker = asker_.record->id;
  return Metadata{asker, Correlation{asker.value(), number_}, deadline_};
}

void AskingBase::watch_deadline() {
  if (number_ == 0 || deadline_ == Instant::max()) return;  // Answered on the way, or no limit.
  timer_ = asker_.worker->timers().arm(deadline_, kDeadline, this, nullptr);
}

void AskingBase::leave() noexcept {
  if (number_ != 0) static_cast<void>(asker_.worker->completions().take(number_));
  number_ = 0;
  static_cast<void>(asker_.worker->timers().cancel(std::exchange(timer_, {})));
}

void AskingBase::await_suspend(std::coroutine_handle<> waiting) noexcept {
  waiting_ = waiting.address();
  asker_.begin_wait(target_);
}

void AskingBase::wake() noexcept {
  leave();
  if (waiting_ == nullptr) return;
  asker_.end_wait();  // Not only when it goes on: who looks between the two would see it wait.
  asker_.resume_later(std::exchange(waiting_, nullptr));
}

}  // namespace mycelium::detail
