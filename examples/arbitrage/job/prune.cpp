#include "arbitrage/job/prune.hpp"

#include <algorithm>

namespace arbitrage {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Takes `gone` out of a list setting; whether fewer than `needed` are left of a list that has lost
// some.
bool shrink(mycelium::ActorSpec& actor, const std::string& key,
            const std::vector<std::string>& gone, std::size_t needed) {
  auto names = actor.settings.find_strings(key);
  if (!names || !*names) return false;
  const std::size_t before = (*names)->size();
  std::erase_if(**names, [&](const std::string& name) { return contains(gone, name); });
  if ((*names)->size() == before) return false;
  const bool too_few = (*names)->size() < needed;
  actor.settings.set(key, std::move(**names));
  return too_few;
}

bool names_one_of(const mycelium::ActorSpec& actor, const std::string& key,
                  const std::vector<std::string>& gone) {
  const auto name = actor.settings.find_string(key);
  return name && *name && contains(gone, **name);
}

}  // namespace

void leave_out(mycelium::Topology& topology, const std::vector<std::string>& instruments) {
  std::vector<std::string> actors;
  // An actor that goes may take others with it, whatever their order in the file.
  for (bool changed = true; changed;) {
    changed = false;
    for (mycelium::ActorSpec& actor : topology.actors) {
      if (contains(actors, actor.name)) continue;
      const bool goes = names_one_of(actor, "instrument", instruments) ||
                        shrink(actor, "markets", instruments, 2) ||
                        names_one_of(actor, "detector", actors) ||
                        shrink(actor, "strategies", actors, 1);
      if (goes) actors.push_back(actor.name);
      changed |= goes;
    }
  }
  mycelium::erase_actors(topology, actors);
}

}  // namespace arbitrage
