#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/bus/any_topic.hpp"
#include "mycelium/bus/send_result.hpp"

namespace mycelium::model {

/// What a receiver takes: a message (`missed` is 0), or how much of a topic it has missed.
struct Taken {
  std::string topic;
  std::uint64_t serial = 0;
  std::uint64_t missed = 0;
  friend bool operator==(const Taken&, const Taken&) = default;
};

/// An actor's mailbox and its subscriptions, as plainly as it can be said: each message that waits
/// stands in one list, and what is dropped or replaced is looked for there.
struct NaiveReceiver {
  std::uint32_t capacity = 1;
  Overflow overflow = Overflow::block;  ///< Of the mailbox itself.
  std::map<std::string, SubscriptionOptions> subscriptions;
  std::vector<std::pair<std::string, SubscriptionOptions>> patterns;

  struct Waiting {
    std::string topic;
    std::uint64_t key;
    std::uint64_t serial;
    bool of_backlog;
    bool replaceable = false;  ///< By its subscription, which conflates and has since it came.
  };
  std::deque<Waiting> waiting;
  std::map<std::string, std::uint64_t> missed;  ///< And not told yet.
  std::uint64_t dropped = 0;
  std::uint64_t conflated = 0;

  /// Its mailbox drops nothing itself.
  [[nodiscard]] bool admits() const {
    return overflow == Overflow::block || overflow == Overflow::fail;
  }
  [[nodiscard]] std::size_t count(const std::string& topic) const {
    return static_cast<std::size_t>(
        std::count_if(waiting.begin(), waiting.end(),
                      [&](const Waiting& each) { return each.of_backlog && each.topic == topic; }));
  }
  /// What waits of a topic from before its subscription conflates is replaced by nothing.
  void keep_as_it_is(const std::string& topic) {
    for (Waiting& each : waiting) each.replaceable &= each.topic != topic;
  }
  [[nodiscard]] bool has_room() const {
    return !admits() || std::count_if(waiting.begin(), waiting.end(), [](const Waiting& each) {
                          return !each.of_backlog;
                        }) < capacity;
  }
  /// False: dropped. `lost`: backlogs drop so many.
  bool take_in(const std::string& topic, std::uint64_t key, std::uint64_t serial,
               std::uint64_t& lost) {
    const SubscriptionOptions& options = subscriptions.at(topic);
    if (options.overflow == Overflow::drop_newest && !has_room()) return false;
    if (!admits()) {
      push_as_it_likes({topic, key, serial, false});
    } else if (has_backlog(options.overflow)) {
      push_to_backlog({topic, key, serial, true}, options, lost);
    } else {
      waiting.push_back({topic, key, serial, false});
    }
    return true;
  }
  std::optional<Taken> take() {
    if (waiting.empty()) return std::nullopt;
    const Waiting next = waiting.front();
    if (next.of_backlog && missed[next.topic] > 0)
      return Taken{next.topic, 0, std::exchange(missed[next.topic], 0)};
    waiting.pop_front();
    return Taken{next.topic, next.serial, 0};
  }

