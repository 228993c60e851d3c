#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "mycelium/actor/actor_cell.hpp"

namespace mycelium {

/// What has happened to a set that actors observe: the names of a system, the members of a group.
enum class SetEvent : std::uint8_t {
  added,    ///< It is in the set: from now on, or when the observer subscribed.
  removed,  ///< It is no more.
  listed,   ///< The observer has been told of all that was there when it subscribed.
};

[[nodiscard]] constexpr std::string_view name_of(SetEvent event) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"added", "removed", "listed"};
  return kNames[static_cast<std::size_t>(event)];
}

namespace detail {

/// Actors that are told of every change of one set, in its order and none lost: a notice finds its
/// place whatever capacity and policy the mailbox has, as a `Down` does.
///
/// All of it goes through the observer's injection queue, so what is there at first and what
/// changes later keep one order, whichever threads change the set.
///
/// Thread-safety: none; whoever keeps the set calls with the lock that guards it.
template <Message Change>
class Observers {
 public:
  /// Tells the observer `current`, then every change from now on. An observer that is there already
  /// is told the set anew.
  void add(ActorCell& cell, ActorId id, std::vector<Change> current) {
    remove(id);
    observers_.push_back({&cell, id});
    for (Change& change : current) notify(observers_.back(), std::move(change));
  }
  bool remove(ActorId id) noexcept {
    return std::erase_if(observers_, [&](const Watcher& other) { return other.id == id; }) > 0;
  }
  void tell(const Change& change) {
    for (const Watcher& observer : observers_) notify(observer, change);
  }
  [[nodiscard]] bool empty() const noexcept { return observers_.empty(); }

 private:
  static void notify(const Watcher& observer, Change change) {
    observer.cell->worker->inject([observer, change = std::move(change)]() mutable {
      ActorCell& cell = *observer.cell;
      if (cell.open_id.load(std::memory_order_relaxed) == observer.id.value())
        cell.push_surely(cell.worker->envelopes().make(std::move(change)));
    });
  }

  std::vector<Watcher> observers_;
};

}  // namespace detail
}  // namespace mycelium
