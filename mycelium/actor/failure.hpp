#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "mycelium/protocol/message.hpp"

namespace mycelium {

class Context;

/// What becomes of an actor that has failed (promise S8).
enum class Decision : std::uint8_t {
  restart,   ///< A new object, as far as the restart type allows one.
  resume,    ///< The object stays as it is; only the message is lost.
  stop,      ///< It stops for good.
  escalate,  ///< Its supervisor fails in its place.
};

[[nodiscard]] constexpr std::string_view name_of(Decision decision) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"restart", "resume", "stop", "escalate"};
  return kNames[static_cast<std::size_t>(decision)];
}

/// How an actor has failed, for `Decision on_error(const Failure&, Context&)` of its class, which
/// is called on the object that failed. What it refers to lives as long as that call.
struct Failure {
  std::exception_ptr exception;
  std::string_view what;       ///< Its sentence.
  const MessageType* message;  ///< What was handled; null: `on_start` failed.
};

namespace detail {

/// The sentence of the exception in flight. Call inside a catch block.
[[nodiscard]] std::string describe_exception_in_flight();

template <typename A>
concept DecidesOnError = requires(A& actor, const Failure& failure, Context& context) {
  { actor.on_error(failure, context) } -> std::same_as<Decision>;
};

/// A class whose state is handed over to the next object: what `snapshot` returned after the last
/// message that was handled is given to `restore`, before `on_start`.
template <typename A>
concept KeepsSnapshots =
    requires(A& actor, const A& constant) { actor.restore(constant.snapshot()); };

}  // namespace detail
}  // namespace mycelium
