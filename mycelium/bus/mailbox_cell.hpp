#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

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
/// out first (promise D8).
struct MailboxCell : Cell {
 private:
  // First, because here they fill a gap: a million actors want small cells.
  bool runnable_ = false;
  bool push_fast_ = false;   // Runnable, and nothing about the policy.
  bool pop_slowly_ = false;  // Urgent messages wait, or keys must be forgotten.

 public:
  /// Urgent messages that wait for one receiver; more than this are no exception any more.
  static constexpr std::uint32_t kUrgentCapacity = 64;

  // Written by the owner worker, counters read by any thread.
  Counter handled;
  Counter dead_letters;
  Counter depth_high_water;
  Counter dropped;    ///< By `drop_newest` or `drop_oldest`, or a new key in a full `conflate`.
  Counter conflated;  ///< Replaced by a later message of their key.
  EnvelopeList queue;
  EnvelopeList urgent;
  std::uint32_t depth = 0;         ///< Messages in `queue`.
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
  [[nodiscard]] bool takes_in_place() const noexcept {
    return push_fast_ && (depth | urgent_depth) == 0;
  }
  [[nodiscard]] bool anything_waits() const noexcept { return (depth | urgent_depth) != 0; }

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
    const std::uint32_t from_urgent = urgent.extract(wanted, target);
    const std::uint32_t from_queue = queue.extract(
        [&](const Envelope& envelope) {
          if (!wanted(envelope)) return false;
          forget_key(envelope);
          return true;
        },
        target);
    urgent_depth -= from_urgent;
    depth -= from_queue;
    if (from_urgent + from_queue > 0) counts_changed();
    return from_urgent + from_queue;
  }

  /// Owner: puts messages back before all that waits, in their order (a stash).
  void push_back_in_front(EnvelopeList& envelopes, std::uint32_t count);

  /// Owner of `waiting`: one of its coroutines waits for room with the holder of this id. Whoever
  /// waits is served in order, by `RoomWaiter::retry`, once half of the mailbox is free.
  void want_room(Worker& waiting, ActorId id);
  /// Owner of `waiting`: one of its coroutines waits no more.
  void waiter_left(const Worker& waiting) noexcept;
  /// Owner: lets all who wait for room try again (the holder takes no more messages).
  void release_waiters();

 private:
  void append(Envelope* envelope) {
    queue.push_back(envelope);
    ++depth;
    depth_high_water.raise_to(depth);
    if (depth > publish_above_) publish_depth();
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

  std::uint32_t publish_above_ = 0;
  std::uint32_t publish_below_ = 0;
  std::unique_ptr<ConflationTable> keys_;
};

}  // namespace mycelium
