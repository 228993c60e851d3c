#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"

// The actors of the stress test and what they share: messages that count themselves, a book of
// accounts, and a list of who is there at the moment.
namespace mycelium::stress {

/// Counts its living copies, so that a message that is never ended, or ended twice, shows.
class Counted {
 public:
  Counted() noexcept { alive_.fetch_add(1, std::memory_order_relaxed); }
  Counted(const Counted& other) noexcept : check_{other.check_} {
    alive_.fetch_add(1, std::memory_order_relaxed);
  }
  Counted& operator=(const Counted&) = default;
  ~Counted() {
    if (check_ != kAlive) ended_twice_.fetch_add(1, std::memory_order_relaxed);
    check_ = 0;
    alive_.fetch_sub(1, std::memory_order_relaxed);
  }
  [[nodiscard]] static std::int64_t alive() { return alive_.load(); }
  [[nodiscard]] static std::int64_t ended_twice() { return ended_twice_.load(); }

 private:
  static constexpr std::uint32_t kAlive = 0x600DF00D;
  static inline std::atomic<std::int64_t> alive_{0};
  static inline std::atomic<std::int64_t> ended_twice_{0};
  std::uint32_t check_ = kAlive;
};

/// A sender's number and the place of a message among its messages to one receiver.
struct Stamp {
  std::uint32_t sender = 0;  ///< 0: its order is not looked at.
  std::uint64_t number = 0;
};

struct Ball {
  Stamp stamp;
  std::uint32_t hops;
  bool urgent;
  Counted counted{};
};
MYCELIUM_MESSAGE(Ball, 480, "test.stress.ball", stamp, hops, urgent, counted)

/// Too large for an envelope and for the inline part of a lane.
struct Crate {
  Stamp stamp;
  std::array<std::uint64_t, 400> bytes;
  Counted counted{};
};
MYCELIUM_MESSAGE(Crate, 481, "test.stress.crate", stamp, bytes, counted)

/// Sent as `Shared`.
struct Snapshot {
  std::uint64_t number;
  Counted counted{};
};
MYCELIUM_MESSAGE(Snapshot, 482, "test.stress.snapshot", number, counted)

struct Answer {
  std::uint64_t doubled;
};
MYCELIUM_MESSAGE(Answer, 483, "test.stress.answer", doubled)
struct Question {
  using Reply = Answer;
  std::uint64_t value;
};
MYCELIUM_MESSAGE(Question, 484, "test.stress.question", value)

/// From a timer: time to do something.
struct Beat {};
MYCELIUM_MESSAGE(Beat, 485, "test.stress.beat")

/// Where each message of types 480 to 482 went. Any thread.
struct Accounts {
  std::atomic<std::uint64_t> offered{0};
  std::atomic<std::uint64_t> taken{0};
  std::atomic<std::uint64_t> full{0};
  std::atomic<std::uint64_t> closed{0};
  std::atomic<std::uint64_t> handled{0};  ///< Begun to be handled: with those that then throw.
  std::atomic<std::uint64_t> dead{0};     ///< Dead letters but for poison.
  std::atomic<std::uint64_t> out_of_order{0};
  std::atomic<std::uint64_t> questions{0};
  std::atomic<std::uint64_t> right_answers{0};
  std::atomic<std::uint64_t> failed_answers{0};
  std::atomic<std::uint64_t> wrong_answers{0};
  std::atomic<std::uint64_t> given_up_answers{0};  ///< Whoever asked ended first.
  std::atomic<std::uint64_t> downs{0};
  std::atomic<std::uint64_t> spawned{0};

  /// Whether it was taken.
  bool note(SendResult result) {
    offered.fetch_add(1, std::memory_order_relaxed);
    auto& count = result == SendResult::ok ? taken : result == SendResult::full ? full : closed;
    count.fetch_add(1, std::memory_order_relaxed);
    return result == SendResult::ok;
  }
};

inline constexpr std::size_t kNodes = 24;
inline constexpr std::size_t kForeign = 3;
inline constexpr std::size_t kSenders = kNodes + kForeign + 1;

using NodeRef = RefTo<Ball, Crate, Snapshot, Question, Beat, Down>;
using GuestRef = RefTo<Ball, Crate, Snapshot, Question>;

/// What all share. `nodes` is set before anyone reads it.
struct Playground {
  std::atomic<bool> playing{true};
  std::atomic<bool> opened{false};
  Accounts accounts;
  std::array<NodeRef, kNodes> nodes;
  /// The next number from a sender to a node: each row is its sender's own.
  std::array<std::array<std::uint64_t, kNodes>, kSenders> next_number{};
  std::array<std::array<std::uint64_t, kNodes>, kSenders> next_urgent{};
  /// The last number at a node from a sender: each row is its node's own.
  std::array<std::array<std::uint64_t, kSenders>, kNodes> last_number{};
  std::array<std::array<std::uint64_t, kSenders>, kNodes> last_urgent{};

