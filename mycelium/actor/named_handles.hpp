#pragma once

#include <array>
#include <span>

#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/actor/any_ref.hpp"
#include "mycelium/actor/handlers.hpp"
#include "mycelium/base/result.hpp"

namespace mycelium {
namespace detail {

template <typename... Ts>
struct NamedHandles {
  using Type = Messages<Ts...>;
};
template <NamesItsMessages A>
struct NamedHandles<A> {
  using Type = typename A::Handles;
};
template <Message... Ms>
struct NamedHandles<Messages<Ms...>> {
  using Type = Messages<Ms...>;
};

}  // namespace detail

/// The messages that a program names by an actor class, by a list, or one by one:
/// `lookup<Quoter>`, `lookup<Quoter::Handles>`, `lookup<Quote, Swap>`.
template <typename... Ts>
using NamedHandles = typename detail::NamedHandles<Ts...>::Type;

namespace detail {

/// Message types whose ids are compared with what an actor handles.
using TypeList = std::span<const MessageType* const>;

template <Message... Ms>
[[nodiscard]] TypeList types_of(Messages<Ms...>) noexcept {
  static constexpr std::array<const MessageType*, sizeof...(Ms)> kTypes{&kMessageType<Ms>...};
  return kTypes;
}

/// The first of these that the class of an actor does not handle, or null.
[[nodiscard]] inline const MessageType* first_unhandled(const ActorOperations& operations,
                                                        TypeList types) noexcept {
  for (const MessageType* const type : types) {
    if (!operations.handles(type->id)) return type;
  }
  return nullptr;
}

/// What has been found, as a ref of messages that it handles.
template <typename Handles>
[[nodiscard]] Result<Ref<Handles>> typed(const Result<AnyRef>& found) {
  if (!found) return std::unexpected{found.error()};
  return Ref<Handles>{*found->cell(), found->id()};
}

}  // namespace detail
}  // namespace mycelium
