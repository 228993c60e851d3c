#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "mycelium/actor/supervisor.hpp"
#include "tree_plan.hpp"

// The members of a tree under test, and the journal of what they have seen.
namespace mycelium::chaos {

enum class Deed : std::uint8_t {
  nothing,
  fail,        ///< By an exception.
  fail_oddly,  ///< By an exception that is no std::exception.
  fail_later,  ///< In the handler of a timer.
  end,
  stop,
  hang,  ///< In a handler that waits.
  tell,  ///< Sends to another member.
};

/// What a member is told to do, in a plain handler; a `Chore` is the same for a coroutine.
struct Order {
  Deed deed = Deed::nothing;
  Decision decision = Decision::restart;  ///< What `on_error` says to the failure.
  bool throws_in_on_error = false;
  std::chrono::nanoseconds delay{};
  std::uint32_t to = 0;
  std::uint32_t number = 0;
  std::shared_ptr<int> token{};
};
MYCELIUM_MESSAGE(Order, 471, "test.chaos.order", deed, decision, throws_in_on_error, delay, to,
                 number, token)
struct Chore {
  Order order;
};
MYCELIUM_MESSAGE(Chore, 472, "test.chaos.chore", order)
struct Tick {
  std::shared_ptr<int> token{};
};
MYCELIUM_MESSAGE(Tick, 473, "test.chaos.tick", token)
/// What is published to all members.
struct Note {
  std::uint32_t number;
  std::shared_ptr<int> token{};
};
MYCELIUM_MESSAGE(Note, 474, "test.chaos.note", number, token)
struct Watch {
  AnyRef whom;
};
MYCELIUM_MESSAGE(Watch, 475, "test.chaos.watch", whom)

using MemberRef = RefTo<Order, Chore>;

/// Where the next object of a member fails to start.
enum class FailingStart : std::uint8_t { factory, constructor, on_start, task };

/// What has happened to one member.
struct MemberLog {
  std::string name;
  std::uint32_t index = 0;
  Overflow overflow{};
  MemberRef ref;
  bool throws_in_stop = false;
  std::uint32_t failing_starts = 0;
  FailingStart failing_start{};
  std::chrono::nanoseconds starts_for{};  ///< Where `on_start` is a coroutine.
  std::uint64_t objects = 0;              ///< Calls of its factory.
  std::uint64_t starts = 0;               ///< That succeeded.
  std::uint64_t failures = 0;             ///< Each is an event.
  std::uint64_t without_stop = 0;         ///< Objects that had started and ended without `on_stop`.
  int alive = 0;
  int helpers = 0;         ///< Actors that its object has spawned.
  int frames = 0;          ///< Coroutines that have begun and not ended.
  bool runs = false;       ///< Its object has started and not stopped.
  std::uint64_t ends = 0;  ///< Of its work.
  bool has_stopped_itself = false;
  bool has_subscribed = false;
  std::set<std::uint32_t> notes{};
  std::set<std::uint32_t> notes_due{};  ///< Published while it had subscribed and lived.
};

/// What all of them have seen, in its order, and what they saw that must not be.
class Journal {
 public:
  Journal() { token_ = std::make_shared<int>(0); }

  MemberLog& add_member(const NodePlan& plan);
  [[nodiscard]] std::deque<MemberLog>& members() noexcept { return members_; }
  [[nodiscard]] MemberLog* find(std::string_view name) noexcept;

  void line(std::string_view what, const MemberLog& log);
  /// For people who look at one seed: prints everything that is done and happens, in its order.
  void tell_story() { tells_story_ = true; }
  void note(const std::string& what);
  void fault(std::string what) {
    note("FAULT: " + what);
    faults_.push_back(std::move(what));
  }
  [[nodiscard]] const std::vector<std::string>& lines() const noexcept { return lines_; }
  [[nodiscard]] std::vector<std::string> take_lines() { return std::exchange(lines_, {}); }
  [[nodiscard]] const std::vector<std::string>& faults() const noexcept { return faults_; }
  void mix(std::uint64_t part) noexcept { hash_ = (hash_ ^ part) * 0x100000001b3U; }
  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }

  // Accounts of messages: what was taken is handled, or lost with a reason.

  [[nodiscard]] const std::shared_ptr<int>& token() const noexcept { return token_; }
  [[nodiscard]] Order make(Deed deed);
  SendResult count(SendResult result);
  void count_published(std::uint64_t deliveries) { taken_ += deliveries; }
  void handled(const MemberLog& log, std::uint32_t number);
  void handled_note(MemberLog& log, std::uint32_t number);
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
  [[nodiscard]] std::uint64_t handled_count() const noexcept { return handled_; }

 private:
  std::deque<MemberLog> members_;  // In place: members know theirs.
  std::vector<std::string> lines_;
  std::vector<std::string> faults_;
  bool tells_story_ = false;
  std::shared_ptr<int> token_;
  std::vector<bool> handled_once_;
  std::uint64_t taken_ = 0;
  std::uint64_t handled_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

/// An actor that a member has spawned for itself: it ends with the object that did.
class Helper {
 public:
  using Handles = Messages<>;
  explicit Helper(MemberLog& log) : log_{&log} { ++log.helpers; }
  ~Helper() { --log_->helpers; }
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;

 private:
  MemberLog* log_;
};

/// One member of a tree; `kStartsAsTask`: its `on_start` is a coroutine.
template <bool kStartsAsTask>
class Member {
 public:
  using Handles = Messages<Order, Chore, Tick, Note>;

  Member(Journal& journal, MemberLog& log);
  ~Member();
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  void on_start(Context& context)
    requires(!kStartsAsTask)
  {
    start(context);
  }
  Task<> on_start(Context& context)
    requires(kStartsAsTask);
  void on_stop(Context& context);
  Decision on_error(const Failure& failure, Context& context);
  void handle(const Order& order, Context& context);
  Task<> handle(const Chore& chore, Context& context);
  void handle(const Tick& tick);
  void handle(const Note& note);

 private:
  void start(Context& context);
  void act(const Order& order, Context& context);
  [[noreturn]] void fail(const Order& order);

  Journal* journal_;
  MemberLog* log_;
  Decision decision_ = Decision::restart;
  bool throws_in_on_error_ = false;
};

extern template class Member<false>;
extern template class Member<true>;

/// Told of the end of everyone.
class Observer {
 public:
  using Handles = Messages<Watch, Down>;
  explicit Observer(std::vector<Down>& downs) : downs_{&downs} {}
  void handle(const Watch& watch, Context& context) {
    // Who watches twice is told once.
    context.watch(watch.whom);
    context.watch(watch.whom);
  }
  void handle(const Down& down) { downs_->push_back(down); }

 private:
  std::vector<Down>* downs_;
};

/// The plan as the runtime takes it; members that are not in the journal yet are added.
[[nodiscard]] ChildSpec spec_of(const NodePlan& plan, Journal& journal);

}  // namespace mycelium::chaos
