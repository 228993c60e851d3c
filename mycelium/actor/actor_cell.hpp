#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mycelium/actor/dead_letters.hpp"
#include "mycelium/actor/down.hpp"
#include "mycelium/actor/failure.hpp"
#include "mycelium/actor/last_error.hpp"
#include "mycelium/actor/options.hpp"
#include "mycelium/base/random.hpp"
#include "mycelium/bus/mailbox_cell.hpp"

namespace mycelium {

class Context;
class Supervision;
class System;
struct ChildNotice;
struct ActorCell;
struct Activation;
namespace detail {
class PendingReply;
}

/// Where an actor is in its life (promise L1).
enum class ActorState : std::uint8_t {
  starting,
  running,
  restarting,
  stopping,
  stopped,
  backing_off,  ///< Waits for the time of its next object.
  escalating,   ///< Has given up; its supervisor decides.
};

[[nodiscard]] std::string_view name_of(ActorState state) noexcept;

/// What becomes of the messages that wait when an actor is stopped (promise X1).
enum class StopMode : std::uint8_t {
  drain,    ///< They are handled first.
  discard,  ///< They go to the dead letters.
};

/// What the runtime can do with an actor object, or a behaviour's, without knowing its class.
struct ActorOperations {
  CellOperations cell;
  /// Handles the envelope's message with this object and ends it.
  void (*handle)(ActorCell& cell, void* actor, Envelope* envelope);
  bool (*handles)(std::uint16_t type_id) noexcept;
  bool (*conflates)(std::uint16_t type_id) noexcept;    ///< Its messages of this type have a key.
  bool (*interleaves)(std::uint16_t type_id) noexcept;  ///< Null: the class interleaves nothing.
  void (*on_start)(ActorCell& cell, void* actor);  ///< A coroutine leaves an activation behind.
  void (*on_stop)(void* actor, Context& context);
  void (*destroy)(void* actor) noexcept;
  /// Null: the class leaves it to its options.
  Decision (*on_error)(void* actor, const Failure& failure, Context& context);
  // Null: the class hands nothing over.
  void (*keep_snapshot)(ActorCell& cell, void* actor);
  void (*restore)(ActorCell& cell, void* actor);
};

/// The operations of a place that nobody has held yet: what arrives waits for the first holder.
extern const CellOperations kVacantCell;
/// The operations of an actor that has taken on another behaviour (`Context::become`).
extern const CellOperations kChangedCell;

/// Makes the actor object of each incarnation.
using ActorFactory = std::move_only_function<void*(Context*)>;

/// Handlers that stand before the actor's own, until the behaviour changes again.
struct Behaviour {
  const ActorOperations* operations = nullptr;
  void* object = nullptr;

  Behaviour(const ActorOperations& of, void* made) noexcept : operations{&of}, object{made} {}
  Behaviour(const Behaviour&) = delete;
  Behaviour& operator=(const Behaviour&) = delete;
  ~Behaviour() { operations->destroy(object); }
};

/// Someone who wants to know when an actor has stopped for good; or any actor that others keep.
struct Watcher {
  ActorCell* cell = nullptr;
  ActorId id{};
  bool is_linked = false;  ///< It is told by an `Exit`, and stops when it does not handle that.
};

/// Where an actor stands in a supervision tree. Owner worker, but for what never changes.
struct TreeLinks {
  Watcher supervisor{};  ///< Without a cell: the root of all, the system. Never changes.
  std::shared_ptr<Supervision> supervision{};  ///< Of a supervisor. Never changes.
  bool asks = false;  ///< After every failure the supervisor decides. Never changes.
  bool tells_start = false;
  std::uint32_t last_command = 0;  ///< Of the supervisor's, which are numbered.
};

/// What few actors need, made when it is first wanted.
struct ActorExtras {
  std::vector<Instant> restarts;  ///< Within the sliding period (promise S5), oldest first.
  std::unique_ptr<Random> random;
  std::unique_ptr<void, void (*)(void*)> snapshot{nullptr, nullptr};
  Decision after_failure{};           ///< Of a handler whose message may be handled again.
  std::uint32_t failures_in_row = 0;  ///< For the backoff.
  std::chrono::nanoseconds delay{};   ///< Before the next object.
  TimerId backoff_timer;
  std::unique_ptr<Behaviour> behaviour;
  std::unique_ptr<Behaviour> left_behaviour;  ///< Whose handler may still be running.
  EnvelopeList stash;
  std::uint32_t stashed = 0;
  std::vector<Watcher> watchers;
  std::vector<Watcher> children;  ///< Of this incarnation, in the order of their spawning.
};

/// What an actor's restarts follow, kept in less room than the options they come from.
struct RestartRules {
  explicit RestartRules(const RestartOptions& options)
      : restart{options.restart},
        max_restarts{options.max_restarts},
        redeliver{options.redeliver},
        period{options.period},
        backoff{options.backoff ? std::make_unique<const Backoff>(*options.backoff) : nullptr} {}

