#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "mycelium/actor/task.hpp"
#include "mycelium/bus/shared.hpp"
#include "mycelium/protocol/message.hpp"

namespace mycelium {

class Context;

/// A message that is a question: it names the message that answers it, `using Reply = Stats;`.
template <typename M>
concept Request = Message<M> && requires { typename M::Reply; } && Message<typename M::Reply>;

namespace detail {

template <typename A, typename Signature>
concept HasHandler = requires { static_cast<Signature>(&A::handle); };

/// The handler of `A` that returns exactly `R` and takes exactly `const Argument&`, with or without
/// the context, const or not.
template <typename A, typename R, typename Argument>
struct ExactHandler {
  using Plain = R (A::*)(const Argument&);
  using PlainConst = R (A::*)(const Argument&) const;
  using WithContext = R (A::*)(const Argument&, Context&);
  using WithContextConst = R (A::*)(const Argument&, Context&) const;

  static constexpr bool kAlone = HasHandler<A, Plain> || HasHandler<A, PlainConst>;
  static constexpr bool kTakesContext =
      HasHandler<A, WithContext> || HasHandler<A, WithContextConst>;
  static constexpr int kCount = kAlone + kTakesContext;

  static R call(A& actor, const Argument& argument, Context& context) {
    // By the pointer to just this function: an ordinary call might choose another overload.
    if constexpr (HasHandler<A, WithContext>) {
      return (actor.*static_cast<WithContext>(&A::handle))(argument, context);
    } else if constexpr (HasHandler<A, WithContextConst>) {
      return (actor.*static_cast<WithContextConst>(&A::handle))(argument, context);
    } else if constexpr (HasHandler<A, Plain>) {
      static_cast<void>(context);
      return (actor.*static_cast<Plain>(&A::handle))(argument);
    } else {
      static_cast<void>(context);
      return (actor.*static_cast<PlainConst>(&A::handle))(argument);
    }
  }
};

template <typename T>
struct TaskResult {
  static constexpr bool kIsTask = false;
};
template <typename T>
struct TaskResult<Task<T>> {
  static constexpr bool kIsTask = true;
};

template <typename M>
struct ReplyOf {
  using Type = void;
};
template <Request M>
struct ReplyOf<M> {
  using Type = typename M::Reply;
};

/// All handlers that `A` might have for an argument, by what they may return.
template <typename A, typename Argument, typename Reply>
struct HandlersFor {
  static constexpr bool kReplies = !std::is_void_v<Reply>;
  static constexpr int kVoid = ExactHandler<A, void, Argument>::kCount;
  static constexpr int kTask = ExactHandler<A, Task<>, Argument>::kCount;
  static constexpr int kReply = [] {
    if constexpr (kReplies) return ExactHandler<A, Reply, Argument>::kCount;
    return 0;
  }();
  static constexpr int kReplyTask = [] {
    if constexpr (kReplies) return ExactHandler<A, Task<Reply>, Argument>::kCount;
    return 0;
  }();
  static constexpr int kCount = kVoid + kTask + kReply + kReplyTask;
  using Returned = std::conditional_t<
      kVoid != 0, void,
      std::conditional_t<kTask != 0, Task<>, std::conditional_t<kReply != 0, Reply, Task<Reply>>>>;
};

/// The one handler that `A` has for `M`.
template <typename A, typename M>
struct HandlerOf {
  using Reply = typename ReplyOf<M>::Type;
  using OfMessage = HandlersFor<A, M, Reply>;
  using OfShared = HandlersFor<A, Shared<M>, Reply>;
  static constexpr int kCount = OfMessage::kCount + OfShared::kCount;
  static_assert(
      kCount != 0,
      "this actor lists a message in Handles but has no `void handle(const Message&)` nor `void "
      "handle(const Message&, mycelium::Context&)` for exactly that type; it may return Task<> "
      "too, "
      "or, for a request, its Reply or Task<Reply>");
  static_assert(kCount < 2,
                "this actor has two handlers for one message (with and without Context&, or for "
                "Message and Shared<Message>): keep one");

  static constexpr bool kTakesShared = OfShared::kCount != 0;
  using Argument = std::conditional_t<kTakesShared, Shared<M>, M>;
  using Returned = typename std::conditional_t<kTakesShared, OfShared, OfMessage>::Returned;
  static constexpr bool kIsTask = TaskResult<Returned>::kIsTask;

  static Returned call(A& actor, const Argument& argument, Context& context) {
    return ExactHandler<A, Returned, Argument>::call(actor, argument, context);
  }

  /// It needs the message in an envelope of its own, which outlives the call.
  static constexpr bool kOwns = kIsTask || kTakesShared;
};

template <typename A>
concept NamesItsMessages = requires { typename A::Handles; };

template <typename A>
concept HasStartHook = requires(A& actor, Context& context) { actor.on_start(context); };
template <typename A>
concept HasStartTask = requires(A& actor, Context& context) {
  { actor.on_start(context) } -> std::same_as<Task<>>;
};
template <typename A>
concept HasStopHook = requires(A& actor, Context& context) { actor.on_stop(context); };
template <typename A>
concept SkipsExpired = requires { requires A::kSkipExpired; };
template <typename A>
concept NamesInterleaved = requires { typename A::Interleaved; };
template <typename A, typename M>
concept ConflatesBy = requires(const M& message) {
  { A::conflation_key(message) } -> std::convertible_to<std::uint64_t>;
};

template <Message... Ms>
constexpr bool contains_id(Messages<Ms...>, [[maybe_unused]] std::uint16_t type_id) noexcept {
  return ((type_id == kTraits<Ms>.id) || ...);
}

/// Whether the handler of `A` for this type needs its message in an envelope.
template <typename A, Message... Ms>
constexpr bool owns(Messages<Ms...>, [[maybe_unused]] std::uint16_t type_id) noexcept {
  return ((HandlerOf<A, Ms>::kOwns && type_id == kTraits<Ms>.id) || ...);
}

}  // namespace detail

/// A class that can be an actor: it names its messages in `Handles` and has one handler for each.
template <typename A>
concept ActorClass = detail::NamesItsMessages<A> && std::is_object_v<A>;

}  // namespace mycelium
