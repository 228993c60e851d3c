#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/config/supervisor_options.hpp"

namespace mycelium {

/// One actor of `System::supervision_tree`, as it was when that was called.
struct SupervisionNode {
  ActorId id{};
  std::string name;  ///< Its own, or, when it has none, one made of its id.
  ActorState state{};
  bool is_supervisor = false;
  Strategy strategy{};  ///< Of a supervisor.
  Restart restart{};
  std::uint64_t restarts = 0;
  std::string last_error;             ///< Empty: it has not failed.
  std::chrono::nanoseconds uptime{};  ///< Since its present object runs; 0: it does not.
  std::vector<SupervisionNode> children;
};

/// The tree as lines of text, two spaces deeper for each level:
/// `market: running, one_for_all, 2 restarts, last error: no line`.
[[nodiscard]] std::string to_text(const std::vector<SupervisionNode>& tree);

}  // namespace mycelium
