#include "mycelium/actor/group.hpp"

#include "mycelium/runtime/worker.hpp"

namespace mycelium::detail {

void GroupView::refresh() { members_ = state_->table.members(*state_, version_); }

const GroupMember* GroupView::least_loaded() {
  const MemberList& list = members();
  const Worker* const me = Worker::current();
  const GroupMember* least = nullptr;
  std::uint32_t fewest = 0;
  if (next_ >= list.size()) next_ = 0;
  std::size_t index = next_++;
  for (std::size_t looked = 0; looked < list.size(); ++looked, ++index) {
    if (index == list.size()) index = 0;
    const GroupMember& member = list[index];
    if (!member.is_open()) continue;
    const std::uint32_t waiting =
        member.cell->worker == me ? member.cell->waiting_exactly() : member.cell->waiting_seen();
    if (least != nullptr && waiting >= fewest) continue;
    least = &member;
    fewest = waiting;
  }
  return least;
}

const GroupMember* GroupView::of_key(std::uint64_t key) {
  const GroupMember* owner = nullptr;
  std::uint64_t strongest = 0;
  for (const GroupMember& member : members()) {
    const std::uint64_t own = wish(member.hash, key);
    if ((owner != nullptr && own <= strongest) || !member.is_open()) continue;
    owner = &member;
    strongest = own;
  }
  return owner;
}

}  // namespace mycelium::detail
