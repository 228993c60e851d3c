#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>

#include "mycelium/bus/backlog.hpp"
#include "mycelium/bus/conflation_table.hpp"
#include "mycelium/config/options.hpp"
#include "mycelium/runtime/worker.hpp"
#include "mycelium/telemetry/counter.hpp"

namespace mycelium {

/// A cell with a bounded queue of messages, plain because only its worker touches it.
///
/// The bound is exact for senders on the same worker. Senders on other workers see the depth as
/// last published: at zero, at full, and at every eighth between; what they already have in their
/// lane comes on top (promise D6). Urgent messages have a queue and a bound of their own and come
/// out first (promise D8). Messages of subscriptions that drop their oldest or conflate stand in
/// the queue with the others, so that order holds, but each such subscription has a bound of its
/// own: its `Backlog`.
struct MailboxCell : Cell {
 private:
  // First, because here they fill a gap: a million actors want small cells.
  bool runnable_ = false;
  bool push_fast_ = false;   // Runnable, and nothing about the policy.
  bool pop_slowly_ = false;  // Urgent messages or those of a backlog wait, or keys are kept.
  std::uint16_t left_since_wanted_ = 0;  // Messages, while somebody waits for room.

 public:
  /// Urgent messages that wait for one receiver; more than this are no exception any more.
  static constexpr std::uint32_t kUrgentCapacity = 64;

  // Written by the owner worker, counters read by any thread.
  Counter handled;
  Counter dead_letters;
  Counter depth_high_water;  ///< The most that have waited, all kinds together.
  Counter dropped;    ///< By `drop_newest` or `drop_oldest`, or a new key in a full `conflate`.
  Counter conflated;  ///< Replaced by a later message of their key.
  EnvelopeList queue;
  EnvelopeList urgent;
  std::uint32_t depth = 0;         ///< Messages in `queue`, but for those of backlogs.
  std::uint32_t urgent_depth = 0;  ///< Messages in `urgent`.
  /// Senders on the same worker are told `full` from this depth on: the capacity, none when the
  /// policy makes room itself, and zero while others wait for room before them.
  std::uint32_t admits_below = 0;
  /// At the claim, before any ref to the new holder exists.
  void claim(const MailboxOptions& options);

  /// Its holder is running; else messages only wait.
  [[nodiscard]] bool runnable() const noexcept { return runnable_; }
  void set_runnable(bool runnable) noexcept {
    runnable_ = runnable;
    push_fast_ = runnable && admits_only_with_room();
  }
  /// `block` and `fail`: nothing is dropped, so what comes can be handled at once.
  [[nodiscard]] bool admits_only_with_room() const noexcept {
    return overflow == Overflow::block || overflow == Overflow::fail;
  }
  /// What comes next may be handled where it lies.
  [[nodiscard]] bool takes_in_place() const noexcept { return push_fast_ && !anything_waits(); }
  [[nodiscard]] bool anything_waits() const noexcept { return !queue.empty() || !urgent.empty(); }

  /// Any thread: how many messages wait, all kinds together. Exact for the owner; others see what
  /// is no subscription's and not urgent as `Cell::published_depth` has it.
  [[nodiscard]] std::uint32_t waiting_seen() const noexcept {
    return published_depth.load(std::memory_order_relaxed) +
           beside_.load(std::memory_order_relaxed);
  }
  /// Owner: the same, exactly.
  [[nodiscard]] std::uint32_t waiting_exactly() const noexcept {
    return depth + beside_.load(std::memory_order_relaxed);
  }

  /// Owner: queues a message as the policy says, and the cell if its holder runs. `block` and
  /// `fail` pass the capacity too: what is already on this worker's side of a lane has to go
  /// somewhere.
  void push(Envelope* envelope) {
    if (push_fast_) [[likely]] {
      append(envelope);
      worker->make_ready(*this);
    } else {
      push_slowly(envelope);
    }
  }
  /// Owner: queues a message behind the others whatever the capacity and the policy: a timer's, or
  /// a notice that comes once.
  void push_surely(Envelope* envelope);
  /// Owner: the same as `push` for a message that overtakes.
  void push_urgent(Envelope* envelope);
  /// Owner: queues a message of a subscription with a backlog, before which `missed` were lost on
  /// the way. A mailbox whose own policy drops or replaces decides about it as about any
  /// other.
  void push_published(Envelope* envelope, Backlog& backlog, std::uint32_t missed);
  /// Owner: the same for what came from another thread for the holder with this id.
  void arrive_published(std::uint64_t id, Envelope* envelope, Backlog& backlog,
                        std::uint32_t missed);
  /// Owner: what waits of backlogs is ordinary from now on, and nobody is told of gaps any more:
  /// the holder has stopped.
  void end_backlogs();

  /// Owner: the message that is next, or null.
  [[nodiscard]] Envelope* pop() {
    if (pop_slowly_) [[unlikely]]
      return pop_specially();
    Envelope* envelope = queue.pop_front();
    if (envelope != nullptr && --depth < publish_below_) depth_fell();
    return envelope;
  }

