#include "mycelium/node/bundle_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "mycelium/config/nearest_name.hpp"

namespace mycelium {
namespace {

std::vector<std::string> bundle_names(const Topology& topology) {
  std::vector<std::string> names;
  for (const BundleSpec& bundle : topology.bundles) names.push_back(bundle.name);
  return names;
}

Result<std::vector<const BundleSpec*>> choose_bundles(const Topology& topology,
                                                      const PlanRequest& request) {
  std::vector<const BundleSpec*> chosen;
  for (const BundleSpec& bundle : topology.bundles) {
    if (request.bundle.empty() || bundle.name == request.bundle) chosen.push_back(&bundle);
  }
  const auto names = bundle_names(topology);
  if (chosen.empty()) {
    return fail("unknown_bundle", fmt::format("the topology has no bundle \"{}\"{}", request.bundle,
                                              suggestion(nearest_name(request.bundle, names))));
  }
  if (chosen.size() > 1 && !request.in_process) {
    return fail(
        "several_bundles",
        fmt::format(
            "the topology has {} bundles ({}): name one with --bundle, or run all of them in this "
            "process with --in-process",
            names.size(), fmt::join(names, ", ")));
  }
  return chosen;
}

Result<Idle> parse_idle(std::string_view word) {
  for (const auto& named : kIdleNames) {
    if (named.name == word) return named.value;
  }
  return fail("bad_option", fmt::format("--idle is spin, adaptive or sleep, not \"{}\"", word));
}

/// Puts the actors of the chosen bundles, and the trees they belong to, in start order.
class StartOrder {
  struct Placed {
    const ActorSpec* spec;
    std::uint32_t first_worker;  // Of its bundle in this process.
  };

 public:
  StartOrder(const Topology& topology, std::uint32_t workers, std::vector<PlannedStart>& starts)
      : workers_{workers}, starts_{starts} {
    for (const ActorSpec& spec : topology.actors) actors_.emplace(spec.name, Placed{&spec, 0});
    for (const SupervisorDeclaration& supervisor : topology.supervisors) {
      supervisors_.emplace(supervisor.name, &supervisor);
      for (const std::string& child : supervisor.children) above_.emplace(child, &supervisor);
    }
  }

  /// Empty, or the error of the first child that is not there.
  [[nodiscard]] std::optional<Error> add(const BundleSpec& bundle, std::uint32_t first_worker) {
    for (const std::string& name : bundle.actors) actors_.at(name).first_worker = first_worker;
    for (const std::string& name : bundle.actors) {
      if (!above_.contains(name)) {
        starts_.push_back(planned(actors_.at(name)));
      } else if (const SupervisorDeclaration& root = root_of(name);
                 started_.insert(root.name).second) {
        starts_.push_back(planned(root, first_worker));
      }
    }
    return std::exchange(error_, std::nullopt);
  }

 private:
  [[nodiscard]] const SupervisorDeclaration& root_of(const std::string& child) const {
    const SupervisorDeclaration* root = above_.at(child);
    for (auto next = above_.find(root->name); next != above_.end(); next = above_.find(root->name))
      root = next->second;
    return *root;
  }

  [[nodiscard]] PlannedStart planned(const Placed& actor) const {
    return {.actor = actor.spec, .worker = worker_of(actor.spec->worker, actor.first_worker)};
  }

  // Depth is bounded by `kSupervisionLevelsMax`.
  [[nodiscard]] PlannedStart planned(  // NOLINT(misc-no-recursion)
      const SupervisorDeclaration& supervisor, std::uint32_t first_worker) {
    PlannedStart start{.supervisor = &supervisor,
                       .worker = worker_of(supervisor.options.worker, first_worker)};
    for (const std::string& child : supervisor.children) {
      if (const auto actor = actors_.find(child); actor != actors_.end()) {
        start.children.push_back(planned(actor->second));
      } else if (const auto below = supervisors_.find(child); below != supervisors_.end()) {
        start.children.push_back(planned(*below->second, first_worker));
      } else {
        error_ = Error{"unknown_child", fmt::format("supervisor \"{}\" has a child \"{}\", which "
                                                    "the topology does not have",
                                                    supervisor.name, child)};
      }
    }
    return start;
  }

  // A smaller number of workers than the topology's lets placements wrap around.
  template <typename Number>
  [[nodiscard]] std::optional<std::uint16_t> worker_of(const std::optional<Number>& worker,
                                                       std::uint32_t first_worker) const {
    if (!worker) return std::nullopt;
    return static_cast<std::uint16_t>((first_worker + *worker) % workers_);
  }

  const std::uint32_t workers_;
  std::vector<PlannedStart>& starts_;
  std::map<std::string_view, Placed> actors_;
  std::map<std::string_view, const SupervisorDeclaration*> supervisors_;
  std::map<std::string_view, const SupervisorDeclaration*> above_;  // By child.
  std::set<std::string_view> started_;                              // Roots.
  std::optional<Error> error_;
};

// The bundle's workers are those from `first_worker` on, whatever the bundles before it have said.
void add_cpus(SystemOptions& system, const BundleSpec& bundle, std::uint32_t first_worker) {
  system.other_cpus.add(bundle.other_cpus);
  if (bundle.cpus.empty()) return;
  system.cpus.resize(first_worker);
  system.cpus.insert(system.cpus.end(), bundle.cpus.begin(), bundle.cpus.end());
}

}  // namespace

Result<ProcessPlan> plan_process(const Topology& topology, const PlanRequest& request) {
  auto chosen = choose_bundles(topology, request);
  if (!chosen) return std::unexpected{chosen.error()};
  if (request.workers > kWorkersMax) {
    return fail("bad_option",
                fmt::format("--workers is 1 to {}, not {}", kWorkersMax, request.workers));
  }
  std::uint32_t planned = 0;
  for (const BundleSpec* bundle : *chosen) planned += bundle->workers;
  const std::uint32_t workers =
      request.workers > 0 ? request.workers : std::min(planned, kWorkersMax);

  ProcessPlan plan;
  plan.system.workers = static_cast<std::uint16_t>(workers);
  plan.system.idle = chosen->front()->idle;
  if (!request.idle.empty()) {
    auto idle = parse_idle(request.idle);
    if (!idle) return std::unexpected{idle.error()};
    plan.system.idle = *idle;
  }
  std::uint32_t first_worker = 0;
  StartOrder order{topology, workers, plan.starts};
  for (const BundleSpec* bundle : *chosen) {
    if (auto error = order.add(*bundle, first_worker)) return std::unexpected{*std::move(error)};
    if (!request.unpinned) add_cpus(plan.system, *bundle, first_worker);
    first_worker += bundle->workers;
  }
  return plan;
}

}  // namespace mycelium
