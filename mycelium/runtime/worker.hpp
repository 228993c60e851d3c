#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "mycelium/base/cache_line.hpp"
#include "mycelium/base/clock.hpp"
#include "mycelium/config/options.hpp"
#include "mycelium/runtime/cell.hpp"
#include "mycelium/runtime/envelope.hpp"
#include "mycelium/runtime/frame_ring.hpp"
#include "mycelium/runtime/injection_queue.hpp"
#include "mycelium/runtime/parker.hpp"
#include "mycelium/runtime/timer_queue.hpp"

namespace mycelium {

struct WorkerOptions {
  Idle idle = Idle::adaptive;
  std::size_t lane_bytes = 256 * 1024;  ///< Of each lane, allocated on first use. A power of two.
};

/// One thread's share of a system: everything that its actors touch, so that nothing of it needs a
/// lock.
///
/// A worker is driven by `step()`. Production calls `run()` from a thread; a test or a simulation
/// calls `step()` of many workers from one loop. One step: timers, lanes (rotating start, a quota
/// each), injected work, ready cells (a quota). Time is read at most once a step.
///
/// Thread-safety: marked per function; the rest is the owner's: the thread that is inside `step()`
/// or `run()`.
class Worker {
 public:
  /// `peers` are all workers of the system, `cells` their common table, both alive as long as any
  /// worker.
  Worker(std::uint16_t index, const WorkerOptions& options, const Clock& clock,
         const CellTable& cells, std::span<const std::unique_ptr<Worker>> peers);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  /// The worker that this thread drives now, or null on a foreign thread.
  [[nodiscard]] static Worker* current() noexcept { return current_; }

  /// Does what there is to do, within quotas; returns how many messages and tasks were handled.
  std::uint32_t step();

  /// Steps until `request_stop`, idling by the strategy in between.
  void run();

  /// Any thread: lets `run` return after its step.
  void request_stop() noexcept;

  /// Any thread: runs the task that `make` returns on this worker (`current()` is set), in the
  /// order of injection. False: the system has ended; `make` has not been called. Sends of foreign
  /// threads ask `injection_has_room` first.
  template <typename Make>
  bool inject_made(Make&& make) {
    if (!injected_.push_made(std::forward<Make>(make))) return false;
    parker_.wake_if_parked();
    return true;
  }
  bool inject(InjectionQueue::Task task) {
    return inject_made([&] { return std::move(task); });
  }
  /// Any thread: takes no more tasks; those that wait still run in the next step.
  void close_injection() { injected_.close(); }
  [[nodiscard]] bool injection_has_room(std::size_t count = 1) const noexcept {
    return injected_.has_room(count);
  }

  [[nodiscard]] std::uint16_t index() const noexcept { return index_; }
  /// Of each lane.
  [[nodiscard]] std::size_t lane_bytes() const noexcept { return options_.lane_bytes; }
  [[nodiscard]] EnvelopePool& envelopes() noexcept { return envelopes_; }

  /// The time of this step; the same for all that asks within it.
  [[nodiscard]] Instant now() noexcept;
  [[nodiscard]] Timestamp wall_now() noexcept;
  [[nodiscard]] const Clock& clock() const noexcept { return clock_; }

  /// Whether both belong to one system, so that lanes may join them. Any thread.
  [[nodiscard]] bool is_peer_of(const Worker& other) const noexcept {
    return peers_.data() == other.peers_.data();
  }
  /// The lane to another worker of the system, opened on first use. Requires: is_peer_of(target),
  /// target is not this.
  [[nodiscard]] FrameRing& lane_to(Worker& target) {
    FrameRing* lane = outgoing_[target.index_];
    return lane != nullptr ? *lane : open_lane(target);
  }
  /// Any thread, after a commit into a lane that leads here: wakes this worker if it sleeps.
  void wake() noexcept { parker_.wake_if_parked(); }
  /// Whether a frame waits in any lane that leads here.
  [[nodiscard]] bool lanes_wait() noexcept;

  /// Queues a cell that has work; idempotent.
  void make_ready(Cell& cell) noexcept {
    if (cell.in_ready) return;
    cell.in_ready = true;
    cell.ready_next = nullptr;
    if (ready_head_ == nullptr) {
      ready_head_ = &cell;
    } else {
      ready_tail_->ready_next = &cell;
    }
    ready_tail_ = &cell;
  }

  /// The envelope is delivered to the cell's `timer_due` at the first step at or after `deadline`.
  void arm_timer(Instant deadline, Cell& cell, Envelope* envelope) {
    timers_.arm(deadline, cell, envelope);
  }

  /// Destroys what is still in lanes and timers, and says how many messages. For teardown, when
  /// nothing drives a worker.
  std::size_t discard_undelivered();

  /// Lanes that lead here so far. Any thread.
  [[nodiscard]] std::size_t incoming_lane_count() const noexcept {
    return incoming_count_.load(std::memory_order_acquire);
  }

 private:
  static constexpr std::uint32_t kLaneQuota = 256;    // Frames of one lane in a step.
  static constexpr std::uint32_t kReadyQuota = 1024;  // Messages of ready cells in a step.
  static constexpr std::uint32_t kCellQuota = 64;     // Messages of one cell in a row.

  std::uint32_t step_inside();
  std::uint32_t fire_timers();
  std::uint32_t drain_lanes();
  std::uint32_t drain_lane(FrameRing& lane);
  std::uint32_t run_injected();
  std::uint32_t run_ready();
  FrameRing& open_lane(Worker& target);
  void accept_lane(std::unique_ptr<FrameRing> lane);
  void park();
  [[nodiscard]] bool work_waits() noexcept;

  static inline thread_local constinit Worker* current_ = nullptr;

  // Set once.
  const std::uint16_t index_;
  const WorkerOptions options_;
  const Clock& clock_;
  const CellTable& cells_;
  const std::span<const std::unique_ptr<Worker>> peers_;

  // Owner only: apart from what senders on other workers read for every message.
  alignas(kFalseSharingBytes) EnvelopePool envelopes_;
  TimerQueue timers_;
  Cell* ready_head_ = nullptr;
  Cell* ready_tail_ = nullptr;
  std::uint32_t lane_start_ = 0;
  bool now_latched_ = false;
  bool wall_latched_ = false;
  Instant now_{};
  Timestamp wall_now_{};
  std::array<FrameRing*, kWorkersMax> outgoing_{};
  std::vector<InjectionQueue::Task> taken_tasks_;

  // Any thread.
  alignas(kFalseSharingBytes) std::atomic<std::uint32_t> incoming_count_{0};
  std::array<std::unique_ptr<FrameRing>, kWorkersMax> incoming_;  // [0, incoming_count_) are set.
  std::mutex accept_mutex_;
  std::atomic<bool> stop_requested_{false};
  InjectionQueue injected_;
  Parker parker_;
};

}  // namespace mycelium
