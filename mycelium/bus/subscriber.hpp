#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "mycelium/bus/topic.hpp"

namespace mycelium {

/// How much a pull subscriber holds, and what it does when it is full: `drop_oldest`, `drop_newest`
/// or `block`.
struct SubscriberOptions {
  std::size_t capacity = 1024;
  Overflow overflow = Overflow::drop_oldest;
};

/// Pulls the messages of a topic on a thread of its own, without an actor:
///
///     for (auto swap : subscriber) detector.handle(*swap);
///
/// The loop ends when `close` has been called and everything has been taken. Thread-safety: one
/// thread pulls; `close` from any thread. Memory: `capacity` messages.
template <Message M>
class Subscriber {
 public:
  explicit Subscriber(Topic<M>& topic, const SubscriberOptions& options = {})
      : topic_{&topic}, queue_{std::make_shared<Queue>(options)} {
    topic.subscribe(queue_, SubscriptionOptions{options.overflow});
  }
  ~Subscriber() {
    if (queue_ != nullptr) topic_->unsubscribe(*queue_);
  }
  Subscriber(Subscriber&&) noexcept = default;
  Subscriber& operator=(Subscriber&&) = delete;

  /// The oldest message, or nothing at once.
  [[nodiscard]] std::optional<M> try_next() { return queue_->take(/*wait=*/false); }
  /// The oldest message; waits for one. Nothing once closed and empty.
  [[nodiscard]] std::optional<M> next() { return queue_->take(/*wait=*/true); }
  /// Messages that this subscriber's overflow policy has dropped so far.
  [[nodiscard]] std::uint64_t missed() const { return queue_->missed(); }
  /// Ends the subscription; a waiting `next` returns, and what has come can still be taken.
  void close() {
    queue_->close();
    topic_->unsubscribe(*queue_);
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
    explicit Queue(const SubscriberOptions& options) : options_{options} {}

    bool has_room() override {
      const std::scoped_lock lock{mutex_};
      return closed_ || messages_.size() < options_.capacity;
    }

    bool accept(const M& message) override {
      const std::scoped_lock lock{mutex_};
      if (closed_) return false;
      if (messages_.size() >= options_.capacity && options_.overflow != Overflow::block) {
        ++missed_;
        if (options_.overflow != Overflow::drop_oldest) return false;
        messages_.pop_front();
      }
      messages_.push_back(message);
      arrived_.notify_one();
      return true;
    }

    std::optional<M> take(bool wait) {
      std::unique_lock lock{mutex_};
      if (wait) arrived_.wait(lock, [this] { return closed_ || !messages_.empty(); });
      if (messages_.empty()) return std::nullopt;
      std::optional<M> message{std::move(messages_.front())};
      messages_.pop_front();
      return message;
    }

    std::uint64_t missed() {
      const std::scoped_lock lock{mutex_};
      return missed_;
    }

    void close() {
      const std::scoped_lock lock{mutex_};
      closed_ = true;
      arrived_.notify_all();
    }

   private:
    const SubscriberOptions options_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<M> messages_;
    std::uint64_t missed_ = 0;
    bool closed_ = false;
  };

  Topic<M>* topic_;
  std::shared_ptr<Queue> queue_;
};

}  // namespace mycelium
