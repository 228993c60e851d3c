#include "mycelium/actor/group_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "mycelium/actor/system.hpp"
#include "mycelium/base/stable_hash.hpp"
#include "mycelium/protocol/topic_name.hpp"

namespace mycelium {
namespace {

using detail::GroupMember;
using detail::GroupState;
using detail::MemberList;

MemberList::const_iterator find_member(const MemberList& members, ActorId id) {
  return std::find_if(members.begin(), members.end(),
                      [&](const GroupMember& member) { return member.id == id; });
}

std::string not_handled(const GroupState& group, const ActorCell& cell, const MessageType& type) {
  return fmt::format("the actor \"{}\" does not handle {}, which is sent to the group \"{}\"",
                     System::display_name(cell), type.name, group.name);
}

}  // namespace

GroupState& GroupTable::group(std::string_view name, detail::TypeList types) {
  const std::scoped_lock lock{mutex_};
  auto found = groups_.find(name);
  if (found == groups_.end()) {
    if (const auto checked = TopicName::broadcast(name); !checked)
      throw std::invalid_argument{checked.error().message};
    found = groups_.emplace(name, std::make_unique<GroupState>(*this, std::string{name})).first;
  }
  GroupState& group = *found->second;
  // A member's record is there until it is forgotten.
  for (const GroupMember& member : *group.members) {
    if (const auto* unhandled = detail::first_unhandled(member.cell->actor_operations(), types))
      throw std::invalid_argument{not_handled(group, *member.cell, *unhandled)};
  }
  for (const MessageType* const type : types) {
    if (std::find(group.types.begin(), group.types.end(), type) == group.types.end())
      group.types.push_back(type);
  }
  return group;
}

Result<void> GroupTable::join(GroupState& group, const AnyRef& actor) {
  const auto not_there = [&] {
    return fail("not_there",
                fmt::format("the actor that was to join the group \"{}\" has stopped", group.name));
  };
  if (!actor) return not_there();
  ActorCell& cell = *actor.cell();
  if (&cell.system() != &system_) {
    return fail("other_system",
                fmt::format("the actor that was to join the group \"{}\" is one of another system",
                            group.name));
  }
  const std::scoped_lock lock{mutex_};
  // Whoever is open now has not been forgotten yet, and will be.
  if (cell.open_id.load(std::memory_order_acquire) != actor.id().value()) return not_there();
  if (const auto* unhandled = detail::first_unhandled(cell.actor_operations(), group.types))
    return fail("not_handled", not_handled(group, cell, *unhandled));
  if (find_member(*group.members, actor.id()) != group.members->end()) return {};
  const std::string& name = cell.record->name;
  MemberList next = *group.members;
  next.push_back({&cell, actor.id(), name.empty() ? actor.id().value() : stable_hash(name)});
  replace(group, std::move(next));
  known_.emplace(actor.id(), &group);
  group.observers.tell(GroupChange{group.name, actor.id(), SetEvent::added});
  return {};
}

bool GroupTable::leave(GroupState& group, ActorId id) {
  const std::scoped_lock lock{mutex_};
  if (!remove(group, id)) return false;
  erase_known(group, id);
  return true;
}

void GroupTable::erase_known(const GroupState& group, ActorId id) {
  const auto [first, last] = known_.equal_range(id);
  const auto known =
      std::find_if(first, last, [&](const auto& entry) { return entry.second == &group; });
  if (known != last) known_.erase(known);
}

bool GroupTable::remove(GroupState& group, ActorId id) {
  const auto member = find_member(*group.members, id);
  if (member == group.members->end()) return false;
  MemberList next = *group.members;
  next.erase(next.begin() + (member - group.members->begin()));
  replace(group, std::move(next));
  group.observers.tell(GroupChange{group.name, id, SetEvent::removed});
  return true;
}

void GroupTable::replace(GroupState& group, MemberList next) {
  group.members = std::make_shared<const MemberList>(std::move(next));
  group.version.fetch_add(1, std::memory_order_release);  // Pairs with GroupView::members().
}

std::shared_ptr<const MemberList> GroupTable::members(const GroupState& group,
                                                      std::uint64_t& version) const {
  const std::scoped_lock lock{mutex_};
  version = group.version.load(std::memory_order_relaxed);
  return group.members;
}

void GroupTable::subscribe(GroupState& group, const RefTo<GroupChange>& observer) {
  if (observer.cell() == nullptr) return;
  const std::scoped_lock lock{mutex_};
  // Whoever is open now has not been forgotten yet, and will be.
  if (observer.cell()->open_id.load(std::memory_order_acquire) != observer.id().value()) return;
  std::vector<GroupChange> current;
  current.reserve(group.members->size() + 1);
  for (const GroupMember& member : *group.members)
    current.push_back({group.name, member.id, SetEvent::added});
  current.push_back({group.name, {}, SetEvent::listed});
  if (!group.observers.remove(observer.id())) known_.emplace(observer.id(), &group);
  group.observers.add(*observer.cell(), observer.id(), std::move(current));
}

void GroupTable::unsubscribe(GroupState& group, ActorId observer) {
  const std::scoped_lock lock{mutex_};
  if (group.observers.remove(observer)) erase_known(group, observer);
}

std::vector<std::string> GroupTable::names() const {
  std::vector<std::string> all;
  const std::scoped_lock lock{mutex_};
  for (const auto& [name, group] : groups_) all.push_back(name);
  return all;
}

void GroupTable::forget(ActorId id) {
  const std::scoped_lock lock{mutex_};
  const auto [first, last] = known_.equal_range(id);
  for (auto known = first; known != last; ++known) {
    known->second->observers.remove(id);
    remove(*known->second, id);
  }
  known_.erase(first, last);
}

}  // namespace mycelium
