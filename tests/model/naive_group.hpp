#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/base/stable_hash.hpp"
#include "mycelium/bus/send_result.hpp"

namespace mycelium::model {

/// A group as plainly as it can be said: its members by name, in the order of joining, and the
/// turns of one sender's handles. What the runtime does is compared with this. Thread-safety: none.
class NaiveGroup {
 public:
  /// Whose turn is next at one handle.
  using Turn = std::size_t;

  /// False: it is a member already.
  bool join(const std::string& name) {
    if (is_member(name)) return false;
    members_.push_back(name);
    return true;
  }
  bool leave(const std::string& name) { return std::erase(members_, name) > 0; }
  [[nodiscard]] bool is_member(const std::string& name) const {
    return std::find(members_.begin(), members_.end(), name) != members_.end();
  }
  [[nodiscard]] const std::vector<std::string>& members() const { return members_; }

  /// Whose turn it is; it is over then.
  [[nodiscard]] std::optional<std::string> next(Turn& turn) const {
    if (members_.empty()) return std::nullopt;
    if (turn >= members_.size()) turn = 0;
    return members_[turn++];
  }
  /// For whom the fewest wait; of equals whose turn comes first.
  [[nodiscard]] std::optional<std::string> least_loaded(
      Turn& turn, const std::function<std::uint32_t(const std::string&)>& waiting) const {
    if (members_.empty()) return std::nullopt;
    if (turn >= members_.size()) turn = 0;
    std::vector<std::string> in_turn = members_;
    std::rotate(in_turn.begin(), in_turn.begin() + static_cast<std::ptrdiff_t>(turn++),
                in_turn.end());
    return *std::min_element(in_turn.begin(), in_turn.end(), [&](const auto& one, const auto& two) {
      return waiting(one) < waiting(two);
    });
  }
  /// Whose the key is: who wants it most.
  [[nodiscard]] std::optional<std::string> of_key(std::uint64_t key) const {
    std::optional<std::string> owner;
    for (const std::string& name : members_) {
      if (!owner || wish(name, key) > wish(*owner, key)) owner = name;
    }
    return owner;
  }

 private:
  static std::uint64_t wish(const std::string& name, std::uint64_t key) {
    return mix_bits(stable_hash(name) ^ mix_bits(key));
  }

  std::vector<std::string> members_;
};

/// From where a member is sent to.
enum class From : std::uint8_t { same_worker, other_worker, outside };

/// A member with its `block` mailbox, and what senders see of that (promise D6). It is held by some
/// of its messages until a time, and handles nothing meanwhile. Thread-safety: none.
class NaiveMember {
 public:
  struct Task {
    std::uint32_t serial;
    std::uint32_t held_for;  ///< 0: a job.
  };

  explicit NaiveMember(std::uint32_t capacity) : capacity_{capacity} {}

  std::vector<std::uint32_t> handled;

  [[nodiscard]] std::uint32_t seen_from(From from) const {
    return from == From::same_worker ? depth() : published_;
  }
  [[nodiscard]] std::uint32_t depth() const { return static_cast<std::uint32_t>(queue_.size()); }
  [[nodiscard]] std::uint32_t published() const { return published_; }
  [[nodiscard]] bool is_idle() const { return !held_ && queue_.empty(); }

  SendResult offer(const Task& task, From from) {
    if (seen_from(from) >= capacity_) return SendResult::full;
    if (from == From::same_worker) {
      push(task);
    } else {
      on_the_way_.push_back({task, from});
    }
    return SendResult::ok;
  }
  /// All that is on the way arrives; then it works until it has nothing to do at this time.
  void settle(std::uint64_t now) {
    held_ = held_ && now < held_until_;
    for (; !on_the_way_.empty(); on_the_way_.pop_front()) {
      const auto& [task, from] = on_the_way_.front();
      if (is_idle() && from == From::other_worker && task.held_for == 0) {
        handled.push_back(task.serial);  // Where it lies in the lane.
      } else {
        push(task);
      }
    }
    while (!held_ && !queue_.empty()) {
      const Task task = queue_.front();
      queue_.pop_front();
      publish();
      if (task.held_for == 0) {
        handled.push_back(task.serial);
      } else {
        held_ = true;
        held_until_ = now + task.held_for;
      }
    }
  }

 private:
  void push(const Task& task) {
    queue_.push_back(task);
    publish();
  }
  // At zero, at full, and when it has moved by more than an eighth, or by more than one.
  void publish() {
    const std::uint32_t seen = std::min(depth(), capacity_);
    const std::uint32_t moved = std::max(seen, published_) - std::min(seen, published_);
    if (seen == 0 || seen == capacity_ || published_ == capacity_ ||
        moved > std::max(1U, capacity_ / 8)) {
      published_ = seen;
    }
  }

  std::uint32_t capacity_;
  std::uint32_t published_ = 0;
  bool held_ = false;
  std::uint64_t held_until_ = 0;
  std::deque<Task> queue_;
  std::deque<std::pair<Task, From>> on_the_way_;
};

}  // namespace mycelium::model
