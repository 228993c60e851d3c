#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mycelium/bus/topic.hpp"
#include "mycelium/bus/topic_pattern.hpp"

namespace mycelium {

/// The topics of one system, by name, and the patterns that subscribers have given instead of one.
/// Thread-safety: any thread.
class TopicRegistry {
 public:
  /// The topic of this name, made on first use. An empty name means the message's own. Throws
  /// std::invalid_argument when the name belongs to a topic of another message type, is a pattern,
  /// or is no broadcast name (`TopicName`).
  template <Message M>
  [[nodiscard]] Topic<M>& topic(std::string_view name = {}, const TopicOptions& options = {}) {
    if (name.empty()) name = kTraits<M>.topic;
    const std::scoped_lock lock{mutex_};
    auto found = topics_.find(name);
    if (found == topics_.end()) {
      check_name(name);
      auto made = std::make_unique<Topic<M>>(std::string{name});
      subscribe_matching(*made);
      found = topics_.emplace(std::string{name}, std::move(made)).first;
    }
    if (found->second->type().id != kTraits<M>.id) refuse(*found->second, message_type<M>());
    auto& topic = static_cast<Topic<M>&>(*found->second);
    topic.retain(options);
    return topic;
  }

  /// From now on the holder of `cell` gets what is published on any topic of this message whose
  /// name matches, whether it is there already or comes later: each message once, whatever number
  /// of its patterns match (promise R3). What is retained of those that are there comes first. Of
  /// several subscriptions that match a topic the options of the one made last hold. Requires: the
  /// caller drives the cell's worker. Errors: as `Topic::subscribe`; the pattern does not hold
  /// then.
  template <Message M>
  void subscribe(const TopicPattern& pattern, MailboxCell& cell, ActorId id,
                 SubscriptionOptions options, bool tells_gaps = false) {
    check(pattern.text(), options);
    if (options.capacity == 0) options.capacity = cell.bound;
    add_pattern({pattern, kTraits<M>.id, id.value(), [=, &cell](AnyTopic& topic) {
                   static_cast<Topic<M>&>(topic).subscribe(cell, id, options, tells_gaps);
                 }});
  }
  /// The same for the one topic of this name (empty: the message's own), made on first use.
  template <Message M>
  void subscribe(std::string_view name, MailboxCell& cell, ActorId id,
                 const SubscriptionOptions& options, bool tells_gaps = false) {
    AnyTopic& named = topic<M>(name);
    const auto subscribe_to = [=, &cell](AnyTopic& topic) {
      static_cast<Topic<M>&>(topic).subscribe(cell, id, options, tells_gaps);
    };
    subscribe_to(named);
    add_named(named, id, subscribe_to);
  }
  /// Ends an actor's subscription to the topic of this name, or to this pattern with all that it
  /// has brought. A topic that another of its subscriptions matches stays, under the options of the
  /// one of them made last. Idempotent. O(topics) for a pattern.
  void unsubscribe(std::string_view name, std::uint16_t type_id, ActorId id);
  void unsubscribe(const TopicPattern& pattern, std::uint16_t type_id, ActorId id);

  /// A sink's subscription to a pattern, until `unsubscribe`.
  template <Message M>
  void subscribe(const TopicPattern& pattern, const std::shared_ptr<Sink<M>>& sink,
                 const SubscriptionOptions& options) {
    check(pattern.text(), options);
    add_pattern({pattern, kTraits<M>.id, owner_of(*sink),
                 [=](AnyTopic& topic) { static_cast<Topic<M>&>(topic).subscribe(sink, options); }});
  }
  /// Ends the subscription of a sink to a pattern. O(topics).
  template <Message M>
  void unsubscribe(const Sink<M>& sink) {
    const std::scoped_lock lock{mutex_};
    forget_patterns(owner_of(sink));
    for (auto& [name, topic] : topics_) {
      if (topic->type().id == kTraits<M>.id) static_cast<Topic<M>&>(*topic).unsubscribe(sink);
    }
  }

  /// Ends every subscription of a receiver that has stopped for good. O(topics).
  void unsubscribe_everywhere(ActorId id);

  /// Messages that overflow policies have dropped, over all topics.
  [[nodiscard]] std::uint64_t dropped() const;
  /// What can be seen of every topic, by name.
  [[nodiscard]] std::vector<TopicStatus> status() const;

 private:
  struct Pattern {
    TopicPattern pattern;
    std::uint16_t type_id;
    std::uint64_t owner;  ///< An actor's id or a sink's address, which no id is.
    std::function<void(AnyTopic&)> subscribe;
    std::uint64_t order = 0;  ///< Which of several was made last.
  };
  /// An actor's subscription to one topic.
  struct Named {
    std::function<void(AnyTopic&)> subscribe;
    std::uint64_t order;
  };
  using NamedKey = std::pair<std::uint64_t, const AnyTopic*>;  // The actor's id first.

  [[noreturn]] static void refuse(const AnyTopic& topic, const MessageType& wanted);
  static void check_name(std::string_view name);
  template <Message M>
  [[nodiscard]] static std::uint64_t owner_of(const Sink<M>& sink) noexcept {
    return reinterpret_cast<std::uintptr_t>(&sink);
  }
  void add_pattern(Pattern added);
  void subscribe_matching(AnyTopic& topic);
  void forget_patterns(std::uint64_t owner);
  void add_named(const AnyTopic& topic, ActorId id, std::function<void(AnyTopic&)> subscribe);
  void go_by_what_is_left(AnyTopic& topic, ActorId id);

  mutable std::mutex mutex_;  // Guards what follows; taken before a topic's own.
  std::map<std::string, std::unique_ptr<AnyTopic>, std::less<>> topics_;
  std::vector<Pattern> patterns_;  // In the order in which they were given.
  std::map<NamedKey, Named> named_;
  std::uint64_t subscriptions_made_ = 0;
};

}  // namespace mycelium
