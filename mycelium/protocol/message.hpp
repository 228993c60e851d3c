#pragma once

#include <array>
#include <boost/describe/class.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/list.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "mycelium/protocol/field_count.hpp"

namespace mycelium {

/// What `MYCELIUM_MESSAGE` says of a type.
struct MessageTraits {
  std::uint16_t id;
  std::string_view topic;
  std::string_view name;
};

/// Ids from here up belong to the runtime's own messages.
inline constexpr std::uint16_t kReservedTypeIds = 0xFF00;

namespace detail {

template <typename M>
concept HasMessageTraits = requires(const M* message) {
  { mycelium_message_traits(message) } -> std::same_as<MessageTraits>;
};

template <typename M>
consteval bool describes_every_field() {
  using Members = boost::describe::describe_members<M, boost::describe::mod_public>;
  return has_fields<M, boost::mp11::mp_size<Members>::value>();
}

}  // namespace detail

/// A type that can be sent: a plain aggregate described with `MYCELIUM_MESSAGE`, which moves
/// without throwing.
template <typename M>
concept Message = detail::HasMessageTraits<M> && std::is_nothrow_move_constructible_v<M> &&
                  std::is_nothrow_destructible_v<M>;

/// The traits of a described message.
template <Message M>
inline constexpr MessageTraits kTraits = mycelium_message_traits(static_cast<const M*>(nullptr));

/// What the runtime must know of a message to carry it without knowing its type.
struct MessageType {
  std::uint16_t id;
  std::uint32_t size_bytes;
  std::uint32_t alignment;
  std::string_view name;
  std::string_view topic;
  void (*move_to)(void* destination,
                  void* source) noexcept;  ///< Move-constructs; the source stays to be destroyed.
  void (*destroy)(void* message) noexcept;
};

/// The type behind an id, or null. Thread-safety: any thread, after static initialisation.
[[nodiscard]] const MessageType* find_message_type(std::uint16_t id) noexcept;

namespace detail {

/// Enters a type into the process's table. Two types of one id are a caller's bug: ends the process
/// with a sentence.
bool register_message_type(const MessageType& type);

template <Message M>
inline constexpr MessageType kMessageType{
    kTraits<M>.id,
    sizeof(M),
    alignof(M),
    kTraits<M>.name,
    kTraits<M>.topic,
    [](void* destination, void* source) noexcept {
      std::construct_at(static_cast<M*>(destination), std::move(*static_cast<M*>(source)));
    },
    [](void* message) noexcept { std::destroy_at(static_cast<M*>(message)); }};

template <Message M>
inline const bool kRegistered = register_message_type(kMessageType<M>);

}  // namespace detail

/// The entry of `M` in the process's table. Using it anywhere registers the type before `main`.
template <Message M>
[[nodiscard]] inline const MessageType& message_type() noexcept {
  static_cast<void>(&detail::kRegistered<M>);
  return detail::kMessageType<M>;
}

/// A list of message types: `using Handles = mycelium::Messages<Swap, Quote>;`
template <typename... Ms>
struct Messages {
  static_assert((Message<Ms> && ...),
                "a type in this list is no message: describe it with MYCELIUM_MESSAGE, as a plain "
                "aggregate that moves without throwing");
  static constexpr std::size_t kCount = sizeof...(Ms);
  template <typename M>
  static constexpr bool kContains = (std::is_same_v<M, Ms> || ...);
};

}  // namespace mycelium

/// Makes a plain aggregate a message. Stands at namespace scope, in the type's own namespace,
/// without a semicolon:
///
///     struct Swap { PoolId pool; std::int64_t amount; };
///     MYCELIUM_MESSAGE(Swap, 11, "market.swap", pool, amount)
///
/// Type: the aggregate. Id: unique in the process, 1 .. 0xFEFF. Topic: the name of its broadcast
/// topic. Then every field, in order of declaration, 50 at most; a field left out does not compile.
#define MYCELIUM_MESSAGE(Type, Id, Topic, ...)                                                   \
  BOOST_DESCRIBE_STRUCT(Type, (), (__VA_ARGS__))                                                 \
  [[maybe_unused]] constexpr ::mycelium::MessageTraits mycelium_message_traits(const Type*) {    \
    static_assert(std::is_aggregate_v<Type>, "a Mycelium message is a plain aggregate: " #Type); \
    static_assert(::mycelium::detail::describes_every_field<Type>(),                             \
                  "MYCELIUM_MESSAGE must list every field of " #Type);                           \
    static_assert((Id) > 0 && (Id) < ::mycelium::kReservedTypeIds,                               \
                  "message ids are 1 to 0xFEFF: " #Type);                                        \
    return ::mycelium::MessageTraits{Id, Topic, #Type};                                          \
  }
