#include "mycelium/node/bundle_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string_view>

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

void plan_actors(const Topology& topology, const BundleSpec& bundle, std::uint32_t first_worker,
                 std::uint32_t workers, ProcessPlan& plan) {
  std::map<std::string_view, const ActorSpec*> specs;
  for (const ActorSpec& spec : topology.actors) specs.emplace(spec.name, &spec);
  for (const std::string& name : bundle.actors) {
    const ActorSpec& spec = *specs.at(name);
    SpawnOptions options{.mailbox = spec.mailbox,
                         .restart = spec.restart,
                         .worker = std::nullopt,
                         .dedicated = spec.dedicated};
    if (spec.worker)
      options.worker = static_cast<std::uint16_t>((first_worker + *spec.worker) % workers);
    plan.actors.push_back({&spec, options});
  }
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
  for (const BundleSpec* bundle : *chosen) {
    plan_actors(topology, *bundle, first_worker, workers, plan);
    plan.system.cpus.insert(plan.system.cpus.end(), bundle->cpus.begin(), bundle->cpus.end());
    first_worker += bundle->workers;
  }
  return plan;
}

}  // namespace mycelium
