#pragma once

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/base/assert.hpp"
#include "mycelium/bus/any_topic.hpp"
#include "mycelium/bus/retained_values.hpp"
#include "mycelium/bus/route.hpp"
#include "mycelium/config/options.hpp"

namespace mycelium {

/// A named stream of messages of one type, from any publishers to any subscribers.
///
/// Publishing reads an immutable route; subscribing replaces it. An old one is freed once no thread
/// reads it any more (`Retired`), which costs a publisher two plain stores. A topic that retains
/// is published on under its mutex, because what it keeps and what it gives must be in one order;
/// other topics pay nothing for that. Thread-safety: every function from any thread.
template <Message M>
class Topic final : public AnyTopic {
 public:
  explicit Topic(std::string name) : AnyTopic{std::move(name), message_type<M>()} {
    current_ = std::make_shared<const Route<M>>();
    route_.store(current_.get(), std::memory_order_release);
  }

  /// From now on the last message, or the last of each key, is kept for later subscribers. Once
  /// asked for, it stays so. Throws std::invalid_argument for a limit of no keys.
  void retain(const TopicOptions& options) {
    if (options.retain == Retain::none) return;
    if (options.retained_keys_max == 0) {
      throw std::invalid_argument{"topic \"" + name() +
                                  "\": a topic that retains has room for one key at least"};
    }
    Change change{*this};
    if (retained_ == nullptr)
      retained_ = std::make_unique<RetainedValues<M>>(options.retained_keys_max);
    retained_->allow(options.retained_keys_max);
    if (!current_->retains) change.apply([](Route<M>& next) { next.retains = true; });
  }

  /// From now on the holder of `cell` gets what is published, and before it what is retained.
  /// Idempotent: a second subscription of the same receiver replaces the options of the first, so
  /// that a restarted actor may subscribe again, and brings nothing retained. `tells_gaps`: the
  /// receiver handles `Gap`. Requires: nothing is retained, or the caller drives the cell's worker.
  /// With `conflate` a message whose key the receiver's class does not tell replaces none. Throws
  /// std::invalid_argument for too large a capacity, std::length_error for more subscribers on one
  /// worker than a lane can carry to at once.
  void subscribe(MailboxCell& cell, ActorId id, const SubscriptionOptions& options,
                 bool tells_gaps = false) {
    using Target = typename Route<M>::CellTarget;
    check(name(), options);
    Target target{&cell, id, options.overflow, !cell.admits_only_with_room()};
    Change change{*this};
    target.backlog = backlog_of(cell, id, options, tells_gaps);
    const auto is_same = [&](const Target& other) { return other.id == id; };
    const auto same = std::find_if(current_->cells.begin(), current_->cells.end(), is_same);
    if (same == current_->cells.end()) {
      change.apply([&](Route<M>& next) { next.cells.push_back(target); });
      give_retained(target);
    } else if (same->overflow != target.overflow) {
      change.apply([&](Route<M>& next) {
        *std::find_if(next.cells.begin(), next.cells.end(), is_same) = target;
      });
    }
  }

  /// The sink lives until no publisher may be using it any more, hence the shared ownership.
  void subscribe(std::shared_ptr<Sink<M>> sink, const SubscriptionOptions& options) {
    check(name(), options);
    Sink<M>& added = *sink;
    Change change{*this};
    change.apply(
        [&](Route<M>& next) { next.sinks.push_back({std::move(sink), options.overflow}); });
    if (retained_ == nullptr) return;
    retained_->for_each([&](const M& message) {
      if (!added.accept(message)) count_dropped(1);
    });
  }

  void unsubscribe(ActorId id) override {
    Change change{*this};
    end_conflation_of(id);
    change.remove(&Route<M>::cells, [&](const auto& target) { return target.id == id; });
  }
  void unsubscribe_for_good(ActorId id) override {
    Change change{*this};
    change.remove(&Route<M>::cells, [&](const auto& target) { return target.id == id; });
    retire_backlog_of(id);
  }
  void unsubscribe(const Sink<M>& sink) {
    Change change{*this};
    change.remove(&Route<M>::sinks, [&](const auto& target) { return target.sink.get() == &sink; });
  }

  /// Gives the message to every subscriber, or, when one that wants all has no room, to nobody.
  PublishResult publish(const M& message) { return publish_given(message, nullptr); }
  /// The same with a message that all subscribers share: made once, copied by nobody but by what
  /// the topic retains and by sinks that keep copies.
  PublishResult publish(const Shared<M>& message) { return publish_given(message, nullptr); }

  /// For one who waits on its worker until all who want that have room: as `publish`, past
  /// those who wait for this cell, and what hinders it.
  PublishResult publish_in_turn(const M& message, const MailboxCell* my_turn_at) {
    return publish_given(message, my_turn_at);
  }
  [[nodiscard]] typename Route<M>::Hindrance find_hindrance(const MailboxCell* my_turn_at) const {
    const ReadSection section;
    // Acquire: pairs with Change::apply().
    return route_.load(std::memory_order_acquire)->find_hindrance(my_turn_at);
  }

