#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mycelium/actor/actor_class.hpp"
#include "mycelium/actor/actor_event.hpp"
#include "mycelium/actor/dead_letters.hpp"
#include "mycelium/actor/foreign.hpp"
#include "mycelium/actor/group.hpp"
#include "mycelium/actor/options.hpp"
#include "mycelium/actor/pool_start.hpp"
#include "mycelium/actor/publishing.hpp"
#include "mycelium/actor/pull.hpp"
#include "mycelium/actor/ref.hpp"
#include "mycelium/actor/registry.hpp"
#include "mycelium/actor/supervision_tree.hpp"
#include "mycelium/actor/wait_graph.hpp"
#include "mycelium/base/result.hpp"
#include "mycelium/bus/subscriber.hpp"
#include "mycelium/bus/topic_registry.hpp"
#include "mycelium/runtime/blocking_pool.hpp"
#include "mycelium/runtime/worker_group.hpp"

namespace mycelium {

/// What can be seen of an actor from outside.
struct ActorStatus {
  std::string name;
  ActorState state;
  std::uint16_t worker;
  std::uint64_t handled;  ///< Messages, all incarnations.
  std::uint32_t depth;    ///< Messages that wait, of all kinds, to an eighth of its capacity.
  std::uint64_t depth_high_water;  ///< The most that have waited.
  std::uint64_t restarts;
  std::uint64_t dead_letters;
  std::uint64_t dropped = 0;       ///< Messages, by the overflow policy of its mailbox.
  std::uint64_t conflated = 0;     ///< Messages, replaced by a later one of their key.
  std::uint64_t ticks_missed = 0;  ///< Of its repeating timers.
  std::uint64_t expired = 0;       ///< Requests that it skipped because their deadline had passed.
};

class Attachment;
struct ChildSpec;
struct ChildTerms;
class StallMonitor;
class SupervisorRef;
struct SupervisorSpec;

/// Actors, topics and the workers that run them, in one process.
///
///     mycelium::System system{{.workers = 2}};
///     auto ref = system.spawn("detector", [](mycelium::Context& context) {
///       return ArbitrageDetector{context.publisher<Signal>()};
///     });
///     ref.try_send(Swap{...});
///
/// Nothing is global: several systems may live in one process. Thread-safety: every function from
/// any thread, but for `step`, `wait_for`, `shutdown` and destruction: one thread. The destructor
/// stops what still runs, and waits for a handler that does not return.
class System {
 public:
  /// Throws std::invalid_argument for options out of range.
  explicit System(SystemOptions options = {});
  ~System();
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  /// Starts an actor; `factory` is `A(Context&)` and makes the object of each incarnation, on the
  /// actor's worker. Returns at once: what is sent before the start waits in the mailbox. Throws
  /// std::invalid_argument for a name that is taken (by whom it says), a worker there is not, or
  /// options that this version does not offer, std::length_error beyond `actors_max`, and, unless
  /// an actor spawns it, std::logic_error from the moment a shutdown begins (promise X2).
  template <typename Factory>
  auto spawn(std::string name, Factory factory, const SpawnOptions& options = {}) {
    using A = std::remove_cvref_t<std::invoke_result_t<Factory&, Context&>>;
    const auto [cell, id] =
        launch(detail::record_of(std::move(name), std::move(factory), options.restart), options);
    return Ref<typename A::Handles>{*cell, id};
  }
  /// The same without a name.
  template <typename Factory>
  auto spawn(Factory factory, const SpawnOptions& options = {}) {
    return spawn(std::string{}, std::move(factory), options);
  }

  /// Starts `count` actors, spread over the workers, as the members `name.0`, `name.1` and so on of
  /// the group `name` (promise R5). `factory` is copied for each. Throws as `spawn` and `group`;
  /// then those that were started are stopped again.
  template <typename Factory>
  auto spawn_pool(std::string_view name, std::uint32_t count, const Factory& factory,
                  const SpawnOptions& options = {});

  /// Starts a supervision tree (`supervisor.hpp`), its actors from left to right, each when the one
  /// before it has started. Returns at once: all have their places and names, and what is sent to
  /// them waits. Throws as `spawn`; then nothing has been started.
  SupervisorRef supervise(SupervisorSpec tree);
  /// Every actor, below its supervisor, in the order of their start. O(actors ever).
  [[nodiscard]] std::vector<SupervisionNode> supervision_tree() const;

