#include "mycelium/runtime/timer_queue.hpp"

#include <algorithm>

namespace mycelium {

TimerId TimerQueue::arm(Instant deadline, const TimerKind& kind, void* subject, void* detail) {
  const std::uint32_t index = take_slot();
  Slot& slot = slots_[index];
  slot.kind = &kind;
  slot.subject = subject;
  slot.detail = detail;
  const Entry entry{deadline, armed_++, index};
  heap_.push_back(entry);  // `take_slot` has reserved the place.
  sift_up(heap_.size() - 1, entry);
  return TimerId{index, slot.generation};
}

std::optional<Timer> TimerQueue::cancel(TimerId id) {
  if (!is_armed(id)) return std::nullopt;
  return remove(slots_[id.slot].place);
}

std::optional<Timer> TimerQueue::pop_due(Instant now) {
  if (heap_.empty() || heap_.front().deadline > now) return std::nullopt;
  return remove(0);
}

std::optional<Timer> TimerQueue::pop_any() {
  if (heap_.empty()) return std::nullopt;
  return remove(0);
}

bool TimerQueue::before(const Entry& left, const Entry& right) noexcept {
  if (left.deadline != right.deadline) return left.deadline < right.deadline;
  return left.sequence < right.sequence;
}

// A free slot, and room for its timer in the heap.
std::uint32_t TimerQueue::take_slot() {
  if (!free_slots_.empty()) {
    const std::uint32_t index = free_slots_.back();
    free_slots_.pop_back();
    return index;
  }
  MYCELIUM_ASSERT(slots_.size() < kNoPlace, "more timers than a TimerId can name");
  slots_.push_back(Slot{nullptr, nullptr, nullptr, /*generation=*/1, kNoPlace});
  try {
    heap_.reserve(slots_.capacity());
    free_slots_.reserve(slots_.capacity());
  } catch (...) {
    slots_.pop_back();
    throw;
  }
  return static_cast<std::uint32_t>(slots_.size() - 1);
}

Timer TimerQueue::remove(std::size_t place) noexcept {
  const Entry removed = heap_[place];
  Slot& slot = slots_[removed.slot];
  const Timer timer{removed.deadline, removed.sequence, slot.kind, slot.subject, slot.detail};
  slot.place = kNoPlace;
  // A slot whose generations are used up stays out of use: an old id never names a new timer.
  if (++slot.generation != 0) free_slots_.push_back(removed.slot);

  const Entry moved = heap_.back();
  heap_.pop_back();
  if (place == heap_.size()) return timer;  // The removed entry was the last one.
  if (before(moved, removed)) {
    sift_up(place, moved);
  } else {
    sift_down(place, moved);
  }
  return timer;
}

void TimerQueue::put(std::size_t place, const Entry& entry) noexcept {
  heap_[place] = entry;
  slots_[entry.slot].place = static_cast<std::uint32_t>(place);
}

// The place is a hole that `entry` fills, or passes on towards the root.
void TimerQueue::sift_up(std::size_t place, const Entry& entry) noexcept {
  while (place > 0) {
    const std::size_t parent = (place - 1) / kBranches;
    if (!before(entry, heap_[parent])) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, entry);
}

// The place is a hole that `entry` fills, or passes on towards the leaves.
void TimerQueue::sift_down(std::size_t place, const Entry& entry) noexcept {
  for (;;) {
    const std::size_t first = place * kBranches + 1;
    if (first >= heap_.size()) break;
    const std::size_t end = std::min(first + kBranches, heap_.size());
    std::size_t earliest = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (before(heap_[child], heap_[earliest])) earliest = child;
    }
    if (!before(heap_[earliest], entry)) break;
    put(place, heap_[earliest]);
    place = earliest;
  }
  put(place, entry);
}

}  // namespace mycelium
