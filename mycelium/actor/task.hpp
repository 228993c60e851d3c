#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "mycelium/base/assert.hpp"

namespace mycelium {
namespace detail {

/// Memory for a coroutine's frame: a block of the calling worker's pool, of the heap elsewhere.
[[nodiscard]] void* allocate_frame(std::size_t bytes);
void free_frame(void* frame) noexcept;

/// Resumes a coroutine, and then each that was waiting for one that ended, until one waits for
/// something else. A loop and no recursion: no tail calls are needed.
void resume_until_it_waits(std::coroutine_handle<> coroutine);
/// From inside `resume_until_it_waits`: this one is next.
void resume_next(std::coroutine_handle<> coroutine) noexcept;

struct TaskPromiseBase {
  std::coroutine_handle<> continuation;
  std::exception_ptr exception;

  struct FinalAwaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <typename Promise>
    void await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      if (ended.promise().continuation) resume_next(ended.promise().continuation);
    }
    void await_resume() const noexcept {}
  };

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  [[nodiscard]] FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { exception = std::current_exception(); }

  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void operator delete(void* frame) noexcept { free_frame(frame); }
};

template <typename T>
struct TaskPromise : TaskPromiseBase {
  std::optional<T> value;

  template <typename U>
    requires std::is_convertible_v<U&&, T>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() {
    if (exception) std::rethrow_exception(std::exchange(exception, nullptr));
    return std::move(*value);
  }
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
  void return_void() const noexcept {}
  void take() {
    if (exception) std::rethrow_exception(std::exchange(exception, nullptr));
  }
};

}  // namespace detail

/// A coroutine that gives a `T` when it ends; begins when it is awaited, or when the runtime drives
/// it as a handler.
///
///     Task<Price> ask_both(Context& context);
///     const Price price = co_await ask_both(context);
///
/// What it throws comes out of the `co_await`. Frames come from the worker's pool. Thread-safety:
/// none; it stays on the worker that made it.
template <typename T = void>
class [[nodiscard]] Task {
 public:
  // The language wants this name. NOLINTNEXTLINE(readability-identifier-naming)
  struct promise_type : detail::TaskPromise<T> {
    Task get_return_object() noexcept {
      return Task{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
  };
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  Task(Task&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
  Task& operator=(Task other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  /// Runs the task until it waits for something; when it ends first, the awaiter is not suspended
  /// at all. Requires: not awaited before.
  auto operator co_await() && noexcept {
    struct Awaiter {
      Handle handle;
      [[nodiscard]] bool await_ready() const {
        MYCELIUM_ASSERT(handle && !handle.done(), "a task is awaited once");
        handle.resume();
        return handle.done();
      }
      void await_suspend(std::coroutine_handle<> awaiting) const noexcept {
        handle.promise().continuation = awaiting;
      }
      T await_resume() const { return handle.promise().take(); }
    };
    return Awaiter{handle_};
  }

  /// For the runtime: the coroutine, which the caller destroys.
  [[nodiscard]] Handle release() noexcept { return std::exchange(handle_, nullptr); }

 private:
  explicit Task(Handle handle) noexcept : handle_{handle} {}

  Handle handle_;
};

}  // namespace mycelium