  // As in `RestartOptions`.
  Restart restart;
  std::uint32_t max_restarts;
  std::uint32_t redeliver;
  std::chrono::nanoseconds period;
  std::unique_ptr<const Backoff> backoff;  ///< Null: every restart is at once.
};

/// The seldom used part of an actor, apart from the cell so that hot cells stay small.
struct ActorRecord {
  ActorId id;
  std::uint64_t start_order = 0;
  std::string name;  ///< Empty: it has none.
  const ActorOperations* operations = nullptr;
  ActorFactory factory;
  RestartRules restart;
  std::unique_ptr<ActorExtras> extras{};
  bool has_subscribed = false;  ///< So that there is something to end with it.
  std::unique_ptr<TreeLinks>
      tree{};  ///< Null: the system is its supervisor, and it is none itself.
  // Any thread reads, while it has a hold on the record.
  LastError last_error{};
  /// Monotonic, ns; since its present object runs. Written by the owner; 0: it has not run yet.
  std::atomic<std::int64_t> running_since{0};
};
static_assert(sizeof(ActorRecord) <= 200, "a million actors want small records");

/// An actor's place: the object of its present incarnation, its mailbox, and what supervises it.
///
/// Thread-safety: functions and plain fields by the owner worker only; atomics and counters by any
/// thread.
struct alignas(kCacheLineBytes) ActorCell : MailboxCell {
  /// What a handler has asked for that happens when it has returned.
  enum After : std::uint8_t { kStop = 1, kStash = 2, kDrain = 4, kEnd = 8, kRedeliver = 16 };

  explicit ActorCell(Worker& home) noexcept;

  // Owner worker.
  void* actor = nullptr;
  std::unique_ptr<ActorRecord> record;  ///< Of the present holder; null when there is none.
  Activation* activation = nullptr;     ///< A coroutine that has not ended yet.
  std::uint32_t incarnation = 0;        ///< Counts every object this place has had, of all holders.
  std::uint8_t afterwards = 0;          ///< Bits of `After`.
  // Any thread reads.
  std::atomic<ActorState> state{ActorState::stopped};
  Counter restart_count;
  Counter ticks_missed;  ///< Of repeating timers.

  [[nodiscard]] System& system() const noexcept { return *static_cast<System*>(worker->owner()); }
  /// Of the holder's class. Requires: there is a holder.
  [[nodiscard]] const ActorOperations& actor_operations() const noexcept {
    return *record->operations;
  }
  /// What it does with its children when it is a supervisor, else null. Requires: as above.
  [[nodiscard]] Supervision* supervision() const noexcept {
    return record->tree != nullptr ? record->tree->supervision.get() : nullptr;
  }

