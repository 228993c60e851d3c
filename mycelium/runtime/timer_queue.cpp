#include "mycelium/runtime/timer_queue.hpp"

#include <algorithm>
#include <tuple>

namespace mycelium {
namespace {

bool later(const Timer& left, const Timer& right) {
  return std::tie(left.deadline, left.sequence) > std::tie(right.deadline, right.sequence);
}

}  // namespace

void TimerQueue::arm(Instant deadline, Cell& cell, Envelope* envelope) {
  heap_.push_back(Timer{deadline, armed_++, &cell, envelope});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

std::optional<Timer> TimerQueue::pop_due(Instant now) {
  if (heap_.empty() || heap_.front().deadline > now) return std::nullopt;
  return pop_any();
}

std::optional<Timer> TimerQueue::pop_any() {
  if (heap_.empty()) return std::nullopt;
  std::pop_heap(heap_.begin(), heap_.end(), later);
  const Timer timer = heap_.back();
  heap_.pop_back();
  return timer;
}

}  // namespace mycelium
