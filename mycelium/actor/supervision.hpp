#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/config/supervisor_options.hpp"

namespace mycelium {

/// What a child tells its supervisor.
struct ChildNotice {
  enum class Kind : std::uint8_t {
    started,    ///< As it was told to.
    suspended,  ///< As it was told to: it has no object, its mailbox stays.
    failed,     ///< And is suspended, until the supervisor lets it start.
    escalated,  ///< The same, and the supervisor fails in its place.
    stopped,    ///< For good.
  };

  ActorId child;
  Kind kind;
  std::uint32_t command = 0;  ///< Number of the last command it has followed.
  bool by_itself = false;     ///< It stopped neither by its supervisor nor by another caller.
  std::string why{};          ///< What it failed with.
};

/// What a supervisor is told of a child when that is made, since the child's own record belongs to
/// another worker.
struct ChildTerms {
  Watcher actor;
  RestartOptions restart;
  std::chrono::nanoseconds shutdown;
  bool significant;
};

/// What a supervisor knows of its children, and what it does with them: one at a time it starts
/// them from left to right and brings them down or stops them from right to left.
///
/// Children may live on other workers. Commands go to a child's worker, and what becomes of them
/// comes back as a notice, both through injection queues, so that no life is changed from within
/// another. A child that follows its own options alone, as `one_for_one` has it, restarts without a
/// word to here. A notice that was sent before the last command is void.
///
/// Thread-safety: `options` from any thread; `belong_to` before anybody else knows it; the rest by
/// the supervisor's worker. Memory: some 200 bytes for each child that lives.
class Supervision : public std::enable_shared_from_this<Supervision> {
 public:
  explicit Supervision(const SupervisorOptions& options) : options_{options} {}
  Supervision(const Supervision&) = delete;
  Supervision& operator=(const Supervision&) = delete;

  [[nodiscard]] const SupervisorOptions& options() const noexcept { return options_; }
  /// Before anything else: the supervisor's own place.
  void belong_to(ActorCell& own) noexcept { own_ = &own; }
  /// One more child, the last in order; it is started in its turn. A supervisor that is stopping
  /// stops it.
  void adopt(const ChildTerms& terms);

  // From the supervisor's place.

  /// Starts all children in order; `ActorCell::started` follows when the last one has started.
  void start_children();
  /// Suspends all children, the last first; `ActorCell::children_are_down` follows, at once when
  /// all are suspended already.
  void bring_down();
  /// Stops all children for good, the last first; `ActorCell::children_have_stopped` follows.
  /// False: there are none. `kill` leaves them no time, those that are stopping neither.
  [[nodiscard]] bool stop_children(StopMode mode, bool kill);

  // From outside.

  void take(const ChildNotice& notice);
  /// Stops one child for good. Nothing happens when it is none, or stops already.
  void stop_child(ActorId id);
  /// The time that a child had for its stop is over.
  void time_is_over(ActorId id);

 private:
  enum class Status : std::uint8_t { waiting, starting, running, suspending, stopping };
  enum class Goal : std::uint8_t {
    none,  // Nothing is to happen: not started yet, or all are down.
    run,
    down,  // For a restart by the supervisor's own supervisor.
    fail,  // The same, because this supervisor has failed itself.
    stop,
  };
  struct Child {
    ChildTerms terms;
    Status status = Status::waiting;
    bool goes_down = false;
    bool was_killed = false;
    bool has_lived = false;     // It has been told to start at least once.
    std::uint32_t command = 0;  // Number of the last command.
    std::vector<Instant> failures{};
    TimerId timer{};
  };

  [[nodiscard]] Child* find(ActorId id) noexcept;
  void advance();
  [[nodiscard]] bool bring_down_next();
  void start_next();
  void stop_next();
  void start(Child& child, Status meanwhile);
  void suspend(Child& child);
  void stop(Child& child);
  void kill(Child& child);
  void arm(Child& child, std::chrono::nanoseconds delay);
  void remove(Child& child);
  void child_failed(Child& child, const std::string& why);
  [[nodiscard]] bool ends_with(Child& child, bool by_itself);
  [[nodiscard]] bool accepts_failure(Child& child);
  [[nodiscard]] std::string limit_sentence(const Child& child, const std::string& why) const;
  void fail(std::string why);
  void all_are_down();
  template <typename Action>
  void command(const Child& child, Action action);

  const SupervisorOptions options_;
  ActorCell* own_ = nullptr;
  std::vector<Child> children_;  // In the order of their start.
  std::vector<Instant> failures_;
  // Of a group that is restarted: whose messages to each other are void (promise S4).
  std::shared_ptr<const std::vector<ActorId>> restarted_together_;
  std::string why_;
  Goal goal_ = Goal::none;
  StopMode stop_mode_ = StopMode::drain;
  bool kills_ = false;
  bool told_started_ = false;
};

namespace detail {

/// Counts a failure among `recent`; false: there were `max` within `period` already.
[[nodiscard]] bool within_intensity(std::vector<Instant>& recent, Instant now, std::uint32_t max,
                                    std::chrono::nanoseconds period);

}  // namespace detail
}  // namespace mycelium
