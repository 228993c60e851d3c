#include "mycelium/actor/supervision_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <utility>

#include "mycelium/actor/supervision.hpp"
#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

struct Entry {
  SupervisionNode node;
  ActorId supervisor;
  std::uint64_t start_order;
};

// Entries stand in the order of their start, so a supervisor before its children.
std::vector<SupervisionNode> below(ActorId supervisor,
                                   const std::multimap<ActorId, Entry*>& entries) {
  std::vector<SupervisionNode> nodes;
  const auto [begin, end] = entries.equal_range(supervisor);
  for (auto entry = begin; entry != end; ++entry) {
    SupervisionNode& node = nodes.emplace_back(std::move(entry->second->node));
    if (node.is_supervisor) node.children = below(node.id, entries);
  }
  return nodes;
}

void append(std::string& text, const std::vector<SupervisionNode>& nodes, std::size_t depth) {
  for (const SupervisionNode& node : nodes) {
    text += fmt::format("{:{}}{}: {}", "", depth * 2, node.name, name_of(node.state));
    if (node.is_supervisor) text += fmt::format(", {}", name_of(node.strategy));
    if (node.restarts > 0) text += fmt::format(", {} restarts", node.restarts);
    if (!node.last_error.empty()) text += fmt::format(", last error: {}", node.last_error);
    text += '\n';
    append(text, node.children, depth + 1);
  }
}

}  // namespace

std::vector<SupervisionNode> System::supervision_tree() const {
  std::vector<Entry> entries;
  const Instant now = clock_.monotonic();
  {
    const std::scoped_lock lock{mutex_};
    for (std::uint32_t slot = 0; slot < slots_used_; ++slot) {
      const ActorCell& cell = cell_at(slot);
      if (cell.record == nullptr) continue;
      const ActorRecord& record = *cell.record;
      Entry& entry = entries.emplace_back(Entry{{}, {}, record.start_order});
      SupervisionNode& node = entry.node;
      node.id = record.id;
      node.name = display_name(cell);
      node.state = cell.state.load(std::memory_order_relaxed);
      node.restart = record.restart.restart;
      node.restarts = cell.restart_count.value();
      node.last_error = record.last_error.get();
      const std::int64_t since = record.running_since.load(std::memory_order_relaxed);
      if (node.state == ActorState::running)
        node.uptime = now - Instant{std::chrono::nanoseconds{since}};
      if (record.tree == nullptr) continue;
      entry.supervisor = record.tree->supervisor.id;
      node.is_supervisor = record.tree->supervision != nullptr;
      if (node.is_supervisor) node.strategy = record.tree->supervision->options().strategy;
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& left, const Entry& right) {
    return left.start_order < right.start_order;
  });
  std::set<ActorId> ids;
  for (const Entry& entry : entries) ids.insert(entry.node.id);
  std::multimap<ActorId, Entry*> by_supervisor;
  for (Entry& entry : entries) {
    // One whose supervisor has gone on without it stands beside the outermost.
    by_supervisor.emplace(ids.contains(entry.supervisor) ? entry.supervisor : ActorId{}, &entry);
  }
  return below(ActorId{}, by_supervisor);
}

std::string to_text(const std::vector<SupervisionNode>& tree) {
  std::string text;
  append(text, tree, 0);
  return text;
}

}  // namespace mycelium
