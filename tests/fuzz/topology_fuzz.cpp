// Any bytes as a topology file: no crash, no hang, and every diagnostic has a place.
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mycelium/base/assert.hpp"
#include "mycelium/config/setting_spec.hpp"
#include "mycelium/config/supported.hpp"
#include "mycelium/config/toml_loader.hpp"

namespace {

using namespace mycelium;

void check_places(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics) {
    MYCELIUM_ASSERT(diagnostic.at.line >= 1 && diagnostic.at.column >= 1,
                    "a diagnostic of a text has a place in it");
    MYCELIUM_ASSERT(!diagnostic.message.empty(), "a diagnostic says what is wrong");
    for (const char character : format(diagnostic, "fuzz.toml")) {
      MYCELIUM_ASSERT(static_cast<unsigned char>(character) >= 0x20, "a message is one clean line");
    }
  }
}

void check_consistent(const Topology& topology) {
  std::size_t placed = 0;
  for (const BundleSpec& bundle : topology.bundles) placed += bundle.actors.size();
  MYCELIUM_ASSERT(placed == topology.actors.size(), "every actor is in exactly one bundle");
}

/// Every child exists, has one supervisor, and no way up comes back.
void check_trees(const Topology& topology) {
  std::map<std::string_view, std::string_view> above;
  std::set<std::string_view> names;
  for (const ActorSpec& actor : topology.actors) names.insert(actor.name);
  for (const SupervisorDeclaration& supervisor : topology.supervisors)
    names.insert(supervisor.name);
  MYCELIUM_ASSERT(names.size() == topology.actors.size() + topology.supervisors.size(),
                  "every name is one actor's or one supervisor's");
  for (const SupervisorDeclaration& supervisor : topology.supervisors) {
    MYCELIUM_ASSERT(!supervisor.children.empty(), "a supervisor has children");
    for (const std::string& child : supervisor.children) {
      MYCELIUM_ASSERT(names.contains(child), "every child exists");
      MYCELIUM_ASSERT(above.emplace(child, supervisor.name).second, "a child has one supervisor");
    }
  }
  for (const SupervisorDeclaration& supervisor : topology.supervisors) {
    std::size_t level = 1;
    for (auto next = above.find(supervisor.name); next != above.end();
         next = above.find(next->second)) {
      MYCELIUM_ASSERT(++level <= kSupervisionLevelsMax, "a tree is not too deep");
    }
  }
  MYCELIUM_ASSERT(supervision_text(topology).empty() == topology.supervisors.empty(),
                  "every tree is shown");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const std::string_view text{reinterpret_cast<const char*>(bytes), count};
  const auto topology = parse_topology(text, "fuzz.toml");
  if (!topology) {
    MYCELIUM_ASSERT(!topology.error().empty(), "a refusal has a reason");
    check_places(topology.error());
    return 0;
  }
  check_consistent(*topology);
  check_trees(*topology);
  const Supported little{.modes = {BundleMode::shared_memory},
                         .overflows = {Overflow::block, Overflow::fail},
                         .restarts = {Restart::permanent}};
  check_places(check_supported(*topology, little));
  const std::array<SettingSpec, 4> specs{{
      {.key = "window", .kind = SettingKind::duration, .required = true},
      {.key = "levels", .kind = SettingKind::integer, .min = 1, .max = 20},
      {.key = "band", .kind = SettingKind::number},
      {.key = "markets", .kind = SettingKind::strings},
  }};
  for (const ActorSpec& actor : topology->actors) {
    const std::vector<Diagnostic> wrong = check_settings(actor, specs, topology->settings);
    check_places(wrong);
    if (!wrong.empty()) continue;
    const Settings merged = actor.settings.with_defaults(topology->settings);
    MYCELIUM_ASSERT(merged.get_duration("window").has_value() &&
                        merged.get_int("levels", 1).has_value() &&
                        merged.get_double("band", 0.5).has_value() &&
                        merged.find_strings("markets").has_value(),
                    "settings that were accepted can be read");
  }
  check_places(check_shared_settings(topology->settings, specs));
  return 0;
}
