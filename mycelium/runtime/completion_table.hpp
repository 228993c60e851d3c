#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "mycelium/base/assert.hpp"
#include "mycelium/protocol/message.hpp"

namespace mycelium {

/// Something on a worker that waits for one answer from elsewhere: an ask, work that was offloaded.
struct Completion {
  /// Called once, on the worker. `message` (of `type`, both null when the answer is no message) may
  /// be moved from; the caller ends it.
  void (*complete)(Completion& self, const MessageType* type, void* message) = nullptr;
};

/// What waits on one worker, by numbers that never come twice.
///
/// Answers name the number and not the object, so that one that comes too late finds nothing.
/// Thread-safety: none; confined to its worker. Memory: grows to the most that wait at once.
class CompletionTable {
 public:
  /// A number for `waiting`, never 0. The object stays where it is until it is taken or left.
  [[nodiscard]] std::uint64_t enter(Completion& waiting) {
    if (free_.empty()) {
      MYCELIUM_ASSERT(slots_.size() < kSlotsMax, "more answers awaited on one worker than 2^24");
      free_.reserve(slots_.size() + 1);  // So that giving a slot back never allocates.
      free_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.push_back({});
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    slots_[slot].waiting = &waiting;
    return (++slots_[slot].uses << kSlotBits) | slot;
  }

  /// What waits under this number, or null: it has been answered or has given up. It waits no more.
  [[nodiscard]] Completion* take(std::uint64_t number) noexcept {
    const auto slot = static_cast<std::uint32_t>(number & (kSlotsMax - 1));
    if (slot >= slots_.size() || slots_[slot].uses != number >> kSlotBits) return nullptr;
    Completion* const waiting = std::exchange(slots_[slot].waiting, nullptr);
    if (waiting != nullptr) free_.push_back(slot);
    return waiting;
  }

  /// How many wait now.
  [[nodiscard]] std::size_t size() const noexcept { return slots_.size() - free_.size(); }

 private:
  static constexpr unsigned kSlotBits = 24;
  static constexpr std::size_t kSlotsMax = std::size_t{1} << kSlotBits;

  struct Slot {
    Completion* waiting = nullptr;
    std::uint64_t uses = 0;
  };

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace mycelium
