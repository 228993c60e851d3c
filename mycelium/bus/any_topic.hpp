#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "mycelium/bus/backlog.hpp"
#include "mycelium/bus/mailbox_cell.hpp"
#include "mycelium/bus/publish_counts.hpp"
#include "mycelium/protocol/message.hpp"
#include "mycelium/runtime/read_mark.hpp"

namespace mycelium {

/// What a subscriber that has no room wants. `drop_oldest`: it loses the message that has waited
/// longest, and is told by a `Gap`. `conflate`: it wants the last message of each key, which takes
/// the place of the one that waits; of more keys than it has room for the one whose place is oldest
/// is dropped as above. `drop_newest`: it loses the message that comes. `block`: it wants to lose
/// nothing, so publishers are told `full` and try again, or wait. `fail`: the same, and nobody
/// waits for it.
struct SubscriptionOptions {
  Overflow overflow = Overflow::drop_oldest;
  /// With `drop_oldest` and `conflate`: messages of this subscription that may wait, 1 to
  /// `kMailboxCapacityMax`; 0: as many as the actor's mailbox holds. Up to 256 that are dropped
  /// stay in memory until the worker's step ends.
  std::uint32_t capacity = 0;
};

/// How much a pull subscriber holds, and what it does when it is full, as `SubscriptionOptions`.
struct SubscriberOptions {
  std::size_t capacity = 1024;
  Overflow overflow = Overflow::drop_oldest;
};

/// The key by which a pull subscriber conflates: a `noexcept` function, or lambda without captures,
/// that returns std::uint64_t. A message's key depends on the message alone and does not change.
template <Message M>
using ConflationKeyOf = std::uint64_t (*)(const M& message) noexcept;

/// Whether a subscriber wants to lose nothing: a publication that it has no room for is refused.
[[nodiscard]] constexpr bool wants_all(Overflow overflow) noexcept {
  return overflow == Overflow::block || overflow == Overflow::fail;
}
/// Whether what waits of an actor's subscription has a bound of its own, in a `Backlog`.
[[nodiscard]] constexpr bool has_backlog(Overflow overflow) noexcept {
  return overflow == Overflow::drop_oldest || overflow == Overflow::conflate;
}

/// Throws std::invalid_argument, which names the topic or pattern, for too large a capacity.
void check(std::string_view topic, const SubscriptionOptions& options);

/// What can be seen of a topic from outside.
struct TopicStatus {
  std::string name;
  std::string_view message;     ///< The name of its type.
  std::uint64_t published = 0;  ///< Messages that were not refused.
  std::uint64_t delivered = 0;  ///< Given to subscribers, each counted.
  std::uint64_t dropped = 0;    ///< By overflow policies of subscriptions, each subscriber counted.
  std::size_t retained = 0;     ///< Messages kept for later subscribers.
  std::size_t subscribers = 0;
};

/// What the registry knows of a topic whatever its message type. Thread-safety: any thread.
class AnyTopic {
 public:
  AnyTopic(std::string name, const MessageType& type) : name_{std::move(name)}, type_{type} {}
  virtual ~AnyTopic() = default;
  AnyTopic(const AnyTopic&) = delete;
  AnyTopic& operator=(const AnyTopic&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const MessageType& type() const noexcept { return type_; }

  /// Ends every subscription of this receiver. Nothing happens when it has none.
  virtual void unsubscribe(ActorId id) = 0;
  /// The same for one that has stopped for good.
  virtual void unsubscribe_for_good(ActorId id) = 0;
  [[nodiscard]] virtual std::size_t subscriber_count() const noexcept = 0;
  [[nodiscard]] virtual std::size_t retained_count() const = 0;

  /// Messages that subscriptions' overflow policies have dropped, each subscriber counted. O(actors
  /// that have subscribed and not stopped).
  [[nodiscard]] std::uint64_t dropped() const;
  [[nodiscard]] TopicStatus status() const;
  /// Routes and the like that have been replaced and are kept still, because a publisher may read
  /// them or because they are few.
  [[nodiscard]] std::size_t retired_count() const {
    const std::scoped_lock lock{mutex_};
    return retired_.count();
  }

 protected:
  void count_dropped(std::uint32_t count) noexcept {
    dropped_.fetch_add(count, std::memory_order_relaxed);
  }
  /// What waits of an actor's subscription with these options, the same for all its subscriptions
  /// here that have a backlog; null for those that have none. Requires: the mutex is held.
  [[nodiscard]] Backlog* backlog_of(const MailboxCell& cell, ActorId id,
                                    const SubscriptionOptions& options, bool tells_gaps);
  /// What waits of its subscription, if that conflates, is not what has come last any more, and so
  /// is replaced by nothing. Requires: the mutex is held.
  void end_conflation_of(ActorId id);
  /// It has stopped for good, so its worker looks at what waits of it no more. Requires: no route
  /// refers to it any more, and the mutex is held.
  void retire_backlog_of(ActorId id);
  /// Throws std::length_error when so many frames to one worker never find room in its lane.
  void check_way(const Worker& worker, std::size_t payload_bytes, std::size_t count) const;

  mutable std::mutex mutex_;  // Of whoever changes something.
  Retired retired_;           // What publishers may read still; guarded by mutex_.
  PublishCounts counts_;

 private:
  std::atomic<std::uint64_t> dropped_{0};  // On the way; what is dropped behind it, backlogs count.
  std::map<std::uint64_t, std::shared_ptr<Backlog>> backlogs_;  // By actor; guarded by mutex_.
  const std::string name_;
  const MessageType& type_;
};

}  // namespace mycelium
