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
/// Thread-safety: `begin` and `end` by the worker of that index; `look` by one thread at a time.
class WaitGraph {
 public:
  void begin(std::uint16_t worker, WaitLink& link) noexcept;
  void end(std::uint16_t worker, WaitLink& link) noexcept;

  /// Asks every worker with someone who waits for its waits. They come with its next step.
  void look(WorkerGroup& workers);
  /// The waits that were seen by each of the last two looks: all of them lasted from the first one
  /// to the second, so they were there at one time.
  [[nodiscard]] std::vector<Wait> lasting() const;

 private:
  struct Waiting {
    WaitLink* head = nullptr;
    std::atomic<std::uint32_t> count{0};  // Written by the worker, read by any thread.
    std::uint64_t begun = 0;
  };
  // Shared with tasks that may come late: these then fill a look that nobody reads any more.
  struct Look {
    std::mutex mutex;
    std::vector<Wait> waits;
  };

  std::array<Waiting, kWorkersMax> waiting_;
  std::shared_ptr<Look> look_ = std::make_shared<Look>();
  std::shared_ptr<Look> look_before_ = std::make_shared<Look>();
};

}  // namespace mycelium