  /// Owner: moves the waiting messages for which `wanted` says true to the end of `target`; how
  /// many. O(messages that wait).
  template <typename Wanted>
  std::uint32_t extract(Wanted&& wanted, EnvelopeList& target) {
    const bool has_backlogs = backlogs_wait();
    if (has_backlogs) sweep_backlogs();
    const std::uint32_t from_urgent = urgent.extract(wanted, target);
    std::uint32_t from_backlogs = 0;
    const std::uint32_t from_queue = queue.extract(
        [&](Envelope& envelope) {
          if (!wanted(envelope)) return false;
          forget_key(envelope);
          if (envelope.backlog != 0) {
            leave_backlog(envelope);
            ++from_backlogs;
          }
          return true;
        },
        target);
    urgent_depth -= from_urgent;
    depth -= from_queue - from_backlogs;
    if (has_backlogs) tell_gaps();
    if (from_urgent + from_queue > 0) counts_changed();
    return from_urgent + from_queue;
  }

  /// Owner: puts messages back before all that waits, in their order (a stash).
  void push_back_in_front(EnvelopeList& envelopes, std::uint32_t count);
  /// Owner: puts one message back before all that waits, or, when it is urgent, before all urgent
  /// ones.
  void push_back_in_front(Envelope* envelope);

  /// Owner of `waiting`: one of its coroutines waits for room with the holder of this id. Whoever
  /// waits is served in order, by `RoomWaiter::retry`: once half of the mailbox is free or, where
  /// others fill it again and again, as many messages as half of it have left, and at once when no
  /// more will leave for a while. So one wake-up serves many.
  void want_room(Worker& waiting, ActorId id);
  /// Owner of `waiting`: one of its coroutines waits no more.
  void waiter_left(const Worker& waiting) noexcept;
  /// Owner: the holder takes nothing out for a while: whoever waits for room gets what there is.
  void offer_room() {
    if (room_wanted != 0 && depth < bound) [[unlikely]]
      grant_room();
  }
  /// Owner: lets all who wait for room try again (the holder takes no more messages).
  void release_waiters();

 private:
  void append(Envelope* envelope) {
    queue.push_back(envelope);
    ++depth;
    depth_high_water.raise_to(waiting_exactly());
    if (depth > publish_above_) publish_depth();
  }
  /// What few mailboxes need, made when it is first wanted.
  struct Books : StepEndTask {
    explicit Books(MailboxCell& owner) : StepEndTask{leave_out_passed_over}, cell{owner} {}
    ~Books() {
      if (waits) cell.worker->at_step_end().take_back(*this);
    }
    MailboxCell& cell;
    std::unique_ptr<ConflationTable<Envelope*>> keys;  ///< Of a mailbox that conflates.
    Backlogs backlogs;                                 ///< Of one that drops nothing itself.
  };

  [[nodiscard]] ConflationTable<Envelope*>* keys() const noexcept {
    return books_ != nullptr ? books_->keys.get() : nullptr;
  }
  [[nodiscard]] bool backlogs_wait() const noexcept {
    return books_ != nullptr && books_->backlogs.waiting != 0;
  }
  [[nodiscard]] bool must_pop_slowly() const noexcept {
    return urgent_depth != 0 || keys() != nullptr || backlogs_wait();
  }
  void push_slowly(Envelope* envelope);
  void push_conflating(Envelope* envelope);
  Envelope* pop_specially();
  void drop_oldest();
  void give_up(Envelope* envelope);
  void replace(Envelope& waiting, Envelope* by);
  void publish_depth() noexcept;
  void depth_fell();
  void counts_changed();
  [[nodiscard]] bool key_of(const Envelope& envelope, std::uint64_t& key) const;
  void forget_key(const Envelope& envelope);
  void note_wanted(ActorId id, Worker& waiting);
  void grant_room();
  void serve(Worker& waiting);
  [[nodiscard]] Envelope* pop_among_backlogs();
  bool replaces_waiting(Envelope* envelope, Backlog& backlog, std::uint32_t missed);
  void keep_bound(Backlog& backlog);
  static void note_key(Backlog& backlog, const ConflationKey& key, Envelope* envelope) noexcept;
  void pass_over_oldest(Backlog& backlog);
  void forget_key_in(Backlog& backlog, const Envelope& envelope);
  static void leave_out_passed_over(StepEndTask& books);
  bool leave_out_front();
  void leave_backlog(Envelope& envelope);
  void sweep_backlogs();
  [[nodiscard]] Envelope* make_gap(Backlog& backlog);
  void tell_gaps();

  // One more, or one less, of what `depth` leaves out.
  void add_beside() noexcept {
    beside_.store(beside_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  void take_beside() noexcept {
    beside_.store(beside_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
  }
  void note_beside() noexcept;

  std::uint32_t publish_above_ = 0;
  std::uint32_t publish_below_ = 0;
  // Urgent messages, and those of backlogs that are not passed over. Any thread reads.
  std::atomic<std::uint32_t> beside_{0};
  std::unique_ptr<Books> books_;
};

}  // namespace mycelium
