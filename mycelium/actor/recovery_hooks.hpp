#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "mycelium/actor/activation.hpp"
#include "mycelium/actor/context.hpp"

// What an actor class may offer for the time after a failure, compiled for the class: the decision
// of `on_error`, and the state that `snapshot` hands over to `restore`.
namespace mycelium {
namespace detail {

/// Keeps the state that the next object begins with. Nothing is allocated but the first time.
template <typename A>
void keep_snapshot(ActorCell& cell, void* actor) {
  using State = std::remove_cvref_t<decltype(std::declval<const A&>().snapshot())>;
  State state = static_cast<const A*>(actor)->snapshot();
  auto& kept = cell.extras().snapshot;
  if (kept == nullptr) {
    kept = {new State(std::move(state)), [](void* old) { delete static_cast<State*>(old); }};
  } else {
    *static_cast<State*>(kept.get()) = std::move(state);
  }
}

/// Gives it to a new object. What it cannot begin with is given up, so that the next begins anew.
template <typename A>
void restore_snapshot(ActorCell& cell, void* actor) {
  using State = std::remove_cvref_t<decltype(std::declval<const A&>().snapshot())>;
  if (cell.record->extras == nullptr || cell.record->extras->snapshot == nullptr) return;
  auto taken = std::exchange(cell.record->extras->snapshot,
                             std::unique_ptr<void, void (*)(void*)>{nullptr, nullptr});
  static_cast<A*>(actor)->restore(std::as_const(*static_cast<State*>(taken.get())));
  cell.record->extras->snapshot = std::move(taken);
}

template <typename A>
Decision ask_on_error(void* actor, const Failure& failure, Context& context) {
  return static_cast<A*>(actor)->on_error(failure, context);
}

template <typename A>
consteval auto on_error_of() {
  Decision (*operation)(void*, const Failure&, Context&) = nullptr;
  if constexpr (DecidesOnError<A>) operation = ask_on_error<A>;
  return operation;
}
template <typename A>
consteval auto keep_snapshot_of() {
  void (*operation)(ActorCell&, void*) = nullptr;
  if constexpr (KeepsSnapshots<A>) operation = keep_snapshot<A>;
  return operation;
}
template <typename A>
consteval auto restore_of() {
  void (*operation)(ActorCell&, void*) = nullptr;
  if constexpr (KeepsSnapshots<A>) operation = restore_snapshot<A>;
  return operation;
}

}  // namespace detail
}  // namespace mycelium
