#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mycelium/base/actor_id.hpp"

namespace mycelium {

struct Cell;

/// One that waits on its own worker until a cell has room. It lives where it waits (a coroutine's
/// frame) and is unlinked before it ends.
struct RoomWaiter {
  Cell* cell = nullptr;
  ActorId id;
  /// Tries again; false: still no room. When it says true it has left the waiters.
  bool (*retry)(RoomWaiter& self) = nullptr;

  RoomWaiter* next = nullptr;
  RoomWaiter* previous = nullptr;
  bool linked = false;
};

/// Those who wait for room on one worker, in the order in which they began to, by cell.
///
/// Thread-safety: none; confined to its worker. Memory: none of its own. `has` is O(waiters whose
/// cells share a bucket).
class RoomWaiters {
 public:
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

  void add(RoomWaiter& waiter) noexcept {
    Bucket& bucket = bucket_of(waiter.cell);
    waiter.next = nullptr;
    waiter.previous = bucket.tail;
    (bucket.tail == nullptr ? bucket.head : bucket.tail->next) = &waiter;
    bucket.tail = &waiter;
    waiter.linked = true;
    ++count_;
  }

  void remove(RoomWaiter& waiter) noexcept {
    if (!waiter.linked) return;
    Bucket& bucket = bucket_of(waiter.cell);
    (waiter.previous == nullptr ? bucket.head : waiter.previous->next) = waiter.next;
    (waiter.next == nullptr ? bucket.tail : waiter.next->previous) = waiter.previous;
    waiter.linked = false;
    --count_;
  }

  /// The one that has waited longest for this cell, or null.
  [[nodiscard]] RoomWaiter* first(const Cell& cell) const noexcept {
    if (empty()) return nullptr;
    RoomWaiter* waiter = buckets_[index_of(&cell)].head;
    while (waiter != nullptr && waiter->cell != &cell) waiter = waiter->next;
    return waiter;
  }

  /// Lets those who wait for this cell try again, in order, until one finds no room: whom it waits
  /// for, or nobody when none waits any more.
  ActorId serve(const Cell& cell) {
    while (RoomWaiter* waiter = first(cell)) {
      if (!waiter->retry(*waiter)) return waiter->id;
    }
    return ActorId{};
  }

 private:
  struct Bucket {
    RoomWaiter* head = nullptr;
    RoomWaiter* tail = nullptr;
  };
  static constexpr std::size_t kBuckets = 64;

  [[nodiscard]] static std::size_t index_of(const Cell* cell) noexcept {
    return (reinterpret_cast<std::uintptr_t>(cell) >> 8) % kBuckets;
  }
  [[nodiscard]] Bucket& bucket_of(const Cell* cell) noexcept { return buckets_[index_of(cell)]; }

  std::array<Bucket, kBuckets> buckets_{};
  std::size_t count_ = 0;
};

}  // namespace mycelium