 private:
  void push_to_backlog(Waiting message, const SubscriptionOptions& options, std::uint64_t& lost) {
    if (options.overflow == Overflow::conflate) {
      keep_bound(message, options, lost);
      message.replaceable = true;
      const auto same = std::find_if(waiting.begin(), waiting.end(), [&](const Waiting& each) {
        return each.replaceable && each.topic == message.topic && each.key == message.key;
      });
      if (same != waiting.end()) {
        *same = message;
        ++conflated;
        return;
      }
    }
    waiting.push_back(message);
    keep_bound(message, options, lost);
  }
  void keep_bound(const Waiting& message, const SubscriptionOptions& options, std::uint64_t& lost) {
    const std::uint32_t bound = options.capacity != 0 ? options.capacity : capacity;
    for (; count(message.topic) > bound; ++lost, ++dropped, ++missed[message.topic]) {
      waiting.erase(std::find_if(waiting.begin(), waiting.end(), [&](const Waiting& each) {
        return each.of_backlog && each.topic == message.topic;
      }));
    }
  }
  void push_as_it_likes(const Waiting& message) {
    if (overflow == Overflow::conflate) {
      const auto same = std::find_if(waiting.begin(), waiting.end(),
                                     [&](const Waiting& each) { return each.key == message.key; });
      if (same != waiting.end()) {
        *same = message;
        ++conflated;
        return;
      }
    }
    if (waiting.size() >= capacity) {
      ++dropped;
      if (overflow == Overflow::drop_newest) return;
      waiting.pop_front();
    }
    waiting.push_back(message);
  }
};

/// A pull subscriber: every message that it was offered stands in one list, with a mark when it was
/// dropped.
struct NaivePuller {
  std::string name;  ///< Of a topic, or a pattern.
  std::size_t capacity = 1;
  Overflow overflow = Overflow::drop_oldest;
  std::vector<std::string> topics;

  struct Offered {
    std::uint64_t key;
    std::uint64_t serial;
    bool dropped;
  };
  std::deque<Offered> offered;
  std::uint64_t missed = 0;
  std::uint64_t conflated = 0;

  [[nodiscard]] std::size_t waiting() const {
    return static_cast<std::size_t>(std::count_if(
        offered.begin(), offered.end(), [](const Offered& each) { return !each.dropped; }));
  }
  bool take_in(std::uint64_t key, std::uint64_t serial) {
    if (overflow == Overflow::conflate) {
      for (Offered& each : offered) {
        if (each.dropped || each.key != key) continue;
        each.serial = serial;
        ++conflated;
        return true;
      }
    }
    const bool full = !wants_all(overflow) && waiting() >= capacity;
    missed += full ? 1 : 0;
    offered.push_back({key, serial, full && overflow == Overflow::drop_newest});
    if (!full || overflow == Overflow::drop_newest) return !full;
    std::find_if(offered.begin(), offered.end(), [](const Offered& each) {
      return !each.dropped;
    })->dropped = true;
    return true;
  }
  /// The message, and how many were missed before it.
  std::optional<std::pair<std::uint64_t, std::uint64_t>> take() {
    if (waiting() == 0) return std::nullopt;
    std::uint64_t gap = 0;
    for (; offered.front().dropped; ++gap) offered.pop_front();
    const std::uint64_t serial = offered.front().serial;
    offered.pop_front();
    return std::pair{serial, gap};
  }
};

/// A topic and what it keeps.
struct NaiveTopic {
  bool retains = false;
  std::size_t keys_max = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> retained;  ///< Key and serial.
  std::uint64_t published = 0;
  std::uint64_t delivered = 0;
  std::uint64_t dropped = 0;
};

/// Topics, patterns, retained values and every policy of a subscription, plainly.
///
/// Thread-safety: none. Memory: what waits.
class NaiveBus {
 public:
  std::map<std::string, NaiveTopic> topics;
  std::vector<NaiveReceiver> receivers;
  std::vector<std::unique_ptr<NaivePuller>> pullers;

  [[nodiscard]] static bool matches(const std::string& pattern, const std::string& name) {
    const std::string word = pattern.substr(0, pattern.find('.'));
    if (word == ">") return !name.empty();
    const std::string name_word = name.substr(0, name.find('.'));
    if (word == "*" ? name_word.empty() : word != name_word) return false;
    const bool more = word.size() < pattern.size();
    if (more != (name_word.size() < name.size())) return false;
    return !more || matches(pattern.substr(word.size() + 1), name.substr(name_word.size() + 1));
  }
  [[nodiscard]] static bool is_pattern(const std::string& name) {
    return name.find_first_of("*>") != std::string::npos;
  }

