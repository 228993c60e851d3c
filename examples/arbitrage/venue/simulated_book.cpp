#include "arbitrage/venue/simulated_book.hpp"

#include <algorithm>
#include <cstddef>

namespace arbitrage::simulated {

SimulatedBook::SimulatedBook(std::size_t levels_max) {
  for (Half& half : halves_) {
    half.levels.reserve(levels_max * 2);
    half.changes.reserve(levels_max * 4);
    half.sorted_changes.reserve(levels_max * 4);
  }
}

void SimulatedBook::set(Side side, BookLevel level) {
  const std::int64_t gain = level.price * sign_of(side);
  Half& target = half(side);
  const std::size_t index = find(target.levels, gain);
  if (index < target.levels.size() && target.levels[index].gain == gain) {
    return set_rank(side, target.levels.size() - 1 - index, level.quantity);
  }
  note(target, gain, level.quantity);
  if (level.quantity == 0) return;
  target.levels.insert(target.levels.begin() + static_cast<std::ptrdiff_t>(index),
                       Entry{.gain = gain, .quantity = level.quantity});
}

void SimulatedBook::set_rank(Side side, std::size_t rank, std::int64_t quantity) {
  Half& target = half(side);
  MYCELIUM_DASSERT(rank < target.levels.size(), "a rank within the side");
  const auto entry = target.levels.end() - 1 - static_cast<std::ptrdiff_t>(rank);
  note(target, entry->gain, quantity);
  if (quantity == 0) {
    target.levels.erase(entry);
  } else {
    entry->quantity = quantity;
  }
}

std::span<const BookLevel> SimulatedBook::changes(Side side) {
  Half& target = half(side);
  std::ranges::sort(target.changes, [](const Change& left, const Change& right) {
    return left.gain != right.gain ? left.gain < right.gain : left.order < right.order;
  });
  target.sorted_changes.clear();
  for (const Change& change : target.changes) {
    const BookLevel level{.price = change.gain * sign_of(side), .quantity = change.quantity};
    // Of a price that changed twice the later one counts.
    const bool again =
        !target.sorted_changes.empty() && target.sorted_changes.back().price == level.price;
    if (again) target.sorted_changes.pop_back();
    target.sorted_changes.push_back(level);
  }
  return target.sorted_changes;
}

void SimulatedBook::forget_changes() {
  for (Half& half : halves_) half.changes.clear();
}

/// The first entry that is not worse than a gain.
///
/// A binary search without a branch on the data: prices are random, so std::lower_bound would have
/// half of its branches mispredicted.
std::size_t SimulatedBook::find(const std::vector<Entry>& levels, std::int64_t gain) {
  if (levels.empty()) return 0;
  const Entry* base = levels.data();
  for (std::size_t count = levels.size(); count > 1;) {
    const std::size_t middle = count / 2;
    base = base[middle - 1].gain < gain ? base + middle : base;
    count -= middle;
  }
  return static_cast<std::size_t>(base - levels.data()) + (base->gain < gain ? 1U : 0U);
}

void SimulatedBook::note(Half& half, std::int64_t gain, std::int64_t quantity) {
  half.changes.push_back({.gain = gain, .quantity = quantity, .order = half.changes.size()});
}

}  // namespace arbitrage::simulated
