#include <fmt/format.h>

#include <algorithm>

#include "chaos_run.hpp"

// Many injections at once, at random steps of the schedule: then the order is open, and what is
// checked holds in every order.
namespace mycelium::chaos {
namespace {

using std::chrono::nanoseconds;

// Longer than any handler waits, any backoff and any shutdown time of a tree.
constexpr std::chrono::seconds kLongEnough{600};

class Storm {
 public:
  explicit Storm(Scene& scene) : scene_{scene}, random_{scene.random()} {}

  void run();

 private:
  void inject(std::uint64_t chance);
  void tell_someone();
  void tell_a_supervisor();
  void fail_all();
  void flood();
  void fail_starts();
  void stop_someone();
  void start_child();
  void stop_system();
  void check_settled();
  [[nodiscard]] bool may_be_gone(const Scene::Actor& actor, const MemberLog* log);
  [[nodiscard]] bool has_to_be_gone(const Scene::Actor& actor, const MemberLog* log);
  [[nodiscard]] MemberLog& someone() {
    auto& members = scene_.journal().members();
    return members[random_.below(members.size())];
  }
  [[nodiscard]] const std::pair<const std::string, Scene::Actor>& any_actor() {
    auto chosen = scene_.actors().begin();
    std::advance(chosen, static_cast<std::ptrdiff_t>(random_.below(scene_.actors().size())));
    return *chosen;
  }
  [[nodiscard]] bool has_members() { return !scene_.journal().members().empty(); }

