#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "mycelium/base/assert.hpp"
#include "mycelium/base/cache_line.hpp"
#include "mycelium/base/clock.hpp"
#include "mycelium/config/options.hpp"
#include "mycelium/runtime/cell.hpp"
#include "mycelium/runtime/completion_table.hpp"
#include "mycelium/runtime/envelope.hpp"
#include "mycelium/runtime/frame_ring.hpp"
#include "mycelium/runtime/injection_queue.hpp"
#include "mycelium/runtime/parker.hpp"
#include "mycelium/runtime/room_waiters.hpp"
#include "mycelium/runtime/stall_detector.hpp"
#include "mycelium/runtime/step_end.hpp"
#include "mycelium/runtime/timer_queue.hpp"

namespace mycelium {

struct WorkerOptions {
  Idle idle = Idle::adaptive;
  std::size_t lane_bytes = 256 * 1024;  ///< Of each lane, allocated on first use. A power of two.
  void* owner = nullptr;                ///< Whatever the higher layer finds by its workers.
  bool is_attachment = false;  ///< Nothing lives here: a thread that is no worker sends by it.
};

/// How much of what waits one step may handle, where that is not as usual: tests choose it, so that
/// messages of different senders meet in other orders. 0: nothing of it.
struct StepQuotas {
  std::uint32_t lane;   ///< Frames of one lane.
  std::uint32_t ready;  ///< Messages of ready cells.
  std::uint32_t cell;   ///< Messages of one cell in a row.
};

/// One thread's share of a system: everything that its actors touch, so that nothing of it needs a
/// lock.
///
/// A worker is driven by `step()`. Production calls `run()` from a thread; a test or a simulation
/// calls `step()` of many workers from one loop. One step: what found its lane full before, urgent
/// lanes, timers, lanes (rotating start, a quota each), injected work, ready cells (a quota), what
/// waited for its end. Time is read at most once a step.
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
  /// From now on the calling thread sends as this attachment. Requires: it drives no worker and has
  /// no attachment; no other thread has this one.
  void attach_this_thread() noexcept {
    MYCELIUM_ASSERT(current_ == nullptr && is_attachment(), "a thread attaches once");
    current_ = this;
  }
  void detach_this_thread() noexcept {
    MYCELIUM_ASSERT(current_ == this && is_attachment(),
                    "an attachment ends on the thread that it attaches");
    current_ = nullptr;
  }

  /// Does what there is to do, within quotas; returns how many messages and tasks were handled.
  std::uint32_t step();
  /// The same within these quotas.
  std::uint32_t step(const StepQuotas& quotas);
  /// Whether a step at this time would find something to do, as far as this worker can see now.
  [[nodiscard]] bool has_work(Instant now) noexcept {
    return anything_waits() || (!timers_.empty() && timers_.next_deadline() <= now);
  }

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
  [[nodiscard]] bool is_attachment() const noexcept { return options_.is_attachment; }
  [[nodiscard]] Idle idle() const noexcept { return options_.idle; }
  [[nodiscard]] void* owner() const noexcept { return options_.owner; }
  /// Of each lane.
  [[nodiscard]] std::size_t lane_bytes() const noexcept { return options_.lane_bytes; }
  [[nodiscard]] EnvelopePool& envelopes() noexcept { return envelopes_; }
  [[nodiscard]] BlockPool& blocks() noexcept { return envelopes_.blocks(); }
  /// What waits on this worker for answers, and for room.
  [[nodiscard]] CompletionTable& completions() noexcept { return completions_; }
  [[nodiscard]] RoomWaiters& room_waiters() noexcept { return room_waiters_; }
  [[nodiscard]] const RoomWaiters& room_waiters() const noexcept { return room_waiters_; }

  /// The time of this step; the same for all that asks within it.
  [[nodiscard]] Instant now() noexcept;
  [[nodiscard]] Timestamp wall_now() noexcept;
  [[nodiscard]] const Clock& clock() const noexcept { return clock_; }

  /// Whether both belong to one system, so that lanes may join them. Any thread.
  [[nodiscard]] bool is_peer_of(const Worker& other) const noexcept {
    return peers_.data() == other.peers_.data();
  }
  /// A worker of the same system, this one too. Any thread. Requires: there is one of this index.
  [[nodiscard]] Worker& peer(std::uint16_t index) const noexcept { return *peers_[index]; }
  /// The lane to another worker of the system, opened on first use. Requires: is_peer_of(target),
  /// target is not this.
  [[nodiscard]] FrameRing& lane_to(Worker& target) {
    FrameRing* lane = outgoing_[target.index_];
    return lane != nullptr ? *lane : open_lane(target);
  }
  /// The same for the second lane, which is small and drained first: only for urgent messages.
  [[nodiscard]] FrameRing& urgent_lane_to(Worker& target) {
    FrameRing* lane = outgoing_urgent_[target.index_];
    return lane != nullptr ? *lane : open_urgent_lane(target);
  }
  /// Any thread, after a commit into a lane that leads here: wakes this worker if it sleeps.
  void wake() noexcept { parker_.wake_if_parked(); }
  /// Whether a frame waits in any lane that leads here.
  [[nodiscard]] bool lanes_wait() noexcept;
  /// Whether something waits here for room in the lane to another worker.
  [[nodiscard]] bool overflow_waits() const noexcept { return !overflow_.empty(); }

  /// Passes an envelope on to a cell of another worker by the lane, or, while that is full, by
  /// waiting here: it is not refused and never lost, and keeps its order among what is passed on
  /// so. `flags` beyond `metadata`, which is added. Requires: the envelope is of this worker and
  /// has metadata; is_peer_of(*target.worker).
  void pass_on(Cell& target, std::uint64_t destination, FrameFlags flags, Envelope* envelope);

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

