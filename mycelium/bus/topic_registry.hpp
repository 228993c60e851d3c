#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>

#include "mycelium/bus/topic.hpp"

namespace mycelium {

/// The topics of one system, by name. Thread-safety: any thread.
class TopicRegistry {
 public:
  /// The topic of this name, made on first use. An empty name means the message's own.
  /// Throws std::invalid_argument when the name belongs to a topic of another message type.
  template <Message M>
  [[nodiscard]] Topic<M>& topic(std::string_view name = {}) {
    if (name.empty()) name = kTraits<M>.topic;
    const std::scoped_lock lock{mutex_};
    auto found = topics_.find(name);
    if (found == topics_.end()) {
      found =
          topics_.emplace(std::string{name}, std::make_unique<Topic<M>>(std::string{name})).first;
    }
    if (found->second->type().id != kTraits<M>.id) refuse(*found->second, message_type<M>());
    return static_cast<Topic<M>&>(*found->second);
  }

  /// Ends every subscription of a receiver that has stopped for good. O(topics).
  void unsubscribe_everywhere(ActorId id) {
    const std::scoped_lock lock{mutex_};
    for (auto& [name, topic] : topics_) topic->unsubscribe(id);
  }

  /// Messages that overflow policies have dropped, over all topics.
  [[nodiscard]] std::uint64_t dropped() {
    const std::scoped_lock lock{mutex_};
    std::uint64_t sum = 0;
    for (const auto& [name, topic] : topics_) sum += topic->dropped();
    return sum;
  }

 private:
  [[noreturn]] static void refuse(const AnyTopic& topic, const MessageType& wanted) {
    throw std::invalid_argument{"topic \"" + topic.name() + "\" carries " +
                                std::string{topic.type().name} + ", not " +
                                std::string{wanted.name} + "; give one of them another name"};
  }

  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<AnyTopic>, std::less<>> topics_;
};

}  // namespace mycelium