  Scene& scene_;
  Random& random_;
  bool has_stopped_ = false;
};

void Storm::run() {
  for (std::uint64_t left = 40 + random_.below(160); left > 0 && !has_stopped_; --left) {
    const std::uint64_t chance = random_.below(100);
    if (chance < 40) {
      for (std::uint64_t steps = 1 + random_.below(20); steps > 0; --steps) scene_.test().step();
    } else if (chance < 50) {
      scene_.test().advance(nanoseconds{random_.below(400'000'000)});
    } else if (chance < 52) {
      scene_.test().jump(nanoseconds{random_.below(400'000'000)});
    } else {
      inject(random_.below(100));
    }
    scene_.look();
  }
  if (has_stopped_) return;
  scene_.test().advance(kLongEnough);
  scene_.check_at_rest();
  check_settled();
}

void Storm::inject(std::uint64_t chance) {
  if (!has_members()) return start_child();
  if (chance < 57) return tell_someone();
  if (chance < 60) return tell_a_supervisor();
  if (chance < 64) return fail_all();
  if (chance < 70) return flood();
  if (chance < 80) return fail_starts();
  if (chance < 86) return scene_.publish_note();
  if (chance < 92) return stop_someone();
  if (chance < 98) return start_child();
  if (random_.below(4) == 0) stop_system();
}

void Storm::tell_someone() {
  constexpr std::array kDeeds{Deed::fail,       Deed::fail,   Deed::fail, Deed::fail_oddly,
                              Deed::fail_later, Deed::end,    Deed::stop, Deed::hang,
                              Deed::hang,       Deed::tell,   Deed::tell, Deed::tell,
                              Deed::nothing,    Deed::nothing};
  constexpr std::array kDecisions{Decision::restart, Decision::restart, Decision::restart,
                                  Decision::restart, Decision::resume,  Decision::stop,
                                  Decision::escalate};
  Order order = scene_.journal().make(kDeeds[random_.below(kDeeds.size())]);
  order.decision = kDecisions[random_.below(kDecisions.size())];
  order.throws_in_on_error = order.decision == Decision::escalate && random_.below(2) == 0;
  order.to = someone().index;
  const MemberLog& member = someone();
  // A timer's message is the oldest one day, and who drops that would count it as a message.
  if (order.deed == Deed::fail_later && member.overflow == Overflow::drop_oldest)
    order.deed = Deed::hang;
  const bool waits = order.deed == Deed::hang || order.deed == Deed::fail_later;
  if (waits) order.delay = nanoseconds{1 + random_.below(1'500'000'000)};
  static_cast<void>(scene_.tell(member.name, order, random_.below(2) == 0));
}

// At once, as far as that is possible.
void Storm::fail_all() {
  for (const MemberLog& log : scene_.journal().members())
    static_cast<void>(scene_.tell(log.name, scene_.journal().make(Deed::fail), false));
}

// Which handles nothing: that is a dead letter and nothing else.
void Storm::tell_a_supervisor() {
  const auto& [name, actor] = any_actor();
  if (!actor.plan.is_supervisor) return;
  scene_.journal().note("tell supervisor " + name);
  static_cast<void>(
      scene_.journal().count(actor.ref.try_send(scene_.journal().make(Deed::nothing))));
}

void Storm::flood() {
  const std::string name = someone().name;
  const std::uint32_t to = someone().index;
  for (std::uint64_t left = 1 + random_.below(12); left > 0; --left) {
    Order order = scene_.journal().make(random_.below(2) == 0 ? Deed::nothing : Deed::tell);
    order.to = to;
    static_cast<void>(scene_.tell(name, order, random_.below(2) == 0));
  }
}

void Storm::fail_starts() {
  MemberLog& log = someone();
  log.failing_starts = static_cast<std::uint32_t>(1 + random_.below(3));
  log.failing_start = static_cast<FailingStart>(random_.below(4));
  if (random_.below(2) == 0) log.starts_for = nanoseconds{random_.below(400'000'000)};
}

void Storm::stop_someone() {
  const auto& [name, actor] = any_actor();
  if (actor.above.empty() && random_.below(4) > 0) return;
  if (!actor.above.empty() && random_.below(2) == 0) {
    // When its supervisor has gone it has gone too.
    scene_.stop_child(actor.above, name);
  } else {
    scene_.stop(name, random_.below(2) == 0 ? StopMode::drain : StopMode::discard);
  }
}

void Storm::start_child() {
  std::vector<std::string> supervisors;
  for (const auto& [name, actor] : scene_.actors()) {
    if (actor.plan.is_supervisor) supervisors.push_back(name);
  }
  if (scene_.actors().size() > 40) return;
  const std::string& above = supervisors[random_.below(supervisors.size())];
  TreePlanner planner{random_, 3};
  static_cast<void>(scene_.start_child(
      above, planner.further_child(scene_.actor(above).plan.supervisor.auto_shutdown,
                                   scene_.new_names())));
}

void Storm::stop_system() {
  has_stopped_ = true;
  const std::set<std::string> late = scene_.shut_down(true);
  const auto& members = scene_.journal().members();
  const bool anyone_is_busy = std::any_of(members.begin(), members.end(),
                                          [](const MemberLog& log) { return log.frames > 0; });
  scene_.require(late.empty() || anyone_is_busy, "nobody is busy, and somebody has not stopped");
  for (const MemberLog& log : members) {
    scene_.require(log.frames == 0 || late.contains(log.name),
                   log.name + " has not stopped, and the shutdown does not name it");
  }
}

// Why an actor may have stopped for good: as many reasons as the rules give, and no other.
bool Storm::may_be_gone(const Scene::Actor& actor, const MemberLog* log) {
  if (actor.was_told_to_stop) return true;
  if (!actor.above.empty() && scene_.actor(actor.above).is_gone()) return true;
  const auto& members = scene_.journal().members();
  const bool anyone_failed = std::any_of(members.begin(), members.end(), [](const MemberLog& one) {
    return one.failures > 0 || one.ends > 0;
  });
  const Restart type = actor.plan.restart().restart;
  if (type == Restart::temporary && anyone_failed) return true;
  if (log != nullptr)
    return log->has_stopped_itself || (type == Restart::transient && log->ends > 0);
  if (actor.above.empty() && scene_.system().failure().has_value()) return true;
  if (actor.plan.supervisor.auto_shutdown == AutoShutdown::never) return false;
  return std::any_of(scene_.actors().begin(), scene_.actors().end(), [&](const auto& entry) {
    const Scene::Actor& child = entry.second;
    return child.above == actor.plan.name && child.plan.significant() && child.is_gone();
  });
}

bool Storm::has_to_be_gone(const Scene::Actor& actor, const MemberLog* log) {
  if (actor.was_told_to_stop) return true;
  if (actor.above.empty()) return scene_.system().failure().has_value();
  if (scene_.actor(actor.above).is_gone()) return true;
  if (log == nullptr) return false;
  return log->has_stopped_itself ||
         (log->ends > 0 && actor.plan.restart().restart != Restart::permanent);
}

void Storm::check_settled() {
  for (const auto& [name, actor] : scene_.actors()) {
    const MemberLog* const log = scene_.journal().find(name);
    if (actor.is_gone()) {
      scene_.require(may_be_gone(actor, log),
                     fmt::format("{} is gone without a reason, below {}", name, actor.above));
      continue;
    }
    scene_.require(!has_to_be_gone(actor, log), name + " should be gone");
    const ActorState state = actor.ref.cell()->state.load();
    scene_.require(state == ActorState::running,
                   fmt::format("{} is {} in the end", name, name_of(state)));
    if (log == nullptr) continue;
    scene_.require(log->runs && log->alive == 1 && log->frames == 0, name + " does not run");
    // It has got what was published, unless its own policy dropped that.
    const Overflow policy = actor.plan.member.mailbox.overflow;
    if (policy != Overflow::block && policy != Overflow::fail) continue;
    scene_.require(log->notes == log->notes_due, name + " has lost its subscription");
  }
}

}  // namespace

void run_storm(Scene& scene) { Storm{scene}.run(); }

}  // namespace mycelium::chaos