  /// A new holder, whose record is here: factory, `on_start`; a failure here is one like any other.
  /// Nothing happens when it was stopped before.
  void start(ActorId holder);
  /// Whether it is to stop, at whosever wish.
  [[nodiscard]] bool is_stopping() const noexcept {
    return ending_ || (afterwards & (kStop | kEnd)) != 0;
  }
  /// Whether the actor of this id has not stopped for good.
  [[nodiscard]] bool is_held_by(ActorId id) const noexcept {
    return holder_ == id || open_id.load(std::memory_order_relaxed) == id.value();
  }
  /// Takes no more messages; handles (drain) or gives up (discard) what waits; runs `on_stop`, ends
  /// the object. A drain behind a suspended coroutine ends later.
  void stop(StopMode mode) { stop_now(mode, false); }
  /// Stops it with what it has, without `on_stop`; a supervisor with all its children.
  void kill() noexcept;
  /// The exception now in flight came out of the actor: gives the message up as poison, and does
  /// what its class, its options or its supervisor decide.
  void fail(const MessageType* poison) noexcept;
  /// The same while the message is there still: it may be handled again. What follows then is done
  /// when that is settled.
  void fail_handling(const MessageType& type) noexcept;
  /// The handler has ended the actor's work (`kEnd`).
  void end_normally() noexcept;
  void back_off_is_over() noexcept;
  /// An actor it is linked with has stopped for good.
  void take_exit(const Exit& exit);

  // What its supervisor wants, each with a number that the answer carries.

  /// Starts it, for the first time or again. Messages in its mailbox that come from these are given
  /// up; null: it alone is restarted.
  void start_by_supervisor(ActorId id, std::uint32_t command,
                           const std::shared_ptr<const std::vector<ActorId>>& restarted_together,
                           int rounds = 0);
  /// Ends its object until it is started again; its mailbox stays.
  void suspend(std::uint32_t command) noexcept;

  // What a supervisor's `Supervision` has done.

  void children_have_started() noexcept;
  /// `why`: what this supervisor has failed with; null: it is its own supervisor who wanted it.
  void children_are_down(const std::string* why) noexcept;
  void children_have_stopped() noexcept;
  void supervisor_gives_up() noexcept;
  /// Its significant children have ended: it stops for good.
  void end_supervisor() noexcept;
  /// A message that was taken and cannot be handled.
  void dead_letter(DeadLetterReason reason, const MessageType& type);

  /// The same as `fail_handling` for what may be an ask: whoever asked is told why, unless the
  /// request is handled again.
  void fail_asked(detail::PendingReply& pending, Envelope& envelope);
  /// The exception in flight kept a coroutine from beginning.
  void fail_to_begin(Envelope* envelope);

  /// For those who look from outside: a handler of this actor begins.
  void mark_running(std::uint16_t type_id) noexcept { worker->mark_running(this, type_id); }
  /// Ends a request whose deadline has passed, and counts it: whoever asked has given up (promise
  /// A5).
  bool skip_expired(Envelope* envelope);
  /// Any thread: how many the present holder has skipped.
  [[nodiscard]] std::uint32_t expired() const noexcept {
    return expired_.load(std::memory_order_relaxed);
  }
  /// Does what the handler asked for, and ends its message.
  void settle_envelope(Envelope* envelope);
  void settle_frame(FrameHeader& frame);
  /// At the end of every `run`.
  void after_run();

  // Coroutines.
  Activation& begin_activation(Envelope* envelope);
  void resume_activation();
  void look_for_interleaved();
  /// The activation waits for another actor from now on; until it is resumed.
  void begin_wait(ActorId target) noexcept;
  void end_wait() noexcept;
  /// The coroutine that waits within the activation goes on in the next run of this cell.
  void resume_later(void* coroutine_address) noexcept;
  std::uint32_t run_suspended(std::uint32_t budget);

  // The slow ways behind ActorClassOperations.
  void receive_slowly(FrameHeader& frame);
  void take_timer(Envelope* envelope);
  void take_arrival(std::uint64_t id, Envelope* envelope);
  bool divert(Envelope* envelope);
  void drop(Envelope* envelope);
  std::uint32_t run_changed(std::uint32_t budget);
  void handle_by_behaviour(Envelope* envelope);
  /// Ends an envelope whose message will not be handled; an ask is told.
  void give_up(Envelope* envelope, DeadLetterReason reason);

