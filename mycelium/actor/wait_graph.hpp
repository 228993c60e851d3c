#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "mycelium/base/actor_id.hpp"
#include "mycelium/config/options.hpp"

namespace mycelium {

class WorkerGroup;

/// One actor that waits for another: for its reply, or for room in its mailbox.
struct Wait {
  ActorId waiting;
  ActorId target;
  std::uint64_t number = 0;  ///< Of this wait among those of its worker.
};

/// The cycles among these waits, each once, beginning with its lowest id: actors that wait for each
/// other for ever (promise D11). O(n log n). An actor waits for one other at most.
[[nodiscard]] std::vector<std::vector<ActorId>> find_cycles(std::span<const Wait> waits);

/// A link in the list of those who wait on one worker. Part of an activation.
struct WaitLink {
  Wait wait;
  WaitLink* next = nullptr;
  WaitLink* previous = nullptr;
  bool linked = false;
};

/// Who waits for whom in one system. Costs a list operation per wait, and nothing while nobody
/// looks.
///
/// Thread-safety: `begin` and `end` by the worker of that index; `ask` by any thread.
class WaitGraph {
 public:
  /// What the workers have told so far of one look. Shared with their answers, which may come when
  /// nobody reads them any more.
  struct Look {
    std::mutex mutex;  // Guards what follows.
    std::vector<Wait> waits;
    std::size_t unanswered = 0;  ///< Workers that have told nothing yet.
  };

  void begin(std::uint16_t worker, WaitLink& link) noexcept;
  void end(std::uint16_t worker, WaitLink& link) noexcept;

  /// Asks every worker with someone who waits for its waits. They come with its next step.
  [[nodiscard]] std::shared_ptr<Look> ask(WorkerGroup& workers);

 private:
  struct Waiting {
    WaitLink* head = nullptr;
    std::atomic<std::uint32_t> count{0};  // Written by the worker, read by any thread.
    std::uint64_t begun = 0;
  };

  std::array<Waiting, kWorkersMax> waiting_;
};

/// The looks of one who looks at a graph again and again; others have looks of their own.
///
/// Thread-safety: any thread.
class WaitLooks {
 public:
  struct Seen {
    std::vector<std::vector<ActorId>> circles;
    bool is_complete = false;  ///< All workers have told of both looks: there are no others.
  };

  /// The circles among the waits that were seen by each of the last two looks; and looks once more.
  /// What is told of a look counts only until the next one begins. So all these waits lasted from
  /// before the second look to after its beginning: they were there at one time.
  [[nodiscard]] Seen look(WaitGraph& graph, WorkerGroup& workers);

 private:
  std::mutex mutex_;               // Guards what follows.
  std::vector<Wait> seen_before_;  // By the look before the last one, until the last one began.
  bool was_complete_ = false;
  std::shared_ptr<WaitGraph::Look> last_;
};

}  // namespace mycelium
