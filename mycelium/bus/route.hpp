#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "mycelium/bus/backlog_delivery.hpp"

namespace mycelium {

/// A receiver of messages that is no actor: a pull subscriber, a test's capture.
///
/// Thread-safety: both functions are called from any publishing thread, several at once. They do
/// not publish on the topic that calls them.
template <Message M>
class Sink {
 public:
  virtual ~Sink() = default;
  /// Whether one more message fits; asked only of subscriptions that want all.
  [[nodiscard]] virtual bool has_room() = 0;
  /// Takes the message; false: dropped (and counted by the sink). Retained values come although
  /// there was no room.
  virtual bool accept(const M& message) = 0;
  /// The same with a message that may be kept without a copy.
  virtual bool accept_shared(const Shared<M>& message) { return accept(*message); }
};

/// The subscribers of a topic at one moment. A topic never changes a route that publishers can see:
/// it makes another one.
///
/// Thread-safety: immutable once published; `publish` from any thread.
template <Message M>
struct Route {
  struct CellTarget {
    MailboxCell* cell;
    ActorId id;
    Overflow overflow;
    bool mailbox_drops;                              ///< By a policy of its own.
    bool wants_all = mycelium::wants_all(overflow);  ///< Refuses what it has no room for.
    Backlog* backlog = nullptr;                      ///< Of what has one (`has_backlog`).
  };
  struct SinkTarget {
    std::shared_ptr<Sink<M>> sink;
    Overflow overflow;
  };
  /// To each worker with a receiver that wants all: so many frames must fit into the way there.
  struct Way {
    Worker* worker;
    std::size_t count;
    std::size_t payload_bytes;
    bool has_one_that_wants_all;
  };

  std::vector<CellTarget> cells;
  std::vector<SinkTarget> sinks;
  std::vector<Way> ways;
  bool retains = false;         ///< Publishers go by the topic's mutex.
  bool mailboxes_drop = false;  ///< One of them at least.

  /// Gives the message to every subscriber, or, when one that wants all has no room, to nobody.
  /// What is too large for a lane is made once for all. `my_turn_at`: where the publisher is the
  /// first of those who wait for room.
  [[nodiscard]] PublishResult publish(const M& message,
                                      const MailboxCell* my_turn_at = nullptr) const {
    if (const std::uint32_t full = count_full(my_turn_at); full > 0) return {.full = full};
    if constexpr (!detail::kTravelsInline<M>) {
      if (!cells.empty()) return give_all(Shared<M>::make(message));
    }
    return give_all(message);
  }
  /// The same with a message that all subscribers share.
  [[nodiscard]] PublishResult publish(const Shared<M>& message,
                                      const MailboxCell* my_turn_at = nullptr) const {
    if (const std::uint32_t full = count_full(my_turn_at); full > 0) return {.full = full};
    return give_all(message);
  }

  template <typename Given>
  [[nodiscard]] PublishResult give_all(const Given& message) const {
    PublishResult result;
    if (!mailboxes_drop) [[likely]] {
      for (const CellTarget& target : cells) count(give(target, message), result);
    } else {
      // A mailbox here that drops an ask answers it at once, maybe by a lane in which count_full()
      // has seen room for a message: those go first.
      const Worker* const me = Worker::current();
      for (const bool here : {false, true}) {
        for (const CellTarget& target : cells) {
          if ((target.cell->worker == me) == here) count(give(target, message), result);
        }
      }
    }
    for (const SinkTarget& target : sinks) {
      ++(accept(*target.sink, message) ? result.delivered : result.dropped);
    }
    return result;
  }

  static void count(SendResult given, PublishResult& result) {
    if (given == SendResult::ok) {
      ++result.delivered;
    } else if (given != SendResult::closed) {  // Else stopped a moment ago: about to be gone here.
      ++result.dropped;
    }
  }

  static bool accept(Sink<M>& sink, const M& message) { return sink.accept(message); }
  static bool accept(Sink<M>& sink, const Shared<M>& message) {
    return sink.accept_shared(message);
  }

