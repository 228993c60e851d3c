#include "mycelium/testing/test_system.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <stdexcept>

namespace mycelium::testing {
namespace {

// FNV-1a over whole numbers.
constexpr std::uint64_t kHashStart = 0xcbf29ce484222325U;
constexpr std::uint64_t kHashFactor = 0x100000001b3U;

// Streams of numbers from one seed that have nothing to do with each other.
constexpr std::uint64_t kPlacementStream = 0x9E3779B97F4A7C15U;
constexpr std::uint64_t kTestStream = 0xD1B54A32D192ED03U;

// More names than this make a sentence no clearer.
constexpr std::size_t kNamesMax = 5;

SystemOptions system_options(const TestOptions& options, const Clock& clock) {
  return SystemOptions{.workers = options.workers,
                       .lane_bytes = options.lane_bytes,
                       .actors_max = options.actors_max,
                       .seed = options.seed,
                       .clock = &clock,
                       .drive = Drive::manual};
}

std::string joined(std::vector<std::string> names) {
  const std::size_t count = names.size();
  if (count > kNamesMax) {
    names.resize(kNamesMax);
    names.push_back(fmt::format("and {} more", count - kNamesMax));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// The time since the start, in the largest unit that it is a whole number of.
std::string text_of(Instant instant) {
  const auto ns = instant.time_since_epoch().count();
  if (ns % 1'000'000'000 == 0) return fmt::format("{}s", ns / 1'000'000'000);
  if (ns % 1'000'000 == 0) return fmt::format("{}ms", ns / 1'000'000);
  if (ns % 1000 == 0) return fmt::format("{}us", ns / 1000);
  return fmt::format("{}ns", ns);
}

}  // namespace

TestSystem::TestSystem(const TestOptions& options)
    : options_{options},
      clock_{Instant{}, options.wall},
      schedule_{options.seed},
      placement_{options.seed ^ kPlacementStream},
      random_{options.seed ^ kTestStream},
      hash_{kHashStart},
      system_{system_options(options, clock_)} {}

// Nothing is drained: a test may have ended because the system never comes to rest.
TestSystem::~TestSystem() {
  for (std::uint32_t slot = system_.places_used(); slot-- > 0;) {
    ActorCell& cell = system_.cell_at(slot);
    if (cell.record == nullptr) continue;
    run_on(*cell.worker, [&cell] {
      if (cell.record != nullptr) cell.stop(StopMode::discard);
    });
  }
}

std::uint16_t TestSystem::choose_worker() {
  return static_cast<std::uint16_t>(placement_.below(options_.workers));
}

void TestSystem::choose_workers(ChildSpec& spec) {
  SpawnOptions& options = spec.options;
  if (!options.worker && !options.dedicated) options.worker = choose_worker();
  for (ChildSpec& child : spec.children) choose_workers(child);
}

SupervisorRef TestSystem::supervise(SupervisorSpec tree) {
  choose_workers(tree);
  return system_.supervise(std::move(tree));
}

// Mostly a few messages and sometimes as many as usual, so that senders' messages meet in every
// order.
StepQuotas TestSystem::choose_quotas() {
  constexpr StepQuotas kUsual{256, 1024, 64};
  const auto choose = [this](std::uint32_t usual) {
    const auto few = static_cast<std::uint32_t>(schedule_.below(4));
    return few == 0 ? usual : few;
  };
  return StepQuotas{choose(kUsual.lane), choose(kUsual.ready), choose(kUsual.cell)};
}

void TestSystem::step_worker(std::uint16_t index, const StepQuotas& quotas) {
  Worker& worker = system_.worker_group().worker(index);
  const std::uint32_t handled = worker.step(quotas);
  if (handled == 0) return;
  handled_ += handled;
  const std::uint16_t type_id = worker.activity().type_id;
  const auto time = static_cast<std::uint64_t>(now().time_since_epoch().count());
  for (const std::uint64_t part :
       {std::uint64_t{index}, std::uint64_t{handled}, std::uint64_t{type_id}, time})
    hash_ = (hash_ ^ part) * kHashFactor;
}

bool TestSystem::step() {
  std::array<std::uint16_t, kWorkersMax> busy{};
  std::size_t count = 0;
  WorkerGroup& group = system_.worker_group();
  for (std::uint16_t index = 0; index < group.count(); ++index) {
    if (group.worker(index).has_work(now())) busy[count++] = index;
  }
  if (count == 0) return false;
  const std::uint16_t chosen = busy[schedule_.below(count)];
  step_worker(chosen, choose_quotas());
  return true;
}

bool TestSystem::is_idle() {
  WorkerGroup& group = system_.worker_group();
  for (std::uint16_t index = 0; index < group.count(); ++index) {
    if (group.worker(index).has_work(now())) return false;
  }
  return true;
}

std::optional<Instant> TestSystem::next_timer() {
  std::optional<Instant> next;
  WorkerGroup& group = system_.worker_group();
  for (std::uint16_t index = 0; index < group.count(); ++index) {
    const TimerQueue& timers = group.worker(index).timers();
    if (!timers.empty()) next = std::min(next.value_or(Instant::max()), timers.next_deadline());
  }
  return next;
}

bool TestSystem::run_to(Instant limit, const std::function<bool()>& done) {
  std::uint64_t steps = 0;  // At this point in time.
  Progress half_way;
  while (true) {
    if (done && done()) return true;
    if (step()) {
      if (++steps == options_.steps_max / 2) half_way = progress();
      if (steps >= options_.steps_max) fail_as_never_idle(half_way);
      continue;
    }
    const std::optional<Instant> next = next_timer();
    move_clock(std::min(next.value_or(Instant::max()), limit));
    if (!next || *next > limit) return false;
    steps = 0;
  }
}

std::uint64_t TestSystem::run_until_idle() {
  const std::uint64_t before = handled_;
  static_cast<void>(run_to(now(), {}));
  return handled_ - before;
}

void TestSystem::advance(std::chrono::nanoseconds by) {
  if (by < std::chrono::nanoseconds{0}) throw std::invalid_argument{"time does not go backwards"};
  static_cast<void>(run_to(later(now(), by), {}));
}

void TestSystem::jump(std::chrono::nanoseconds by) {
  if (by < std::chrono::nanoseconds{0}) throw std::invalid_argument{"time does not go backwards"};
  clock_.advance(by);
}

void TestSystem::move_clock(Instant to) {
  if (to > now()) clock_.advance(to - now());
}

void TestSystem::run_on(Worker& worker, const std::function<void()>& task) {
  std::exception_ptr thrown;
  worker.inject([&] {
    try {
      task();
    } catch (...) {
      thrown = std::current_exception();
    }
  });
  step_worker(worker.index(), StepQuotas{0, 0, 0});
  if (thrown) std::rethrow_exception(thrown);
}

TestSystem::Progress TestSystem::progress() {
  Progress counts;
  for (std::uint32_t slot = 0; slot < system_.places_used(); ++slot)
    counts.push_back(system_.cell_at(slot).handled.value());
  return counts;
}

void TestSystem::fail_as_never_idle(const Progress& before) {
  // Who has ended handlers lately; else who is in one that does not come to its end.
  std::vector<std::string> busy;
  std::vector<std::string> unfinished;
  for (std::uint32_t slot = 0; slot < system_.places_used(); ++slot) {
    const ActorCell& cell = system_.cell_at(slot);
    if (cell.record == nullptr) continue;
    const std::uint64_t count = cell.handled.value() - (slot < before.size() ? before[slot] : 0);
    const std::string name =
        fmt::format("\"{}\" on worker {}", System::display_name(cell), cell.worker->index());
    if (count > 0) busy.push_back(fmt::format("{} ({} messages)", name, count));
    if (cell.activation != nullptr) unfinished.push_back(fmt::format("{} (in a coroutine)", name));
  }
  if (busy.empty()) busy = std::move(unfinished);
  fail(
      fmt::format("the system is not idle after {} steps at one point in time; busy to the end: {}",
                  options_.steps_max, joined(std::move(busy))));
}

void TestSystem::fail(const std::string& sentence) {
  std::string text = fmt::format("{} (at {})", sentence, text_of(now()));
  if (const std::optional<Instant> next = next_timer(); next && *next > now())
    text += fmt::format("; the next timer is due at {}", text_of(*next));
  const DeadLetters& dead = system_.dead_letters();
  for (std::size_t reason = 0; reason < kDeadLetterReasons; ++reason) {
    const auto named = static_cast<DeadLetterReason>(reason);
    if (dead.count(named) > 0)
      text += fmt::format("; dead letters, {}: {}", name_of(named), dead.count(named));
  }
  if (const auto failure = system_.failure()) text += "; " + failure->message;
  throw TestFailure{text};
}

}  // namespace mycelium::testing