  /// What is to be done when this step has handled its messages; run outside of a step, by the next
  /// one.
  [[nodiscard]] StepEndTasks& at_step_end() noexcept { return step_end_tasks_; }

  [[nodiscard]] TimerQueue& timers() noexcept { return timers_; }
  /// The envelope is delivered to the cell's `timer_due` at the first step at or after `deadline`.
  TimerId arm_timer(Instant deadline, Cell& cell, Envelope* envelope) {
    return timers_.arm(deadline, kMessageTimer, &cell, envelope);
  }

  /// Says whose handler begins now, for those who look from outside (`activity`).
  void mark_running(const Cell* cell, std::uint16_t type_id) noexcept {
    running_cell_.store(cell, std::memory_order_relaxed);
    running_type_.store(type_id, std::memory_order_relaxed);
    activity_.store(activity_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  /// Says, while it lives, that a cell's holder starts or stops (`kStarts`, `kStops`); then again
  /// what ran before it.
  class Marking {
   public:
    Marking(const Cell& cell, std::uint16_t what) noexcept
        : worker_{*cell.worker},
          cell_before_{worker_.running_cell_.load(std::memory_order_relaxed)},
          type_before_{worker_.running_type_.load(std::memory_order_relaxed)} {
      worker_.mark_running(&cell, what);
    }
    Marking(const Marking&) = delete;
    Marking& operator=(const Marking&) = delete;
    ~Marking() { worker_.mark_running(cell_before_, type_before_); }

   private:
    Worker& worker_;
    const Cell* const cell_before_;
    const std::uint16_t type_before_;
  };
  /// Any thread: what this worker does, as far as that can be seen from outside.
  [[nodiscard]] WorkerActivity activity() const noexcept {
    return {activity_.load(std::memory_order_relaxed),
            reinterpret_cast<std::uintptr_t>(running_cell_.load(std::memory_order_relaxed)),
            running_type_.load(std::memory_order_relaxed)};
  }

  /// Destroys what is still in lanes and timers, and says how many messages. For teardown, when
  /// nothing drives a worker.
  std::size_t discard_undelivered();

  /// Lanes that lead here so far. Any thread.
  [[nodiscard]] std::size_t incoming_lane_count() const noexcept {
    return incoming_.count.load(std::memory_order_acquire);
  }

 private:
  // What `StepQuotas` says, as constants: the step of production is compiled with them.
  struct UsualQuotas {
    static constexpr std::uint32_t lane = 256;    // NOLINT(readability-identifier-naming)
    static constexpr std::uint32_t ready = 1024;  // NOLINT(readability-identifier-naming)
    static constexpr std::uint32_t cell = 64;     // NOLINT(readability-identifier-naming)
  };
  // Between two looks for room in a lane: what comes meanwhile waits no longer than this.
  static constexpr std::chrono::nanoseconds kOverflowPause = std::chrono::microseconds{20};
  static constexpr std::size_t kUrgentLaneBytes = 16 * 1024;  // A few hundred small messages.
  static const TimerKind kMessageTimer;

  // What found its lane full: written as a frame as soon as there is room.
  struct Passing {
    Cell* target;
    std::uint64_t destination;
    FrameFlags flags;
    Envelope* envelope;
  };

  // The lanes of one kind that lead here: [0, count) are set.
  struct Incoming {
    std::atomic<std::uint32_t> count{0};
    std::array<std::unique_ptr<FrameRing>, kWorkersMax> lanes;
  };

  template <typename Quotas>
  std::uint32_t step_inside(const Quotas& quotas);
  std::uint32_t fire_timers();
  template <typename Quotas>
  std::uint32_t drain_lanes(const Quotas& quotas);
  template <typename Quotas>
  std::uint32_t drain_urgent_lanes(const Quotas& quotas);
  template <typename Quotas>
  std::uint32_t drain_lane(FrameRing& lane, const Quotas& quotas);
  void flush_overflow();
  bool write_frame(const Passing& passing);
  std::uint32_t run_injected();
  template <typename Quotas>
  std::uint32_t run_ready(const Quotas& quotas);
  FrameRing& open_lane(Worker& target);
  FrameRing& open_urgent_lane(Worker& target);
  void accept_lane(Incoming& incoming, std::unique_ptr<FrameRing> lane);
  static bool any_waits(Incoming& incoming) noexcept;
  static std::size_t discard(Incoming& incoming, BlockPool& blocks) noexcept;
  void park();
  [[nodiscard]] bool work_waits() noexcept;
  [[nodiscard]] bool anything_waits() noexcept;

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
  StepEndTasks step_end_tasks_;
  std::uint32_t lane_start_ = 0;
  bool now_latched_ = false;
  bool wall_latched_ = false;
  Instant now_{};
  Timestamp wall_now_{};
  std::array<FrameRing*, kWorkersMax> outgoing_{};
  std::array<FrameRing*, kWorkersMax> outgoing_urgent_{};
  std::vector<InjectionQueue::Task> taken_tasks_;
  std::vector<Passing> overflow_;
  CompletionTable completions_;
  RoomWaiters room_waiters_;

  // Written by the owner, read by any thread.
  alignas(kFalseSharingBytes) std::atomic<std::uint64_t> activity_{0};
  std::atomic<const Cell*> running_cell_{nullptr};
  std::atomic<std::uint16_t> running_type_{0};

  // Any thread.
  alignas(kFalseSharingBytes) Incoming incoming_;
  Incoming incoming_urgent_;
  std::mutex accept_mutex_;
  std::atomic<bool> stop_requested_{false};
  InjectionQueue injected_;
  Parker parker_;
};

}  // namespace mycelium
