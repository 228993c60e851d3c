#pragma once

#include <coroutine>
#include <cstdint>

#include "mycelium/actor/context.hpp"
#include "mycelium/actor/reply.hpp"
#include "mycelium/actor/wait_graph.hpp"

namespace mycelium {

namespace detail {
class PullingBase;
}

/// A handler, or an `on_start`, that is a coroutine and has not ended: what it refers to and what
/// it waits for. An actor has one at most, and takes no other message meanwhile.
///
/// Thread-safety: none; confined to the actor's worker. Memory: one block of the worker's pool.
struct Activation {
  Activation(ActorCell& cell, Envelope* carried)
      : message{carried},
        reply{carried != nullptr && carried->has_metadata && carried->metadata().is_ask()
                  ? detail::PendingReply{cell.system(), carried->metadata()}
                  : detail::PendingReply{}},
        context{cell,
                {carried != nullptr && carried->has_metadata ? &carried->metadata() : nullptr,
                 reply.is_open() ? &reply : nullptr}} {}
  Activation(const Activation&) = delete;
  Activation& operator=(const Activation&) = delete;
  ~Activation() {
    if (root) root.destroy();
    if (end_argument != nullptr) end_argument(&argument);
  }

  Envelope* message;           ///< What is handled; null for `on_start`.
  detail::PendingReply reply;  ///< Open while an ask is unanswered.
  Context context;
  /// The handler's `Shared<M>`, where it takes one: it outlives the call.
  void* argument = nullptr;
  void (*end_argument)(void** argument) noexcept = nullptr;
  std::coroutine_handle<> root;
  /// Takes what the coroutine returned: throws what came out of it, or sends the reply.
  void (*finish)(Activation& self) = nullptr;
  std::coroutine_handle<> resumable;  ///< Goes on in the next run of the cell.
  EnvelopeList interleaved;           ///< Messages to be handled meanwhile.
  std::uint32_t interleaved_count = 0;
  bool looked_for_interleaved = false;
  bool stash = false;  ///< The message is put aside when the coroutine has ended.
  WaitLink wait;       ///< For the actor whose reply or room it waits for.
  detail::PullingBase* pulling = nullptr;  ///< What waits for a subscriber's next message.

  /// Gives the runtime the coroutine that a handler returned.
  template <typename T>
  void drive(Task<T> task) {
    root = task.release();
    finish = [](Activation& self) {
      auto& promise = Task<T>::Handle::from_address(self.root.address()).promise();
      if constexpr (std::is_void_v<T>) {
        promise.take();
      } else {
        T value = promise.take();
        self.context.reply(std::move(value));
      }
    };
  }
};

}  // namespace mycelium
