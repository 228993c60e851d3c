#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "mycelium/bus/topic_registry.hpp"

namespace mycelium {

/// What a subscriber calls when something has come: plain data, so that nothing is allocated for
/// it.
struct Arrival {
  void (*call)(void* subject, std::uint64_t number) = nullptr;
  void* subject = nullptr;
  std::uint64_t number = 0;

  void now() const { call(subject, number); }
};

/// What waits for a pull subscriber, which holds up no publisher (promise D7): the lock is held to
/// link or unlink one node, and, where it conflates more keys than ever before, for a larger table.
/// Messages are copied, moved and ended outside of it, and whoever waits is woken outside of it, if
/// anybody does.
///
/// Thread-safety: any thread. Memory: a block of the publishing thread's pool for each message,
/// which goes home when the message has been taken, so that nothing is allocated once pools have
/// warmed up.
template <Message M>
class PullQueue final : public Sink<M> {
 public:
  /// Throws std::invalid_argument for no capacity, or for `conflate` without a key.
  explicit PullQueue(const SubscriberOptions& options, ConflationKeyOf<M> key = nullptr)
      : options_{options}, key_{key} {
    if (options.capacity == 0)
      throw std::invalid_argument{"a pull subscriber holds one message at least"};
    if (options.overflow != Overflow::conflate) return;
    if (key == nullptr)
      throw std::invalid_argument{"a pull subscriber that conflates needs the key of a message"};
    constexpr std::size_t kKeysAtFirst = 1024;
    waiting_by_key_.emplace(std::min(options.capacity, kKeysAtFirst));
  }
  ~PullQueue() override { release_all(first_); }
  PullQueue(const PullQueue&) = delete;
  PullQueue& operator=(const PullQueue&) = delete;

  bool has_room() override {
    const std::scoped_lock lock{mutex_};
    return closed_ || count_ < options_.capacity;
  }
  bool accept(const M& message) override { return keep(message); }
  bool accept_shared(const Shared<M>& message) override { return keep(message); }

  /// The oldest message, and how many were missed right before it. Without `wait`, or once closed,
  /// nothing when nothing is there.
  std::optional<M> take(bool wait, std::uint64_t& gap) {
    const OwnNode node = unlink_first(wait, gap);
    if (node == nullptr) return std::nullopt;
    return node->shared ? std::optional<M>{*node->shared} : std::move(node->own);
  }
  /// The same without a copy of what was published as `Shared`.
  Shared<M> take_shared(bool wait, std::uint64_t& gap) {
    const OwnNode node = unlink_first(wait, gap);
    if (node == nullptr) return {};
    return node->own ? Shared<M>::make(std::move(*node->own)) : std::move(node->shared);
  }

  /// As `Subscriber::call_on_arrival`. The one given before is not running any more on return.
  bool call_on_arrival(const Arrival& arrival) {
    const bool waits = [&] {
      const std::scoped_lock lock{mutex_};
      const bool nothing_there = !closed_ && first_ == nullptr;
      arrival_ = nothing_there ? arrival : Arrival{};
      return nothing_there;
    }();
    const std::scoped_lock until_called{calling_mutex_};
    return waits;
  }

  std::uint64_t missed() {
    const std::scoped_lock lock{mutex_};
    return missed_;
  }
  std::uint64_t conflated() {
    const std::scoped_lock lock{mutex_};
    return conflated_;
  }

  /// Takes no more messages and wakes all who wait; what is there can still be taken.
  void close() {
    std::unique_lock lock{mutex_};
    closed_ = true;
    unlock_and_tell(lock, /*all=*/true);
  }
  /// Nobody takes anything any more: a topic may refer to this queue longer than its subscriber.
  void end() {
    close();
    std::unique_lock lock{mutex_};
    Node* const rest = std::exchange(first_, nullptr);
    last_ = nullptr;
    count_ = 0;
    waiting_by_key_.reset();
    lock.unlock();
    release_all(rest);
  }

 private:
  // One message: its own, or a hold on one that others share.
  struct Node {
    explicit Node(const M& message) : own{message} {}
    explicit Node(const Shared<M>& message) : shared{message} {}
    [[nodiscard]] const M& message() const { return own ? *own : *shared; }
    Node* next = nullptr;
    Node* previous = nullptr;
    std::uint64_t missed_before = 0;  // Dropped between the message before and this one.
    std::uint64_t user_key = 0;       // Where it conflates.
    [[nodiscard]] ConflationKey key() const noexcept { return {0, user_key}; }
    std::optional<M> own;
    Shared<M> shared;
  };
  struct Release {
    void operator()(Node* node) const noexcept {
      Worker* const me = Worker::current();
      BlockPool::release(node, me != nullptr ? &me->blocks() : nullptr);
    }
  };
  using OwnNode = std::unique_ptr<Node, Release>;
  static constexpr MessageType kBlockType{
      0, sizeof(Node), alignof(Node), {}, {}, nullptr, [](void* node) noexcept {
        std::destroy_at(static_cast<Node*>(node));
      }};

