#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

#include "mycelium/base/cache_line.hpp"
#include "mycelium/bus/conflation_table.hpp"
#include "mycelium/runtime/envelope.hpp"
#include "mycelium/telemetry/counter.hpp"

namespace mycelium {

/// What waits for an actor from one subscription that drops its oldest message or conflates, by
/// count: the messages themselves wait in the actor's mailbox, in the order in which they came, but
/// have a bound of their own.
///
/// A message that is dropped is not looked for in the mailbox: it is counted (`passed_over`), and
/// as many messages of this subscription are left out where they come to the front. What was lost
/// on the way already, because the way was full, is told to the receiver by the next message that
/// gets through. So `published = handled + replaced + sum of the gaps`, exactly, once nothing
/// waits.
///
/// Where the subscription conflates, a message takes the place of the waiting one of its key, if
/// that has come since the subscription conflates and is not passed over. Which it is says an
/// ordinal: what waits are those that came last.
///
/// Thread-safety: marked per group. Memory: 256 bytes, kept by the topic until the receiver has
/// stopped for good and no publisher looks at it any more; until it has stopped, up to 128 for each
/// key that has waited at once.
struct Backlog {
  /// `name` is the topic's and lives as long as this.
  Backlog(std::string_view name, bool gaps) noexcept : topic{name}, tells_gaps{gaps} {}
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;

  // Set once.
  const std::string_view topic;
  const bool tells_gaps;  ///< The receiver's class handles `Gap`.

  // Any thread.
  /// Messages that may wait. Written by whoever subscribes.
  std::atomic<std::uint32_t> capacity{0};
  /// Not 0: the last message of each key is kept, and which time this is. Written by whoever
  /// subscribes.
  std::atomic<std::uint32_t> conflation{0};
  /// Messages that found the way full since one got through. Relaxed: a count, and nothing else is
  /// read by it.
  std::atomic<std::uint32_t> lost{0};

  /// Whoever subscribes, one at a time.
  void conflate(bool wanted) noexcept {
    if (wanted == (conflation.load(std::memory_order_relaxed) != 0)) return;
    conflation.store(wanted ? ++conflations_ : 0, std::memory_order_relaxed);
  }
  /// Publisher: this many found no way.
  void lose(std::uint32_t count) noexcept { lost.fetch_add(count, std::memory_order_relaxed); }
  /// Publisher: how many the message tells of that has found one now.
  [[nodiscard]] std::uint32_t take_lost() noexcept {
    if (lost.load(std::memory_order_relaxed) == 0) [[likely]]
      return 0;
    return lost.exchange(0, std::memory_order_relaxed);
  }

  // Owner worker of the receiver, apart from what publishers read for every message.
  alignas(kFalseSharingBytes) std::uint16_t number =
      0;                          ///< In its mailbox; 0: not known there yet.
  std::uint32_t waiting = 0;      ///< Without those that are passed over.
  std::uint32_t passed_over = 0;  ///< Messages at the front of what waits that are dropped.
  std::uint64_t gap = 0;          ///< Missed, and not told yet.
  Counter dropped;                ///< Read by any thread.

  /// A message that can be replaced, and how many had come before it.
  struct Replaceable {
    Envelope* envelope = nullptr;
    std::uint64_t ordinal = 0;
    explicit operator bool() const noexcept { return envelope != nullptr; }
  };
  std::uint32_t conflation_seen = 0;  ///< Which time the two that follow are of.
  std::uint64_t came = 0;             ///< Ordinal of the message that comes next.
  std::unique_ptr<ConflationTable<Replaceable>> keys;

 private:
  std::uint32_t conflations_ = 0;
};

/// How a message of a subscription with a backlog ends in a lane: these bytes follow it.
struct BacklogTrailer {
  Backlog* backlog;
  std::uint32_t missed;  ///< Lost on the way before this message.

  [[nodiscard]] static constexpr std::size_t offset(std::size_t payload_bytes) noexcept {
    return (payload_bytes + alignof(BacklogTrailer) - 1) / alignof(BacklogTrailer) *
           alignof(BacklogTrailer);
  }
};

/// The backlogs of one mailbox. Thread-safety: none; confined to the mailbox's worker.
class Backlogs {
 public:
  /// Subscriptions of one actor that have one.
  static constexpr std::size_t kCountMax = std::numeric_limits<std::uint16_t>::max();

  /// The number of a backlog, which it gets when its first message arrives; 0: there are too many.
  [[nodiscard]] std::uint16_t number_of(Backlog& backlog) {
    if (backlog.number == 0 && all_.size() < kCountMax) {
      all_.push_back(&backlog);
      backlog.number = static_cast<std::uint16_t>(all_.size());
    }
    return backlog.number;
  }
  [[nodiscard]] Backlog& at(std::uint16_t number) const noexcept { return *all_[number - 1U]; }

  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (Backlog* const backlog : all_) visit(*backlog);
  }

  std::size_t waiting = 0;      ///< Messages in the mailbox's queue, passed over or not.
  std::size_t passed_over = 0;  ///< Of them.

  /// Whether what is passed over takes more of the queue than what is to be handled. A sweep looks
  /// at every message of the queue, so that few publications should meet one.
  [[nodiscard]] bool needs_sweep(std::size_t depth) const noexcept {
    constexpr std::size_t kWorthIt = 256;
    return passed_over >= kWorthIt && passed_over * 2 > waiting + depth;
  }

 private:
  std::vector<Backlog*> all_;
};

}  // namespace mycelium
