#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/actor/handlers.hpp"
#include "mycelium/actor/ref.hpp"
#include "mycelium/bus/topic_registry.hpp"

namespace mycelium {

/// What an actor may ask of the runtime while one of its handlers, hooks or its factory runs.
///
/// Thread-safety: none; it belongs to that call. Do not keep it.
class Context {
 public:
  explicit Context(ActorCell& cell) noexcept : cell_{cell} {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  [[nodiscard]] ActorId id() const noexcept { return cell_.record->id; }
  [[nodiscard]] const std::string& name() const noexcept { return cell_.record->name; }
  /// How often this actor has been restarted: 0 for the first object.
  [[nodiscard]] std::uint64_t restarts() const noexcept { return cell_.restart_count.value(); }

  /// A ref to this actor. Requires: `A` is this actor's class.
  template <ActorClass A>
  [[nodiscard]] Ref<typename A::Handles> self() const {
    MYCELIUM_ASSERT(cell_.actor_operations == &ActorClassOperations<A>::kOperations,
                    "self<A>() names this actor's own class");
    return {cell_, id()};
  }

  /// Monotonic time, the same during one step of the worker (promise T2).
  [[nodiscard]] Instant now() const noexcept { return cell_.worker->now(); }
  /// Wall time, the same during one step of the worker.
  [[nodiscard]] Timestamp wall_now() const noexcept { return cell_.worker->wall_now(); }
  /// The clock itself, for measuring within a step.
  [[nodiscard]] const Clock& clock() const noexcept { return cell_.worker->clock(); }
  /// This actor's own reproducible random numbers: from the system's seed, its name and its
  /// incarnation.
  [[nodiscard]] Random& random();

  /// A publisher on a topic; an empty name means the message's own. Throws std::invalid_argument
  /// when the topic carries another type.
  template <Message M>
  [[nodiscard]] Publisher<M> publisher(std::string_view topic = {}) {
    return Publisher<M>{topics().topic<M>(topic)};
  }

  /// From now on this actor handles what is published there. A restart keeps the subscription;
  /// subscribing again only replaces its options. Errors: as `publisher`.
  template <Message M>
  void subscribe(std::string_view topic = {}, const SubscriptionOptions& options = {}) {
    topics().topic<M>(topic).subscribe(cell_, id(), options);
  }

  /// Sends `message` to this actor itself at the first step at or after `delay` from now. Belongs
  /// to this incarnation: after a restart it is dropped. It enters the mailbox whatever the
  /// capacity (promise T1).
  template <Message M>
  void after(std::chrono::nanoseconds delay, M message) {
    Envelope* envelope = cell_.worker->envelopes().make(std::move(message));
    envelope->incarnation = cell_.incarnation;
    const Instant latest = Instant::max();
    cell_.worker->arm_timer(delay < latest - now() ? now() + delay : latest, cell_, envelope);
  }

  /// This actor stops for good when the present handler has returned; what waits goes to the dead
  /// letters.
  void stop() noexcept { cell_.stop_wanted = true; }

  /// Asks the whole system to stop, as SIGTERM would; `System::wait` returns.
  void stop_system();

 private:
  [[nodiscard]] TopicRegistry& topics() noexcept;

  ActorCell& cell_;
};

template <typename A>
void ActorClassOperations<A>::on_start(void* actor, Context& context) {
  if constexpr (detail::HasStartHook<A>) static_cast<A*>(actor)->on_start(context);
}

template <typename A>
void ActorClassOperations<A>::on_stop(void* actor, Context& context) {
  if constexpr (detail::HasStopHook<A>) static_cast<A*>(actor)->on_stop(context);
}

// Handles the message and ends its life, whatever becomes of it.
template <typename A>
void ActorClassOperations<A>::consume(ActorCell& cell, Context& context, std::uint16_t type_id,
                                      void* message) {
  bool has_handler = true;
  try {
    has_handler = detail::dispatch(typename A::Handles{}, *static_cast<A*>(cell.actor), context,
                                   type_id, message);
    if (has_handler) [[likely]]
      cell.handled.add();
  } catch (...) {
    cell.fail(find_message_type(type_id));
  }
  if (has_handler) [[likely]] {
    detail::destroy_message(typename A::Handles{}, type_id, message);
  } else {
    const MessageType& type = *find_message_type(type_id);
    cell.dead_letter(DeadLetterReason::unhandled, type);
    type.destroy(message);
  }
  if (cell.stop_wanted) [[unlikely]]
    cell.end_if_wanted();
}

template <typename A>
std::uint32_t ActorClassOperations<A>::run(Cell& base, std::uint32_t budget) {
  auto& cell = static_cast<ActorCell&>(base);
  EnvelopePool& envelopes = cell.worker->envelopes();
  Context context{cell};
  std::uint32_t count = 0;
  while (cell.runnable && count < budget) {
    Envelope* envelope = cell.pop();
    if (envelope == nullptr) break;
    ++count;
    consume(cell, context, envelope->type->id, envelope->payload);
    envelopes.recycle(envelope);
  }
  cell.has_work = cell.runnable && cell.depth > 0;
  return count;
}

template <typename A>
void ActorClassOperations<A>::receive(Cell& base, FrameHeader& frame) {
  auto& cell = static_cast<ActorCell&>(base);
  // In place only when nothing waits before it; what is moved to the mailbox once is followed
  // there.
  if (!cell.runnable || cell.depth != 0 || frame.kind != FrameKind::message ||
      frame.destination != cell.open_id.load(std::memory_order_relaxed)) [[unlikely]] {
    cell.receive_slowly(frame);
    return;
  }
  Context context{cell};
  consume(cell, context, frame.type_id, frame.payload());
}

}  // namespace mycelium
