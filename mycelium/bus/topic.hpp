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
/// Publishing reads an immutable route; subscribing replaces it. Old routes are kept until the
/// topic ends, so that a publisher on another worker may still be reading one. A topic that retains
/// is published on under its mutex, because what it keeps and what it gives must be in one order;
/// other topics pay nothing for that. Thread-safety: every function from any thread.
template <Message M>
class Topic final : public AnyTopic {
 public:
  explicit Topic(std::string name) : AnyTopic{std::move(name), message_type<M>()} {
    routes_.push_back(std::make_unique<Route<M>>());
    route_.store(routes_.back().get(), std::memory_order_release);
  }

  /// From now on the last message, or the last of each key, is kept for later subscribers. Once
  /// asked for, it stays so. Throws std::invalid_argument for a limit of no keys.
  void retain(const TopicOptions& options) {
    if (options.retain == Retain::none) return;
    if (options.retained_keys_max == 0) {
      throw std::invalid_argument{"topic \"" + name() +
                                  "\": a topic that retains has room for one key at least"};
    }
    change([&](Route<M>& route) {
      if (retained_ == nullptr)
        retained_ = std::make_unique<RetainedValues<M>>(options.retained_keys_max);
      retained_->allow(options.retained_keys_max);
      return !std::exchange(route.retains, true);
    });
  }

  /// From now on the holder of `cell` gets what is published, and before it what is retained.
  /// Idempotent: a second subscription of the same receiver replaces the options of the first, so
  /// that a restarted actor may subscribe again, and brings nothing retained. `tells_gaps`: the
  /// receiver handles `Gap`. Requires: nothing is retained, or the caller drives the cell's worker.
  /// Throws std::invalid_argument for options that actors' subscriptions do not offer,
  /// std::length_error for more subscribers on one worker than a lane can carry to at once.
  void subscribe(MailboxCell& cell, ActorId id, const SubscriptionOptions& options,
                 bool tells_gaps = false) {
    using Target = typename Route<M>::CellTarget;
    check(name(), options);
    bool is_new = false;
    Target target{&cell, id, options.overflow, !cell.admits_only_with_room(), nullptr};
    change(
        [&](Route<M>& route) {
          if (options.overflow == Overflow::drop_oldest)
            target.backlog = &backlog_of(cell, id, options, tells_gaps);
          const auto same = std::find_if(route.cells.begin(), route.cells.end(),
                                         [&](const Target& other) { return other.id == id; });
          is_new = same == route.cells.end();
          if (is_new) {
            route.cells.push_back(target);
            return true;
          }
          same->backlog = target.backlog;
          return std::exchange(same->overflow, target.overflow) != target.overflow;
        },
        [&] {
          if (is_new) give_retained(target);
        });
  }

  /// The sink lives at least as long as the topic's routes refer to it, hence the shared ownership.
  void subscribe(std::shared_ptr<Sink<M>> sink, const SubscriptionOptions& options) {
    check(name(), options);
    Sink<M>& added = *sink;
    change(
        [&](Route<M>& route) {
          route.sinks.push_back({std::move(sink), options.overflow});
          return true;
        },
        [&] {
          if (retained_ == nullptr) return;
          retained_->for_each([&](const M& message) {
            if (!added.accept(message)) count_dropped(1);
          });
        });
  }

  void unsubscribe(ActorId id) override {
    change([&](Route<M>& route) {
      return std::erase_if(route.cells, [&](const auto& target) { return target.id == id; }) > 0;
    });
  }
  void unsubscribe(const Sink<M>& sink) {
    change([&](Route<M>& route) {
      return std::erase_if(route.sinks,
                           [&](const auto& target) { return target.sink.get() == &sink; }) > 0;
    });
  }

  /// Gives the message to every subscriber, or, when a `block` subscriber has no room, to nobody.
  PublishResult publish(const M& message) { return publish_given(message, nullptr); }
  /// The same with a message that all subscribers share: made once, copied by nobody but by what
  /// the topic retains and by sinks that keep copies.
  PublishResult publish(const Shared<M>& message) { return publish_given(message, nullptr); }

  /// For one who waits on its worker until all `block` subscribers have room: as `publish`, past
  /// those who wait for this cell, and what hinders it.
  PublishResult publish_in_turn(const M& message, const MailboxCell* my_turn_at) {
    return publish_given(message, my_turn_at);
  }
  [[nodiscard]] typename Route<M>::Hindrance find_hindrance(const MailboxCell* my_turn_at) const {
    // Acquire: pairs with change().
    return route_.load(std::memory_order_acquire)->find_hindrance(my_turn_at);
  }

  [[nodiscard]] bool has_subscribers() const noexcept { return subscriber_count() > 0; }
  [[nodiscard]] std::size_t subscriber_count() const noexcept override {
    const Route<M>& route = *route_.load(std::memory_order_acquire);  // Pairs with change().
    return route.cells.size() + route.sinks.size();
  }
  [[nodiscard]] std::size_t retained_count() const override {
    const std::scoped_lock lock{mutex_};
    return retained_ != nullptr ? retained_->size() : 0;
  }

 private:
  template <typename Given>
  PublishResult publish_given(const Given& message, const MailboxCell* my_turn_at) {
    const Route<M>& route = *route_.load(std::memory_order_acquire);  // Pairs with change().
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
    const PublishResult result = routes_.back()->publish(message, my_turn_at);
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
      if (target.overflow == Overflow::block) {
        target.cell->push(Worker::current()->envelopes().make(message));  // Whatever the capacity.
      } else if (Route<M>::give(target, message) != SendResult::ok) {
        count_dropped(1);
      }
    });
  }

  // `apply` says whether it has changed anything; without a change the route stays in force.
  template <typename Change, typename Then>
  void change(Change&& apply, Then&& then) {
    const std::scoped_lock lock{mutex_};
    auto next = std::make_unique<Route<M>>(*routes_.back());
    if (!apply(*next)) return;
    next->count_ways();
    for (const auto& way : next->ways) check_way(*way.worker, way.payload_bytes, way.count);
    routes_.push_back(std::move(next));
    route_.store(routes_.back().get(), std::memory_order_release);  // Pairs with publish().
    then();
  }
  template <typename Change>
  void change(Change&& apply) {
    change(std::forward<Change>(apply), [] {});
  }

  std::atomic<const Route<M>*> route_{nullptr};
  // Guarded by mutex_; the last is in force.
  std::vector<std::unique_ptr<const Route<M>>> routes_;
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
