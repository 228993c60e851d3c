#include "mycelium/actor/registry.hpp"

#include <fmt/format.h>

#include <iterator>
#include <ranges>
#include <stdexcept>
#include <utility>

#include "mycelium/actor/system.hpp"
#include "mycelium/config/nearest_name.hpp"
#include "mycelium/protocol/topic_name.hpp"

namespace mycelium {

Result<void> Registry::check_free(std::string_view name) const {
  if (name.starts_with("actor.")) {
    const Result<TopicName> mailbox = TopicName::parse(name);
    if (mailbox && mailbox->kind() == TopicName::Kind::mailbox) {
      return fail("bad_name",
                  fmt::format("the name \"{}\" is that of an actor without a name", name));
    }
  }
  const auto holder = names_.find(name);
  if (holder == names_.end()) return {};
  const ActorCell& cell = *holder->second.cell();
  return fail("name_taken",
              fmt::format("the name \"{}\" is taken by actor \"{}\" ({}); names are unique in a "
                          "system",
                          name, System::display_name(cell),
                          TopicName::mailbox(holder->second.id()).text()));
}

Registry::Claim Registry::claim(std::string_view name) {
  Claim claim{*this};
  if (name.empty()) return claim;
  claim.lock_ = std::unique_lock{mutex_};
  if (const Result<void> free = check_free(name); !free)
    throw std::invalid_argument{free.error().message};
  return claim;
}

void Registry::Claim::grant(const AnyRef& actor) {
  if (lock_.owns_lock()) registry_.give(actor.cell()->record->name, actor);
}

Result<void> Registry::add(std::string name, const AnyRef& actor) {
  if (name.empty()) return fail("bad_name", "an actor cannot be registered under an empty name");
  if (!actor) return fail("not_there", fmt::format("there is no actor to be \"{}\"", name));
  if (&actor.cell()->system() != &system_) {
    return fail("other_system",
                fmt::format("the actor to be \"{}\" is one of another system", name));
  }
  const std::scoped_lock lock{mutex_};
  if (Result<void> free = check_free(name); !free) return free;
  // Whoever is open now has not been forgotten yet, and will be.
  if (actor.cell()->open_id.load(std::memory_order_acquire) != actor.id().value())
    return fail("not_there", fmt::format("the actor to be \"{}\" has stopped", name));
  further_names_.emplace(actor.id(), name);
  give(name, actor);
  return {};
}

Result<void> Registry::remove(std::string_view name) {
  const std::scoped_lock lock{mutex_};
  const auto found = names_.find(name);
  if (found == names_.end()) return not_found(name);
  const AnyRef actor = found->second;
  const auto [first, last] = further_names_.equal_range(actor.id());
  for (auto further = first; further != last; ++further) {
    if (further->second != name) continue;
    end(further->second, actor);
    further_names_.erase(further);
    return {};
  }
  return fail("own_name",
              fmt::format("\"{}\" is the actor's own name, which it has until it stops", name));
}

void Registry::forget(ActorCell& cell, ActorId id) {
  const AnyRef actor{cell, id};
  const std::scoped_lock lock{mutex_};
  observers_.remove(id);
  const auto [first, last] = further_names_.equal_range(id);
  for (auto further = first; further != last; ++further) end(further->second, actor);
  further_names_.erase(first, last);
  if (!cell.record->name.empty()) end(cell.record->name, actor);
}

void Registry::give(const std::string& name, const AnyRef& actor) {
  names_.emplace(name, actor);
  tell(name, actor.id(), SetEvent::added);
}

void Registry::end(const std::string& name, const AnyRef& actor) {
  names_.erase(name);
  tell(name, actor.id(), SetEvent::removed);
}

void Registry::tell(const std::string& name, ActorId actor, SetEvent event) {
  const bool published = topic_.has_subscribers();
  if (!published && observers_.empty()) return;
  const RegistryChange change{name, actor, event};
  observers_.tell(change);
  if (published) static_cast<void>(topic_.publish(change));
}

Result<AnyRef> Registry::find(std::string_view name, detail::TypeList types) const {
  const std::scoped_lock lock{mutex_};
  const auto found = names_.find(name);
  if (found == names_.end()) return not_found(name);
  const MessageType* const unhandled =
      detail::first_unhandled(found->second.cell()->actor_operations(), types);
  if (unhandled == nullptr) return found->second;
  return fail("not_handled", fmt::format("the actor \"{}\" does not handle {}: it is not among its "
                                         "Handles",
                                         name, unhandled->name));
}

std::unexpected<Error> Registry::not_found(std::string_view name) const {
  return fail("not_found", fmt::format("no actor is registered as \"{}\"{}", name,
                                       suggestion(nearest_name(name, std::views::keys(names_)))));
}

std::vector<Registry::Entry> Registry::list() const {
  std::vector<Entry> entries;
  const std::scoped_lock lock{mutex_};
  entries.reserve(names_.size());
  for (const auto& [name, actor] : names_) entries.push_back({name, actor});
  return entries;
}

void Registry::subscribe(const RefTo<RegistryChange>& observer) {
  if (observer.cell() == nullptr) return;
  const std::scoped_lock lock{mutex_};
  // Whoever is open now has not been forgotten yet, and will be.
  if (observer.cell()->open_id.load(std::memory_order_acquire) != observer.id().value()) return;
  std::vector<RegistryChange> current;
  current.reserve(names_.size() + 1);
  for (const auto& [name, actor] : names_) current.push_back({name, actor.id(), SetEvent::added});
  current.push_back({{}, {}, SetEvent::listed});
  observers_.add(*observer.cell(), observer.id(), std::move(current));
}

void Registry::unsubscribe(const RefTo<RegistryChange>& observer) {
  const std::scoped_lock lock{mutex_};
  observers_.remove(observer.id());
}

}  // namespace mycelium
