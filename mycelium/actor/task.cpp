#include "mycelium/actor/task.hpp"

#include "mycelium/runtime/worker.hpp"

namespace mycelium::detail {
namespace {

// Of the innermost resume_until_it_waits() on this thread.
thread_local std::coroutine_handle<> next_to_resume;

BlockPool* pool_here() noexcept {
  Worker* const me = Worker::current();
  return me != nullptr ? &me->blocks() : nullptr;
}

}  // namespace

void* allocate_frame(std::size_t bytes) {
  BlockPool* const pool = pool_here();
  return pool != nullptr ? pool->take_bytes(bytes) : BlockPool::take_bytes_from_heap(bytes);
}

void free_frame(void* frame) noexcept { BlockPool::free_unconstructed(frame, pool_here()); }

void resume_until_it_waits(std::coroutine_handle<> coroutine) {
  const auto outer = std::exchange(next_to_resume, {});
  while (coroutine) {
    coroutine.resume();
    coroutine = std::exchange(next_to_resume, {});
  }
  next_to_resume = outer;
}

void resume_next(std::coroutine_handle<> coroutine) noexcept { next_to_resume = coroutine; }

}  // namespace mycelium::detail
