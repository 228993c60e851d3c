#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mycelium/actor/context.hpp"
#include "mycelium/actor/dead_letters.hpp"
#include "mycelium/actor/options.hpp"
#include "mycelium/actor/ref.hpp"
#include "mycelium/base/result.hpp"
#include "mycelium/bus/subscriber.hpp"
#include "mycelium/bus/topic_registry.hpp"
#include "mycelium/runtime/worker_group.hpp"

namespace mycelium {

/// What can be seen of an actor from outside.
struct ActorStatus {
  std::string name;
  ActorState state;
  std::uint16_t worker;
  std::uint64_t handled;  ///< Messages, all incarnations.
  std::uint32_t depth;    ///< Waiting now, as last published.
  std::uint64_t depth_high_water;
  std::uint64_t restarts;
  std::uint64_t dead_letters;
};

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
  /// options that this version does not offer, and std::length_error beyond `actors_max`.
  template <typename Factory>
  auto spawn(std::string name, Factory factory, const SpawnOptions& options = {}) {
    using A = std::remove_cvref_t<std::invoke_result_t<Factory&, Context&>>;
    static_assert(ActorClass<A>,
                  "an actor class names its messages: `using Handles = mycelium::Messages<...>;`");
    const auto [cell, id] =
        launch(ActorRecord{{},
                           std::move(name),
                           &ActorClassOperations<A>::kOperations,
                           [factory = std::move(factory)](Context* context) mutable -> void* {
                             return new A(factory(*context));
                           },
                           options,
                           {},
                           nullptr,
                           {}});
    return Ref<typename A::Handles>{*cell, id};
  }

  /// The topic of this name (the message's own when empty). Throws as `Context::publisher`.
  template <Message M>
  [[nodiscard]] Topic<M>& topic(std::string_view name = {}) {
    return topics_.topic<M>(name);
  }
  /// A pull subscriber for a thread that is no worker.
  template <Message M>
  [[nodiscard]] Subscriber<M> subscriber(std::string_view topic_name = {},
                                         const SubscriberOptions& options = {}) {
    return Subscriber<M>{topic<M>(topic_name), options};
  }

  /// Waits until an actor has started or given up: true when it runs. With `Drive::manual` steps
  /// the workers itself.
  bool await_started(const ActorCell& cell);

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

  /// Why the system stopped by itself: an actor that failed beyond its restart intensity. Nothing
  /// while all is well.
  [[nodiscard]] std::optional<Error> failure() const;

  /// The actors that have not stopped for good, by name.
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

  /// For ActorCell: an actor is restarted.
  void count_restart() noexcept { restarts_.fetch_add(1, std::memory_order_relaxed); }
  /// For ActorCell: an actor has used up its restarts; the system fails.
  void actor_gave_up(const ActorRecord& record);
  /// For ActorCell: an actor has stopped for good; its place can be used again.
  void actor_stopped(ActorCell& cell);

 private:
  struct Holder {
    ActorCell* cell;
    std::uint64_t start_order;
  };

  std::pair<ActorCell*, ActorId> launch(ActorRecord record);
  [[nodiscard]] Worker& place(const SpawnOptions& options);
  [[nodiscard]] ActorId take_id(Worker& worker);
  [[nodiscard]] ActorCell& cell_at(std::uint32_t slot) const noexcept {
    return *static_cast<ActorCell*>(group_.cells().at(slot));
  }
  void stop_and_wait(ActorCell& cell, Instant deadline);
  bool await_stopped(const ActorCell& cell, Instant deadline);

  const SystemOptions options_;
  const Clock& clock_;
  TopicRegistry topics_;
  DeadLetters dead_letters_;
  std::atomic<bool> stop_requested_{false};
  std::atomic<std::uint64_t> restarts_{0};
  Parker pause_;  // Of the thread that waits for the stop.
  bool shut_down_ = false;

  mutable std::mutex mutex_;  // Guards what follows.
  std::map<std::string, Holder, std::less<>> names_;
  std::vector<std::uint32_t> actors_on_worker_;
  std::uint32_t slots_used_ = 0;  // Slots that have ever been used; cells there are constructed.
  // Per worker: a slot keeps its worker. Each with its last generation; reused first-in first-out.
  std::vector<std::deque<ActorId>> free_;
  std::uint64_t started_ = 0;
  std::optional<Error> failure_;

  WorkerGroup group_;  // Last: its threads end before anything above does.
};

}  // namespace mycelium
