#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "chaos_run.hpp"

// One injection after the other, each followed by everything it leads to: then lives, events and
// order are exactly the model's.
namespace mycelium::chaos {
namespace {

using std::chrono::nanoseconds;
using Model = SupervisionModel;
using Node = Model::Node;

std::string_view name_of(Model::State state) {
  constexpr std::array<std::string_view, 6> kNames{"waiting", "backing off", "starting",
                                                   "running", "ending",      "gone"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string text_of(const std::vector<Model::Event>& events) {
  std::vector<std::string> words;
  for (const Model::Event& event : events) {
    words.emplace_back(mycelium::name_of(event.kind));
    if (event.kind == ActorEventKind::stopped)
      words.back() += fmt::format(" ({})", mycelium::name_of(event.reason));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

bool agrees(const Node& node, ActorState shown) {
  switch (node.state) {
    case Model::State::waiting:
      return shown == ActorState::starting || shown == ActorState::restarting ||
             shown == ActorState::escalating;
    case Model::State::backing_off:
      return shown == ActorState::backing_off;
    case Model::State::starting:
      return shown == ActorState::starting || shown == ActorState::restarting ||
             shown == ActorState::escalating;
    case Model::State::running:
      // One that has given up and is brought down meanwhile may still be shown as it was.
      return (shown == ActorState::running && node.goal != Node::Goal::fail) ||
             (shown == ActorState::escalating &&
              (node.goal == Node::Goal::fail || node.goal == Node::Goal::down));
    case Model::State::ending:
      return shown == ActorState::stopping;
    case Model::State::gone:
      return false;
  }
  return false;
}

class Steps {
 public:
  explicit Steps(Scene& scene) : scene_{scene}, random_{scene.random()} {}

  void run(const NodePlan& tree) {
    follow([&tree](Model& model) { model.start_tree(tree); });
    scene_.test().run_until_idle();
    compare("start");
    for (std::uint64_t left = 4 + random_.below(40); left > 0 && goes_on(); --left) {
      inject();
      if (goes_on() && random_.below(2) == 0) advance();
    }
    if (goes_on()) finish();
  }

 private:
  [[nodiscard]] bool goes_on() {
    return !is_open_ && scene_.journal().faults().empty() &&
           model_->top().state != Model::State::gone;
  }
  using Step = std::function<void(Model&)>;

  void follow(Step step) {
    step(*model_);
    history_.push_back(std::move(step));
  }
  [[nodiscard]] static std::vector<Step> explain(const std::string& first,
                                                 const std::string& second);
  [[nodiscard]] bool explains(Model& model);
  void inject();
  void fail(Node& member);
  void fail_two();
  void busy(Node& member);
  void leave(Node& member);
  void stop_from_outside();
  void start_child();
  void flood();
  void advance();
  void finish();
  void compare(const std::string& after);
  [[nodiscard]] std::vector<SupervisionNode> system_tree();
  void compare_tree(const std::vector<SupervisionNode>& nodes, const std::vector<Node*>& expected);
  void fail_starts(Node& member);
  void tell(Node& member, Order order, bool as_task);
  [[nodiscard]] Node* choose(bool (*wanted)(const Node&));
  [[nodiscard]] std::uint64_t one_of(std::uint64_t count) { return random_.below(count); }

  Scene& scene_;
  Random& random_;
  std::vector<Step> history_;  // What has made the model what it is.
  bool is_open_ = false;       // The model cannot follow any more.
  std::unique_ptr<Model> model_ = std::make_unique<Model>();
};

Node* Steps::choose(bool (*wanted)(const Node&)) {
  std::vector<Node*> found;
  for (const auto& node : model_->all()) {
    if (node->state != Model::State::gone && wanted(*node)) found.push_back(node.get());
  }
  return found.empty() ? nullptr : found[one_of(found.size())];
}

void Steps::inject() {
  const std::uint64_t chance = one_of(100);
  if (chance >= 85) return start_child();
  if (chance >= 75) return flood();
  if (chance >= 65) return stop_from_outside();
  Node* const member = choose(Model::is_idle_member);
  if (member == nullptr) return advance();
  if (chance < 6) return fail_two();
  if (chance < 40) return fail(*member);
  if (chance < 52) return busy(*member);
  leave(*member);
}

void Steps::tell(Node& member, Order order, bool as_task) {
  const SendResult result = scene_.tell(member.plan.name, order, as_task);
  scene_.require(result == SendResult::ok, member.plan.name + " does not take an order");
  scene_.test().run_until_idle();
}

void Steps::fail_starts(Node& member) {
  MemberLog& log = scene_.log(member.plan.name);
  log.failing_starts = static_cast<std::uint32_t>(1 + one_of(4));
  log.failing_start = static_cast<FailingStart>(one_of(4));
  follow([name = member.plan.name, count = log.failing_starts](Model& model) {
    model.fail_starts(model.node(name), count);
  });
}

void Steps::fail(Node& member) {
  constexpr std::array kDecisions{Decision::restart, Decision::restart,  Decision::restart,
                                  Decision::restart, Decision::restart,  Decision::resume,
                                  Decision::stop,    Decision::escalate, Decision::escalate};
  if (one_of(3) == 0) fail_starts(member);
  if (one_of(6) == 0) {
    if (Node* const other = choose(Model::is_idle_member)) fail_starts(*other);
  }
  Order order = scene_.journal().make(one_of(4) == 0 ? Deed::fail_oddly : Deed::fail);
  order.decision = kDecisions[one_of(kDecisions.size())];
  order.throws_in_on_error = order.decision == Decision::escalate && one_of(2) == 0;
  tell(member, order, one_of(2) == 0);
  const std::string name = member.plan.name;
  follow(
      [name, decision = order.decision](Model& model) { model.fail(model.node(name), decision); });
  compare(fmt::format("{} failed, to {}", name, name_of(order.decision)));
}

std::vector<Steps::Step> Steps::explain(const std::string& first, const std::string& second) {
  std::vector<Step> explanations;
  for (const auto& [one, other] : {std::pair{first, second}, std::pair{second, first}}) {
    explanations.push_back(
        [one, other](Model& model) { model.fail_both(model.node(one), model.node(other)); });
    explanations.push_back([one, other](Model& model) {
      model.fail(model.node(one), Decision::restart);
      if (Model::is_idle_member(model.node(other)))
        model.fail(model.node(other), Decision::restart);
    });
  }
  return explanations;
}

// Two members of a group at once. The one that comes second has failed while the group goes down,
// which is no further failure (promise S1), or after that, which is one: both are right.
void Steps::fail_two() {
  Node* const group = choose([](const Node& one) {
    return one.plan.is_supervisor && one.state == Model::State::running &&
           one.goal == Node::Goal::run && one.plan.supervisor.strategy == Strategy::one_for_all &&
           one.plan.supervisor.counts_together() &&
           std::ranges::all_of(one.children, [](const Node* child) {
             return !child->plan.is_supervisor && Model::is_idle_member(*child) &&
                    child->failing_starts == 0 && !child->plan.restart().backoff &&
                    child->plan.restart().restart != Restart::temporary;
           });
  });
  if (group == nullptr || group->children.size() < 2) return;
  const std::string first = group->children[one_of(group->children.size())]->plan.name;
  const std::string second = group->children[one_of(group->children.size())]->plan.name;
  if (first == second) return;
  const auto failures = [&] { return scene_.log(first).failures + scene_.log(second).failures; };
  const std::uint64_t before = failures();
  for (const std::string& name : {first, second})
    static_cast<void>(scene_.tell(name, scene_.journal().make(Deed::fail), false));
  scene_.test().run_until_idle();
  // A message that waits for the end of a backoff will fail its actor then: that is no step.
  is_open_ = failures() != before + 2;
  if (is_open_) return;
  const std::vector<Step> explanations = explain(first, second);
  const auto explanation = std::ranges::find_if(explanations, [&](const auto& step) {
    Model model;
    for (const auto& done : history_) done(model);
    static_cast<void>(model.take_lines());
    step(model);
    return explains(model);
  });
  if (explanation == explanations.end()) {
    // Or while others were starting behind it; then somebody has started twice, and whose failures
    // counted how often is open.
    const std::vector<std::string> lines = scene_.journal().take_lines();
    is_open_ = std::ranges::any_of(lines, [&](const std::string& line) {
      return line.starts_with("start ") && std::ranges::count(lines, line) > 1;
    });
    return scene_.require(is_open_,
                          fmt::format("after {} and {} failed at once: {}", first, second, lines));
  }
  follow(*explanation);
  static_cast<void>(scene_.journal().take_lines());
  static_cast<void>(model_->take_lines());
  compare(fmt::format("{} and {} failed at once", first, second));
}

// Whether what was seen since the last comparison is what the model says, but for the order in
// which objects of several members ended.
bool Steps::explains(Model& model) {
  scene_.look();
  std::vector<std::string> lines = scene_.journal().lines();
  std::vector<std::string> expected = model.take_lines();
  std::ranges::sort(lines);
  std::ranges::sort(expected);
  return lines == expected && std::ranges::all_of(model.all(), [&](const auto& node) {
           return scene_.actor(node->plan.name).events == node->events;
         });
}

void Steps::busy(Node& member) {
  const bool hangs = one_of(2) == 0;
  Order order = scene_.journal().make(hangs ? Deed::hang : Deed::fail_later);
  order.delay = nanoseconds{1 + one_of(3'000'000'000)};
  tell(member, order, hangs);
  follow([hangs, name = member.plan.name, delay = order.delay](Model& model) {
    hangs ? model.stay_busy(model.node(name), delay) : model.fail_after(model.node(name), delay);
  });
  compare(member.plan.name + (hangs ? " is busy" : " will fail"));
}

void Steps::leave(Node& member) {
  const bool ends = one_of(2) == 0;
  tell(member, scene_.journal().make(ends ? Deed::end : Deed::stop), one_of(2) == 0);
  follow([ends, name = member.plan.name](Model& model) {
    ends ? model.end(model.node(name)) : model.stop_itself(model.node(name));
  });
  compare(member.plan.name + (ends ? " has ended" : " has stopped itself"));
}

void Steps::stop_from_outside() {
  Node* const node = choose([](const Node& one) { return one.above != nullptr; });
  if (node == nullptr) return;
  const std::uint64_t how = one_of(4);
  if (how < 2) {
    scene_.stop_child(node->above->plan.name, node->plan.name);
  } else {
    scene_.stop(node->plan.name, how == 2 ? StopMode::drain : StopMode::discard);
  }
  scene_.test().run_until_idle();
  follow([how, name = node->plan.name](Model& model) {
    Node& one = model.node(name);
    how < 2 ? model.stop_child(*one.above, one) : model.stop(one, how == 3);
  });
  compare(fmt::format("{} was stopped ({})", node->plan.name, how));
}

void Steps::start_child() {
  Node* const above = choose([](const Node& one) { return one.plan.is_supervisor; });
  if (above == nullptr || model_->all().size() > 40) return;
  TreePlanner planner{random_, 3};
  const NodePlan plan =
      planner.further_child(above->plan.supervisor.auto_shutdown, scene_.new_names());
  scene_.require(scene_.start_child(above->plan.name, plan), "a supervisor takes no child");
  scene_.test().run_until_idle();
  follow(
      [name = above->plan.name, plan](Model& model) { model.start_child(model.node(name), plan); });
  compare(fmt::format("{} was started below {}", plan.name, above->plan.name));
}

// Whatever waits for an actor changes nothing about its life.
void Steps::flood() {
  Node* const member = choose([](const Node& one) { return !one.plan.is_supervisor; });
  if (member == nullptr) return;
  for (std::uint64_t left = 1 + one_of(12); left > 0; --left) {
    static_cast<void>(
        scene_.tell(member->plan.name, scene_.journal().make(Deed::nothing), one_of(2) == 0));
  }
  scene_.publish_note();
  scene_.test().run_until_idle();
  compare(member->plan.name + " was flooded");
}

void Steps::advance() {
  const Instant now = scene_.test().now();
  nanoseconds by{1 + one_of(2'500'000'000)};
  if (const auto next = model_->next_event(); next && one_of(3) == 0)
    by = std::max(nanoseconds{0}, *next - now - nanoseconds{one_of(2)});
  scene_.test().advance(by);
  follow([to = now + by](Model& model) { model.advance_to(to); });
  compare(fmt::format("{} ns", by.count()));
}

void Steps::finish() {
  const std::uint64_t how = one_of(3);
  if (how == 0) {
    scene_.stop(model_->top().plan.name);
    scene_.test().run_until_idle();
    follow([](Model& model) { model.shut_down(); });
    return compare("the outermost was stopped");
  }
  if (how == 1) return;
  const std::set<std::string> late = scene_.shut_down();
  follow([](Model& model) { model.shut_down(); });
  std::set<std::string> expected;
  for (const auto& node : model_->all()) {
    if (node->state != Model::State::gone) expected.insert(node->plan.name);
  }
  scene_.require(late == expected,
                 fmt::format("the shutdown names {}, and not {}", late, expected));
  scene_.require(scene_.journal().take_lines() == model_->take_lines(),
                 "the shutdown stops in another order than the model");
}

void Steps::compare(const std::string& after) {
  scene_.check_at_rest();
  std::vector<std::string> lines = scene_.journal().take_lines();
  std::vector<std::string> expected = model_->take_lines();
  if (model_->take_ambiguous()) {
    std::ranges::sort(lines);
    std::ranges::sort(expected);
  }
  scene_.require(lines == expected,
                 fmt::format("after \"{}\": {}, and not {}", after, lines, expected));
  for (const auto& node : model_->all()) {
    const std::string& name = node->plan.name;
    const Scene::Actor& actor = scene_.actor(name);
    scene_.require(actor.events == node->events,
                   fmt::format("after \"{}\": events of {}: {}; and not: {}", after, name,
                               text_of(actor.events), text_of(node->events)));
    if (node->plan.is_supervisor) continue;
    const MemberLog& log = scene_.log(name);
    scene_.require(log.objects == node->objects && (log.alive == 1) == node->has_object,
                   fmt::format("after \"{}\": {} has had {} objects, and not {}", after, name,
                               log.objects, node->objects));
  }
  std::vector<SupervisionNode> tree = system_tree();
  std::vector<Node*> top;
  if (model_->top().state != Model::State::gone) top.push_back(&model_->top());
  compare_tree(tree, top);
  scene_.require(scene_.system().failure().has_value() == model_->has_failed(),
                 fmt::format("after \"{}\": the system has failed or not", after));
}

std::vector<SupervisionNode> Steps::system_tree() {
  std::vector<SupervisionNode> tree = scene_.system().supervision_tree();
  std::erase_if(tree,
                [&](const SupervisionNode& node) { return !scene_.actors().contains(node.name); });
  return tree;
}

void Steps::compare_tree(const std::vector<SupervisionNode>& nodes,
                         const std::vector<Node*>& expected) {
  scene_.require(nodes.size() == expected.size(),
                 "the tree has more or fewer actors than the model");
  for (std::size_t index = 0; index < std::min(nodes.size(), expected.size()); ++index) {
    const Node& node = *expected[index];
    scene_.require(nodes[index].name == node.plan.name, "the tree has another order");
    scene_.require(agrees(node, nodes[index].state),
                   fmt::format("{} is {}, and by the model {}", node.plan.name,
                               mycelium::name_of(nodes[index].state), name_of(node.state)));
    compare_tree(nodes[index].children, node.children);
  }
}

}  // namespace

void run_in_step_with_model(Scene& scene, const NodePlan& tree) { Steps{scene}.run(tree); }

}  // namespace mycelium::chaos
