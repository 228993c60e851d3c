#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mycelium/bus/delivery.hpp"
#include "mycelium/config/options.hpp"

namespace mycelium {

/// What a subscriber that has no room wants: `block` (publishers are told `full` and retry) or `drop_newest`.
struct SubscriptionOptions {
  Overflow overflow = Overflow::block;
};

/// A receiver of messages that is no actor: a pull subscriber, a test's capture.
///
/// Thread-safety: both functions are called from any publishing thread, several at once.
template <Message M>
class Sink {
 public:
  virtual ~Sink() = default;
  /// Whether one more message fits; asked only of `block` subscriptions.
  [[nodiscard]] virtual bool has_room() = 0;
  /// Takes the message; false: dropped (and counted by the sink).
  virtual bool accept(const M& message) = 0;
};

/// What the registry knows of a topic whatever its message type.
class AnyTopic {
 public:
  AnyTopic(std::string name, const MessageType& type) : name_{std::move(name)}, type_{type} {}
  virtual ~AnyTopic() = default;
  AnyTopic(const AnyTopic&) = delete;
  AnyTopic& operator=(const AnyTopic&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const MessageType& type() const noexcept { return type_; }

  /// Ends every subscription of this receiver. Any thread.
  virtual void unsubscribe(ActorId id) = 0;

  /// Messages that subscribers' overflow policies have dropped here, each subscriber counted.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

 protected:
  void count_dropped(std::uint32_t count) noexcept { dropped_.fetch_add(count, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> dropped_{0};
  const std::string name_;
  const MessageType& type_;
};

/// A named stream of messages of one type, from any publishers to any subscribers.
///
/// Publishing reads an immutable route; subscribing replaces it. Old routes are kept until the topic ends, so that a
/// publisher on another worker may still be reading one. Thread-safety: every function from any thread.
template <Message M>
class Topic final : public AnyTopic {
 public:
  explicit Topic(std::string name) : AnyTopic{std::move(name), message_type<M>()} {
    routes_.push_back(std::make_unique<Route>());
    route_.store(routes_.back().get(), std::memory_order_release);
  }

  /// From now on the holder of `cell` gets what is published. Idempotent: a second subscription of the same receiver
  /// replaces the options of the first, so that a restarted actor may subscribe again.
  void subscribe(MailboxCell& cell, ActorId id, const SubscriptionOptions& options) {
    change([&](Route& route) {
      std::erase_if(route.cells, [&](const CellTarget& target) { return target.id == id; });
      route.cells.push_back({&cell, id, options.overflow});
    });
  }

  /// The sink lives at least as long as the topic's routes refer to it, hence the shared ownership.
  void subscribe(std::shared_ptr<Sink<M>> sink, const SubscriptionOptions& options) {
    change([&](Route& route) { route.sinks.push_back({std::move(sink), options.overflow}); });
  }

  void unsubscribe(ActorId id) override {
    change([&](Route& route) {
      std::erase_if(route.cells, [&](const CellTarget& target) { return target.id == id; });
    });
  }
  void unsubscribe(const Sink<M>& sink) {
    change([&](Route& route) {
      std::erase_if(route.sinks, [&](const SinkTarget& target) { return target.sink.get() == &sink; });
    });
  }

  /// Gives the message to every subscriber, or, when a `block` subscriber has no room, to nobody.
  PublishResult publish(const M& message) {
    const Route& route = *route_.load(std::memory_order_acquire);  // Pairs with change().
    PublishResult result;
    result.full = count_full(route);
    if (result.full > 0) return result;
    for (const CellTarget& target : route.cells) {
      switch (give(target, message)) {
        case SendResult::ok: ++result.delivered; break;
        case SendResult::closed: break;  // Stopped a moment ago; its subscription is about to end.
        default: ++result.dropped; break;
      }
    }
    for (const SinkTarget& target : route.sinks) {
      ++(target.sink->accept(message) ? result.delivered : result.dropped);
    }
    if (result.dropped > 0) count_dropped(result.dropped);
    return result;
  }

  [[nodiscard]] std::size_t subscriber_count() const noexcept {
    const Route& route = *route_.load(std::memory_order_acquire);
    return route.cells.size() + route.sinks.size();
  }

 private:
  struct CellTarget {
    MailboxCell* cell;
    ActorId id;
    Overflow overflow;
  };
  struct SinkTarget {
    std::shared_ptr<Sink<M>> sink;
    Overflow overflow;
  };
  struct WayCount {
    Worker* worker;
    std::size_t count;
  };
  struct Route {
    std::vector<CellTarget> cells;
    std::vector<SinkTarget> sinks;
    std::vector<WayCount> ways;  ///< `block` receivers on each worker: so many frames must fit into the way there.
  };

  static SendResult give(const CellTarget& target, const M& message) {
    if (target.overflow != Overflow::block) return detail::deliver(*target.cell, target.id, message);
    if (target.cell->open_id.load(std::memory_order_relaxed) != target.id.value()) return SendResult::closed;
    // count_full() has seen room for it; what other publishers have filled since then is the documented excess.
    return detail::place(*target.cell, target.id, message) ? SendResult::ok : SendResult::full;
  }

  static std::uint32_t count_full(const Route& route) {
    const Worker* const me = Worker::current();
    std::uint32_t full = 0;
    for (const CellTarget& target : route.cells) {
      if (target.overflow == Overflow::block &&
          detail::look_at(*target.cell, target.id, me) == SendResult::full) {
        ++full;
      }
    }
    for (const SinkTarget& target : route.sinks) {
      if (target.overflow == Overflow::block && !target.sink->has_room()) ++full;
    }
    for (const WayCount& way : route.ways) {
      if (!detail::way_has_room<M>(*way.worker, way.count)) ++full;
    }
    return full;
  }

  template <typename Change>
  void change(Change&& apply) {
    const std::scoped_lock lock{mutex_};
    auto next = std::make_unique<Route>(*routes_.back());
    apply(*next);
    next->ways.clear();
    for (const CellTarget& target : next->cells) {
      if (target.overflow != Overflow::block) continue;
      auto way = std::find_if(next->ways.begin(), next->ways.end(),
                              [&](const WayCount& seen) { return seen.worker == target.cell->worker; });
      if (way == next->ways.end()) way = next->ways.insert(way, WayCount{target.cell->worker, 0});
      ++way->count;
    }
    routes_.push_back(std::move(next));
    route_.store(routes_.back().get(), std::memory_order_release);  // Pairs with publish().
  }

  std::atomic<const Route*> route_{nullptr};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Route>> routes_;  // Guarded by mutex_; the last is in force.
};

/// A handle to publish on one topic: a small value. Thread-safety: any thread, any number of copies.
///
///     if (publisher.publish(Swap{...}).full > 0) { ... nobody got it; try again later ... }
template <Message M>
class Publisher {
 public:
  /// The topic outlives the publisher (a system keeps its topics until it ends).
  explicit Publisher(Topic<M>& topic) noexcept : topic_{&topic} {}
  PublishResult publish(const M& message) const { return topic_->publish(message); }
  [[nodiscard]] const std::string& topic() const noexcept { return topic_->name(); }

 private:
  Topic<M>* topic_;
};

}  // namespace mycelium
