#pragma once

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "mycelium/bus/pull_queue.hpp"

namespace mycelium {

/// Pulls the messages of a topic on a thread of its own, without an actor:
///
///     for (auto swap : subscriber) detector.handle(*swap);
///
/// The loop ends when `close` has been called and everything has been taken. What the policy drops
/// is seen where it was: `subscriber.gap()` says how many were missed right before the message
/// taken last. Thread-safety: one thread pulls; `close`, `missed` and `conflated` from any
/// thread. Memory:
/// `capacity` messages (`PullQueue`), and with `block` what is retained of the topic.
template <Message M>
class Subscriber {
 public:
  /// `key` is for `conflate`. Throws std::invalid_argument for no capacity, or for `conflate`
  /// without a key.
  explicit Subscriber(Topic<M>& topic, const SubscriberOptions& options = {},
                      ConflationKeyOf<M> key = nullptr)
      : topic_{&topic}, queue_{std::make_shared<Queue>(options, key)} {
    topic.subscribe(queue_, SubscriptionOptions{.overflow = options.overflow});
  }
  /// To all topics of this message whose names match, those that come later too. With `conflate` a
  /// key is the same on all of them. The registry outlives the subscriber.
  Subscriber(TopicRegistry& registry, const TopicPattern& pattern,
             const SubscriberOptions& options = {}, ConflationKeyOf<M> key = nullptr)
      : registry_{&registry}, queue_{std::make_shared<Queue>(options, key)} {
    registry.subscribe<M>(pattern, queue_, SubscriptionOptions{.overflow = options.overflow});
  }
  ~Subscriber() {
    if (queue_ == nullptr) return;
    unsubscribe();
    queue_->end();
  }
  Subscriber(Subscriber&&) noexcept = default;
  Subscriber& operator=(Subscriber&&) = delete;

  /// The oldest message, or nothing at once.
  [[nodiscard]] std::optional<M> try_next() { return queue_->take(/*wait=*/false, gap_); }
  /// The oldest message; waits for one. Nothing once closed and empty.
  [[nodiscard]] std::optional<M> next() { return queue_->take(/*wait=*/true, gap_); }
  /// As `next`, without a copy of what was published as `Shared`; empty once closed and empty.
  [[nodiscard]] Shared<M> next_shared() { return queue_->take_shared(/*wait=*/true, gap_); }
  /// Messages that were dropped between the one taken last and the one before it: the place of each
  /// loss. Once all is taken, the sum over all messages is `missed` but for what `drop_newest` has
  /// dropped since.
  [[nodiscard]] std::uint64_t gap() const noexcept { return gap_; }
  /// Messages that this subscriber's overflow policy has dropped so far.
  [[nodiscard]] std::uint64_t missed() const { return queue_->missed(); }
  /// Messages whose place a later one of their key has taken so far: no loss, so in no gap.
  [[nodiscard]] std::uint64_t conflated() const { return queue_->conflated(); }
  /// Ends the subscription; a waiting `next` returns, and what has come can still be taken.
  void close() {
    queue_->close();
    unsubscribe();
  }

  /// For those who may not wait on a thread: `arrival` is called once, on whatever thread, when
  /// there is something to take or the subscription is closed, and does not use the subscriber.
  /// False: that is so now, and it will not be called. The one given before is forgotten.
  [[nodiscard]] bool call_on_arrival(const Arrival& arrival) {
    return queue_->call_on_arrival(arrival);
  }

  class Iterator {
   public:
    using value_type = std::optional<M>;
    explicit Iterator(Subscriber* subscriber)
        : subscriber_{subscriber}, current_{subscriber->next()} {}
    value_type operator*() { return std::move(current_); }
    Iterator& operator++() {
      current_ = subscriber_->next();
      return *this;
    }
    bool operator!=(std::default_sentinel_t) const { return current_.has_value(); }

   private:
    Subscriber* subscriber_;
    value_type current_;
  };
  [[nodiscard]] Iterator begin() { return Iterator{this}; }
  [[nodiscard]] std::default_sentinel_t end() const { return std::default_sentinel; }

 private:
  using Queue = PullQueue<M>;

  void unsubscribe() {
    topic_ != nullptr ? topic_->unsubscribe(*queue_) : registry_->unsubscribe(*queue_);
  }

  Topic<M>* topic_ = nullptr;  // One of the two is set.
  TopicRegistry* registry_ = nullptr;
  std::shared_ptr<Queue> queue_;
  std::uint64_t gap_ = 0;
};

}  // namespace mycelium
