#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mycelium/base/assert.hpp"

namespace mycelium {

/// What a mailbox conflates by: the type of a message and the user's key in it.
struct ConflationKey {
  std::uint16_t type_id = 0;
  std::uint64_t user_key = 0;

  friend bool operator==(const ConflationKey&, const ConflationKey&) = default;
};

/// Where the waiting message of each key is: what holds it, an envelope for example, whose place a
/// newer message of the key takes. One table per conflating mailbox or subscription. `Held{}` is
/// nothing, and false.
///
/// Open addressing with linear probing; a removal moves what follows back, so the table never fills
/// up with marks of what was there.
///
///     if (Envelope* waiting = table.find(key)) { ... }  // Put the newer message there.
///     else table.insert(key, envelope);                 // And append it to the mailbox.
///     table.erase(key);                                 // When the message leaves the mailbox.
///
/// Thread-safety: none; confined to the worker of its mailbox, or under the lock of its queue.
/// Memory: a key of 16 bytes and a `Held` a slot, twice the room rounded up to a power of two. It
/// doubles only when more than half of the slots would be in use, and never shrinks; else no call
/// allocates.
template <typename Held>
class ConflationTable {
 public:
  /// With room for so many keys. Requires: 0 < room.
  explicit ConflationTable(std::size_t room) : slots_(std::bit_ceil(room) * kSlotsPerEntry) {
    MYCELIUM_ASSERT(room > 0, "a conflating mailbox needs room for a message");
  }

  /// What holds the message of the key, or nothing.
  [[nodiscard]] Held find(ConflationKey key) const noexcept { return slots_[place_of(key)].held; }

  /// Enters what holds a key's message. Requires: the key is not there, `held` is something.
  /// Errors: throws std::bad_alloc where the table must grow, and is unchanged then.
  void insert(ConflationKey key, Held held) {
    MYCELIUM_DASSERT(bool(held), "a conflation key needs a place");
    if ((size_ + 1) * kSlotsPerEntry > slots_.size()) [[unlikely]]
      grow();
    Slot& slot = slots_[place_of(key)];
    MYCELIUM_DASSERT(!slot.held, "the conflation key is there already");
    slot = Slot{key, held};
    ++size_;
  }

  /// Takes the key out. False: it is not there.
  bool erase(ConflationKey key) noexcept {
    std::size_t hole = place_of(key);
    if (!slots_[hole].held) return false;
    // Whatever follows without a gap, and may stand at the hole, moves there and leaves a new hole.
    for (std::size_t place = next(hole); slots_[place].held; place = next(place)) {
      const std::size_t home = home_of(slots_[place].key);
      if (distance(home, place) < distance(hole, place)) continue;  // Its home is behind the hole.
      slots_[hole] = slots_[place];
      hole = place;
    }
    slots_[hole] = Slot{};
    --size_;
    return true;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t slot_count() const noexcept { return slots_.size(); }
  /// Slots that the search for the worst placed key looks at (a measure of how keys spread).
  /// O(slots).
  [[nodiscard]] std::size_t longest_probe() const noexcept {
    std::size_t longest = 0;
    for (std::size_t place = 0; place < slots_.size(); ++place) {
      if (!slots_[place].held) continue;
      longest = std::max(longest, distance(home_of(slots_[place].key), place) + 1);
    }
    return longest;
  }

 private:
  struct Slot {
    ConflationKey key;
    Held held{};  // Nothing: the slot is free.
  };

  static constexpr std::size_t kSlotsPerEntry = 2;

  // Multiplies by odd constants and folds the high half down, so that keys in a row, keys that
  // differ only in high bits, and equal keys of other types spread (splitmix64's mixing steps).
  [[nodiscard]] std::size_t home_of(ConflationKey key) const noexcept {
    std::uint64_t mixed = key.user_key + key.type_id * std::uint64_t{0x9E3779B97F4A7C15};
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    return (mixed ^ (mixed >> 31)) & (slots_.size() - 1);
  }
  [[nodiscard]] std::size_t next(std::size_t place) const noexcept {
    return (place + 1) & (slots_.size() - 1);
  }
  // Steps from one slot on to the other, around the table's end.
  [[nodiscard]] std::size_t distance(std::size_t from, std::size_t to) const noexcept {
    return (to - from) & (slots_.size() - 1);
  }
  // The slot of the key, or the free one where it belongs. Ends: half of the slots are free.
  [[nodiscard]] std::size_t place_of(ConflationKey key) const noexcept {
    std::size_t place = home_of(key);
    while (slots_[place].held && slots_[place].key != key) place = next(place);
    return place;
  }

  [[gnu::noinline, gnu::cold]] void grow() {
    std::vector<Slot> smaller(slots_.size() * 2);
    smaller.swap(slots_);
    for (const Slot& slot : smaller) {
      if (slot.held) slots_[place_of(slot.key)] = slot;
    }
  }

  std::vector<Slot> slots_;  // Their number is a power of two.
  std::size_t size_ = 0;
};

}  // namespace mycelium
