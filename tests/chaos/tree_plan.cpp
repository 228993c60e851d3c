#include "tree_plan.hpp"

#include <fmt/format.h>

#include <array>

namespace mycelium::chaos {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr int kLevelsMax = 4;

}  // namespace

NodePlan TreePlanner::tree() {
  NodePlan top = supervisor(1, AutoShutdown::never);
  // Most trees are to live long enough for something to happen to them.
  if (!one_in(4)) top.supervisor.restart.max_restarts = 20;
  top.supervisor.restart.restart = Restart::permanent;
  return top;
}

NodePlan TreePlanner::further_child(AutoShutdown of_supervisor, std::size_t first_name) {
  named_ = first_name;
  left_ = 3;
  return one_in(4) ? supervisor(kLevelsMax - 1, of_supervisor) : member(of_supervisor);
}

NodePlan TreePlanner::node(int level, AutoShutdown of_supervisor) {
  return level < kLevelsMax && left_ > 1 && one_in(3) ? supervisor(level, of_supervisor)
                                                      : member(of_supervisor);
}

NodePlan TreePlanner::supervisor(int level, AutoShutdown of_supervisor) {
  constexpr std::array kShutdowns{AutoShutdown::never, AutoShutdown::never,
                                  AutoShutdown::any_significant, AutoShutdown::all_significant};
  NodePlan plan;
  plan.name = fmt::format("s{}", named_++);
  plan.is_supervisor = true;
  SupervisorOptions& options = plan.supervisor;
  options.strategy = static_cast<Strategy>(random_.below(3));
  options.intensity = {static_cast<std::uint32_t>(random_.below(4)), seconds{1 + random_.below(5)}};
  options.counting = static_cast<Counting>(random_.below(3));
  options.auto_shutdown =
      level == 1 && !one_in(4) ? AutoShutdown::never : kShutdowns[random_.below(kShutdowns.size())];
  options.restart = restart();
  options.shutdown = one_in(2) ? kUnlimited : shutdown();
  options.significant = significant(options.restart, of_supervisor);
  left_ -= left_ > 0 ? 1 : 0;
  for (std::uint64_t count = 1 + random_.below(level == 1 ? 5 : 4); count > 0 && left_ > 0; --count)
    plan.children.push_back(node(level + 1, options.auto_shutdown));
  return plan;
}

NodePlan TreePlanner::member(AutoShutdown of_supervisor) {
  constexpr std::array kPolicies{Overflow::block, Overflow::block, Overflow::drop_newest,
                                 Overflow::drop_oldest, Overflow::fail};
  NodePlan plan;
  plan.name = fmt::format("m{}", named_++);
  ChildOptions& options = plan.member;
  options.mailbox = {.capacity = static_cast<std::uint32_t>(1 + random_.below(6)),
                     .overflow = kPolicies[random_.below(kPolicies.size())]};
  options.restart = restart();
  options.shutdown = shutdown();
  options.significant = significant(options.restart, of_supervisor);
  plan.starting = one_in(3) ? Starting::as_task : Starting::at_once;
  plan.throws_in_stop = one_in(6);
  left_ -= left_ > 0 ? 1 : 0;
  return plan;
}

RestartOptions TreePlanner::restart() {
  constexpr std::array kTypes{Restart::permanent, Restart::permanent, Restart::transient,
                              Restart::temporary};
  RestartOptions options{.restart = kTypes[random_.below(kTypes.size())],
                         .max_restarts = static_cast<std::uint32_t>(random_.below(4)),
                         .period = seconds{1 + random_.below(5)}};
  if (one_in(3)) {
    const nanoseconds min{1'000'000 + random_.below(400'000'000)};
    options.backoff = Backoff{.min = min,
                              .max = min * (1 + static_cast<int>(random_.below(6))),
                              .factor = 1 + static_cast<double>(random_.below(3)),
                              .jitter = 0,
                              .reset_after = nanoseconds{1 + random_.below(2'000'000'000)},
                              .first_at_once = !one_in(3)};
  }
  return options;
}

nanoseconds TreePlanner::shutdown() {
  const std::uint64_t chance = random_.below(6);
  if (chance == 0) return kKill;
  if (chance == 1) return kUnlimited;
  return nanoseconds{1 + random_.below(1'500'000'000)};
}

bool TreePlanner::significant(const RestartOptions& restart, AutoShutdown of_supervisor) {
  return restart.restart != Restart::permanent && of_supervisor != AutoShutdown::never && one_in(2);
}

}  // namespace mycelium::chaos
