#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "mycelium/actor/any_ref.hpp"
#include "mycelium/actor/named_handles.hpp"
#include "mycelium/actor/observers.hpp"
#include "mycelium/base/result.hpp"

namespace mycelium {

/// An actor has joined or left a group. `listed` names no member.
struct GroupChange {
  std::string group;
  ActorId member;
  SetEvent event;
};
[[maybe_unused]] constexpr MessageTraits mycelium_message_traits(const GroupChange*) {
  return {kReservedTypeIds + 9, "mycelium.groups", "GroupChange"};
}

class GroupTable;

namespace detail {

struct GroupMember {
  ActorCell* cell;
  ActorId id;
  std::uint64_t hash;  ///< Of its name, or of its id when it has none.

  [[nodiscard]] bool is_open() const noexcept {
    return cell->open_id.load(std::memory_order_relaxed) == id.value();
  }
};
/// Never changed once others see it; in the order of joining.
using MemberList = std::vector<GroupMember>;

/// What all handles of one group share. It lives as long as its system.
struct GroupState {
  GroupState(GroupTable& of, std::string named) : table{of}, name{std::move(named)} {}

  GroupTable& table;
  const std::string name;
  /// Grows with every list. Stored with the table's mutex held, after the list; a handle that loads
  /// another number than it knows takes the list, with the mutex held.
  std::atomic<std::uint64_t> version{1};

  // Guarded by the table's mutex.
  std::shared_ptr<const MemberList> members = std::make_shared<MemberList>();
  std::vector<const MessageType*> types;  ///< What is sent to the group: every member handles them.
  Observers<GroupChange> observers;
};

}  // namespace detail

/// The groups of one system, by name, and who belongs to them (promise R5). Programs use `Group`.
///
/// Thread-safety: every function from any thread. Memory: a group lives as long as the system; a
/// list of members until the last handle that uses it has looked at a newer one.
class GroupTable {
 public:
  explicit GroupTable(const System& system) noexcept : system_{system} {}
  GroupTable(const GroupTable&) = delete;
  GroupTable& operator=(const GroupTable&) = delete;

  /// The group of this name, made on first use. From now on `types` are sent to it: throws
  /// std::invalid_argument when a member does not handle one of them, or the name is not one of a
  /// broadcast topic (`TopicName`).
  [[nodiscard]] detail::GroupState& group(std::string_view name, detail::TypeList types);

  /// Errors: `not_there`: the actor has stopped; `not_handled`: it does not handle a message that
  /// is sent to the group; `other_system`. A member that joins again stays where it is.
  [[nodiscard]] Result<void> join(detail::GroupState& group, const AnyRef& actor);
  /// False: it was no member.
  bool leave(detail::GroupState& group, ActorId id);
  [[nodiscard]] std::shared_ptr<const detail::MemberList> members(const detail::GroupState& group,
                                                                  std::uint64_t& version) const;

  void subscribe(detail::GroupState& group, const RefTo<GroupChange>& observer);
  void unsubscribe(detail::GroupState& group, ActorId observer);

  /// The names of all groups, sorted.
  [[nodiscard]] std::vector<std::string> names() const;

  /// For System: an actor has stopped for good; its record is still there.
  void forget(ActorId id);

 private:
  // With the mutex held.
  bool remove(detail::GroupState& group, ActorId id);
  void erase_known(const detail::GroupState& group, ActorId id);
  static void replace(detail::GroupState& group, detail::MemberList next);

  const System& system_;
  mutable std::mutex mutex_;  // Guards what follows, and what is guarded in the groups.
  std::map<std::string, std::unique_ptr<detail::GroupState>, std::less<>> groups_;
  // The groups that know of an actor, as a member or as an observer; one may be named twice.
  std::multimap<ActorId, detail::GroupState*> known_;
};

}  // namespace mycelium
