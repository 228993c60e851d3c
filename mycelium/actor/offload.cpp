#include "mycelium/actor/offload.hpp"

#include <stdexcept>

#include "mycelium/actor/system.hpp"

namespace mycelium::detail {

void run_elsewhere(ActorCell& cell, std::uint64_t number, std::move_only_function<void()> work) {
  Worker& worker = *cell.worker;
  const auto answer = [&worker, number] {
    worker.inject([&worker, number] {
      if (Completion* const waiting = worker.completions().take(number))
        waiting->complete(*waiting, nullptr, nullptr);
    });
  };
  if (cell.system().is_driven_by_hand()) {
    work();
    return answer();
  }
  const bool posted =
      cell.system().blocking_pool().post([work = std::move(work), answer]() mutable {
        work();
        work = nullptr;  // What it owns ends here and not on the worker.
        answer();
      });
  if (posted) return;
  static_cast<void>(worker.completions().take(number));
  throw std::runtime_error{"too much blocking work waits: the pool takes no more"};
}

void resume_offloader(ActorCell& cell, void* waiting) noexcept { cell.resume_later(waiting); }

}  // namespace mycelium::detail