  /// The names of this system's actors (promise R6).
  [[nodiscard]] Registry& registry() noexcept { return registry_; }
  /// `lookup<Quoter>("quoter")`: as `Registry::lookup`.
  template <typename... Ts>
  [[nodiscard]] Result<Ref<NamedHandles<Ts...>>> lookup(std::string_view name) const {
    return registry_.lookup<Ts...>(name);
  }
  /// The same of an id, for actors without a name too.
  template <typename... Ts>
  [[nodiscard]] Result<Ref<NamedHandles<Ts...>>> lookup(ActorId id) const {
    using Handles = NamedHandles<Ts...>;
    return detail::typed<Handles>(find(id, detail::types_of(Handles{})));
  }
  /// A handle of the group of this name, made on first use: `group<Job>("workers")`. Throws
  /// std::invalid_argument when a member does not handle these messages, or the name is none.
  template <typename... Ts>
  [[nodiscard]] Group<NamedHandles<Ts...>> group(std::string_view name,
                                                 Routing routing = Routing::round_robin) {
    return {groups_.group(name, detail::types_of(NamedHandles<Ts...>{})), routing};
  }

  /// Makes the calling thread, which is no worker, send through lanes of its own as long as the
  /// result lives (`Attachment`). Throws std::logic_error when it is a worker or attached already,
  /// with `Drive::manual`, and once the system has been shut down; std::length_error beyond
  /// `kWorkersMax` workers and attached threads.
  [[nodiscard]] Attachment attach();

  /// Asks an actor to stop for good, from any thread. What the same thread has sent to it before
  /// comes first. Nothing happens when it has stopped already (promise X1).
  void stop(const AnyRef& ref, StopMode mode = StopMode::drain);

  /// The topic of this name (the message's own when empty). Throws as `Context::publisher`.
  template <Message M>
  [[nodiscard]] Topic<M>& topic(std::string_view name = {}, const TopicOptions& options = {}) {
    return topics_.topic<M>(name, options);
  }
  /// What can be seen of every topic: name, messages published, delivered, dropped and retained,
  /// subscribers. By name. O(topics, and actors that have ever subscribed).
  [[nodiscard]] std::vector<TopicStatus> topic_status() const { return topics_.status(); }
  /// A pull subscriber for a thread that is no worker, to one topic or to all that match a pattern;
  /// `key` is for `conflate`.
  template <Message M>
  [[nodiscard]] Subscriber<M> subscriber(std::string_view topic_name = {},
                                         const SubscriberOptions& options = {},
                                         ConflationKeyOf<M> key = nullptr) {
    if (TopicPattern::is_one(topic_name))
      return Subscriber<M>{topics_, TopicPattern{topic_name}, options, key};
    return Subscriber<M>{topic<M>(topic_name), options, key};
  }

  /// Waits until an actor has started or given up: true when it runs. With `Drive::manual` steps
  /// the workers itself.
  bool await_started(const ActorCell& cell);
  /// Waits until the actor has stopped for good, `timeout` at most; whether it has. No worker. With
  /// `Drive::manual` steps the workers itself, and gives up when nothing is left to do.
  bool await_stopped(const AnyRef& ref, std::chrono::nanoseconds timeout);

  /// One step of every worker; how much was handled. Requires: Drive::manual.
  std::uint32_t step() { return group_.step_all(); }

  /// Asks for a stop, as `Context::stop_system` and an actor's final failure do; `wait_for` returns
  /// true from now on. Async-signal-safe.
  void request_stop() noexcept {
    stop_requested_.store(true, std::memory_order_seq_cst);
    pause_.wake_if_parked();
  }
  [[nodiscard]] bool stop_requested() const noexcept {
    return stop_requested_.load(std::memory_order_acquire);
  }
  /// Waits until a stop is requested, `timeout` at most; whether one is. One thread at a time, no
  /// worker.
  bool wait_for(std::chrono::nanoseconds timeout) {
    pause_.park(timeout, [this] { return stop_requested(); });
    return stop_requested();
  }

  /// Stops every actor in reverse start order, each draining what waits for it, within `timeout` in
  /// all; then the workers. Returns one sentence per actor that did not stop in time (promise X2).
  /// Idempotent.
  std::vector<std::string> shutdown(std::chrono::nanoseconds timeout = std::chrono::seconds{5});

  /// Why the system stopped by itself: an actor that failed beyond its restart intensity, or a
  /// supervisor, with the chain of what it failed with. Nothing while all is well.
  [[nodiscard]] std::optional<Error> failure() const;

