#include "arbitrage/venue/simulated_market.hpp"

#include <algorithm>

#include "mycelium/base/assert.hpp"

namespace arbitrage::simulated {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

// The way from the venue to the receiver, and the two clocks of a frame. As recorded, but for the
// recorder's clock, which was 1.27 s off.
constexpr std::int64_t kTransportNs = 2 * kMillisecond;
constexpr std::int64_t kMatchingNs = 1 * kMillisecond;
constexpr std::int64_t kMatchingNsCm = 10 * kMillisecond;

// A recording asks for its snapshot after some frames, so that there is something to drop, to
// bridge and to apply; the answer needs a round trip, so that newer frames arrive before it.
constexpr std::int64_t kSnapshotRequestNs = 250 * kMillisecond;
constexpr std::int64_t kSnapshotRoundTripNs = 80 * kMillisecond;

// The price follows the fair price once it is this far off: 0.35 bp gives the recorded 6 to 10
// moves a second.
constexpr std::int64_t kThresholdPerMillion = 35;

// An action this close to a due depth frame is told by the depth frame before its ticker comes.
constexpr std::int64_t kEarlyDepthFraction = 32;

constexpr std::int64_t kMarketOrderTradesMax = 4;

std::uint64_t first_update_id(Market market) {
  switch (market) {
    case Market::spot:
      return 50'000'000'000;
    case Market::usdm:
      return 5'123'000'000'000;
    case Market::cm:
      return 1'007'000'000'000;
  }
  return 1;
}

}  // namespace

