#pragma once

#include <type_traits>

#include "mycelium/protocol/message.hpp"

namespace mycelium {

class Context;

namespace detail {

template <typename A, typename Signature>
concept HasHandler = requires { static_cast<Signature>(&A::handle); };

template <typename A, typename M>
inline constexpr bool kTakesMessage =
    HasHandler<A, void (A::*)(const M&)> || HasHandler<A, void (A::*)(const M&) const>;
template <typename A, typename M>
inline constexpr bool kTakesMessageAndContext =
    HasHandler<A, void (A::*)(const M&, Context&)> ||
    HasHandler<A, void (A::*)(const M&, Context&) const>;

template <typename A>
concept NamesItsMessages = requires { typename A::Handles; };

template <typename A>
concept HasStartHook = requires(A& actor, Context& context) { actor.on_start(context); };
template <typename A>
concept HasStopHook = requires(A& actor, Context& context) { actor.on_stop(context); };

/// Calls the one handler that `A` has for `M`, selected by its exact signature.
template <typename A, typename M>
void call_handler(A& actor, const M& message, Context& context) {
  constexpr bool kPlain = kTakesMessage<A, M>;
  constexpr bool kWithContext = kTakesMessageAndContext<A, M>;
  static_assert(
      kPlain || kWithContext,
      "this actor lists a message in Handles but has no `void handle(const Message&)` nor `void "
      "handle(const Message&, mycelium::Context&)` for exactly that type");
  static_assert(!(kPlain && kWithContext),
                "this actor has two handlers for one message, with and without Context&: keep one");
  if constexpr (kWithContext) {
    actor.handle(message, context);
  } else {
    actor.handle(message);
  }
}

/// Calls the handler for the message behind `message`; false: `A` has none for this type.
template <typename A, Message... Ms>
bool dispatch(Messages<Ms...>, A& actor, Context& context, std::uint16_t type_id, void* message) {
  return ((type_id == kTraits<Ms>.id &&
           (call_handler<A, Ms>(actor, *static_cast<const Ms*>(message), context), true)) ||
          ...);
}

/// Ends the life of a message of one of these types; nothing to do at run time for types without a
/// destructor.
template <Message... Ms>
void destroy_message(Messages<Ms...>, std::uint16_t type_id, void* message) noexcept {
  if constexpr (!(std::is_trivially_destructible_v<Ms> && ...)) {
    find_message_type(type_id)->destroy(message);
  }
}

}  // namespace detail

/// A class that can be an actor: it names its messages in `Handles` and has one handler for each.
template <typename A>
concept ActorClass = detail::NamesItsMessages<A> && std::is_object_v<A>;

}  // namespace mycelium