  void add_guest(const GuestRef& guest) {
    const std::scoped_lock lock{mutex_};
    guests_[all_guests_.size() % guests_.size()] = guest;
    all_guests_.push_back(guest);
  }
  /// Every guest there has ever been.
  [[nodiscard]] std::vector<GuestRef> all_guests() {
    const std::scoped_lock lock{mutex_};
    return all_guests_;
  }
  [[nodiscard]] GuestRef any_guest(Random& random) {
    const std::scoped_lock lock{mutex_};
    return guests_[random.below(guests_.size())];
  }

  void send_ball(std::uint32_t sender, Random& random) {
    const std::size_t to = random.below(kNodes);
    const bool urgent = random.below(8) == 0;
    auto& number = urgent ? next_urgent[sender][to] : next_number[sender][to];
    Ball ball{{sender, number + 1}, static_cast<std::uint32_t>(random.below(4)), urgent};
    const SendResult result =
        urgent ? nodes[to].try_send_urgent(std::move(ball)) : nodes[to].try_send(std::move(ball));
    if (accounts.note(result)) ++number;
  }
  void send_crate(std::uint32_t sender, Random& random) {
    const std::size_t to = random.below(kNodes);
    auto& number = next_number[sender][to];
    if (accounts.note(nodes[to].try_send(Crate{{sender, number + 1}, {number}}))) ++number;
  }
  void send_snapshots(Random& random) {
    const auto snapshot = Shared<Snapshot>::make(Snapshot{random.next()});
    for (int count = 0; count < 3; ++count)
      accounts.note(nodes[random.below(kNodes)].try_send(snapshot));
    accounts.note(any_guest(random).try_send(snapshot));
  }
  void send_guest(Random& random) {
    accounts.note(any_guest(random).try_send(Ball{{}, 0, false}));
    accounts.note(any_guest(random).try_send_urgent(Ball{{}, 0, true}));
  }

  void arrive(std::size_t node, const Stamp& stamp, bool urgent) {
    accounts.handled.fetch_add(1, std::memory_order_relaxed);
    if (stamp.sender == 0) return;
    auto& last = urgent ? last_urgent[node][stamp.sender] : last_number[node][stamp.sender];
    if (stamp.number <= last) accounts.out_of_order.fetch_add(1, std::memory_order_relaxed);
    last = stamp.number;
  }
  void judge(std::uint64_t asked, const Result<Answer>& answer) {
    auto& count = !answer                        ? accounts.failed_answers
                  : answer->doubled == 2 * asked ? accounts.right_answers
                                                 : accounts.wrong_answers;
    count.fetch_add(1, std::memory_order_relaxed);
  }

 private:
  std::mutex mutex_;
  std::array<GuestRef, 64> guests_;  // The latest.
  std::vector<GuestRef> all_guests_;
};

/// Comes, handles what it gets, and goes: by itself, stopped by others, or with its parent.
class Guest {
 public:
  using Handles = Messages<Ball, Crate, Snapshot, Question>;
  explicit Guest(Playground& ground) : ground_{ground} {}

  void handle(const Ball&, Context& context) {
    ground_.arrive(0, {}, false);
    if (context.random().below(16) == 0) context.stop();
    if (context.random().below(16) == 0) throw std::runtime_error{"a guest fails"};
  }
  void handle(const Crate&) { ground_.arrive(0, {}, false); }
  void handle(const Snapshot&, Context& context) {
    // Put aside once: each message is counted when it is handled for good.
    if (context.random().below(4) == 0 && context.stash()) return;
    ground_.arrive(0, {}, false);
    context.unstash_all();
  }
  Answer handle(const Question& question, Context& context) {
    if (context.random().below(64) == 0) throw std::runtime_error{"a guest cannot answer"};
    return Answer{2 * question.value};
  }

 private:
  Playground& ground_;
};

inline constexpr RestartOptions kManyRestarts{.max_restarts = kRestartsMax,
                                              .period = std::chrono::microseconds{1}};

}  // namespace mycelium::stress
