#include "mycelium/config/topology.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "mycelium/config/duration.hpp"

namespace mycelium {
namespace {

std::string counted(std::uint32_t max_restarts, std::chrono::nanoseconds period) {
  return fmt::format("{} restart{} in {}", max_restarts, max_restarts == 1 ? "" : "s",
                     format_duration(period));
}

std::string text_of(std::chrono::nanoseconds shutdown) {
  if (shutdown == kKill) return "kill";
  return shutdown == kUnlimited ? "unlimited" : format_duration(shutdown);
}

/// What both kinds of children have; `counts` says whether their own limits hold there, and
/// `usual` which time for the shutdown is not worth a word.
std::string terms_of(const RestartOptions& restart, bool counts, std::chrono::nanoseconds shutdown,
                     std::chrono::nanoseconds usual, bool significant) {
  std::string text{name_of(restart.restart)};
  if (counts && restart.restart != Restart::temporary)
    text += ", " + counted(restart.max_restarts, restart.period);
  if (restart.backoff) {
    text += fmt::format(", backoff {} to {}", format_duration(restart.backoff->min),
                        format_duration(restart.backoff->max));
  }
  if (restart.redeliver > 0) text += fmt::format(", redeliver {}", restart.redeliver);
  if (shutdown != usual) text += fmt::format(", shutdown {}", text_of(shutdown));
  return text + (significant ? ", significant" : "");
}

/// Writes the trees of a topology, one line for each child.
class TreeText {
 public:
  explicit TreeText(const Topology& topology) {
    for (const ActorSpec& actor : topology.actors) actors_.emplace(actor.name, &actor);
    for (const SupervisorDeclaration& supervisor : topology.supervisors) {
      supervisors_.emplace(supervisor.name, &supervisor);
      children_.insert(supervisor.children.begin(), supervisor.children.end());
    }
    for (const SupervisorDeclaration& supervisor : topology.supervisors) {
      if (!children_.contains(supervisor.name)) add(supervisor, true, 0);
    }
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  // Depth is bounded by `kSupervisionLevelsMax`.
  void add(const SupervisorDeclaration& supervisor, bool counts,  // NOLINT(misc-no-recursion)
           std::size_t depth) {
    const SupervisorOptions& options = supervisor.options;
    const bool together = options.counts_together();
    std::string line{name_of(options.strategy)};
    if (together) {
      const Intensity& intensity = options.intensity;
      line +=
          fmt::format(", {} of all children", counted(intensity.max_restarts, intensity.period));
    }
    if (options.auto_shutdown != AutoShutdown::never)
      line += fmt::format(", auto_shutdown {}", name_of(options.auto_shutdown));
    line +=
        "; " + terms_of(options.restart, counts, options.shutdown, kUnlimited, options.significant);
    add_line(depth, supervisor.name, line);
    for (const std::string& child : supervisor.children) {
      if (const auto actor = actors_.find(child); actor != actors_.end()) {
        const ActorSpec& spec = *actor->second;
        add_line(depth + 1, child,
                 fmt::format("{}; {}", spec.type,
                             terms_of(spec.restart, !together, spec.shutdown, kShutdownDefault,
                                      spec.significant)));
      } else if (const auto below = supervisors_.find(child); below != supervisors_.end()) {
        add(*below->second, !together, depth + 1);
      }
    }
  }

  void add_line(std::size_t depth, std::string_view name, std::string_view what) {
    text_ += fmt::format("{:{}}{}: {}\n", "", 2 * depth, name, what);
  }

  std::map<std::string_view, const ActorSpec*> actors_;
  std::map<std::string_view, const SupervisorDeclaration*> supervisors_;
  std::set<std::string_view> children_;
  std::string text_;
};

}  // namespace

void erase_actors(Topology& topology, std::span<const std::string> names) {
  std::set<std::string> gone{names.begin(), names.end()};
  const auto is_gone = [&](const std::string& name) { return gone.contains(name); };
  std::erase_if(topology.actors, [&](const ActorSpec& actor) { return is_gone(actor.name); });
  for (BundleSpec& bundle : topology.bundles) std::erase_if(bundle.actors, is_gone);
  // A supervisor that goes may take the one above it along.
  for (bool changed = true; changed;) {
    changed = false;
    for (SupervisorDeclaration& supervisor : topology.supervisors) {
      std::erase_if(supervisor.children, is_gone);
      changed = (supervisor.children.empty() && gone.insert(supervisor.name).second) || changed;
    }
  }
  std::erase_if(topology.supervisors, [](const SupervisorDeclaration& supervisor) {
    return supervisor.children.empty();
  });
}

std::string supervision_text(const Topology& topology) { return TreeText{topology}.take(); }

}  // namespace mycelium