  [[nodiscard]] ActorExtras& extras();
  void unstash_all();
  void become(std::unique_ptr<Behaviour> behaviour);
  void add_child(const Watcher& child);
  void add_watcher(ActorId target, Watcher watcher);
  void remove_watcher(ActorId target, const Watcher& watcher) noexcept;

 private:
  enum class Began : std::uint8_t { running, waiting, failed };

  Began construct_and_start(Decision& decision) noexcept;
  void started() noexcept;
  void fail_to_start() noexcept;
  void abandon_activation() noexcept;
  void end_activation() noexcept;
  void stop_now(StopMode mode, bool kill);
  [[nodiscard]] Decision decide(const MessageType* message) noexcept;
  [[nodiscard]] bool stops_for_good(Decision decision) const noexcept;
  [[nodiscard]] bool is_redelivered(const Envelope& envelope) const noexcept;
  void settle_failed(Envelope* envelope) noexcept;
  void restart(Decision decision) noexcept;
  [[nodiscard]] bool may_restart(Decision decision) noexcept;
  void begin_incarnation() noexcept;
  void make_next_object() noexcept;
  void count_for_backoff() noexcept;
  [[nodiscard]] bool back_off() noexcept;
  void cancel_back_off() noexcept;
  void escalate(const std::string& why) noexcept;
  void wait_for_supervisor(bool has_escalated, const std::string& why) noexcept;
  void tell_supervisor(ChildNotice notice) noexcept;
  void suspend_now() noexcept;
  void give_up_messages_of(const std::vector<ActorId>& senders);
  [[nodiscard]] std::string kind_and_name() const;
  void end_object() noexcept;
  void end_children() noexcept;
  void finish_stop() noexcept;
  void finish_activation();
  void change_state(ActorState next) noexcept;
  void note_failure(std::string_view during) noexcept;
  void log_failure(std::string_view during) noexcept;
  void discard_waiting();
  void drop_behaviours() noexcept;
  void report_down() noexcept;
  static void forget_stopped(std::vector<Watcher>& watchers);

  ActorId holder_;            // From its start to its end; never another thread's business.
  bool has_started_ = false;  // on_start has succeeded, so on_stop is due.
  bool ending_ = false;       // From stop() on: a failure on the way must not stop again.
  DownReason down_reason_ = DownReason::stopped;
  std::atomic<std::uint32_t> expired_{0};  // Written by the owner; here because it fills a gap.
};

static_assert(sizeof(ActorCell) <= 256, "a million actors want small places");

/// The operations of one actor class: what is called for every message is compiled for the class.
template <typename A>
struct ActorClassOperations {
  static void receive(Cell& base, FrameHeader& frame);
  static std::uint32_t run(Cell& base, std::uint32_t budget);
  static void handle(ActorCell& cell, void* actor, Envelope* envelope);
  static bool handles(std::uint16_t type_id) noexcept;
  static bool conflates(std::uint16_t type_id) noexcept;
  static bool interleaves(std::uint16_t type_id) noexcept;
  static bool conflation_key(const Cell& cell, const Envelope& envelope, std::uint64_t& key);
  static void on_start(ActorCell& cell, void* actor);
  static void on_stop(void* actor, Context& context);
  static void destroy(void* actor) noexcept { delete static_cast<A*>(actor); }

  static void timer_due(Cell& base, Envelope* envelope) {
    static_cast<ActorCell&>(base).take_timer(envelope);
  }
  static void arrive(Cell& base, std::uint64_t id, Envelope* envelope) {
    static_cast<ActorCell&>(base).take_arrival(id, envelope);
  }
  static bool divert(Cell& base, Envelope* envelope) {
    return static_cast<ActorCell&>(base).divert(envelope);
  }
  static void drop(Cell& base, Envelope* envelope) { static_cast<ActorCell&>(base).drop(envelope); }

  static const ActorOperations kOperations;  // Defined in actor_class.hpp.
};

}  // namespace mycelium
