#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "mycelium/base/assert.hpp"
#include "mycelium/base/clock.hpp"

namespace mycelium {

/// What happens with a timer of one kind: two plain functions, so that the queue knows neither
/// cells nor coroutines. Kinds are constants; a timer keeps a pointer to its own.
struct TimerKind {
  void (*due)(void* subject, void* detail);               ///< Its time has come.
  void (*discard)(void* subject, void* detail) noexcept;  ///< It was cancelled, or all ends.
};

/// Names one timer for ever: once that has fired or been cancelled, the id names nothing. The
/// default names no timer.
struct TimerId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;

  friend bool operator==(const TimerId&, const TimerId&) = default;
};

/// A timer that has left the queue. The queue calls neither function of its kind; the caller does.
struct Timer {
  Instant deadline;
  std::uint64_t sequence = 0;  ///< Arming order: equal deadlines come due in it.
  const TimerKind* kind = nullptr;
  void* subject = nullptr;
  void* detail = nullptr;
};

/// Timers of one worker, earliest first; any of them can be cancelled.
///
///     const TimerId id = timers.arm(now + delay, kTick, &actor, nullptr);
///     while (auto timer = timers.pop_due(now)) timer->kind->due(timer->subject, timer->detail);
///     if (auto timer = timers.cancel(id)) timer->kind->discard(timer->subject, timer->detail);
///
/// Never reads a clock: the caller says what time it is, so a simulation drives it exactly as
/// production does. Thread-safety: none; confined to the worker that owns it. Memory: 60 bytes for
/// each of the most timers armed at once, kept until destruction; no call allocates but an `arm`
/// beyond that number.
class TimerQueue {
 public:
  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  /// Arms a timer. A past deadline is due at once. O(log n). Requires: `kind` outlives the timer.
  /// Errors: throws std::bad_alloc, and has armed nothing then.
  TimerId arm(Instant deadline, const TimerKind& kind, void* subject, void* detail);

  /// Takes the timer out. Nothing: it has fired or been cancelled, or never was. O(log n).
  [[nodiscard]] std::optional<Timer> cancel(TimerId id);

  /// Whether the timer is yet to fire.
  [[nodiscard]] bool is_armed(TimerId id) const noexcept {
    return id.slot < slots_.size() && slots_[id.slot].generation == id.generation &&
           slots_[id.slot].place != kNoPlace;
  }

  /// The next timer due at or before `now`, or nothing. O(log n).
  [[nodiscard]] std::optional<Timer> pop_due(Instant now);

  /// The next timer, due or not, for teardown; or nothing. O(log n).
  [[nodiscard]] std::optional<Timer> pop_any();

  [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }
  /// Requires: !empty().
  [[nodiscard]] Instant next_deadline() const noexcept {
    MYCELIUM_DASSERT(!empty(), "an empty timer queue has no next deadline");
    return heap_.front().deadline;
  }
  /// Slots ever made: the most timers armed at once (a measure of the steady state).
  [[nodiscard]] std::size_t slot_count() const noexcept { return slots_.size(); }

 private:
  // What the heap compares and moves.
  struct Entry {
    Instant deadline;
    std::uint64_t sequence;
    std::uint32_t slot;
  };
  // What stays where it is while its entry moves. A free slot has no place and is in `free_slots_`,
  // or is used up.
  struct Slot {
    const TimerKind* kind;
    void* subject;
    void* detail;
    std::uint32_t generation;  // Of the present or the next timer; 0 is nobody's.
    std::uint32_t place;       // Index in `heap_`.
  };

  static constexpr std::uint32_t kNoPlace = UINT32_MAX;
  static constexpr std::size_t kBranches = 4;

  [[nodiscard]] static bool before(const Entry& left, const Entry& right) noexcept;
  [[nodiscard]] std::uint32_t take_slot();
  [[nodiscard]] Timer remove(std::size_t place) noexcept;
  void put(std::size_t place, const Entry& entry) noexcept;
  void sift_up(std::size_t place, const Entry& entry) noexcept;
  void sift_down(std::size_t place, const Entry& entry) noexcept;

  std::vector<Entry> heap_;  // A min-heap of four branches on (deadline, sequence).
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;  // Reserved for all slots: freeing never allocates.
  std::uint64_t armed_ = 0;
};

}  // namespace mycelium