  [[nodiscard]] bool has_subscribers() const noexcept { return subscriber_count() > 0; }
  [[nodiscard]] std::size_t subscriber_count() const noexcept override {
    const ReadSection section;
    const Route<M>& route = *route_.load(std::memory_order_acquire);  // Pairs with Change::apply().
    return route.cells.size() + route.sinks.size();
  }
  [[nodiscard]] std::size_t retained_count() const override {
    const std::scoped_lock lock{mutex_};
    return retained_ != nullptr ? retained_->size() : 0;
  }

 private:
  template <typename Given>
  PublishResult publish_given(const Given& message, const MailboxCell* my_turn_at) {
    const ReadSection section;
    const Route<M>& route = *route_.load(std::memory_order_acquire);  // Pairs with Change::apply().
    if (route.retains) [[unlikely]]
      return publish_and_retain(message, my_turn_at);
    return counted(route.publish(message, my_turn_at));
  }

  PublishResult counted(PublishResult result) {
    if (result.full > 0) return result;
    counts_.add(Worker::current(), result.delivered);
    if (result.dropped > 0) count_dropped(result.dropped);
    return result;
  }

  template <typename Given>
  [[gnu::noinline]] PublishResult publish_and_retain(const Given& message,
                                                     const MailboxCell* my_turn_at) {
    const std::scoped_lock lock{mutex_};
    const PublishResult result = current_->publish(message, my_turn_at);
    if (result.full == 0) {
      if constexpr (std::same_as<Given, M>) {
        retained_->keep(message);
      } else {
        retained_->keep(*message);
      }
    }
    return counted(result);
  }

  // Whoever publishes waits for the mutex, so all that is retained was published before the
  // subscription, and all that is published next comes behind it.
  void give_retained(const typename Route<M>::CellTarget& target) {
    if (retained_ == nullptr || retained_->size() == 0) return;
    MYCELIUM_ASSERT(target.cell->worker == Worker::current(),
                    "an actor subscribes on its own worker to a topic that has retained values");
    retained_->for_each([&](const M& message) {
      if (target.wants_all) {
        target.cell->push(Worker::current()->envelopes().make(message));  // Whatever the capacity.
      } else if (Route<M>::give(target, message) != SendResult::ok) {
        count_dropped(1);
      }
    });
  }

  // Holds the mutex. What is not needed any more ends behind it: a sink may do anything then.
  class Change {
   public:
    explicit Change(Topic& topic) : topic_{topic}, lock_{topic.mutex_} {}
    ~Change() { freed_ = topic_.retired_.take_free(bytes_of(*topic_.current_)); }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

    // Puts a changed copy of the route in force.
    template <typename Edit>
    void apply(Edit&& edit) {
      auto next = std::make_shared<Route<M>>(*topic_.current_);
      edit(*next);
      next->count_ways();
      for (const auto& way : next->ways)
        topic_.check_way(*way.worker, way.payload_bytes, way.count);
      topic_.retired_.make_room();  // What may throw is behind us from here on.
      // Release: pairs with publish_given().
      topic_.route_.store(next.get(), std::memory_order_release);
      const std::size_t bytes = bytes_of(*topic_.current_);
      topic_.retired_.add(std::exchange(topic_.current_, std::move(next)), bytes);
    }
    // Takes the matching receivers out, if there are any.
    template <typename Receivers, typename Matches>
    void remove(Receivers Route<M>::* receivers, Matches&& matches) {
      const Receivers& present = (*topic_.current_).*receivers;
      if (std::none_of(present.begin(), present.end(), matches)) return;
      apply([&](Route<M>& next) { std::erase_if(next.*receivers, matches); });
    }

   private:
    static std::size_t bytes_of(const Route<M>& route) noexcept {
      return sizeof(route) + route.cells.size() * sizeof(route.cells[0]) +
             route.sinks.size() * sizeof(route.sinks[0]);
    }

    Topic& topic_;
    std::vector<Retired::Item> freed_;
    const std::scoped_lock<std::mutex> lock_;
  };

  std::atomic<const Route<M>*> route_{nullptr};
  std::shared_ptr<const Route<M>> current_;      // The same; guarded by mutex_.
  std::unique_ptr<RetainedValues<M>> retained_;  // Guarded by mutex_.
};

/// A handle to publish on one topic: a small value. Thread-safety: any thread, any number of
/// copies.
///
///     if (publisher.publish(Swap{...}).full > 0) { ... nobody got it; try again later ... }
template <Message M>
class Publisher {
 public:
  /// The topic outlives the publisher (a system keeps its topics until it ends).
  explicit Publisher(Topic<M>& topic) noexcept : topic_{&topic} {}
  PublishResult publish(const M& message) const { return topic_->publish(message); }
  /// One message for all subscribers, without a copy. Requires: not empty.
  PublishResult publish(const Shared<M>& message) const { return topic_->publish(message); }
  [[nodiscard]] const std::string& topic() const noexcept { return topic_->name(); }
  /// The topic itself.
  [[nodiscard]] Topic<M>& get() const noexcept { return *topic_; }

 private:
  Topic<M>* topic_;
};

}  // namespace mycelium
