#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mycelium/actor/group_table.hpp"
#include "mycelium/base/stable_hash.hpp"

namespace mycelium {

/// Who of a group gets a message that is sent without a key (promise R5).
enum class Routing : std::uint8_t {
  round_robin,   ///< One after the other, in the order of joining.
  least_loaded,  ///< Who has the fewest messages waiting, as far as the sender's thread can see.
};

/// The key of a message that always goes to the same member.
struct ConsistentHash {
  std::uint64_t key;
};
[[nodiscard]] constexpr ConsistentHash consistent_hash(std::uint64_t key) noexcept { return {key}; }
[[nodiscard]] constexpr ConsistentHash consistent_hash(std::string_view key) noexcept {
  return {stable_hash(key)};
}

namespace detail {

/// How much a member wants a key: the member that wants it most has it (rendezvous hashing, Thaler
/// and Ravishankar). So a member that leaves gives up its own keys and moves no other, and one that
/// joins takes only those that it wants most. The formula is fixed by a test: keys stay where they
/// are from one version and one machine to another.
[[nodiscard]] constexpr std::uint64_t wish(std::uint64_t member_hash, std::uint64_t key) noexcept {
  return mix_bits(member_hash ^ mix_bits(key));
}

/// One sender's view of a group: the list of members it has seen last, and whose turn it is.
///
/// Thread-safety: none. A pick costs one load of the group's version beside what a send to a ref
/// does, and for each member that is looked at a load of its cell; no lock but after a change.
class GroupView {
 public:
  explicit GroupView(GroupState& state) : state_{&state} { refresh(); }

  [[nodiscard]] GroupState& state() const noexcept { return *state_; }
  [[nodiscard]] const MemberList& members() {
    // Pairs with GroupTable::replace(); the list itself is handed over under the table's mutex.
    if (state_->version.load(std::memory_order_acquire) != version_) [[unlikely]]
      refresh();
    return *members_;
  }

  /// The member whose turn it is, of those that take messages; null: there is none.
  [[nodiscard]] const GroupMember* next() {
    const MemberList& list = members();
    const std::size_t count = list.size();
    for (std::size_t looked = 0; looked < count; ++looked) {
      if (next_ >= count) next_ = 0;
      const GroupMember& member = list[next_++];
      if (member.is_open()) [[likely]]
        return &member;
    }
    return nullptr;
  }
  /// The member with the fewest messages waiting; of equals the one whose turn comes first.
  [[nodiscard]] const GroupMember* least_loaded();
  /// The member that a key belongs to.
  [[nodiscard]] const GroupMember* of_key(std::uint64_t key);

 private:
  void refresh();

  GroupState* state_;
  std::shared_ptr<const MemberList> members_;
  std::uint64_t version_ = 0;
  std::size_t next_ = 0;
};

}  // namespace detail

/// Several actors that handle the same messages, under one name: a sender picks one of them, or
/// sends to all. Members join and leave at any time; one that stops leaves by itself, one that
/// restarts stays.
///
///     auto workers = context.group<Job>("workers", Routing::least_loaded);
///     if (workers.try_send(Job{...}) == SendResult::full) { ... }
///     workers.try_send(Order{...}, consistent_hash(order.account));  // always the same member
///     const auto stats = co_await context.ask(workers.pick(), GetStats{}, 10ms);
///
/// A group without members says `closed`; nothing becomes a dead letter then.
///
/// This is one sender's handle: a value, whose turns are its own. Thread-safety: none; each thread
/// has a handle of its own. Valid as long as the system lives. Memory: the list of members that
/// it has seen last.
template <typename Handles>
class Group;

template <Message... Ms>
class Group<Messages<Ms...>> {
 public:
  using Member = RefTo<Ms...>;

  /// From `System::group` or `Context::group`. Requires: members handle Ms.
  Group(detail::GroupState& state, Routing routing) : view_{state}, routing_{routing} {}

  [[nodiscard]] const std::string& name() const noexcept { return view_.state().name; }

  /// Errors: `not_there` (the actor has stopped), `not_handled` (it does not handle a message that
  /// some handle of this group sends), `other_system`. A member may join again; nothing changes.
  [[nodiscard]] Result<void> join(const AnyRef& actor) {
    return view_.state().table.join(view_.state(), actor);
  }
  /// False: it was no member. What it has got already it handles.
  bool leave(const AnyRef& actor) { return view_.state().table.leave(view_.state(), actor.id()); }

  /// Its members now, in the order of joining.
  [[nodiscard]] std::vector<Member> members() {
    std::vector<Member> refs;
    for (const detail::GroupMember& member : view_.members()) refs.push_back(ref_to(&member));
    return refs;
  }
  [[nodiscard]] std::size_t size() { return view_.members().size(); }

  /// The member that the next message without a key goes to, and its turn is over; an empty ref
  /// when no member takes messages. O(1), O(members) for `least_loaded`.
  [[nodiscard]] Member pick() {
    return ref_to(routing_ == Routing::round_robin ? view_.next() : view_.least_loaded());
  }
  /// The member that a key belongs to. It depends on the key and the members' names alone (on the
  /// ids of those without a name), so it is the same for every sender, and in every run.
  /// O(members).
  [[nodiscard]] Member pick(ConsistentHash key) { return ref_to(view_.of_key(key.key)); }

  /// Offers a message to one member, as `Ref::try_send`. `full`: the member that was picked has no
  /// room; `closed`: no member takes messages.
  template <typename M>
  SendResult try_send(M&& message) {
    return send_to([this] { return pick(); }, std::forward<M>(message));
  }
  /// The same to the member that the key belongs to.
  template <typename M>
  SendResult try_send(M&& message, ConsistentHash key) {
    return send_to([this, key] { return pick(key); }, std::forward<M>(message));
  }
  /// Offers a copy to every member, or, of a `Shared`, a reference: how many took it, had no room,
  /// and were about to leave.
  template <typename M>
  SendCounts broadcast(const M& message) {
    SendCounts counts;
    for (const detail::GroupMember& member : view_.members())
      counts.add(ref_to(&member).try_send(message));
    return counts;
  }

  /// From now on this actor is told of every change, none lost, whatever its mailbox; first it gets
  /// an `added` for every member there is, then `listed`. Subscribing again, as after a restart,
  /// gives the members anew. Ends with the actor.
  void subscribe(const RefTo<GroupChange>& observer) {
    view_.state().table.subscribe(view_.state(), observer);
  }
  void unsubscribe(const RefTo<GroupChange>& observer) {
    view_.state().table.unsubscribe(view_.state(), observer.id());
  }

 private:
  static Member ref_to(const detail::GroupMember* member) noexcept {
    return member == nullptr ? Member{} : Member{*member->cell, member->id};
  }

  template <typename Pick, typename M>
  SendResult send_to(Pick&& pick_one, M&& message) {
    SendResult result = pick_one().try_send(std::forward<M>(message));  // Moves only on ok.
    if (result != SendResult::closed) [[likely]]
      return result;
    // One that says `closed` has stopped this very moment, and is not picked again.
    for (std::size_t tries = view_.members().size(); tries > 1; --tries) {
      result = pick_one().try_send(std::forward<M>(message));
      if (result != SendResult::closed) break;
    }
    return result;
  }

  detail::GroupView view_;
  Routing routing_;
};

/// `GroupOf<Job>` for `Group<Messages<Job>>`.
template <Message... Ms>
using GroupOf = Group<Messages<Ms...>>;

}  // namespace mycelium
