#include "arbitrage/market/order_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace arbitrage {

namespace {

/// True when `price` is a better one for this side than `other`.
template <Side kSide>
constexpr bool is_better(Decimal price, Decimal other) {
  return kSide == Side::bid ? price > other : price < other;
}

void append_side(std::string& json, std::span<const Level> worst_to_best) {
  json += '[';
  for (std::size_t left = worst_to_best.size(); left > 0; --left) {
    const Level& level = worst_to_best[left - 1];
    json += left == worst_to_best.size() ? "[\"" : ",[\"";
    append_decimal(json, level.price);
    json += "\",\"";
    append_decimal(json, level.quantity);
    json += "\"]";
  }
  json += ']';
}

}  // namespace

/// The first level that is not worse than `price`: strides from the best end that double, then
/// halves.
template <Side kSide>
std::size_t BookSide<kSide>::position_of(Decimal price) const {
  std::size_t high = levels_.size();  // Every level from here on is not worse.
  std::size_t stride = 1;
  while (stride <= high && !is_better<kSide>(price, levels_[high - stride].price)) {
    high -= stride;
    stride *= 2;
  }
  const std::size_t low =
      stride <= high ? high - stride + 1 : 0;  // Every level before it is worse.
  // Without a branch on the prices, which no processor could predict.
  const Level* first = levels_.data() + low;
  for (std::size_t count = high - low; count > 0;) {
    const std::size_t half = count / 2;
    const bool worse = is_better<kSide>(price, first[half].price);
    first = worse ? first + half + 1 : first;
    count = worse ? count - half - 1 : half;
  }
  return static_cast<std::size_t>(first - levels_.data());
}

template <Side kSide>
void BookSide<kSide>::set(Level level) {
  const std::size_t position = position_of(level.price);
  const auto place = levels_.begin() + static_cast<std::ptrdiff_t>(position);
  const bool known = position < levels_.size() && place->price == level.price;
  if (level.quantity == 0) {
    if (known) levels_.erase(place);
  } else if (known) {
    place->quantity = level.quantity;
  } else if (levels_.size() < kLevelsMax) {
    levels_.insert(place, level);
  } else if (position > 0) {
    // Full: the worst level gives way, those between it and the new one move down.
    std::move(std::next(levels_.begin()), place, levels_.begin());
    *std::prev(place) = level;
  }
}

template <Side kSide>
void BookSide<kSide>::reset(std::span<const Level> best_to_worst) {
  const auto kept = best_to_worst.first(std::min(best_to_worst.size(), kLevelsMax));
  levels_.assign(kept.rbegin(), kept.rend());
}

template class BookSide<Side::bid>;
template class BookSide<Side::ask>;

void OrderBook::reset(const DepthSnapshot& snapshot) {
  bids_.reset(snapshot.bids);
  asks_.reset(snapshot.asks);
}

void OrderBook::apply(const DepthUpdate& update) {
  for (const Level& level : update.bids) bids_.set(level);
  for (const Level& level : update.asks) asks_.set(level);
}

void OrderBook::apply(Side side, Level level) {
  if (side == Side::bid) {
    bids_.set(level);
  } else {
    asks_.set(level);
  }
}

std::string snapshot_json(const OrderBook& book, std::uint64_t last_update_id) {
  constexpr std::size_t kLevelBytes = 32;  // About one ["61686.00","2.29327"], with its comma.
  std::string json;
  json.reserve((book.bids().size() + book.asks().size() + 2) * kLevelBytes);
  fmt::format_to(std::back_inserter(json), "{{\"lastUpdateId\":{},\"bids\":", last_update_id);
  append_side(json, book.bids().worst_to_best());
  json += ",\"asks\":";
  append_side(json, book.asks().worst_to_best());
  json += '}';
  return json;
}

}  // namespace arbitrage