  /// The actors that have not stopped for good, by name. O(actors ever).
  [[nodiscard]] std::vector<ActorStatus> actors() const;
  /// Restarts of all actors, stopped ones included.
  [[nodiscard]] std::uint64_t restarts() const noexcept {
    return restarts_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] DeadLetters& dead_letters() noexcept { return dead_letters_; }
  [[nodiscard]] TopicRegistry& topics() noexcept { return topics_; }
  [[nodiscard]] const Clock& clock() const noexcept { return clock_; }
  [[nodiscard]] std::uint64_t seed() const noexcept { return options_.seed; }
  [[nodiscard]] std::uint16_t workers() const noexcept { return group_.count(); }

  /// Replies that came when nobody waited for them any more (promise A4).
  [[nodiscard]] std::uint64_t late_replies() const noexcept {
    return late_replies_.load(std::memory_order_relaxed);
  }
  /// Actors that wait for each other in a circle, by name and in the order of waiting: they go on
  /// only when a deadline passes or one of them is stopped (promise D11). Looks at what the workers
  /// told after each of the last two calls, whoever made them, so that a circle is seen at the
  /// third. The stall detector has looks of its own, and says what it finds.
  [[nodiscard]] std::vector<std::vector<std::string>> find_wait_cycles();
  /// Handlers that held their worker longer than `SystemOptions::stall_limit`.
  [[nodiscard]] std::uint64_t stalls() const noexcept {
    return stalls_.load(std::memory_order_relaxed);
  }

  // For the layer's own parts.

  [[nodiscard]] Worker& take_attachment();
  void give_back(Worker& attachment);

  [[nodiscard]] bool is_driven_by_hand() const noexcept { return options_.drive == Drive::manual; }
  [[nodiscard]] WaitGraph& wait_graph() noexcept { return wait_graph_; }
  [[nodiscard]] BlockingPool& blocking_pool() noexcept { return blocking_pool_; }
  [[nodiscard]] detail::ForeignAsks& foreign_asks() noexcept { return foreign_asks_; }
  [[nodiscard]] ActorCell& cell_at(std::uint32_t slot) const noexcept {
    return *static_cast<ActorCell*>(group_.cells().at(slot));
  }
  /// Places that have ever been held: the slots below this number.
  [[nodiscard]] std::uint32_t places_used() const;
  /// The actor's name, or, when it has none, one made of its id. Owner worker.
  [[nodiscard]] static std::string display_name(const ActorCell& cell);
  void add_dead_letter(const ActorCell& cell, DeadLetterReason reason, const MessageType& type);
  /// A reply has reached the asker's worker.
  void take_reply(Worker& worker, const Metadata& ask, const MessageType& type, void* message);
  void send_down(Worker& from, const Watcher& watcher, const Down& down);
  void tell_exit(const Watcher& linked, const Exit& exit);
  void stop_child(const Worker& parents, const Watcher& child);
  /// To those who subscribe to `mycelium.events`. Owner worker of the cell.
  void publish_event(const ActorCell& cell, ActorEventKind kind, std::string_view reason = {}) {
    if (event_topic_.has_subscribers()) [[unlikely]]
      publish_event_now(cell, kind, reason);
  }
  /// The same of what has been seen from outside. Any thread.
  void publish_event(ActorEvent event);
  /// One more child of a supervisor that may be running; empty: it has stopped. Errors: as `spawn`.
  AnyRef start_child(const AnyRef& supervisor, ChildSpec spec);
  /// The child stops for good, as long as it may take. Nothing happens when it is none.
  void stop_child_of(const AnyRef& supervisor, const AnyRef& child);
  void count_late_reply() noexcept { late_replies_.fetch_add(1, std::memory_order_relaxed); }
  void count_stall() noexcept { stalls_.fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] WorkerGroup& worker_group() noexcept { return group_; }
  [[nodiscard]] const SystemOptions& options() const noexcept { return options_; }
  /// Any thread: id and name of whoever holds the cell, or that nobody does.
  [[nodiscard]] std::pair<ActorId, std::string> holder_of(const ActorCell& cell) const;
  /// Any thread: its own name, or, when it has none or has stopped, one made of its id.
  [[nodiscard]] std::string name_of_actor(ActorId id) const;

