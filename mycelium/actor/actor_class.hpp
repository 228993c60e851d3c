#pragma once

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "mycelium/actor/activation.hpp"
#include "mycelium/actor/context.hpp"
#include "mycelium/actor/recovery_hooks.hpp"

// What the runtime calls of an actor class, compiled for the class: here is the path of every
// message.
namespace mycelium {
namespace detail {

/// Calls the handler of `A` for `M` and sends what it returns to whoever asked.
template <typename A, typename M>
void call_plain(A& actor, const typename HandlerOf<A, M>::Argument& argument, Context& context) {
  using Handler = HandlerOf<A, M>;
  if constexpr (std::is_void_v<typename Handler::Returned>) {
    Handler::call(actor, argument, context);
  } else {
    context.reply(Handler::call(actor, argument, context));
  }
}

/// Calls the handler for the message behind `message`, one that needs no envelope; false: `A` has
/// none such for this type.
template <typename A, Message... Ms>
bool dispatch(Messages<Ms...>, A& actor, Context& context, std::uint16_t type_id, void* message) {
  [[maybe_unused]] const auto try_type = [&]<typename M>() {
    if constexpr (HandlerOf<A, M>::kOwns) {
      return false;
    } else {
      if (type_id != kTraits<M>.id) return false;
      call_plain<A, M>(actor, *static_cast<const M*>(message), context);
      return true;
    }
  };
  return (try_type.template operator()<Ms>() || ...);
}

/// The message of an envelope as something that may be kept; the envelope keeps it too, because it
/// may be put aside.
template <Message M>
Shared<M> share(Envelope& envelope, BlockPool& blocks) {
  if (envelope.is_inline()) {
    auto* const inside = static_cast<M*>(envelope.payload);
    void* const block = blocks.take(message_type<M>());
    ::new (block) M(std::move(*inside));
    std::destroy_at(inside);
    envelope.payload = block;
  }
  BlockPool::retain(envelope.payload);
  return Shared<M>::adopt(envelope.payload);
}

/// Begins the coroutine of the handler of `A` for `M`.
template <typename A, typename M>
void begin_task(ActorCell& cell, A& actor, Envelope& envelope) {
  using Handler = HandlerOf<A, M>;
  Activation& activation = cell.begin_activation(&envelope);
  if constexpr (Handler::kTakesShared) {
    using Argument = Shared<M>;
    static_assert(sizeof(Argument) == sizeof(activation.argument));
    auto* const argument = ::new (static_cast<void*>(&activation.argument))
        Argument(share<M>(envelope, cell.worker->blocks()));
    activation.end_argument = [](void** held) noexcept {
      std::destroy_at(reinterpret_cast<Argument*>(held));
    };
    activation.drive(Handler::call(actor, *argument, activation.context));
  } else {
    activation.drive(
        Handler::call(actor, *static_cast<const M*>(envelope.payload), activation.context));
  }
}

/// Calls the handler that takes the envelope's message as `Shared`, unless that is a coroutine;
/// false: `A` has none such for this type.
template <typename A, Message... Ms>
bool dispatch_shared(Messages<Ms...>, A& actor, Context& context, Envelope& envelope,
                     BlockPool& blocks) {
  [[maybe_unused]] const auto try_type = [&]<typename M>() {
    using Handler = HandlerOf<A, M>;
    if constexpr (!Handler::kTakesShared || Handler::kIsTask) {
      return false;
    } else {
      if (envelope.type->id != kTraits<M>.id) return false;
      call_plain<A, M>(actor, share<M>(envelope, blocks), context);
      return true;
    }
  };
  return (try_type.template operator()<Ms>() || ...);
}

/// Begins the coroutine for the envelope's message, which owns the envelope from then on; false:
/// the handler of `A` for this type is none.
template <typename A, Message... Ms>
bool begin_if_task(Messages<Ms...>, ActorCell& cell, A& actor, Envelope& envelope) {
  [[maybe_unused]] const auto try_type = [&]<typename M>() {
    if constexpr (!HandlerOf<A, M>::kIsTask) {
      return false;
    } else {
      if (envelope.type->id != kTraits<M>.id) return false;
      begin_task<A, M>(cell, actor, envelope);
      return true;
    }
  };
  return (try_type.template operator()<Ms>() || ...);
}

// A template of its own and no lambda: in one, a class without `conflation_key` would be an error.
template <typename A, Message M>
bool conflation_key_of([[maybe_unused]] const Envelope& envelope,
                       [[maybe_unused]] std::uint64_t& key) {
  if constexpr (ConflatesBy<A, M>) {
    static_assert(noexcept(A::conflation_key(std::declval<const M&>())),
                  "conflation_key is noexcept: it runs while a message is put into the mailbox, "
                  "where a failure would be nobody's");
    if (envelope.type->id != kTraits<M>.id) return false;
    key = A::conflation_key(*static_cast<const M*>(envelope.payload));
    return true;
  } else {
    return false;
  }
}

template <typename A, Message... Ms>
bool conflation_key_of(Messages<Ms...>, const Envelope& envelope, std::uint64_t& key) {
  return (conflation_key_of<A, Ms>(envelope, key) || ...);
}

template <typename A, Message... Ms>
consteval bool conflates_any(Messages<Ms...>) {
  return (ConflatesBy<A, Ms> || ...);
}

template <typename A, Message... Ms>
constexpr bool conflates_type(Messages<Ms...>, [[maybe_unused]] std::uint16_t type_id) noexcept {
  return ((ConflatesBy<A, Ms> && type_id == kTraits<Ms>.id) || ...);
}

template <typename A, Message... Ms>
consteval bool has_tasks(Messages<Ms...>) {
  return (HandlerOf<A, Ms>::kIsTask || ...);
}

template <Message... Ms>
consteval bool all_trivial(Messages<Ms...>) {
  return (std::is_trivially_destructible_v<Ms> && ...);
}

template <typename A, Message... Ms>
consteval bool all_handled_at_once(Messages<Ms...>) {
  return (!HandlerOf<A, Ms>::kOwns && ...);
}

template <typename A>
consteval bool interleaves_any() {
  if constexpr (NamesInterleaved<A>) {
    static_assert(all_handled_at_once<A>(typename A::Interleaved{}),
                  "a handler of an Interleaved message is synchronous and takes the message by "
                  "`const Message&`");
    return A::Interleaved::kCount > 0;
  } else {
    return false;
  }
}

}  // namespace detail

template <typename A>
void ActorClassOperations<A>::on_start(ActorCell& cell, void* actor) {
  if constexpr (detail::HasStartTask<A>) {
    Activation& activation = cell.begin_activation(nullptr);
    activation.drive(static_cast<A*>(actor)->on_start(activation.context));
  } else if constexpr (detail::HasStartHook<A>) {
    Context context{cell};
    static_cast<A*>(actor)->on_start(context);
  }
}

template <typename A>
void ActorClassOperations<A>::on_stop(void* actor, Context& context) {
  if constexpr (detail::HasStopHook<A>) static_cast<A*>(actor)->on_stop(context);
}

template <typename A>
bool ActorClassOperations<A>::handles(std::uint16_t type_id) noexcept {
  return detail::contains_id(typename A::Handles{}, type_id);
}

template <typename A>
bool ActorClassOperations<A>::conflates(std::uint16_t type_id) noexcept {
  return detail::conflates_type<A>(typename A::Handles{}, type_id);
}

template <typename A>
bool ActorClassOperations<A>::interleaves(std::uint16_t type_id) noexcept {
  if constexpr (detail::NamesInterleaved<A>) {
    return detail::contains_id(typename A::Interleaved{}, type_id);
  } else {
    return false;
  }
}

template <typename A>
bool ActorClassOperations<A>::conflation_key(const Cell&, const Envelope& envelope,
                                             std::uint64_t& key) {
  return detail::conflation_key_of<A>(typename A::Handles{}, envelope, key);
}

// The way of what comes with metadata, of what needs its envelope, and of behaviours.
template <typename A>
void ActorClassOperations<A>::handle(ActorCell& cell, void* object, Envelope* envelope) {
  using Handles = typename A::Handles;
  A& actor = *static_cast<A*>(object);
  const MessageType& type = *envelope->type;
  if constexpr (detail::SkipsExpired<A>) {
    if (cell.skip_expired(envelope)) return;
  }
  cell.mark_running(type.id);
  if constexpr (detail::has_tasks<A>(Handles{})) {
    try {
      if (detail::begin_if_task(Handles{}, cell, actor, *envelope)) return cell.resume_activation();
    } catch (...) {
      return cell.fail_to_begin(envelope);
    }
  }
  detail::PendingReply pending;
  const Metadata* const metadata = envelope->has_metadata ? &envelope->metadata() : nullptr;
  if (metadata != nullptr && metadata->is_ask())
    pending = detail::PendingReply{cell.system(), *metadata};
  bool has_handler = true;
  try {
    Context context{cell, {metadata, pending.is_open() ? &pending : nullptr}};
    has_handler =
        detail::dispatch(Handles{}, actor, context, type.id, envelope->payload) ||
        detail::dispatch_shared(Handles{}, actor, context, *envelope, cell.worker->blocks());
    if (has_handler) cell.handled.add();
    if constexpr (detail::KeepsSnapshots<A>) detail::keep_snapshot<A>(cell, object);
  } catch (...) {
    cell.fail_asked(pending, *envelope);
  }
  if (!has_handler) cell.dead_letter(DeadLetterReason::unhandled, type);
  cell.settle_envelope(envelope);
}

// Handles a message that needs no envelope. False: something is to be settled before its end.
// Inlined where messages are taken: a call would save and load eight registers for each of them.
template <typename A>
[[gnu::always_inline]] inline bool handle_plain(ActorCell& cell, Context& context,
                                                std::uint16_t type_id, void* message) {
  cell.mark_running(type_id);
  try {
    if (detail::dispatch(typename A::Handles{}, *static_cast<A*>(cell.actor), context, type_id,
                         message)) [[likely]] {
      cell.handled.add();
      if constexpr (detail::KeepsSnapshots<A>) detail::keep_snapshot<A>(cell, cell.actor);
      return cell.afterwards == 0;
    }
    cell.dead_letter(DeadLetterReason::unhandled, *find_message_type(type_id));
  } catch (...) {
    cell.fail_handling(*find_message_type(type_id));
  }
  return false;
}

template <typename A>
std::uint32_t ActorClassOperations<A>::run(Cell& base, std::uint32_t budget) {
  using Handles = typename A::Handles;
  auto& cell = static_cast<ActorCell&>(base);
  EnvelopePool& envelopes = cell.worker->envelopes();
  Context context{cell};
  std::uint32_t count = 0;
  if (cell.activation != nullptr) [[unlikely]]
    count = cell.run_suspended(budget);
  // What an actor sends to itself now comes after the others' turn.
  budget = std::min(budget, count + std::max(1U, cell.waiting_exactly()));
  while (cell.runnable() && count < budget) {
    Envelope* const envelope = cell.pop();
    if (envelope == nullptr) break;
    ++count;
    const std::uint16_t type_id = envelope->type->id;
    if (envelope->has_metadata || detail::owns<A>(Handles{}, type_id)) [[unlikely]] {
      handle(cell, cell.actor, envelope);
    } else {
      if (!handle_plain<A>(cell, context, type_id, envelope->payload)) [[unlikely]] {
        cell.settle_envelope(envelope);
      } else if constexpr (detail::all_trivial(Handles{})) {
        envelopes.release_trivial(envelope);
      } else {
        envelopes.release(envelope);
      }
    }
    if (cell.operations != &kOperations.cell) [[unlikely]]
      break;  // Another behaviour, which runs next.
  }
  if (cell.afterwards != 0 || cell.activation != nullptr || cell.operations != &kOperations.cell)
      [[unlikely]] {
    cell.after_run();
  } else {
    cell.has_work = cell.runnable() && cell.anything_waits();
  }
  return count;
}

template <typename A>
void ActorClassOperations<A>::receive(Cell& base, FrameHeader& frame) {
  using Handles = typename A::Handles;
  auto& cell = static_cast<ActorCell&>(base);
  // In place only when nothing waits before it and the policy drops nothing; what is moved to the
  // mailbox once is followed there.
  if (!cell.takes_in_place() || !frame.is_plain() ||
      frame.destination != cell.open_id.load(std::memory_order_relaxed) ||
      detail::owns<A>(Handles{}, frame.type_id)) [[unlikely]] {
    return cell.receive_slowly(frame);
  }
  Context context{cell};
  if (!handle_plain<A>(cell, context, frame.type_id, frame.payload())) [[unlikely]]
    return cell.settle_frame(frame);
  if constexpr (!detail::all_trivial(Handles{}))
    find_message_type(frame.type_id)->destroy(frame.payload());
}

template <typename A>
const ActorOperations ActorClassOperations<A>::kOperations{
    {receive, run, timer_due, arrive, detail::interleaves_any<A>() ? divert : nullptr, drop,
     detail::conflates_any<A>(typename A::Handles{}) ? conflation_key : nullptr},
    handle,
    handles,
    conflates,
    detail::interleaves_any<A>() ? interleaves : nullptr,
    on_start,
    on_stop,
    destroy,
    detail::on_error_of<A>(),
    detail::keep_snapshot_of<A>(),
    detail::restore_of<A>()};

namespace detail {

/// What the system keeps of an actor made by `factory`, which is `A(Context&)`. `auto`, so that g++
/// looks into a local class before it complains that a type in there is unused.
template <typename Factory>
auto record_of(std::string name, Factory factory, const RestartOptions& restart) {
  using A = std::remove_cvref_t<std::invoke_result_t<Factory&, Context&>>;
  static_assert(ActorClass<A>,
                "an actor class names its messages: `using Handles = mycelium::Messages<...>;`");
  static_cast<void>(A::Handles::kCount);  // First, so that a wrong list is the first complaint.
  return std::unique_ptr<ActorRecord>{
      new ActorRecord{{},
                      0,
                      std::move(name),
                      &ActorClassOperations<A>::kOperations,
                      [factory = std::move(factory)](Context* context) mutable -> void* {
                        return new A(factory(*context));
                      },
                      RestartRules{restart}}};
}

}  // namespace detail
}  // namespace mycelium
