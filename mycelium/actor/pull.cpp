#include "mycelium/actor/pull.hpp"

#include "mycelium/actor/activation.hpp"
#include "mycelium/actor/actor_cell.hpp"

namespace mycelium::detail {

PullingBase::PullingBase(ActorCell& cell) noexcept : cell_{cell} {
  complete = [](Completion& self, const MessageType*, void*) {
    auto& pulling = static_cast<PullingBase&>(self);
    pulling.number_ = 0;
    pulling.cell_.activation->pulling = nullptr;
    pulling.cell_.resume_later(pulling.waiting_);
  };
}

PullingBase::~PullingBase() { leave(); }

bool PullingBase::stops() const noexcept { return cell_.is_stopping(); }

Arrival PullingBase::begin(std::coroutine_handle<> waiting) {
  waiting_ = waiting.address();
  cell_.activation->pulling = this;
  number_ = cell_.worker->completions().enter(*this);
  const auto call = [](void* subject, std::uint64_t number) {
    auto& worker = *static_cast<Worker*>(subject);
    worker.inject([&worker, number] {
      if (Completion* const pulling = worker.completions().take(number))
        pulling->complete(*pulling, nullptr, nullptr);
    });
  };
  return {call, cell_.worker, number_};
}

void PullingBase::leave() noexcept {
  if (number_ == 0) return;
  static_cast<void>(cell_.worker->completions().take(std::exchange(number_, 0)));
  if (cell_.activation != nullptr) cell_.activation->pulling = nullptr;  // Null: that is its end.
}

void PullingBase::give_up() {
  leave();
  cell_.resume_later(waiting_);
}

}  // namespace mycelium::detail
