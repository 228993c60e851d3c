#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/actor/supervisor.hpp"
#include "mycelium/actor/system.hpp"
#include "mycelium/base/random.hpp"
#include "mycelium/runtime/os_clock.hpp"
#include "mycelium/testing/failure.hpp"

namespace mycelium::testing {

/// How a `TestSystem` is run.
struct TestOptions {
  std::uint16_t workers = 4;
  std::uint64_t seed = 1;               ///< Of the schedule, and of every `Context::random`.
  std::size_t lane_bytes = 64 * 1024;   ///< A quarter of the usual: a lane is full sooner.
  std::size_t actors_max = 1U << 20;    ///< Places for actors.
  Timestamp wall{};                     ///< Wall time at the start; monotonic time begins at 0.
  std::uint64_t steps_max = 1'000'000;  ///< At one point in time; more than this is no end.
};

/// A whole system in one thread, on a clock of its own, where a seed decides who goes next: which
/// worker steps, how much it may handle in that step, and which worker an actor is placed on. So a
/// test runs the same way each time, and other seeds try other orders (promise T4).
///
///     TestSystem system;
///     Probe<Price> probe{system};
///     const auto market = system.spawn("market", [&](Context&) { return Market{probe.ref()}; });
///     system.send(market, Trade{5});
///     EXPECT_EQ(probe.expect<Price>().cents, 5);
///     system.advance(10ms);
///
/// Nothing happens by itself: actors run, and time moves, only within `run_until_idle`, `advance`,
/// `run_until`, `ask`, `step`, and a probe's functions. Thread-safety: none; one thread.
/// Life-cycle: what its actors use outlives it; its destructor stops them, the last one first, and
/// what waits for them goes to the dead letters.
class TestSystem {
 public:
  /// Throws std::invalid_argument for options out of range.
  explicit TestSystem(const TestOptions& options = {});
  ~TestSystem();
  TestSystem(const TestSystem&) = delete;
  TestSystem& operator=(const TestSystem&) = delete;

  /// As `System::spawn`; on a worker that the seed chooses unless the options name one.
  template <typename Factory>
  auto spawn(std::string name, Factory factory, SpawnOptions options = {}) {
    if (!options.worker && !options.dedicated) options.worker = choose_worker();
    return system_.spawn(std::move(name), std::move(factory), options);
  }
  /// The same without a name.
  template <typename Factory>
  auto spawn(Factory factory, const SpawnOptions& options = {}) {
    return spawn(std::string{}, std::move(factory), options);
  }

  /// As `System::supervise`; each actor of the tree on a worker that the seed chooses unless its
  /// options name one.
  SupervisorRef supervise(SupervisorSpec tree);

  [[nodiscard]] System& system() noexcept { return system_; }

  /// Sends as a thread that is no worker does. Throws TestFailure when the message is refused.
  template <typename Handles, typename M>
  void send(const Ref<Handles>& to, M&& message) {
    if (const SendResult result = to.try_send(std::forward<M>(message)); result != SendResult::ok)
      fail(std::string{"a message was refused: "} + std::string{name_of(result)});
  }

  // Running.

  /// One step of a worker that the seed chooses among those that have something to do now. False:
  /// none has.
  bool step();
  /// Steps until nobody has anything to do at this point in time; how many messages and tasks were
  /// handled. Throws TestFailure, with the names of the busy actors, after `steps_max` steps.
  std::uint64_t run_until_idle();
  /// Lets time pass: runs until idle, moves the clock to the next timer that is due by then, and so
  /// on; at the end the clock stands `by` later. Errors: as `run_until_idle` at each point in time;
  /// throws std::invalid_argument for a negative time.
  void advance(std::chrono::nanoseconds by);
  /// Moves the clock at once, as if the machine had slept: what is due by then comes late, with the
  /// next step. Throws as `advance`.
  void jump(std::chrono::nanoseconds by);
  /// Steps until `condition` holds, and lets time pass for it, `within` at most. Throws TestFailure
  /// when it does not hold in the end. Errors: as `run_until_idle`.
  template <std::predicate Condition>
  void run_until(Condition&& condition, std::chrono::nanoseconds within = {}) {
    if (!run_to(later(now(), within), std::ref(condition)))
      fail("the condition of run_until did not come true");
  }
  /// Asks as a thread that is no worker does, and runs until the answer has come; time passes for
  /// it, `timeout` at most. Errors: those of `Context::ask`, and as `run_until_idle`.
  template <typename Handles, Request Q>
  [[nodiscard]] Result<typename Q::Reply> ask(
      const Ref<Handles>& to, Q request,
      std::chrono::nanoseconds timeout = std::chrono::seconds{1}) {
    to.template check_handled<Q>();
    timeout = std::min<std::chrono::nanoseconds>(timeout, mycelium::detail::kForeignTimeoutMax);
    return mycelium::detail::ask_from_outside(
        to.cell(), to.id(), std::move(request), timeout,
        [&](auto& asks, std::uint64_t number, const auto& asking) {
          static_cast<void>(run_to(later(now(), timeout), [&] { return asking.answered; }));
          asks.leave(number);
        });
  }

  // What is known of it.

  /// Whether nobody has anything to do at this point in time.
  [[nodiscard]] bool is_idle();
  [[nodiscard]] Instant now() const noexcept { return clock_.monotonic(); }
  [[nodiscard]] Timestamp wall_now() const noexcept { return clock_.wall(); }
  /// When the next timer of all is due; nothing when none is armed. It may be overdue.
  [[nodiscard]] std::optional<Instant> next_timer();
  [[nodiscard]] std::uint64_t seed() const noexcept { return options_.seed; }
  /// Numbers that follow from the seed, for what the test itself wants to choose. The schedule does
  /// not depend on how many are drawn.
  [[nodiscard]] Random& random() noexcept { return random_; }
  /// A number made of every step that handled something: which worker, when, how much, and the type
  /// of its last message. Equal runs have equal numbers.
  [[nodiscard]] std::uint64_t schedule_hash() const noexcept { return hash_; }

  // For the kit's own parts.

  /// Steps and lets time pass until `done` is true or nothing is left to do until `limit`, where
  /// the clock stands then; whether `done`, if there is one, was true.
  bool run_to(Instant limit, const std::function<bool()>& done);
  /// Runs `task` on this worker now, in a step that handles nothing else. What it throws comes out.
  void run_on(Worker& worker, const std::function<void()>& task);
  /// Throws TestFailure: the sentence, and where the system stands.
  [[noreturn]] void fail(const std::string& sentence);

 private:
  // How many messages each place had handled, to see who is busy.
  using Progress = std::vector<std::uint64_t>;

  std::uint16_t choose_worker();
  void choose_workers(ChildSpec& spec);
  StepQuotas choose_quotas();
  void step_worker(std::uint16_t index, const StepQuotas& quotas);
  void move_clock(Instant to);
  [[nodiscard]] Progress progress();
  [[noreturn]] void fail_as_never_idle(const Progress& before);

  const TestOptions options_;
  ManualClock clock_;
  Random schedule_;
  Random placement_;
  Random random_;
  std::uint64_t hash_;
  std::uint64_t handled_ = 0;
  System system_;
};

}  // namespace mycelium::testing