  NaiveTopic& topic(const std::string& name) {
    const auto [found, is_new] = topics.try_emplace(name);
    if (!is_new) return found->second;
    for (NaiveReceiver& receiver : receivers) {
      for (const auto& [pattern, options] : receiver.patterns) {
        if (matches(pattern, name)) receiver.subscriptions[name] = options;
      }
    }
    for (const auto& puller : pullers) {
      if (is_pattern(puller->name) && matches(puller->name, name)) puller->topics.push_back(name);
    }
    return found->second;
  }
  void retain(const std::string& name, std::size_t keys_max) {
    NaiveTopic& kept = topic(name);
    kept.retains = true;
    kept.keys_max = std::max(kept.keys_max, keys_max);
  }
  void subscribe(NaiveReceiver& receiver, const std::string& name,
                 const SubscriptionOptions& options) {
    if (!is_pattern(name)) {
      static_cast<void>(topic(name));
      return subscribe_to(receiver, name, options);
    }
    for (const auto& [each, unused] : topics) {
      if (matches(name, each)) subscribe_to(receiver, each, options);
    }
    std::erase_if(receiver.patterns, [&](const auto& other) { return other.first == name; });
    receiver.patterns.emplace_back(name, options);
  }
  void subscribe(std::unique_ptr<NaivePuller> added) {
    if (!is_pattern(added->name)) static_cast<void>(topic(added->name));
    for (auto& [name, each] : topics) {
      if (is_pattern(added->name) ? !matches(added->name, name) : added->name != name) continue;
      added->topics.push_back(name);
      for (const auto& [key, serial] : each.retained) {
        if (!added->take_in(key, serial)) ++each.dropped;
      }
    }
    pullers.push_back(std::move(added));
  }

  PublishResult publish(const std::string& name, std::uint64_t key, std::uint64_t serial) {
    NaiveTopic& on = topic(name);
    PublishResult result;
    const auto listens = [&](const NaivePuller& puller) {
      return std::find(puller.topics.begin(), puller.topics.end(), name) != puller.topics.end();
    };
    for (const NaiveReceiver& receiver : receivers) {
      const auto found = receiver.subscriptions.find(name);
      if (found != receiver.subscriptions.end() && wants_all(found->second.overflow) &&
          !receiver.has_room()) {
        ++result.full;
      }
    }
    for (const auto& puller : pullers) {
      if (listens(*puller) && wants_all(puller->overflow) &&
          puller->waiting() >= puller->capacity) {
        ++result.full;
      }
    }
    if (result.full > 0) return result;
    for (NaiveReceiver& receiver : receivers) {
      if (!receiver.subscriptions.contains(name)) continue;
      ++(receiver.take_in(name, key, serial, on.dropped) ? result.delivered : result.dropped);
    }
    for (const auto& puller : pullers) {
      if (listens(*puller)) ++(puller->take_in(key, serial) ? result.delivered : result.dropped);
    }
    ++on.published;
    on.delivered += result.delivered;
    on.dropped += result.dropped;
    if (on.retains) keep(on, key, serial);
    return result;
  }

 private:
  void subscribe_to(NaiveReceiver& receiver, const std::string& name,
                    const SubscriptionOptions& options) {
    const bool is_new = !receiver.subscriptions.contains(name);
    receiver.subscriptions[name] = options;
    if (options.overflow != Overflow::conflate) receiver.keep_as_it_is(name);
    if (!is_new) return;
    NaiveTopic& on = topics.at(name);
    for (const auto& [key, serial] : on.retained) {
      if (!receiver.take_in(name, key, serial, on.dropped)) ++on.dropped;
    }
  }
  static void keep(NaiveTopic& on, std::uint64_t key, std::uint64_t serial) {
    std::erase_if(on.retained, [&](const auto& other) { return other.first == key; });
    on.retained.emplace_back(key, serial);
    if (on.retained.size() > on.keys_max) on.retained.erase(on.retained.begin());
  }
};

}  // namespace mycelium::model
