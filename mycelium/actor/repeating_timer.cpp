#include "mycelium/actor/repeating_timer.hpp"

#include <new>
#include <stdexcept>

namespace mycelium::detail {
namespace {

// Its number in the worker's table of completions is what a handle names it by: a timer that has
// ended is not found.
struct RepeatingTimer : Completion {
  ActorCell* cell;
  std::uint32_t incarnation;
  std::uint64_t number;
  std::chrono::nanoseconds period;
  Instant next;
  Copier copy;
  void* message;
  TimerId armed;
};

void end(RepeatingTimer& timer) noexcept {
  BlockPool& blocks = timer.cell->worker->blocks();
  BlockPool::release(timer.message, &blocks);
  BlockPool::free_unconstructed(&timer, &blocks);
}

void tick(RepeatingTimer& timer);

const TimerKind kRepeating{
    [](void* subject, void*) { tick(*static_cast<RepeatingTimer*>(subject)); },
    [](void* subject, void*) noexcept { end(*static_cast<RepeatingTimer*>(subject)); }};

void tick(RepeatingTimer& timer) {
  ActorCell& cell = *timer.cell;
  Worker& worker = *cell.worker;
  // Of an object that is gone, or that takes no more messages: a drain would never come to its end.
  if (timer.incarnation != cell.incarnation || cell.open_id.load(std::memory_order_relaxed) == 0) {
    static_cast<void>(worker.completions().take(timer.number));
    return end(timer);
  }
  // A fixed rate: ticks that are past altogether are left out, and the next is on the grid.
  const auto late = static_cast<std::uint64_t>((worker.now() - timer.next) / timer.period);
  timer.next += timer.period * (late + 1);
  timer.armed = worker.timers().arm(timer.next, kRepeating, &timer, nullptr);
  const bool full = cell.depth >= cell.bound;
  if (late > 0 || full) cell.ticks_missed.add(late + (full ? 1 : 0));
  if (full) return;
  const MessageType& type = *BlockHeader::of(timer.message)->type;
  Envelope* envelope = nullptr;
  try {
    envelope = timer.copy(worker.envelopes(), timer.message);
  } catch (...) {
    return cell.fail(&type);
  }
  cell.push(envelope);
}

}  // namespace

TimerHandle start_repeating(ActorCell& cell, std::chrono::nanoseconds period, Copier copy,
                            void* message) {
  if (period <= std::chrono::nanoseconds{0})
    throw std::invalid_argument{"a repeating timer's period is greater than zero"};
  Worker& worker = *cell.worker;
  BlockPool::retain(message);
  auto* const timer = ::new (worker.blocks().take_bytes(sizeof(RepeatingTimer))) RepeatingTimer{
      {}, &cell, cell.incarnation, 0, period, worker.now() + period, copy, message, {}};
  timer->number = worker.completions().enter(*timer);
  timer->armed = worker.timers().arm(timer->next, kRepeating, timer, nullptr);
  return TimerHandle{{}, timer->number, cell.record->id, cell.incarnation};
}

bool stop_repeating(Worker& worker, std::uint64_t number) noexcept {
  auto* const timer = static_cast<RepeatingTimer*>(worker.completions().take(number));
  if (timer == nullptr) return false;
  static_cast<void>(worker.timers().cancel(timer->armed));
  end(*timer);
  return true;
}

}  // namespace mycelium::detail
