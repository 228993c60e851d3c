#include "mycelium/runtime/worker.hpp"

#include <sched.h>

#include <algorithm>
#include <utility>

#include "mycelium/base/assert.hpp"
#include "mycelium/runtime/idle.hpp"

namespace mycelium {

Worker::Worker(std::uint16_t index, const WorkerOptions& options, const Clock& clock,
               const CellTable& cells, std::span<const std::unique_ptr<Worker>> peers)
    : index_{index}, options_{options}, clock_{clock}, cells_{cells}, peers_{peers} {
  MYCELIUM_ASSERT(index < kWorkersMax, "a system has 64 workers at most");
  Parker::prepare_process();
}

Worker::~Worker() { discard_undelivered(); }

std::uint32_t Worker::step() {
  Worker* const before = std::exchange(current_, this);
  const std::uint32_t handled = step_inside(UsualQuotas{});
  current_ = before;
  return handled;
}

std::uint32_t Worker::step(const StepQuotas& quotas) {
  Worker* const before = std::exchange(current_, this);
  const std::uint32_t handled = step_inside(quotas);
  current_ = before;
  return handled;
}

void Worker::run() {
  current_ = this;
  IdlePolicy idle{options_.idle};
  while (!stop_requested_.load(std::memory_order_relaxed)) {
    const std::uint32_t handled = step_inside(UsualQuotas{});
    if (idle.after_step(handled, clock_) == IdleAction::park) {
      park();
      idle.woke();
    }
  }
  step_inside(UsualQuotas{});  // What was injected before the stop.
  current_ = nullptr;
}

void Worker::request_stop() noexcept {
  stop_requested_.store(true, std::memory_order_seq_cst);
  parker_.wake_if_parked();
}

Instant Worker::now() noexcept {
  if (!now_latched_) {
    now_ = clock_.monotonic();
    now_latched_ = true;
  }
  return now_;
}

Timestamp Worker::wall_now() noexcept {
  if (!wall_latched_) {
    wall_now_ = clock_.wall();
    wall_latched_ = true;
  }
  return wall_now_;
}

const TimerKind Worker::kMessageTimer{
    [](void* subject, void* detail) {
      auto& cell = *static_cast<Cell*>(subject);
      cell.operations->timer_due(cell, static_cast<Envelope*>(detail));
    },
    [](void* subject, void* detail) noexcept {
      static_cast<Cell*>(subject)->worker->envelopes().release(static_cast<Envelope*>(detail));
    }};

template <typename Quotas>
std::uint32_t Worker::step_inside(const Quotas& quotas) {
  now_latched_ = false;
  wall_latched_ = false;
  std::uint32_t handled = 0;
  if (!overflow_.empty()) [[unlikely]]
    flush_overflow();
  if (incoming_urgent_.count.load(std::memory_order_acquire) != 0) [[unlikely]]
    handled += drain_urgent_lanes(quotas);
  if (!timers_.empty()) handled += fire_timers();
  handled += drain_lanes(quotas);
  if (!injected_.empty()) [[unlikely]]
    handled += run_injected();
  if (ready_head_ != nullptr) handled += run_ready(quotas);
  running_cell_.store(nullptr, std::memory_order_relaxed);
  if (!step_end_tasks_.empty()) [[unlikely]]
    step_end_tasks_.run_all();
  return handled;
}

std::uint32_t Worker::fire_timers() {
  std::uint32_t fired = 0;
  while (const auto timer = timers_.pop_due(now())) {
    timer->kind->due(timer->subject, timer->detail);
    ++fired;
  }
  return fired;
}

template <typename Quotas>
std::uint32_t Worker::drain_lanes(const Quotas& quotas) {
  const std::uint32_t count =
      incoming_.count.load(std::memory_order_acquire);  // Pairs with accept_lane().
  if (count == 0) return 0;
  std::uint32_t handled = 0;
  const std::uint32_t start =
      count == 1 ? 0 : ++lane_start_ % count;  // Rotates, so that no lane is always first.
  for (std::uint32_t index = start; index < count; ++index)
    handled += drain_lane(*incoming_.lanes[index], quotas);
  for (std::uint32_t index = 0; index < start; ++index)
    handled += drain_lane(*incoming_.lanes[index], quotas);
  return handled;
}

template <typename Quotas>
std::uint32_t Worker::drain_urgent_lanes(const Quotas& quotas) {
  const std::uint32_t count =
      incoming_urgent_.count.load(std::memory_order_acquire);  // Pairs with accept_lane().
  std::uint32_t handled = 0;
  for (std::uint32_t index = 0; index < count; ++index)
    handled += drain_lane(*incoming_urgent_.lanes[index], quotas);
  return handled;
}

template <typename Quotas>
std::uint32_t Worker::drain_lane(FrameRing& lane, const Quotas& quotas) {
  std::uint32_t handled = 0;
  while (handled < quotas.lane) {
    FrameHeader* frame = lane.front();
    if (frame == nullptr) {
      lane.publish_freed();
      break;
    }
    Cell& cell = *static_cast<Cell*>(cells_.at(ActorId::from_value(frame->destination).slot()));
    cell.operations->receive(cell, *frame);
    lane.pop(frame);
    ++handled;
  }
  return handled;
}

std::uint32_t Worker::run_injected() {
  running_cell_.store(nullptr, std::memory_order_relaxed);  // Whose handler ran before is done.
  injected_.take(taken_tasks_);
  for (auto& task : taken_tasks_) task();
  const auto count = static_cast<std::uint32_t>(taken_tasks_.size());
  taken_tasks_.clear();
  return count;
}

template <typename Quotas>
std::uint32_t Worker::run_ready(const Quotas& quotas) {
  std::uint32_t handled = 0;
  while (ready_head_ != nullptr && handled < quotas.ready) {
    Cell& cell = *ready_head_;
    ready_head_ = cell.ready_next;
    cell.in_ready = false;
    // A cell without messages still counts, so that no endless chain of empty runs holds the step.
    handled += std::max(1U, cell.operations->run(cell, quotas.cell));
    if (cell.has_work) make_ready(cell);
  }
  return handled;
}

FrameRing& Worker::open_lane(Worker& target) {
  MYCELIUM_ASSERT(&target != this && is_peer_of(target), "a lane leads to another worker");
  auto lane = std::make_unique<FrameRing>(options_.lane_bytes);
  FrameRing& opened = *lane;
  outgoing_[target.index_] = &opened;
  target.accept_lane(target.incoming_, std::move(lane));
  return opened;
}

FrameRing& Worker::open_urgent_lane(Worker& target) {
  MYCELIUM_ASSERT(&target != this && is_peer_of(target), "a lane leads to another worker");
  auto lane = std::make_unique<FrameRing>(kUrgentLaneBytes);
  FrameRing& opened = *lane;
  outgoing_urgent_[target.index_] = &opened;
  target.accept_lane(target.incoming_urgent_, std::move(lane));
  return opened;
}

void Worker::accept_lane(Incoming& incoming, std::unique_ptr<FrameRing> lane) {
  const std::scoped_lock lock{accept_mutex_};
  const std::uint32_t count = incoming.count.load(std::memory_order_relaxed);
  incoming.lanes[count] = std::move(lane);
  incoming.count.store(count + 1, std::memory_order_release);  // Pairs with drain_lanes().
}

void Worker::pass_on(Cell& target, std::uint64_t destination, FrameFlags flags,
                     Envelope* envelope) {
  const Passing passing{&target, destination, flags | FrameFlags::metadata, envelope};
  if (!overflow_.empty() || !write_frame(passing)) overflow_.push_back(passing);
}

bool Worker::write_frame(const Passing& passing) {
  Envelope& envelope = *passing.envelope;
  const MessageType& type = *envelope.type;
  FrameRing& lane = lane_to(*passing.target->worker);
  const bool inside = envelope.is_inline();
  const std::size_t bytes = sizeof(Metadata) + (inside ? type.size_bytes : sizeof(void*));
  FrameHeader* const frame = lane.try_reserve(bytes);
  if (frame == nullptr) return false;
  ::new (frame->payload()) Metadata{envelope.metadata()};
  void* const place = static_cast<std::byte*>(frame->payload()) + sizeof(Metadata);
  if (inside) {
    type.move_to(place, envelope.payload);
    envelopes_.release(passing.envelope);
  } else {
    ::new (place) void*(envelope.payload);
    BlockPool::retain(envelope.payload);  // The frame's; the envelope gives its own back.
    envelopes_.release(passing.envelope);
  }
  lane.commit(frame, inside ? FrameKind::message : FrameKind::block, type.id, passing.destination,
              bytes, passing.flags);
  passing.target->worker->wake();
  return true;
}

void Worker::flush_overflow() {
  std::uint64_t full = 0;  // Workers whose lane is: what follows to them waits behind.
  std::erase_if(overflow_, [&](const Passing& passing) {
    const std::uint64_t bit = std::uint64_t{1} << passing.target->worker->index();
    if ((full & bit) != 0) return false;
    if (write_frame(passing)) return true;
    full |= bit;
    return false;
  });
}

void Worker::park() {
  const auto publish_freed = [](Incoming& incoming) {
    const std::uint32_t count = incoming.count.load(std::memory_order_acquire);
    for (std::uint32_t index = 0; index < count; ++index) incoming.lanes[index]->publish_freed();
  };
  publish_freed(incoming_);
  publish_freed(incoming_urgent_);
  std::optional<std::chrono::nanoseconds> timeout;
  if (!timers_.empty()) {
    timeout = std::max(timers_.next_deadline() - clock_.monotonic(), std::chrono::nanoseconds{0});
  }
  // Nobody tells when a lane has room again, so this worker looks soon, and needs no barrier.
  if (!overflow_.empty())
    return rest_for(std::min(timeout.value_or(kOverflowPause), kOverflowPause));
  parker_.park(timeout, [this] { return work_waits(); });
}

bool Worker::work_waits() noexcept {
  return stop_requested_.load(std::memory_order_relaxed) || anything_waits();
}

bool Worker::anything_waits() noexcept {
  return !injected_.empty() || ready_head_ != nullptr || !overflow_.empty() || lanes_wait();
}

bool Worker::lanes_wait() noexcept { return any_waits(incoming_) || any_waits(incoming_urgent_); }

bool Worker::any_waits(Incoming& incoming) noexcept {
  const std::uint32_t count = incoming.count.load(std::memory_order_acquire);
  for (std::uint32_t index = 0; index < count; ++index) {
    if (!incoming.lanes[index]->looks_empty()) return true;
  }
  return false;
}

std::size_t Worker::discard(Incoming& incoming, BlockPool& blocks) noexcept {
  std::size_t discarded = 0;
  const std::uint32_t count = incoming.count.load(std::memory_order_acquire);
  for (std::uint32_t index = 0; index < count; ++index) {
    FrameRing& lane = *incoming.lanes[index];
    while (FrameHeader* frame = lane.front()) {
      destroy_payload(*frame, &blocks);
      lane.pop(frame);
      ++discarded;
    }
  }
  return discarded;
}

std::size_t Worker::discard_undelivered() {
  std::size_t discarded = discard(incoming_, blocks()) + discard(incoming_urgent_, blocks());
  for (const Passing& passing : std::exchange(overflow_, {})) {
    envelopes_.release(passing.envelope);
    ++discarded;
  }
  while (const auto timer = timers_.pop_any()) timer->kind->discard(timer->subject, timer->detail);
  return discarded;
}

}  // namespace mycelium
