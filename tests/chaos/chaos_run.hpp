#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "chaos_actors.hpp"
#include "mycelium/testing/test_system.hpp"
#include "supervision_model.hpp"

// One seed: a random tree in a system of its own, what is done to it, and what must be true of it.
namespace mycelium::chaos {

/// What came of one seed.
struct Outcome {
  std::uint64_t hash = 0;             ///< Of the schedule, and of everything the members did.
  std::vector<std::string> faults{};  ///< Empty: all is as it should be.
  // What it was about.
  std::uint64_t actors = 0;
  std::uint64_t restarts = 0;
  std::uint64_t escalations = 0;
  std::uint64_t kills = 0;
  bool failed = false;  ///< Its outermost supervisor gave up.
};

/// With an exact model, one injection after the other; or a storm of them, with what must hold
/// whatever their order. The seed decides which.
[[nodiscard]] Outcome run_seed(std::uint64_t seed, bool tells_story = false);

/// A system with one tree, and everything that can be seen of it from outside.
class Scene {
 public:
  /// One actor of the tree, as far as others are told of it.
  struct Actor {
    NodePlan plan;
    std::string above;
    AnyRef ref;
    std::vector<SupervisionModel::Event> events{};
    std::array<std::vector<DownReason>, 2> downs{};  ///< What each observer was told.
    bool was_told_to_stop = false;

    [[nodiscard]] bool is_gone() const {
      return !events.empty() && events.back().kind == ActorEventKind::stopped;
    }
  };

  explicit Scene(std::uint64_t seed);

  [[nodiscard]] testing::TestSystem& test() noexcept { return *test_; }
  [[nodiscard]] System& system() noexcept { return test_->system(); }
  [[nodiscard]] Random& random() noexcept { return test_->random(); }
  [[nodiscard]] Journal& journal() noexcept { return journal_; }
  [[nodiscard]] std::map<std::string, Actor>& actors() noexcept { return actors_; }
  [[nodiscard]] Actor& actor(const std::string& name) { return actors_.at(name); }
  [[nodiscard]] MemberLog& log(const std::string& name) { return *journal_.find(name); }

  /// The first number for the names of a few further actors.
  [[nodiscard]] std::size_t new_names() { return given_names_ += 10; }
  void start_tree(const NodePlan& plan);
  /// False: the supervisor has stopped.
  bool start_child(const std::string& supervisor, const NodePlan& plan);
  void stop_child(const std::string& supervisor, const std::string& child);
  void stop(const std::string& name, StopMode mode = StopMode::drain);
  SendResult tell(const std::string& name, const Order& order, bool as_task);
  void publish_note();
  /// Stops the system at this point in time; the names of those who did not stop. `in_the_middle`:
  /// observers may not even have begun to watch.
  std::set<std::string> shut_down(bool in_the_middle = false);

  // Checks; what is not as it should be is a fault of the journal's.

  void require(bool holds, const std::string& otherwise) {
    if (!holds) journal_.fault(otherwise);
  }
  /// Takes what the topics and the observers have brought.
  void look();
  /// What is true whenever nobody has anything to do.
  void check_at_rest();
  /// Every actor has stopped, and nothing is left of any.
  void check_end();
  /// The same once the system is gone too.
  [[nodiscard]] Outcome end();

 private:
  void enter(const NodePlan& plan, const std::string& above);
  void enter_refs(const std::vector<SupervisionNode>& nodes);
  void watch_all();
  void check_names();
  void check_tree(const std::vector<SupervisionNode>& nodes, const std::string& above);
  void check_story(const std::string& name, const Actor& actor);
  void check_accounts();

  Journal journal_;
  std::map<std::string, Actor> actors_;
  std::map<ActorId, std::string> names_;
  std::array<std::vector<Down>, 2> downs_;
  std::size_t given_names_ = 90;  // No tree has so many from the start.
  std::uint32_t notes_ = 0;
  bool observers_may_miss_ = false;  // They may have stopped before those they watch.
  std::uint64_t dead_ = 0;           // Of the tree's messages.
  std::uint64_t all_dead_ = 0;       // Of any.
  std::unique_ptr<testing::TestSystem> test_;
  std::array<RefTo<Watch>, 2> observers_;
  // They end before the system.
  std::optional<Subscriber<ActorEvent>> events_;
  std::optional<Subscriber<DeadLetter>> dead_letters_;
};

/// One injection after the other; after each the whole tree is compared with the model.
void run_in_step_with_model(Scene& scene, const NodePlan& tree);
/// Many at once, at random steps.
void run_storm(Scene& scene);

}  // namespace mycelium::chaos