  /// For ActorCell: an actor is restarted.
  void count_restart() noexcept { restarts_.fetch_add(1, std::memory_order_relaxed); }
  /// For ActorCell: an actor without a supervisor has given up; the system fails.
  void actor_gave_up(const std::string& why);
  /// For ActorCell: an actor has stopped for good; its place can be used again.
  void actor_stopped(ActorCell& cell);

 private:
  struct Holder {
    ActorCell* cell;
    ActorId id;
    std::uint64_t start_order;
    std::string name;
    bool is_supervised = false;  // Then its supervisor stops it.
  };

  [[nodiscard]] Result<AnyRef> find(ActorId id, detail::TypeList types) const;
  /// Held: it has its place and its name, and somebody else starts it.
  std::pair<ActorCell*, ActorId> launch(std::unique_ptr<ActorRecord> record,
                                        const SpawnOptions& options, bool held = false);
  Watcher launch_tree(ChildSpec& spec, const Watcher& supervisor, Supervision* above,
                      std::vector<Watcher>& launched);
  void give_children(const Watcher& supervisor, std::vector<ChildTerms> children);
  [[nodiscard]] std::shared_ptr<Supervision> supervision_of(const AnyRef& supervisor) const;
  void publish_event_now(const ActorCell& cell, ActorEventKind kind, std::string_view reason);
  [[nodiscard]] Worker& place(const SpawnOptions& options);
  [[nodiscard]] Worker& place_dedicated();
  [[nodiscard]] ActorId take_id(Worker& worker);
  [[nodiscard]] std::vector<Holder> holders_last_first() const;
  std::size_t stop_in_turn(std::span<const Holder> holders, Instant deadline);
  bool await_stopped(const Holder& holder, Instant deadline);
  std::vector<std::string> stop_all(const std::vector<Holder>& holders, Instant deadline);
  void end_workers(Instant deadline);

  const SystemOptions options_;
  const Clock& clock_;
  TopicRegistry topics_;
  Topic<DeadLetter>& dead_letter_topic_;
  Topic<ActorEvent>& event_topic_;
  DeadLetters dead_letters_;
  Registry registry_;
  GroupTable groups_;
  std::atomic<bool> stop_requested_{false};
  std::atomic<std::uint64_t> restarts_{0};
  std::atomic<std::uint64_t> late_replies_{0};
  std::atomic<std::uint64_t> stalls_{0};
  detail::ForeignAsks foreign_asks_;
  WaitGraph wait_graph_;
  WaitLooks circle_looks_;  // Of those who call find_wait_cycles.
  Parker pause_;            // Of the thread that waits for the stop.
  bool shut_down_ = false;

  mutable std::mutex mutex_;  // Guards what follows.
  bool is_shutting_down_ = false;
  std::array<std::uint32_t, kWorkersMax> actors_on_worker_{};
  std::uint32_t slots_used_ = 0;  // Slots that have ever been used; cells there are constructed.
  // Per worker: a slot keeps its worker. Each with its last generation; reused first-in first-out.
  std::array<std::deque<ActorId>, kWorkersMax> free_;
  std::uint64_t started_ = 0;
  std::vector<Worker*> attachments_;  // That no thread uses now.
  std::size_t attached_ = 0;          // Threads.
  std::optional<Error> failure_;

  WorkerGroup group_;           // Its threads end before anything above does.
  BlockingPool blocking_pool_;  // Its threads end before the workers do.
  std::unique_ptr<StallMonitor> stall_monitor_;
};

template <typename Factory>
auto System::spawn_pool(std::string_view name, std::uint32_t count, const Factory& factory,
                        const SpawnOptions& options) {
  using A = std::remove_cvref_t<std::invoke_result_t<Factory&, Context&>>;
  auto pool = group<A>(name);
  detail::PoolStart start{*this, name, count};
  while (start.started() < count) {
    const auto member =
        spawn(start.next_name(), Factory{factory}, start.next_options(options, options_.workers));
    start.add(member, pool.join(member));
  }
  start.finish();
  return pool;
}

template <typename... Ts>
auto Context::group(std::string_view name, Routing routing) {
  return cell_.system().group<Ts...>(name, routing);
}

template <typename Factory>
auto Context::spawn(std::string name, Factory factory, SpawnOptions options) {
  if (!options.worker && !options.dedicated) options.worker = cell_.worker->index();
  const auto child = cell_.system().spawn(std::move(name), std::move(factory), options);
  cell_.add_child({child.cell(), child.id()});
  return child;
}

}  // namespace mycelium
