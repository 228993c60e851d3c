#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mycelium/bus/delivery.hpp"
#include "mycelium/config/options.hpp"

namespace mycelium {

/// What a subscriber that has no room wants: `block` (publishers are told `full` and retry) or
/// `drop_newest`.
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
  [[nodiscard]] std::uint64_t dropped() const noexcept {
    return dropped_.load(std::memory_order_relaxed);
  }

 protected:
  void count_dropped(std::uint32_t count) noexcept {
    dropped_.fetch_add(count, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> dropped_{0};
  const std::string name_;
  const MessageType& type_;
};

/// A named stream of messages of one type, from any publishers to any subscribers.
///
/// Publishing reads an immutable route; subscribing replaces it. Old routes are kept until the
/// topic ends, so that a publisher on another worker may still be reading one. Thread-safety: every
/// function from any thread.
template <Message M>
class Topic final : public AnyTopic {
 public:
  explicit Topic(std::string name) : AnyTopic{std::move(name), message_type<M>()} {
    routes_.push_back(std::make_unique<Route>());
    route_.store(routes_.back().get(), std::memory_order_release);
  }

  /// From now on the holder of `cell` gets what is published. Idempotent: a second subscription of
  /// the same receiver replaces the options of the first, so that a restarted actor may subscribe
  /// again. Throws std::invalid_argument for an overflow policy that actors' subscriptions do not
  /// offer, std::length_error for more subscribers on one worker than a lane can carry to at once.
  void subscribe(MailboxCell& cell, ActorId id, const SubscriptionOptions& options) {
    check_overflow(options.overflow, {Overflow::block, Overflow::drop_newest});
    change([&](Route& route) {
      const auto same = std::find_if(route.cells.begin(), route.cells.end(),
                                     [&](const CellTarget& target) { return target.id == id; });
      if (same == route.cells.end()) {
        route.cells.push_back({&cell, id, options.overflow});
      } else if (std::exchange(same->overflow, options.overflow) == options.overflow) {
        return false;
      }
      return true;
    });
  }

  /// The sink lives at least as long as the topic's routes refer to it, hence the shared ownership.
  void subscribe(std::shared_ptr<Sink<M>> sink, const SubscriptionOptions& options) {
    check_overflow(options.overflow,
                   {Overflow::block, Overflow::drop_newest, Overflow::drop_oldest});
    change([&](Route& route) {
      route.sinks.push_back({std::move(sink), options.overflow});
      return true;
    });
  }

  void unsubscribe(ActorId id) override {
    change([&](Route& route) {
      return std::erase_if(route.cells, [&](const CellTarget& target) { return target.id == id; }) >
             0;
    });
  }
  void unsubscribe(const Sink<M>& sink) {
    change([&](Route& route) {
      return std::erase_if(route.sinks, [&](const SinkTarget& target) {
               return target.sink.get() == &sink;
             }) > 0;
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
        case SendResult::ok:
          ++result.delivered;
          break;
        case SendResult::closed:
          break;  // Stopped a moment ago; its subscription is about to end.
        default:
          ++result.dropped;
          break;
      }
    }
    for (const SinkTarget& target : route.sinks) {
      ++(target.sink->accept(message) ? result.delivered : result.dropped);
    }
    if (result.dropped > 0) count_dropped(result.dropped);
    return result;
  }

  [[nodiscard]] bool has_subscribers() const noexcept { return subscriber_count() > 0; }
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
    bool has_block;
  };
  struct Route {
    std::vector<CellTarget> cells;
    std::vector<SinkTarget> sinks;
    std::vector<WayCount> ways;  ///< To each worker with a `block` receiver: so many frames must
                                 ///< fit into the way there.
  };

  static SendResult give(const CellTarget& target, const M& message) {
    if (target.overflow != Overflow::block)
      return detail::deliver(*target.cell, target.id, message);
    if (target.cell->open_id.load(std::memory_order_relaxed) != target.id.value())
      return SendResult::closed;
    // count_full() has seen room for it; what other publishers have filled since then is the
    // documented excess.
    return detail::place(*target.cell, target.id, message);
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

  // `apply` says whether it has changed anything; without a change the route stays in force.
  template <typename Change>
  void change(Change&& apply) {
    const std::scoped_lock lock{mutex_};
    auto next = std::make_unique<Route>(*routes_.back());
    if (!apply(*next)) return;
    next->ways = count_ways(*next);
    for (const WayCount& way : next->ways) check_way(way);
    routes_.push_back(std::move(next));
    route_.store(routes_.back().get(), std::memory_order_release);  // Pairs with publish().
  }

  static std::vector<WayCount> count_ways(const Route& route) {
    std::vector<WayCount> ways;
    for (const CellTarget& target : route.cells) {
      auto way = std::find_if(ways.begin(), ways.end(), [&](const WayCount& seen) {
        return seen.worker == target.cell->worker;
      });
      if (way == ways.end()) way = ways.insert(way, WayCount{target.cell->worker, 0, false});
      ++way->count;  // The others on that worker take from the same room.
      way->has_block |= target.overflow == Overflow::block;
    }
    std::erase_if(ways, [](const WayCount& way) { return !way.has_block; });
    return ways;
  }

  void check_way(const WayCount& way) const {
    if (FrameRing::room_needed(detail::kLanePayloadBytes<M>, way.count) <= way.worker->lane_bytes())
      return;
    throw std::length_error{
        "topic \"" + name() + "\" would have " + std::to_string(way.count) +
        " subscribers on one worker, more than a lane can carry to at once; raise "
        "SystemOptions::lane_bytes"};
  }

  void check_overflow(Overflow wanted, std::initializer_list<Overflow> offered) const {
    if (std::find(offered.begin(), offered.end(), wanted) != offered.end()) return;
    throw std::invalid_argument{"topic \"" + name() + "\": this subscriber cannot be " +
                                std::string{name_of(wanted)}};
  }

  std::atomic<const Route*> route_{nullptr};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Route>> routes_;  // Guarded by mutex_; the last is in force.
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
  [[nodiscard]] const std::string& topic() const noexcept { return topic_->name(); }

 private:
  Topic<M>* topic_;
};

}  // namespace mycelium
