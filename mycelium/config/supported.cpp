#include "mycelium/config/supported.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "mycelium/base/assert.hpp"

namespace mycelium {
namespace {

template <typename Enum>
void check(Enum chosen, const std::vector<Enum>& offered, SourcePosition at, const char* key,
           std::vector<Diagnostic>& diagnostics) {
  if (std::ranges::find(offered, chosen) != offered.end()) return;
  std::string names;
  for (const Enum value : offered) {
    names += fmt::format("{}\"{}\"", names.empty() ? "" : " or ", name_of(value));
  }
  diagnostics.push_back({at, key,
                         fmt::format("this version of the runtime does not offer \"{}\"; use {}",
                                     name_of(chosen), names)});
}

}  // namespace

std::vector<Diagnostic> check_supported(const Topology& topology, const Supported& supported) {
  MYCELIUM_ASSERT(
      !supported.modes.empty() && !supported.overflows.empty() && !supported.restarts.empty(),
      "a runtime offers at least one of each");
  std::vector<Diagnostic> diagnostics;
  for (const BundleSpec& bundle : topology.bundles) {
    check(bundle.mode, supported.modes, bundle.mode_at, "bundles.mode", diagnostics);
  }
  for (const ActorSpec& actor : topology.actors) {
    check(actor.mailbox.overflow, supported.overflows, actor.overflow_at, "actors.mailbox.overflow",
          diagnostics);
    check(actor.restart.restart, supported.restarts, actor.restart_at, "actors.restart.type",
          diagnostics);
  }
  std::ranges::sort(diagnostics);
  return diagnostics;
}

}  // namespace mycelium
