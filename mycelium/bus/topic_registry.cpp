#include "mycelium/bus/topic_registry.hpp"

#include <stdexcept>

#include "mycelium/protocol/topic_name.hpp"

namespace mycelium {

void TopicRegistry::unsubscribe_everywhere(ActorId id) {
  const std::scoped_lock lock{mutex_};
  forget_patterns(id.value());
  named_.erase(named_.lower_bound({id.value(), nullptr}),
               named_.lower_bound({id.value() + 1, nullptr}));
  for (auto& [name, topic] : topics_) topic->unsubscribe_for_good(id);
}

void TopicRegistry::unsubscribe(std::string_view name, std::uint16_t type_id, ActorId id) {
  const std::scoped_lock lock{mutex_};
  const auto found = topics_.find(name);
  if (found == topics_.end() || found->second->type().id != type_id) return;
  named_.erase({id.value(), found->second.get()});
  go_by_what_is_left(*found->second, id);
}

void TopicRegistry::unsubscribe(const TopicPattern& pattern, std::uint16_t type_id, ActorId id) {
  const std::scoped_lock lock{mutex_};
  const auto ended = std::erase_if(patterns_, [&](const Pattern& other) {
    return other.owner == id.value() && other.type_id == type_id &&
           other.pattern.text() == pattern.text();
  });
  if (ended == 0) return;
  for (auto& [name, topic] : topics_) {
    if (topic->type().id == type_id && pattern.matches(name)) go_by_what_is_left(*topic, id);
  }
}

void TopicRegistry::go_by_what_is_left(AnyTopic& topic, ActorId id) {
  const auto named = named_.find({id.value(), &topic});
  std::uint64_t last = named != named_.end() ? named->second.order : 0;
  const std::function<void(AnyTopic&)>* subscribe =
      named != named_.end() ? &named->second.subscribe : nullptr;
  for (const Pattern& pattern : patterns_) {
    if (pattern.owner != id.value() || pattern.order <= last ||
        pattern.type_id != topic.type().id || !pattern.pattern.matches(topic.name())) {
      continue;
    }
    last = pattern.order;
    subscribe = &pattern.subscribe;
  }
  subscribe != nullptr ? (*subscribe)(topic) : topic.unsubscribe(id);
}

std::uint64_t TopicRegistry::dropped() const {
  const std::scoped_lock lock{mutex_};
  std::uint64_t sum = 0;
  for (const auto& [name, topic] : topics_) sum += topic->dropped();
  return sum;
}

std::vector<TopicStatus> TopicRegistry::status() const {
  const std::scoped_lock lock{mutex_};
  std::vector<TopicStatus> all;
  all.reserve(topics_.size());
  for (const auto& [name, topic] : topics_) all.push_back(topic->status());
  return all;
}

void TopicRegistry::refuse(const AnyTopic& topic, const MessageType& wanted) {
  throw std::invalid_argument{"topic \"" + topic.name() + "\" carries " +
                              std::string{topic.type().name} + ", not " + std::string{wanted.name} +
                              "; give one of them another name"};
}

void TopicRegistry::check_name(std::string_view name) {
  if (TopicPattern::is_one(name)) {
    throw std::invalid_argument{"\"" + std::string{name} +
                                "\" is a pattern of topics, and no topic: one may subscribe to "
                                "it, and publish on a topic whose name has no * and no >"};
  }
  if (const auto checked = TopicName::broadcast(name); !checked) {
    throw std::invalid_argument{checked.error().message +
                                "; the name of a topic is words of letters, digits, _ and - "
                                "between dots, as market.quotes, of which the first is not "
                                "\"actor\" and the last of several is no number"};
  }
}

void TopicRegistry::add_pattern(Pattern added) {
  const std::scoped_lock lock{mutex_};
  for (auto& [name, topic] : topics_) {
    if (topic->type().id == added.type_id && added.pattern.matches(name)) added.subscribe(*topic);
  }
  // The same pattern given again, by a restarted actor, takes the place of the first.
  std::erase_if(patterns_, [&](const Pattern& other) {
    return other.owner == added.owner && other.type_id == added.type_id &&
           other.pattern.text() == added.pattern.text();
  });
  added.order = ++subscriptions_made_;
  patterns_.push_back(std::move(added));
}

void TopicRegistry::add_named(const AnyTopic& topic, ActorId id,
                              std::function<void(AnyTopic&)> subscribe) {
  const std::scoped_lock lock{mutex_};
  named_.insert_or_assign({id.value(), &topic}, Named{std::move(subscribe), ++subscriptions_made_});
}

void TopicRegistry::subscribe_matching(AnyTopic& topic) {
  for (const Pattern& pattern : patterns_) {
    if (pattern.type_id == topic.type().id && pattern.pattern.matches(topic.name()))
      pattern.subscribe(topic);
  }
}

void TopicRegistry::forget_patterns(std::uint64_t owner) {
  std::erase_if(patterns_, [&](const Pattern& pattern) { return pattern.owner == owner; });
}

}  // namespace mycelium
