#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "mycelium/base/random.hpp"
#include "mycelium/config/supervisor_options.hpp"

// What a supervision tree is to look like, as plain data that the model and the system are both
// made from.
namespace mycelium::chaos {

/// How a member's `on_start` runs.
enum class Starting : std::uint8_t { at_once, as_task };

/// One actor of a tree, with all below it.
struct NodePlan {
  std::string name;
  bool is_supervisor = false;
  SupervisorOptions supervisor{};  ///< Of a supervisor.
  ChildOptions member{};           ///< Of any other.
  Starting starting = Starting::at_once;
  bool throws_in_stop = false;
  std::vector<NodePlan> children{};

  [[nodiscard]] const RestartOptions& restart() const noexcept {
    return is_supervisor ? supervisor.restart : member.restart;
  }
  [[nodiscard]] std::chrono::nanoseconds shutdown() const noexcept {
    return is_supervisor ? supervisor.shutdown : member.shutdown;
  }
  [[nodiscard]] bool significant() const noexcept {
    return is_supervisor ? supervisor.significant : member.significant;
  }
};

/// Makes trees of up to four levels and `actors_max` actors, with options that are allowed.
class TreePlanner {
 public:
  TreePlanner(Random& random, std::uint64_t actors_max) : random_{random}, left_{actors_max} {}

  [[nodiscard]] NodePlan tree();
  /// For a supervisor that runs: a member, sometimes a supervisor with a few.
  /// `first_name`: a number that no name has yet.
  [[nodiscard]] NodePlan further_child(AutoShutdown of_supervisor, std::size_t first_name);

 private:
  [[nodiscard]] NodePlan node(int level, AutoShutdown of_supervisor);
  [[nodiscard]] NodePlan supervisor(int level, AutoShutdown of_supervisor);
  [[nodiscard]] NodePlan member(AutoShutdown of_supervisor);
  [[nodiscard]] RestartOptions restart();
  [[nodiscard]] std::chrono::nanoseconds shutdown();
  [[nodiscard]] bool significant(const RestartOptions& restart, AutoShutdown of_supervisor);
  [[nodiscard]] bool one_in(std::uint64_t count) { return random_.below(count) == 0; }

  Random& random_;
  std::uint64_t left_;
  std::size_t named_ = 0;
};

}  // namespace mycelium::chaos