  template <typename Given>
  static SendResult give(const CellTarget& target, const Given& message) {
    if (target.backlog != nullptr)
      return detail::deliver_published(*target.cell, target.id, *target.backlog, message);
    if (!target.wants_all) return detail::deliver(*target.cell, target.id, message);
    if (target.cell->open_id.load(std::memory_order_relaxed) != target.id.value())
      return SendResult::closed;
    // count_full() has seen room for it, in the mailbox and on the way; what other publishers have
    // filled since then is the documented excess.
    return detail::place<detail::RoomOnTheWay::seen>(*target.cell, target.id, message);
  }

  /// How many subscribers that want all, and ways to them, have no room.
  [[nodiscard]] std::uint32_t count_full(const MailboxCell* my_turn_at) const {
    std::uint32_t full = 0;
    for_each_full(my_turn_at, [&](const CellTarget*, Overflow) { ++full; });
    return full;
  }

  /// The first of those that have no room.
  struct Hindrance {
    bool is_there = false;
    bool may_wait = true;         ///< None of them is of those for which nobody waits.
    MailboxCell* cell = nullptr;  ///< Null: a receiver that is no actor.
    ActorId id{};
  };
  [[nodiscard]] Hindrance find_hindrance(const MailboxCell* my_turn_at) const {
    Hindrance found;
    for_each_full(my_turn_at, [&](const CellTarget* target, Overflow overflow) {
      if (!found.is_there && target != nullptr) {
        found.cell = target->cell;
        found.id = target->id;
      }
      found.is_there = true;
      found.may_wait &= overflow != Overflow::fail;
    });
    return found;
  }

  // Calls with each subscriber that has no room and its policy, and with the first behind a way
  // that has none; null for a sink. Inlined: a call would cost a publication 16 instructions.
  template <typename Call>
  [[gnu::always_inline]] void for_each_full(const MailboxCell* my_turn_at, Call call) const {
    const Worker* const me = Worker::current();
    for (const CellTarget& target : cells) {
      if (!target.wants_all) continue;
      if (detail::look_at(*target.cell, target.id, me) != SendResult::full) continue;
      if (my_turn_at != nullptr && target.cell == my_turn_at &&
          detail::look_past_waiters(*target.cell, target.id, me) != SendResult::full) {
        continue;
      }
      call(&target, target.overflow);
    }
    for (const SinkTarget& target : sinks) {
      if (wants_all(target.overflow) && !target.sink->has_room()) call(nullptr, target.overflow);
    }
    for (const Way& way : ways) {
      if (detail::way_has_room<M>(*way.worker, way.count, way.payload_bytes)) continue;
      const CellTarget* behind = nullptr;
      Overflow overflow = Overflow::block;
      for (const CellTarget& target : cells) {
        if (target.cell->worker != way.worker || !target.wants_all) continue;
        if (behind == nullptr) behind = &target;
        if (target.overflow == Overflow::fail) overflow = Overflow::fail;
      }
      call(behind, overflow);
    }
  }

  /// After a change of `cells`.
  void count_ways() {
    ways.clear();
    mailboxes_drop = false;
    for (const CellTarget& target : cells) {
      mailboxes_drop |= target.mailbox_drops;
      auto way = std::find_if(ways.begin(), ways.end(),
                              [&](const Way& seen) { return seen.worker == target.cell->worker; });
      if (way == ways.end()) way = ways.insert(way, Way{target.cell->worker, 0, 0, false});
      ++way->count;  // The others on that worker take from the same room.
      // A shared message travels as a pointer, which may be more than the message.
      constexpr std::size_t kPayloadBytes = std::max(detail::kLanePayloadBytes<M>, sizeof(void*));
      way->payload_bytes = std::max(
          way->payload_bytes,
          target.backlog != nullptr ? detail::backlog_payload_bytes(kPayloadBytes) : kPayloadBytes);
      way->has_one_that_wants_all |= target.wants_all;
    }
    std::erase_if(ways, [](const Way& way) { return !way.has_one_that_wants_all; });
  }
};

}  // namespace mycelium
