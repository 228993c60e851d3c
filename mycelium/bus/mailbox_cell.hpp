#pragma once

#include <algorithm>
#include <cstdint>

#include "mycelium/runtime/worker.hpp"
#include "mycelium/telemetry/counter.hpp"

namespace mycelium {

/// A cell with a bounded queue of messages, plain because only its worker touches it.
///
/// The bound is exact for senders on the same worker. Senders on other workers see the depth as
/// last published: at zero, at full, and at every eighth between; what they already have in their
/// lane comes on top (promise D6).
struct MailboxCell : Cell {
  // Written by the owner worker, counters read by any thread.
  EnvelopeList queue;
  std::uint32_t depth = 0;
  bool runnable = false;  ///< Its holder is running; else messages only wait.
  Counter handled;
  Counter dead_letters;
  Counter depth_high_water;

  /// Owner: queues a message, and the cell if its holder runs. Past the capacity too: what is
  /// already on this worker's side of a lane has to go somewhere.
  void push(Envelope* envelope) {
    queue.push_back(envelope);
    ++depth;
    depth_high_water.raise_to(depth);
    publish_depth();
    if (runnable) worker->make_ready(*this);
  }

  /// Owner: the oldest message, or null.
  [[nodiscard]] Envelope* pop() {
    Envelope* envelope = queue.pop_front();
    if (envelope != nullptr) {
      --depth;
      publish_depth();
    }
    return envelope;
  }

 private:
  void publish_depth() noexcept {
    const std::uint32_t published = published_depth.load(std::memory_order_relaxed);
    const std::uint32_t distance = depth > published ? depth - published : published - depth;
    const std::uint32_t bound = capacity.load(std::memory_order_relaxed);
    const bool full_changed = (depth >= bound) != (published >= bound);
    if (full_changed || (depth == 0 && published != 0) || distance > bound / 8) {
      published_depth.store(depth, std::memory_order_relaxed);
    }
  }
};

}  // namespace mycelium
