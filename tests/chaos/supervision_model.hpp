#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mycelium/actor/actor_event.hpp"
#include "mycelium/actor/down.hpp"
#include "mycelium/actor/failure.hpp"
#include "mycelium/base/clock.hpp"
#include "tree_plan.hpp"

namespace mycelium::chaos {

/// What is to happen to a supervision tree, one thing after the other, by the rules of Erlang/OTP's
/// supervisors and, where ours are documented to differ, by docs/semantics.md. It knows no actors,
/// messages, workers or schedules: after each injection everything that needs no time has happened.
///
/// [Erlang/OTP, "Supervisor Behaviour"]: children start from left to right and terminate from right
/// to left; one_for_one restarts the child, one_for_all terminates all and starts all, rest_for_one
/// the child and those started after it; permanent, transient and temporary children; more than
/// MaxR restarts within MaxT seconds, and the supervisor terminates its children and then itself;
/// a significant child that terminates by itself may terminate its supervisor; a child that does
/// not terminate within its shutdown time is killed.
///
/// Otherwise than OTP, as documented: under one_for_one each child has its own intensity (S5); a
/// stop is final (S2); delays (S6); a member of a group that is brought down gets no shutdown time,
/// because it is only suspended (S1), unless it is temporary and so stops for good (S2); `on_error`
/// decides (S8).
class SupervisionModel {
 public:
  enum class State : std::uint8_t {
    waiting,  ///< Has no object, until its supervisor starts it.
    backing_off,
    starting,  ///< A supervisor whose children are starting.
    running,
    ending,  ///< Stops for good, and waits for a handler or for its children.
    gone,
  };
  struct Event {
    ActorEventKind kind;
    DownReason reason = DownReason::stopped;  ///< Of `stopped`.
    friend bool operator==(const Event&, const Event&) = default;
  };
  /// One actor. What is not marked otherwise is for the model itself.
  struct Node {
    NodePlan plan;  ///< Its children are nodes of their own.
    Node* above = nullptr;
    std::vector<Node*> children{};        ///< That are not gone, in the order of their start.
    State state = State::waiting;         ///< For everyone.
    std::uint64_t objects = 0;            ///< For everyone: how often its factory was called.
    std::vector<Event> events{};          ///< For everyone.
    bool has_object = false;              ///< For everyone.
    std::optional<Instant> busy_until{};  ///< For everyone: in a handler that waits.
    std::optional<Instant> fails_at{};    ///< For everyone: by a timer of its object.

    enum class Goal : std::uint8_t { none, run, down, fail, stop };
    enum class Told : std::uint8_t { nothing, down, stop };
    Goal goal = Goal::none;  // Of a supervisor.
    Told told = Told::nothing;
    bool goes_down = false;
    bool in_turn = false;  // Being started by its supervisor; those after it wait.
    bool has_failed = false;
    bool was_killed = false;
    bool kills = false;
    bool discards = false;
    bool stopped_itself = false;
    DownReason reason = DownReason::stopped;
    std::uint32_t failing_starts = 0;
    std::uint32_t row = 0;  // Failures, for the backoff.
    std::chrono::nanoseconds delay{};
    std::vector<Instant> failures{};  // Its own.
    std::vector<Instant> together{};  // Of a supervisor's children.
    std::optional<Instant> resumes_at{};
    std::optional<Instant> killed_at{};
    Instant running_since{};
  };

  // Injections.

  void start_tree(const NodePlan& plan);
  void start_child(Node& supervisor, const NodePlan& plan);
  void stop_child(Node& supervisor, Node& child);
  /// By a caller; `discards`: without what waits.
  void stop(Node& node, bool discards = false);
  void shut_down();
  void fail(Node& member, Decision decision);
  /// The second one of a group that goes down because of the first one: no further failure.
  void fail_both(Node& first, Node& second);
  void fail_after(Node& member, std::chrono::nanoseconds delay);
  void end(Node& member);
  void stop_itself(Node& member);
  void stay_busy(Node& member, std::chrono::nanoseconds how_long);
  /// The next so many objects do not start.
  void fail_starts(Node& member, std::uint32_t count) { member.failing_starts = count; }
  void advance_to(Instant to);

  // What is so.

  [[nodiscard]] Node& node(const std::string& name) { return *nodes_.at(name); }
  [[nodiscard]] const std::vector<std::unique_ptr<Node>>& all() const noexcept { return all_; }
  [[nodiscard]] Node& top() const noexcept { return *all_.front(); }
  /// Starts and ends of members' objects, in their order, since the last call.
  [[nodiscard]] std::vector<std::string> take_lines() { return std::exchange(lines_, {}); }
  /// Whether two things were due at one time, so that their order is open; since the last call.
  [[nodiscard]] bool take_ambiguous() { return std::exchange(ambiguous_, false); }
  /// The outermost supervisor has failed.
  [[nodiscard]] bool has_failed() const noexcept { return failed_; }
  [[nodiscard]] std::optional<Instant> next_event() const;
  [[nodiscard]] static bool is_idle_member(const Node& node) {
    return !node.plan.is_supervisor && node.state == State::running && !node.busy_until &&
           !node.fails_at;
  }

 private:
  using Goal = Node::Goal;
  using Told = Node::Told;

  Node& add(const NodePlan& plan, Node* above);
  // The life of one node (model_life.cpp).
  void begin(Node& node);
  void make_object(Node& node);
  void has_started(Node& node);
  void object_failed(Node& node, Decision decision, bool was_started);
  void escalate(Node& node);
  void wait(Node& node);
  void end_object(Node& node);
  void end_for_good(Node& node, bool discards, DownReason reason);
  void kill(Node& node);
  void finish(Node& node);
  void count_row(Node& node, bool was_started);
  void timer_due(Node& node);
  // What supervisors do (supervision_model.cpp).
  void settle();
  [[nodiscard]] bool progress(Node& supervisor);
  [[nodiscard]] bool bring_down_next(Node& supervisor, bool& waits);
  [[nodiscard]] bool all_are_down(Node& supervisor);
  [[nodiscard]] bool start_next(Node& supervisor);
  [[nodiscard]] bool stop_next(Node& supervisor);
  void take_down(Node& child);
  void stop_by_supervisor(Node& supervisor, Node& child);
  void child_failed(Node& supervisor, Node& child, bool was_in_turn);
  void give_up(Node& supervisor);
  [[nodiscard]] bool accepts(std::vector<Instant>& recent, std::uint32_t max,
                             std::chrono::nanoseconds period) const;

  std::vector<std::unique_ptr<Node>> all_;
  std::map<std::string, Node*> nodes_;
  std::vector<std::string> lines_;
  Instant now_{};
  bool failed_ = false;
  bool ambiguous_ = false;
};

}  // namespace mycelium::chaos
