#include "chaos_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace mycelium::chaos {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::uint32_t kPlaces = 4096;  // So many that nobody gets another one's.
// Longer than any handler waits, any backoff and any shutdown time of a tree.
constexpr seconds kLongEnough{600};

testing::TestOptions options(std::uint64_t seed) {
  return {.workers = static_cast<std::uint16_t>(1 + seed % 3),
          .seed = seed,
          .lane_bytes = 32 * 1024,
          .actors_max = kPlaces,
          .steps_max = 100'000};
}

std::string describe(const NodePlan& plan, const std::string& above) {
  const RestartOptions& restart = plan.restart();
  std::string text = fmt::format("{} below \"{}\": {}, {} within {} s{}, shutdown {} ns{}",
                                 plan.name, above, name_of(restart.restart), restart.max_restarts,
                                 std::chrono::duration<double>(restart.period).count(),
                                 restart.backoff ? ", backoff" : "", plan.shutdown().count(),
                                 plan.significant() ? ", significant" : "");
  if (plan.is_supervisor) {
    const SupervisorOptions& options = plan.supervisor;
    text += fmt::format("; {}, intensity {} within {} s{}, auto_shutdown {}",
                        name_of(options.strategy), options.intensity.max_restarts,
                        std::chrono::duration<double>(options.intensity.period).count(),
                        options.counts_together() ? " together" : "",
                        static_cast<int>(options.auto_shutdown));
  }
  return text;
}

constexpr SubscriberOptions kEverything{.capacity = 1U << 20U, .overflow = Overflow::block};

}  // namespace

Scene::Scene(std::uint64_t seed)
    : test_{std::make_unique<testing::TestSystem>(options(seed))},
      events_{system().subscriber<ActorEvent>({}, kEverything)},
      dead_letters_{system().subscriber<DeadLetter>({}, kEverything)} {
  for (std::size_t index = 0; index < observers_.size(); ++index) {
    observers_[index] =
        test_->spawn(fmt::format("observer{}", index),
                     [&downs = downs_[index]](Context&) { return Observer{downs}; });
  }
  test_->run_until_idle();
}

void Scene::enter(const NodePlan& plan, const std::string& above) {
  journal_.note(describe(plan, above));
  Actor& entered = actors_[plan.name];
  entered.plan = plan;
  entered.plan.children.clear();
  entered.above = above;
  for (const NodePlan& child : plan.children) enter(child, plan.name);
}

// New ones are there from the moment they are asked for, with their places and names.
void Scene::enter_refs(const std::vector<SupervisionNode>& nodes) {
  for (const SupervisionNode& node : nodes) {
    enter_refs(node.children);
    const auto found = actors_.find(node.name);
    if (found == actors_.end() || found->second.ref) continue;
    found->second.ref = AnyRef{system().cell_at(node.id.slot()), node.id};
    names_.emplace(node.id, node.name);
    if (MemberLog* const log = journal_.find(node.name))
      log->ref = found->second.ref.as<Order, Chore>();
    for (const RefTo<Watch>& observer : observers_) test_->send(observer, Watch{found->second.ref});
  }
}

void Scene::start_tree(const NodePlan& plan) {
  enter(plan, {});
  SupervisorSpec spec{spec_of(plan, journal_)};
  test_->supervise(std::move(spec));
  enter_refs(system().supervision_tree());
}

bool Scene::start_child(const std::string& supervisor, const NodePlan& plan) {
  ChildSpec spec = spec_of(plan, journal_);
  spec.options.worker = static_cast<std::uint16_t>(random().below(system().workers()));
  const SupervisorRef to{system(), actor(supervisor).ref};
  if (!to.start_child(std::move(spec))) return false;
  enter(plan, supervisor);
  enter_refs(system().supervision_tree());
  return true;
}

void Scene::stop_child(const std::string& supervisor, const std::string& child) {
  journal_.note(fmt::format("stop_child {} {}", supervisor, child));
  actor(child).was_told_to_stop = true;
  SupervisorRef{system(), actor(supervisor).ref}.stop_child(actor(child).ref);
}

void Scene::stop(const std::string& name, StopMode mode) {
  journal_.note(fmt::format("stop {}, {}", name, static_cast<int>(mode)));
  actor(name).was_told_to_stop = true;
  system().stop(actor(name).ref, mode);
}

SendResult Scene::tell(const std::string& name, const Order& order, bool as_task) {
  journal_.note(fmt::format("tell {}: message {}, deed {}, decision {}{}", name, order.number,
                            static_cast<int>(order.deed), name_of(order.decision),
                            as_task ? ", as a task" : ""));
  const MemberRef& ref = log(name).ref;
  return journal_.count(as_task ? ref.try_send(Chore{order}) : ref.try_send(order));
}

void Scene::publish_note() {
  const std::uint32_t number = notes_++;
  const PublishResult result = system().topic<Note>().publish(Note{number, journal_.token()});
  journal_.count_published(result.delivered);
  if (result.full > 0) return;
  for (MemberLog& log : journal_.members()) {
    const bool takes =
        log.ref.cell() != nullptr && log.ref.cell()->open_id.load() == log.ref.id().value();
    if (log.has_subscribed && takes) log.notes_due.insert(number);
  }
}

std::set<std::string> Scene::shut_down(bool in_the_middle) {
  std::set<std::string> names;
  for (const std::string& late : system().shutdown(nanoseconds{0})) {
    const std::size_t from = late.find('"') + 1;
    names.insert(late.substr(from, late.find('"', from) - from));
  }
  observers_may_miss_ = observers_may_miss_ || in_the_middle || !names.empty();
  return names;
}

Outcome run_seed(std::uint64_t seed, bool tells_story) {
  Scene scene{seed};
  if (tells_story) scene.journal().tell_story();
  try {
    TreePlanner planner{scene.random(), 2 + scene.random().below(seed % 4 < 2 ? 28 : 10)};
    const NodePlan tree = planner.tree();
    scene.start_tree(tree);
    if (seed % 2 == 0) {
      run_storm(scene);
    } else {
      run_in_step_with_model(scene, tree);
    }
    // However it was left: what waits comes to its end.
    scene.test().advance(kLongEnough);
    scene.require(scene.shut_down().empty(), "somebody does not stop");
    scene.check_end();
  } catch (const std::exception& error) {
    scene.journal().fault(error.what());
  }
  return scene.end();
}

}  // namespace mycelium::chaos
