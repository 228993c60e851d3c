#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "mycelium/bus/topic_registry.hpp"

namespace mycelium {

/// What a subscriber calls when something has come: plain data, so that nothing is allocated for
/// it.
struct Arrival {
  void (*call)(void* subject, std::uint64_t number) = nullptr;
  void* subject = nullptr;
  std::uint64_t number = 0;

  void now() const { call(subject, number); }
};

/// Pulls the messages of a topic on a thread of its own, without an actor:
///
///     for (auto swap : subscriber) detector.handle(*swap);
///
/// The loop ends when `close` has been called and everything has been taken. What the policy drops
/// is seen where it was: `subscriber.gap()` says how many were missed right before the message
/// taken last. Thread-safety: one thread pulls; `close` and `missed` from any thread. Memory:
/// `capacity` messages, and with `block` what is retained of the topic.
template <Message M>
class Subscriber {
 public:
  /// Throws std::invalid_argument for a policy that is not offered, or no capacity.
  explicit Subscriber(Topic<M>& topic, const SubscriberOptions& options = {})
      : topic_{&topic}, queue_{std::make_shared<Queue>(options)} {
    topic.subscribe(queue_, SubscriptionOptions{.overflow = options.overflow});
  }
  /// To all topics of this message whose names match, those that come later too. The registry
  /// outlives the subscriber.
  Subscriber(TopicRegistry& registry, const TopicPattern& pattern,
             const SubscriberOptions& options = {})
      : registry_{&registry}, queue_{std::make_shared<Queue>(options)} {
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
  class Queue final : public Sink<M> {
   public:
    explicit Queue(const SubscriberOptions& options) : options_{options} {
      if (options.capacity == 0)
        throw std::invalid_argument{"a pull subscriber holds one message at least"};
    }

    bool has_room() override {
      const std::scoped_lock lock{mutex_};
      return closed_ || messages_.size() < options_.capacity;
    }

    bool accept(const M& message) override { return keep(message); }
    bool accept_shared(const Shared<M>& message) override { return keep(message); }

    template <typename Given>
    bool keep(const Given& message) {
      const std::scoped_lock lock{mutex_};
      if (closed_) return false;
      if (messages_.size() >= options_.capacity && options_.overflow != Overflow::block) {
        ++missed_;
        if (options_.overflow != Overflow::drop_oldest) {
          ++missed_at_end_;
          return false;
        }
        drop_oldest();
      }
      messages_.emplace_back(message, std::exchange(missed_at_end_, 0));
      tell();
      return true;
    }

    std::optional<M> take(bool wait, std::uint64_t& gap) {
      std::unique_lock lock{mutex_};
      if (!await_entry(lock, wait)) return std::nullopt;
      Entry entry = pop(gap);
      return entry.shared ? std::optional<M>{*entry.shared} : std::move(entry.own);
    }
    Shared<M> take_shared(bool wait, std::uint64_t& gap) {
      std::unique_lock lock{mutex_};
      if (!await_entry(lock, wait)) return {};
      Entry entry = pop(gap);
      return entry.own ? Shared<M>::make(std::move(*entry.own)) : std::move(entry.shared);
    }

    bool call_on_arrival(const Arrival& arrival) {
      const std::scoped_lock lock{mutex_};
      const bool waits = !closed_ && messages_.empty();
      arrival_ = waits ? arrival : Arrival{};
      return waits;
    }

    std::uint64_t missed() {
      const std::scoped_lock lock{mutex_};
      return missed_;
    }

    void close() {
      const std::scoped_lock lock{mutex_};
      closed_ = true;
      arrived_.notify_all();
      tell();
    }

    /// Nobody takes anything any more: a topic may refer to this queue longer than its subscriber.
    void end() {
      close();
      const std::scoped_lock lock{mutex_};
      messages_.clear();
    }

   private:
    // One of the two is there.
    struct Entry {
      Entry(const M& message, std::uint64_t missed) : own{message}, missed_before{missed} {}
      Entry(const Shared<M>& message, std::uint64_t missed)
          : shared{message}, missed_before{missed} {}
      std::optional<M> own;
      Shared<M> shared;
      std::uint64_t missed_before;  // Dropped between the message before and this one.
    };

    bool await_entry(std::unique_lock<std::mutex>& lock, bool wait) {
      if (wait) arrived_.wait(lock, [this] { return closed_ || !messages_.empty(); });
      return !messages_.empty();
    }
    Entry pop(std::uint64_t& gap) {
      Entry entry = std::move(messages_.front());
      messages_.pop_front();
      gap = entry.missed_before;
      return entry;
    }

    void tell() {
      arrived_.notify_one();
      if (arrival_.call != nullptr) std::exchange(arrival_, {}).now();
    }

    // The loss is seen before what waited behind it.
    void drop_oldest() {
      const std::uint64_t missed = messages_.front().missed_before + 1;
      messages_.pop_front();
      (messages_.empty() ? missed_at_end_ : messages_.front().missed_before) += missed;
    }

    const SubscriberOptions options_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    Arrival arrival_;
    std::deque<Entry> messages_;
    std::uint64_t missed_ = 0;
    std::uint64_t missed_at_end_ = 0;  // Before the message that comes next.
    bool closed_ = false;
  };

  void unsubscribe() {
    topic_ != nullptr ? topic_->unsubscribe(*queue_) : registry_->unsubscribe(*queue_);
  }

  Topic<M>* topic_ = nullptr;  // One of the two is set.
  TopicRegistry* registry_ = nullptr;
  std::shared_ptr<Queue> queue_;
  std::uint64_t gap_ = 0;
};

}  // namespace mycelium
