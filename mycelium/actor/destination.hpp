#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "mycelium/actor/system.hpp"
#include "mycelium/protocol/topic_name.hpp"

namespace mycelium {

/// To all subscribers of a topic.
struct Broadcast {
  std::string topic;
};
/// To one actor.
struct Unicast {
  ActorId actor;
};
/// To the member of a group that the key belongs to, as `Group::pick` says.
struct Partition {
  std::string group;
  ConsistentHash key;
};

/// Where messages go, as plain data that can be kept and handed on (promise R1).
using Destination = std::variant<Broadcast, Unicast, Partition>;

/// Sends messages of one type to a destination that has been looked up once.
///
///     const auto risk = resolve<Order>(system, Partition{"risk", consistent_hash(account)});
///     if (risk) risk->try_send(Order{...});
///
/// Thread-safety: none; a value, each thread has its own. Valid as long as the system lives.
template <Message M>
class DestinationSender {
 public:
  explicit DestinationSender(Topic<M>& topic) : to_{Publisher<M>{topic}} {}
  explicit DestinationSender(const RefTo<M>& actor) : to_{actor} {}
  DestinationSender(GroupOf<M> group, ConsistentHash key) : to_{Keyed{std::move(group), key}} {}

  /// `full`: the receiver has no room, or a `block` subscriber of the topic has none and nobody got
  /// it. `closed`: the actor has stopped, or the group has no member. A topic without subscribers
  /// says `ok`, as `publish` does.
  SendResult try_send(const M& message) {
    if (auto* const topic = std::get_if<Publisher<M>>(&to_))
      return topic->publish(message).full > 0 ? SendResult::full : SendResult::ok;
    if (auto* const actor = std::get_if<RefTo<M>>(&to_)) return actor->try_send(message);
    auto& keyed = std::get<Keyed>(to_);
    return keyed.group.try_send(message, keyed.key);
  }

 private:
  struct Keyed {
    GroupOf<M> group;
    ConsistentHash key;
  };

  std::variant<Publisher<M>, RefTo<M>, Keyed> to_;
};

/// Looks a destination up for messages of one type. Errors: `bad_name`: the topic's name is none;
/// `not_found`: the actor has stopped; `not_handled`: the actor, or a member of the group, does not
/// handle `M`; `wrong_type`: the topic carries another type.
template <Message M>
[[nodiscard]] Result<DestinationSender<M>> resolve(System& system, const Destination& destination) {
  if (const auto* const unicast = std::get_if<Unicast>(&destination)) {
    const Result<RefTo<M>> actor = system.lookup<M>(unicast->actor);
    if (!actor) return std::unexpected{actor.error()};
    return DestinationSender<M>{*actor};
  }
  const auto* const broadcast = std::get_if<Broadcast>(&destination);
  const auto* const partition = std::get_if<Partition>(&destination);
  const std::string& name = broadcast != nullptr ? broadcast->topic : partition->group;
  if (const auto checked = TopicName::broadcast(name); !checked)
    return std::unexpected{checked.error()};
  try {
    if (broadcast != nullptr) return DestinationSender<M>{system.topic<M>(name)};
    return DestinationSender<M>{system.group<M>(name), partition->key};
  } catch (const std::invalid_argument& refusal) {
    return fail(broadcast != nullptr ? "wrong_type" : "not_handled", refusal.what());
  }
}

}  // namespace mycelium
