#include "mycelium/bus/any_topic.hpp"

#include <stdexcept>

namespace mycelium {

void check(std::string_view topic, const SubscriptionOptions& options) {
  if (options.capacity <= kMailboxCapacityMax) return;
  throw std::invalid_argument{"topic \"" + std::string{topic} + "\": of a subscription 1 to " +
                              std::to_string(kMailboxCapacityMax) + " messages may wait, not " +
                              std::to_string(options.capacity)};
}

std::uint64_t AnyTopic::dropped() const {
  const std::scoped_lock lock{mutex_};
  std::uint64_t sum = dropped_.load(std::memory_order_relaxed);
  for (const auto& [id, backlog] : backlogs_) sum += backlog->dropped.value();
  return sum;
}

TopicStatus AnyTopic::status() const {
  const PublishCounts::Sums sums = counts_.sums();
  return {name_,     type_.name,       sums.published,    sums.delivered,
          dropped(), retained_count(), subscriber_count()};
}

Backlog* AnyTopic::backlog_of(const MailboxCell& cell, ActorId id,
                              const SubscriptionOptions& options, bool tells_gaps) {
  if (!has_backlog(options.overflow)) {
    end_conflation_of(id);
    return nullptr;
  }
  std::shared_ptr<Backlog>& backlog = backlogs_[id.value()];
  if (backlog == nullptr) backlog = std::make_shared<Backlog>(name_, tells_gaps);
  backlog->capacity.store(options.capacity != 0 ? options.capacity : cell.bound,
                          std::memory_order_relaxed);
  backlog->conflate(options.overflow == Overflow::conflate);
  return backlog.get();
}

void AnyTopic::end_conflation_of(ActorId id) {
  const auto found = backlogs_.find(id.value());
  if (found != backlogs_.end()) found->second->conflate(false);
}

void AnyTopic::retire_backlog_of(ActorId id) {
  const auto found = backlogs_.find(id.value());
  if (found == backlogs_.end()) return;
  retired_.make_room();
  dropped_.fetch_add(found->second->dropped.value(), std::memory_order_relaxed);
  retired_.add(std::move(found->second), sizeof(Backlog));
  backlogs_.erase(found);
}

void AnyTopic::check_way(const Worker& worker, std::size_t payload_bytes, std::size_t count) const {
  if (FrameRing::room_needed(payload_bytes, count) <= worker.lane_bytes()) return;
  throw std::length_error{"topic \"" + name_ + "\" would have " + std::to_string(count) +
                          " subscribers on one worker, more than a lane can carry to at once; "
                          "raise SystemOptions::lane_bytes"};
}

}  // namespace mycelium
