#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "mycelium/actor/actor_cell.hpp"

namespace mycelium::detail {

/// Runs `work` on a thread of the system's pool, or here when the caller drives the workers, and
/// then answers the completion of this number on its worker. Throws std::runtime_error when the
/// pool has no room.
void run_elsewhere(ActorCell& cell, std::uint64_t number, std::move_only_function<void()> work);
/// The coroutine of this activation goes on.
void resume_offloader(ActorCell& cell, void* waiting) noexcept;

/// Work on its way to a thread that may block, and back.
template <typename Function>
class [[nodiscard]] Offloading : public Completion {
 public:
  using Returned = std::invoke_result_t<Function&>;

  Offloading(ActorCell& cell, Function function)
      : cell_{cell}, work_{std::make_shared<Work>(std::move(function))} {
    complete = [](Completion& self, const MessageType*, void*) {
      auto& offloading = static_cast<Offloading&>(self);
      offloading.number_ = 0;
      resume_offloader(offloading.cell_, offloading.waiting_);
    };
  }
  Offloading(const Offloading&) = delete;
  Offloading& operator=(const Offloading&) = delete;
  ~Offloading() {
    if (number_ != 0) static_cast<void>(cell_.worker->completions().take(number_));
  }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    waiting_ = waiting.address();
    number_ = cell_.worker->completions().enter(*this);
    run_elsewhere(cell_, number_, [work = work_] { work->run(); });
  }
  Returned await_resume() {
    if (work_->exception) std::rethrow_exception(work_->exception);
    if constexpr (!std::is_void_v<Returned>) return std::move(*work_->result);
  }

 private:
  // Shared with the thread that runs it: whichever ends last.
  struct Work {
    explicit Work(Function made) : function{std::move(made)} {}
    void run() noexcept {
      try {
        if constexpr (std::is_void_v<Returned>) {
          function();
        } else {
          result.emplace(function());
        }
      } catch (...) {
        exception = std::current_exception();
      }
    }
    Function function;
    std::optional<std::conditional_t<std::is_void_v<Returned>, std::monostate, Returned>> result;
    std::exception_ptr exception;
  };

  ActorCell& cell_;
  std::shared_ptr<Work> work_;
  std::uint64_t number_ = 0;
  void* waiting_ = nullptr;
};

}  // namespace mycelium::detail