SimulatedMarket::SimulatedMarket(const Instrument& instrument, std::uint64_t seed,
                                 std::int64_t start_ns)
    : instrument_{instrument},
      writer_{instrument},
      fair_price_{seed, instrument, start_ns},
      random_{stream_seed(seed, "orders of " + instrument.name)},
      book_{instrument.flow.levels_max},
      move_threshold_e4_{
          std::max(instrument.price_e4 * kThresholdPerMillion / 1'000'000, instrument.tick_e4)},
      now_ns_{start_ns},
      frame_time_ns_{start_ns},
      next_action_ns_{start_ns},
      next_depth_ns_{start_ns},
      snapshot_request_ns_{start_ns + kSnapshotRequestNs},
      snapshot_delivery_ns_{INT64_MAX},
      last_id_{first_update_id(instrument.market) + random_.below(1'000'000'000)},
      depth_id_{0},
      trade_id_{1'000'000'000 + random_.below(1'000'000'000)} {
  open_book();
  depth_id_ = last_id_;
  next_action_ns_ += until_next_action();
  next_depth_ns_ += random_.between(1, until_next_depth());
}

void SimulatedMarket::open_book() {
  fair_e4_ = fair_price_.at(now_ns_);
  const auto levels = static_cast<std::int64_t>(instrument_.flow.levels_max);
  for (const Side side : {Side::bid, Side::ask}) change(side, fair_tick(side), level_quantity());
  for (std::int64_t count = 0; count < levels; ++count) change_deep_level();
  settle_sizes();
  book_.forget_changes();
  first_new_id_ = 0;
}

std::int64_t SimulatedMarket::next_event_ns() const {
  const std::int64_t due = std::min({next_action_ns_, next_depth_ns_, snapshot_delivery_ns_});
  return std::max(due, frame_time_ns_);
}

void SimulatedMarket::run_event() {
  text_.clear();
  frames_.clear();
  now_ns_ = next_event_ns();
  frame_time_ns_ = now_ns_;
  if (snapshot_delivery_ns_ <= std::min(next_depth_ns_, next_action_ns_)) {
    deliver_snapshot();
  } else if (next_depth_ns_ <= next_action_ns_) {
    const std::int64_t deep = instrument_.flow.deep_per_depth;
    if (random_.below(4) != 0) change_deep_levels(random_.between(1, 2 * deep));
    if (!book_.changed()) change_deep_level();
    publish_depth();
  } else {
    act();
  }
}

SimulatedMarket::Frame SimulatedMarket::frame(std::size_t index) const {
  MYCELIUM_ASSERT(index < frames_.size(), "a frame of the last event");
  const FrameSpan& span = frames_[index];
  return {.time_ns = span.time_ns, .json = text_.view(span.begin, span.bytes)};
}

std::string SimulatedMarket::snapshot() const {
  TextBuffer text;
  writer_.snapshot(text, book_, last_id_, venue_time());
  return std::string{text.view(0, text.size())};
}

void SimulatedMarket::act() {
  const Flow& flow = instrument_.flow;
  // Between two changes of one update, so that this update has to bridge the snapshot.
  if (now_ns_ >= snapshot_request_ns_ && book_.changed()) ask_for_snapshot();
  fair_e4_ = fair_price_.at(now_ns_);
  change_deep_levels(random_.between(0, 2 * flow.deep_per_action));
  // Twice the distance, since the middle may be half a tick.
  const std::int64_t middle2 = book_.best(Side::bid).price + book_.best(Side::ask).price;
  const std::int64_t off2_e4 = 2 * fair_e4_ - middle2 * instrument_.tick_e4;
  if (off2_e4 > 2 * move_threshold_e4_) {
    move_price(Side::bid);
  } else if (off2_e4 < -2 * move_threshold_e4_) {
    move_price(Side::ask);
  } else if (random_.below(1'024) < flow.trades_per_1024) {
    market_order();
  } else {
    change_top();
  }
  if (next_depth_ns_ - now_ns_ < flow.depth_ns / kEarlyDepthFraction) publish_depth();
  publish_ticker();
  next_action_ns_ = now_ns_ + until_next_action();
}

/// Brings the top to the fair price: levels of the other side in the way are traded or cancelled,
/// then `follower` (bid: the price rises) quotes there.
void SimulatedMarket::move_price(Side follower) {
  const Side eaten = opposite(follower);
  const std::int64_t target = fair_tick(follower);
  const std::int64_t behind_target = fair_tick(eaten);
  const auto in_the_way = [&](const BookLevel& level) {
    return (target - level.price) * sign_of(follower) >= 0;
  };
  // The side must not run empty while it is eaten.
  if (in_the_way(book_.worst(eaten))) change(eaten, behind_target, level_quantity());
  std::int64_t trades = random_.between(0, instrument_.flow.sweep_trades_max);
  for (BookLevel level = book_.best(eaten); in_the_way(level); level = book_.best(eaten)) {
    change_rank(eaten, 0, 0);
    if (trades > 0) publish_trade(eaten, level);
    --trades;
  }
  change(follower, target, level_quantity());
  if (book_.best(eaten).price != behind_target && random_.below(8) != 0) {
    change(eaten, behind_target, level_quantity());
  }
  settle_sizes();
}

void SimulatedMarket::market_order() {
  const Side maker = random_.below(2) == 0 ? Side::bid : Side::ask;
  std::int64_t lots = skewed(instrument_.flow.trade_lots);
  for (std::int64_t trades = 0; trades < kMarketOrderTradesMax && lots > 0; ++trades) {
    BookLevel fill = book_.best(maker);
    const std::int64_t resting = fill.quantity;
    fill.quantity = std::min(lots, resting);
    // Most orders are cut to what rests at the best price.
    const bool leaves_the_rest = resting > 1 && random_.below(4) != 0;
    if (fill.quantity == resting && leaves_the_rest) lots = fill.quantity = resting - 1;
    change_rank(maker, 0, resting - fill.quantity);
    publish_trade(maker, fill);
    lots -= fill.quantity;
  }
  settle_sizes();
}

void SimulatedMarket::change_top() {
  const bool wide = book_.best(Side::ask).price - book_.best(Side::bid).price > 1;
  if (wide && random_.below(2) == 0) {
    const bool room_for_bid = book_.best(Side::bid).price < fair_tick(Side::bid);
    return improve_top(room_for_bid ? Side::bid : Side::ask);
  }
  const Side side = random_.below(2) == 0 ? Side::bid : Side::ask;
  const BookLevel top = book_.best(side);
  const std::int64_t usual = instrument_.flow.level_lots;
  if (random_.below(64) == 0 && book_.size(side) > instrument_.flow.levels_min) {
    return change_rank(side, 0, 0);
  }
  // Drifts back to the usual size.
  const bool grows = (random_.below(4) == 0) == (top.quantity > usual);
  if (grows || top.quantity == 1) {
    change_rank(side, 0, top.quantity + skewed(usual / 4 + 1));
  } else {
    change_rank(side, 0, top.quantity - random_.between(1, top.quantity / 3 + 1));
  }
}

/// Requires: the spread is wider than a tick and `side` is short of the fair price.
void SimulatedMarket::improve_top(Side side) {
  const std::int64_t limit = book_.best(opposite(side)).price - sign_of(side);
  const std::int64_t fair = fair_tick(side);
  change(side, side == Side::bid ? std::min(fair, limit) : std::max(fair, limit), level_quantity());
}

void SimulatedMarket::change_deep_levels(std::int64_t count) {
  for (std::int64_t done = 0; done < count; ++done) change_deep_level();
}

void SimulatedMarket::change_deep_level() {
  const Flow& flow = instrument_.flow;
  const Side side = random_.below(2) == 0 ? Side::bid : Side::ask;
  const std::size_t levels = book_.size(side);
  const std::uint64_t roll = random_.below(16);
  // Adds and removes balance half-way between the limits.
  const std::uint64_t adds = levels * 2 < flow.levels_min + flow.levels_max ? 9U : 5U;
  if (roll < adds || levels <= flow.levels_min) {
    const std::int64_t distance = skewed(instrument_.width_ticks / 4);
    change(side, book_.best(side).price - sign_of(side) * distance, level_quantity());
    if (book_.size(side) > flow.levels_max) change_rank(side, flow.levels_max, 0);
    return;
  }
  const std::size_t rank = 1 + random_.below(levels - 1);
  change_rank(side, rank, roll < 14 ? 0 : level_quantity());
}

void SimulatedMarket::settle_sizes() {
  const Flow& flow = instrument_.flow;
  const std::int64_t gap = instrument_.width_ticks / static_cast<std::int64_t>(flow.levels_max) + 1;
  for (const Side side : {Side::bid, Side::ask}) {
    while (book_.size(side) < flow.levels_min) {
      // Drawn apart: compilers are free to evaluate two arguments in either order.
      const std::int64_t distance = skewed(gap);
      change(side, book_.worst(side).price - sign_of(side) * distance, level_quantity());
    }
    while (book_.size(side) > flow.levels_max) change_rank(side, book_.size(side) - 1, 0);
  }
}

void SimulatedMarket::publish_depth() {
  const std::size_t begin = text_.size();
  const DepthIds ids{.first = first_new_id_, .last = last_id_, .previous = depth_id_};
  writer_.depth(text_, book_, ids, venue_time());
  finish_frame(begin);
  book_.forget_changes();
  depth_id_ = last_id_;
  first_new_id_ = 0;
  next_depth_ns_ = std::max(next_depth_ns_, now_ns_) + until_next_depth();
}

void SimulatedMarket::publish_trade(Side maker, const BookLevel& fill) {
  const std::size_t begin = text_.size();
  const TradePrint trade{.trade_id = trade_id_,
                         .price = fill.price,
                         .quantity = fill.quantity,
                         .buyer_is_maker = maker == Side::bid};
  ++trade_id_;
  writer_.trade(text_, trade, venue_time());
  finish_frame(begin);
}

void SimulatedMarket::publish_ticker() {
  const std::size_t begin = text_.size();
  writer_.ticker(text_, book_, top_id_, venue_time());
  finish_frame(begin);
}

void SimulatedMarket::ask_for_snapshot() {
  first_snapshot_ = snapshot();
  snapshot_request_ns_ = INT64_MAX;
  snapshot_delivery_ns_ = now_ns_ + kSnapshotRoundTripNs;
}

void SimulatedMarket::deliver_snapshot() {
  char* const begin = text_.room_for(first_snapshot_.size());
  text_.commit(std::ranges::copy(first_snapshot_, begin).out);
  finish_frame(0);
  snapshot_delivery_ns_ = INT64_MAX;
}

void SimulatedMarket::finish_frame(std::size_t begin) {
  if (!frames_.empty()) frame_time_ns_ += random_.between(300, 1'500);
  frames_.push_back({.time_ns = frame_time_ns_, .begin = begin, .bytes = text_.size() - begin});
}

void SimulatedMarket::change(Side side, std::int64_t price, std::int64_t quantity) {
  MYCELIUM_DASSERT(price > 0, "prices stay far from zero");
  take_id(book_.reaches_best(side, price));
  book_.set(side, {.price = price, .quantity = quantity});
}

void SimulatedMarket::change_rank(Side side, std::size_t rank, std::int64_t quantity) {
  take_id(rank == 0);
  book_.set_rank(side, rank, quantity);
}

void SimulatedMarket::take_id(bool of_the_top) {
  const std::uint64_t step_max = instrument_.flow.id_step_max;
  last_id_ += step_max > 1 ? 1 + random_.below(step_max) : 1;
  if (first_new_id_ == 0) first_new_id_ = last_id_;
  if (of_the_top) top_id_ = last_id_;
}

/// The two ticks around the fair price.
std::int64_t SimulatedMarket::fair_tick(Side side) const {
  return fair_e4_ / instrument_.tick_e4 + (side == Side::ask ? 1 : 0);
}

/// At least 1; about `mean` on average, small ones more often. Up to four times the mean.
std::int64_t SimulatedMarket::skewed(std::int64_t mean) {
  const std::uint64_t highest = random_.below(static_cast<std::uint64_t>(mean) * 4);
  return 1 + static_cast<std::int64_t>(random_.below(highest + 1));
}

std::int64_t SimulatedMarket::level_quantity() { return skewed(instrument_.flow.level_lots); }

/// Bursty: three of four follow closely, the fourth after a long pause; the mean is `action_ns`.
std::int64_t SimulatedMarket::until_next_action() {
  const std::int64_t mean = instrument_.flow.action_ns;
  return random_.below(4) != 0 ? random_.between(1, mean / 2) : random_.between(1, mean * 13 / 2);
}

std::int64_t SimulatedMarket::until_next_depth() {
  return instrument_.flow.depth_ns + random_.between(0, instrument_.flow.depth_jitter_ns);
}

VenueTime SimulatedMarket::venue_time() const {
  const std::int64_t matching = instrument_.market == Market::cm ? kMatchingNsCm : kMatchingNs;
  const std::int64_t event_ns = std::max<std::int64_t>(now_ns_ - kTransportNs, 0);
  return {.event_ms = event_ns / kMillisecond,
          .transaction_ms = std::max<std::int64_t>(event_ns - matching, 0) / kMillisecond};
}

}  // namespace arbitrage::simulated