  template <typename Given>
  static OwnNode make_node(const Given& message) {
    Worker* const me = Worker::current();
    BlockPool& pool = me != nullptr ? me->blocks() : BlockPool::of_this_thread();
    void* const block = pool.take(kBlockType);
    try {
      return OwnNode{::new (block) Node{message}};
    } catch (...) {
      BlockPool::free_unconstructed(block, &pool);
      throw;
    }
  }
  static void release_all(Node* first) noexcept {
    while (first != nullptr) Release{}(std::exchange(first, first->next));
  }

  template <typename Given>
  bool keep(const Given& message) {
    if (options_.overflow == Overflow::drop_newest && misses_newest()) return false;
    OwnNode node = make_node(message);
    if (key_ != nullptr) node->user_key = key_(node->message());
    OwnNode dropped;
    std::unique_lock lock{mutex_};  // Ends before both of them.
    if (closed_) return false;
    if (waiting_by_key_) {
      if (Node* const waiting = waiting_by_key_->find(node->key())) {
        ++conflated_;
        dropped = replace(waiting, node.release());
        return true;
      }
    }
    if (count_ >= options_.capacity && !wants_all(options_.overflow)) {
      ++missed_;
      if (!has_backlog(options_.overflow)) {
        ++missed_at_end_;
        return false;
      }
      dropped = drop_oldest();
    }
    if (waiting_by_key_) waiting_by_key_->insert(node->key(), node.get());
    append(node.release());
    unlock_and_tell(lock, /*all=*/false);
    return true;
  }

  // Whether there is no room now, so that no copy need be made; it is counted then.
  bool misses_newest() {
    const std::scoped_lock lock{mutex_};
    if (closed_ || count_ < options_.capacity) return false;
    ++missed_;
    ++missed_at_end_;
    return true;
  }

  // All that follow, but for unlink_first: with the lock held.

  void append(Node* node) noexcept {
    node->missed_before = std::exchange(missed_at_end_, 0);
    node->previous = last_;
    (last_ != nullptr ? last_->next : first_) = node;
    last_ = node;
    ++count_;
  }
  // The later message takes the place of the one that waits, and what was missed before it.
  OwnNode replace(Node* waiting, Node* by) noexcept {
    by->missed_before = waiting->missed_before;
    by->previous = waiting->previous;
    by->next = waiting->next;
    (by->previous != nullptr ? by->previous->next : first_) = by;
    (by->next != nullptr ? by->next->previous : last_) = by;
    waiting_by_key_->erase(by->key());
    waiting_by_key_->insert(by->key(), by);  // Into the room that is there now.
    return OwnNode{waiting};
  }
  Node* pop() noexcept {
    Node* const node = first_;
    first_ = node->next;
    (first_ != nullptr ? first_->previous : last_) = nullptr;
    --count_;
    if (waiting_by_key_) waiting_by_key_->erase(node->key());
    return node;
  }
  // The loss is seen before what waited behind it.
  OwnNode drop_oldest() noexcept {
    OwnNode oldest{pop()};
    (first_ == nullptr ? missed_at_end_ : first_->missed_before) += oldest->missed_before + 1;
    return oldest;
  }

  OwnNode unlink_first(bool wait, std::uint64_t& gap) {
    std::unique_lock lock{mutex_};
    if (wait) {
      ++readers_waiting_;
      arrived_.wait(lock, [this] { return closed_ || first_ != nullptr; });
      --readers_waiting_;
    }
    if (first_ == nullptr) return nullptr;
    OwnNode node{pop()};
    gap = node->missed_before;
    return node;
  }

  // Gives the lock back and wakes whoever waits: one who was woken before would wait for the lock
  // again. Every message wakes one while any reader waits, whether it is the first or not: the one
  // woken before may not have come to take its own yet.
  void unlock_and_tell(std::unique_lock<std::mutex>& lock, bool all) {
    const bool readers_wait = readers_waiting_ > 0;
    const Arrival arrival = std::exchange(arrival_, {});
    std::unique_lock calling{calling_mutex_, std::defer_lock};
    // Taken first, so that call_on_arrival() cannot return between the exchange and the call.
    if (arrival.call != nullptr) calling.lock();
    lock.unlock();
    if (readers_wait) all ? arrived_.notify_all() : arrived_.notify_one();
    if (arrival.call != nullptr) arrival.now();
  }

  const SubscriberOptions options_;
  const ConflationKeyOf<M> key_;
  std::mutex mutex_;          // Guards all that follows.
  std::mutex calling_mutex_;  // Held during an arrival's call; taken after mutex_.
  std::condition_variable arrived_;
  std::size_t readers_waiting_ = 0;
  Arrival arrival_;
  Node* first_ = nullptr;
  Node* last_ = nullptr;
  std::size_t count_ = 0;
  std::optional<ConflationTable<Node*>> waiting_by_key_;  // Where it conflates.
  std::uint64_t conflated_ = 0;
  std::uint64_t missed_ = 0;
  std::uint64_t missed_at_end_ = 0;  // Before the message that comes next.
  bool closed_ = false;
};

}  // namespace mycelium
