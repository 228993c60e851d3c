#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "mycelium/actor/any_ref.hpp"
#include "mycelium/actor/named_handles.hpp"
#include "mycelium/actor/observers.hpp"
#include "mycelium/base/result.hpp"
#include "mycelium/bus/topic.hpp"

namespace mycelium {

/// A name has been given to an actor, or has ended. `listed` has neither name nor actor.
///
/// Published on the topic `mycelium.registry` too, under the rules of a topic: for threads that
/// pull, and whoever wants no more than that.
struct RegistryChange {
  std::string name;
  ActorId actor;
  SetEvent event;
};
[[maybe_unused]] constexpr MessageTraits mycelium_message_traits(const RegistryChange*) {
  return {kReservedTypeIds + 8, "mycelium.registry", "RegistryChange"};
}

/// The names of one system's actors (promise R6). An actor that is spawned under a name has that
/// name until it stops; further ones may be added and removed. A name belongs to one actor.
///
///     const auto quoter = system.registry().lookup<Quoter>("quoter");   // Result<Ref<...>>
///     system.registry().add("quotes", *quoter);
///
/// Thread-safety: every function from any thread.
class Registry {
 public:
  struct Entry {
    std::string name;
    AnyRef actor;
  };

  /// The system's own: `System::registry`.
  Registry(const System& system, Topic<RegistryChange>& changes) noexcept
      : system_{system}, topic_{changes} {}
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// Gives an actor a further name, which ends with the actor. Errors: `name_taken` (by whom it
  /// says), `bad_name` (it is empty, or one that an actor without a name has), `not_there` (the
  /// actor has stopped), `other_system`.
  [[nodiscard]] Result<void> add(std::string name, const AnyRef& actor);
  /// Ends a further name. Errors: `not_found`; `own_name`: the one that the actor was spawned with
  /// ends only with it.
  [[nodiscard]] Result<void> remove(std::string_view name);

  /// The ref behind a name: `lookup<Quoter>` for an actor class, `lookup<Quote, Swap>` for
  /// messages. Errors: `not_found`, with the nearest name; `not_handled`: the actor does not handle
  /// one of these messages.
  template <typename... Ts>
  [[nodiscard]] Result<Ref<NamedHandles<Ts...>>> lookup(std::string_view name) const {
    using Handles = NamedHandles<Ts...>;
    return detail::typed<Handles>(find(name, detail::types_of(Handles{})));
  }

  /// Every name and its actor, by name.
  [[nodiscard]] std::vector<Entry> list() const;

  /// From now on this actor is told of every change, none lost, whatever its mailbox; first it gets
  /// an `added` for every name there is, then `listed`. Subscribing again, as after a restart,
  /// gives the set anew. Ends with the actor.
  void subscribe(const RefTo<RegistryChange>& observer);
  void unsubscribe(const RefTo<RegistryChange>& observer);

  // For System.

  /// A name that is about to be given: nobody else gets it, nor any other, meanwhile.
  class Claim {
   public:
    /// Gives the name of the actor's record. Nothing for an actor without one.
    void grant(const AnyRef& actor);

   private:
    friend class Registry;
    explicit Claim(Registry& registry) noexcept : registry_{registry} {}

    Registry& registry_;
    std::unique_lock<std::mutex> lock_;  // Of the registry, when there is a name.
  };
  /// Throws std::invalid_argument when the name is taken, or is one of an actor without a name.
  [[nodiscard]] Claim claim(std::string_view name);
  /// An actor has stopped for good; its record is still there.
  void forget(ActorCell& cell, ActorId id);

 private:
  // With the mutex held.
  [[nodiscard]] Result<void> check_free(std::string_view name) const;
  void give(const std::string& name, const AnyRef& actor);
  void end(const std::string& name, const AnyRef& actor);
  void tell(const std::string& name, ActorId actor, SetEvent event);

  [[nodiscard]] Result<AnyRef> find(std::string_view name, detail::TypeList types) const;
  [[nodiscard]] std::unexpected<Error> not_found(std::string_view name) const;

  const System& system_;
  Topic<RegistryChange>& topic_;
  mutable std::mutex mutex_;  // Guards what follows. A name in it keeps its actor's record alive.
  std::map<std::string, AnyRef, std::less<>> names_;
  std::multimap<ActorId, std::string> further_names_;
  detail::Observers<RegistryChange> observers_;
};

}  // namespace mycelium
