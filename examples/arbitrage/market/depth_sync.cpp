#include "arbitrage/market/depth_sync.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

#include "mycelium/base/assert.hpp"

namespace arbitrage {

namespace {

using mycelium::fail;
using mycelium::Result;

/// Levels from best to worst, strictly, with real prices and quantities.
template <typename Better>
Result<void> check_side(std::span<const Level> levels, std::string_view side, Better better) {
  for (std::size_t index = 0; index < levels.size(); ++index) {
    const Level& level = levels[index];
    if (level.price <= 0 || level.quantity <= 0) {
      return fail(
          "bad_snapshot",
          fmt::format("{} {} of the depth snapshot is {} x {}, both must be positive; "
                      "fetch another snapshot",
                      side, index, format_decimal(level.price), format_decimal(level.quantity)));
    }
    if (index > 0 && !better(levels[index - 1].price, level.price)) {
      return fail("bad_snapshot",
                  fmt::format("{} {} of the depth snapshot, {}, is not worse than {} before it; "
                              "fetch another snapshot",
                              side, index, format_decimal(level.price),
                              format_decimal(levels[index - 1].price)));
    }
  }
  return {};
}

Result<void> check(const DepthSnapshot& snapshot) {
  if (auto ok = check_side(snapshot.bids, "bid", std::greater<>{}); !ok) return ok;
  if (auto ok = check_side(snapshot.asks, "ask", std::less<>{}); !ok) return ok;
  if (snapshot.bids.empty() || snapshot.asks.empty()) return {};
  const Decimal bid = snapshot.bids.front().price;
  const Decimal ask = snapshot.asks.front().price;
  if (bid < ask) return {};
  return fail("crossed_snapshot",
              fmt::format("the depth snapshot is crossed: best bid {} is not below best "
                          "ask {}; fetch another snapshot",
                          format_decimal(bid), format_decimal(ask)));
}

std::size_t levels_of(const DepthUpdate& update) { return update.bids.size() + update.asks.size(); }

}  // namespace

bool DepthSync::is_older(const DepthUpdate& update) const {
  if (chain_ == DepthChain::futures && !bridged_) return update.last_id < last_update_id_;
  return update.last_id <= last_update_id_;
}

bool DepthSync::follows(const DepthUpdate& update, std::uint64_t id) const {
  if (chain_ == DepthChain::futures) return update.previous_id == id;
  return update.first_id <= id + 1;
}

bool DepthSync::bridges(const DepthUpdate& update, std::uint64_t id) const {
  if (chain_ == DepthChain::spot) return follows(update, id);
  return update.first_id <= id || (update.previous_id && *update.previous_id <= id);
}

UpdateOutcome DepthSync::on_update(const DepthUpdate& update) {
  if (!synchronised_) {
    buffer(update);
    return UpdateOutcome::buffered;
  }
  MYCELIUM_DASSERT(buffered_count_ == 0, "drain next_buffered() before the next update");
  if (is_older(update)) {
    ++counts_.dropped;
    return UpdateOutcome::dropped;
  }
  const bool next = bridged_ ? follows(update, last_update_id_) : bridges(update, last_update_id_);
  if (!next) {
    ++counts_.gaps;
    synchronised_ = false;
    bridged_ = false;
    buffer(update);
    return UpdateOutcome::gap;
  }
  bridged_ = true;
  last_update_id_ = update.last_id;
  ++counts_.applied;
  return UpdateOutcome::apply;
}

Result<void> DepthSync::on_snapshot(const DepthSnapshot& snapshot) {
  if (synchronised_) {
    return fail(
        "unneeded_snapshot",
        fmt::format("a depth snapshot at id {} came while the book is in step at id {}; ignore it",
                    snapshot.last_update_id, last_update_id_));
  }
  if (auto ok = check(snapshot); !ok) return ok;
  const std::uint64_t id_before = std::exchange(last_update_id_, snapshot.last_update_id);
  std::size_t older = 0;
  while (older < buffered_count_ && is_older(buffered(older))) ++older;
  if (older < buffered_count_ && !bridges(buffered(older), last_update_id_)) {
    last_update_id_ = id_before;
    return fail(
        "old_snapshot",
        fmt::format(
            "the depth snapshot at id {} does not reach the buffered updates, which begin at "
            "id {}; fetch another snapshot",
            snapshot.last_update_id, buffered(older).first_id));
  }
  counts_.dropped += older;
  for (; older > 0; --older) forget_first();
  synchronised_ = true;
  return {};
}

const DepthUpdate* DepthSync::next_buffered() {
  if (!synchronised_ || buffered_count_ == 0) return nullptr;
  const DepthUpdate& update = buffered(0);
  forget_first();  // Its storage stays as it is until the next call of buffer().
  bridged_ = true;
  last_update_id_ = update.last_id;
  ++counts_.applied;
  return &update;
}

const DepthUpdate& DepthSync::buffered(std::size_t index) const {
  return ring_[(first_ + index) % ring_.size()];
}

void DepthSync::forget_first() {
  buffered_levels_ -= levels_of(buffered(0));
  first_ = (first_ + 1) % ring_.size();
  --buffered_count_;
}

void DepthSync::buffer(const DepthUpdate& update) {
  if (buffered_count_ > 0) {
    const DepthUpdate& last = buffered(buffered_count_ - 1);
    if (update.last_id <= last.last_id) {  // Seen already.
      ++counts_.dropped;
      return;
    }
    if (!follows(update, last.last_id)) {
      ++counts_.gaps;
      counts_.discarded += buffered_count_;
      while (buffered_count_ > 0) forget_first();
    }
  }
  while (buffered_count_ == kBufferedUpdatesMax ||
         (buffered_count_ > 0 && buffered_levels_ + levels_of(update) > kBufferedLevelsMax)) {
    forget_first();
    ++counts_.discarded;
  }
  if (buffered_count_ == ring_.size()) {
    // Full, so in a circle: unroll it, then grow at the end.
    std::ranges::rotate(ring_, ring_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
    ring_.emplace_back();
  }
  ring_[(first_ + buffered_count_) % ring_.size()] = update;  // Reuses the storage of its vectors.
  ++buffered_count_;
  buffered_levels_ += levels_of(update);
}

}  // namespace arbitrage
