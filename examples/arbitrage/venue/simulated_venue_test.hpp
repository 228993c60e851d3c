#pragma once

// For tests only: what reads a venue's frames and checks them.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "arbitrage/market/decimal.hpp"
#include "arbitrage/market/depth_sync.hpp"
#include "arbitrage/market/frame.hpp"
#include "arbitrage/market/order_book.hpp"
#include "arbitrage/venue/simulated_venue.hpp"

namespace arbitrage::testing {

/// A 64-bit hash after FNV-1a that takes eight bytes at once.
class FrameHash {
 public:
  void add(const RawFrame& frame) {
    static_assert(std::endian::native == std::endian::little);
    mix(static_cast<std::uint64_t>(frame.time_ns));
    std::string_view rest = frame.json;
    for (; rest.size() >= sizeof(std::uint64_t); rest.remove_prefix(sizeof(std::uint64_t))) {
      mix(word_of(rest.substr(0, sizeof(std::uint64_t))));
    }
    mix(word_of(rest) ^ (frame.json.size() << 56));
  }
  std::uint64_t value() const { return hash_; }

 private:
  static std::uint64_t word_of(std::string_view bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), bytes.size());
    return word;
  }
  void mix(std::uint64_t word) {
    hash_ = (hash_ ^ word) * 0x100000001B3U;
    hash_ ^= hash_ >> 32;
  }

  std::uint64_t hash_ = 0xCBF29CE484222325U;
};

inline Decimal decimal(std::int64_t value, simulated::NumberFormat format) {
  Decimal scale = 1;
  for (int digit = format.decimals; digit < kDecimalDigits; ++digit) scale *= 10;
  return value * scale;
}

/// One consumer of a venue's frames, which rebuilds the book from the text alone and checks it.
class Consumer {
 public:
  explicit Consumer(const SimulatedVenue& venue)
      : venue_{&venue},
        sync_{venue.instrument().market == simulated::Market::spot ? DepthChain::spot
                                                                   : DepthChain::futures} {}

  /// Takes the frame that the venue has just given.
  void take(const RawFrame& raw) {
    ++frames;
    if (raw.time_ns < last_time_ns_) return complain("time went back", raw);
    last_time_ns_ = raw.time_ns;
    const auto frame = parser_.parse(raw.json);
    if (!frame) return complain(frame.error().message, raw);
    raw_ = &raw;
    std::visit([this](const auto& part) { handle(part); }, *frame);
  }

  const OrderBook& book() const { return book_; }
  const DepthSync& sync() const { return sync_; }
  /// What was wrong first; empty if nothing was.
  const std::string& complaint() const { return complaint_; }

  std::uint64_t frames = 0;
  std::uint64_t updates = 0;
  std::uint64_t books_compared = 0;
  std::uint64_t tickers_compared = 0;
  std::uint64_t tickers_after_depth = 0;
  std::uint64_t trades = 0;
  std::uint64_t tickers = 0;
  std::optional<std::uint64_t> snapshot_at_frame;
  std::uint64_t snapshot_id = 0;
  std::vector<DepthUpdate> before_snapshot;

 private:
  void handle(const DepthSnapshot* snapshot) {
    snapshot_at_frame = frames;
    snapshot_id = snapshot->last_update_id;
    if (auto accepted = sync_.on_snapshot(*snapshot); !accepted) {
      return complain(accepted.error().message, *raw_);
    }
    book_.reset(*snapshot);
    while (const DepthUpdate* update = sync_.next_buffered()) book_.apply(*update);
  }

  void handle(const DepthUpdate* update) {
    const bool spot = venue_->instrument().market == simulated::Market::spot;
    if (last_depth_id_) {
      if (spot && update->first_id != *last_depth_id_ + 1) complain("U is not u + 1", *raw_);
      if (!spot && update->previous_id != last_depth_id_) complain("pu is not u", *raw_);
      if (!spot && update->first_id <= *last_depth_id_) complain("U goes back", *raw_);
    }
    last_depth_id_ = update->last_id;
    if (update->event_time_ms < last_event_ms_) complain("the venue's clock went back", *raw_);
    last_event_ms_ = update->event_time_ms;
    ++updates;
    if (update->bids.empty() && update->asks.empty()) complain("an empty update", *raw_);
    if (!snapshot_at_frame) before_snapshot.push_back(*update);
    const UpdateOutcome outcome = sync_.on_update(*update);
    if (outcome != UpdateOutcome::apply) return;
    book_.apply(*update);
    compare_book(update->last_id);
    if (ticker_ && ticker_->update_id == update->last_id) compare_ticker();
  }

  void handle(const Trade& trade) {
    ++trades;
    if (last_trade_id_ && trade.trade_id != *last_trade_id_ + 1) complain("a trade id", *raw_);
    last_trade_id_ = trade.trade_id;
    if (trade.quantity <= 0) complain("a trade of nothing", *raw_);
  }

  void handle(const BookTicker& ticker) {
    ++tickers;
    if (ticker_ && ticker.update_id <= ticker_->update_id) complain("a ticker's id", *raw_);
    if (ticker.bid.price >= ticker.ask.price) complain("a crossed ticker", *raw_);
    ticker_ = ticker;
    if (sync_.needs_snapshot() || sync_.last_update_id() != ticker.update_id) return;
    ++tickers_after_depth;
    compare_ticker();
  }

  void compare_ticker() {
    ++tickers_compared;
    if (book_.best_bid() != ticker_->bid || book_.best_ask() != ticker_->ask) {
      complain("the ticker is not the top of the book", *raw_);
    }
  }

  void compare_book(std::uint64_t id) {
    ++books_compared;
    if (venue_->last_update_id() != id) complain("the venue's book has another id", *raw_);
    if (!same(simulated::Side::bid, book_.bids().worst_to_best())) complain("bids", *raw_);
    if (!same(simulated::Side::ask, book_.asks().worst_to_best())) complain("asks", *raw_);
    if (book_.best_bid()->price >= book_.best_ask()->price) complain("a crossed book", *raw_);
  }

  bool same(simulated::Side side, std::span<const Level> worst_to_best) const {
    const simulated::Instrument& instrument = venue_->instrument();
    const simulated::SimulatedBook& own = venue_->book();
    const std::size_t size = own.size(side);
    if (worst_to_best.size() != size) return false;
    if (size < instrument.flow.levels_min || size > instrument.flow.levels_max) return false;
    for (std::size_t rank = 0; rank < size; ++rank) {
      const simulated::BookLevel level = own.level(side, rank);
      const Level expected{.price = level.price * tick_, .quantity = level.quantity * lot_};
      if (worst_to_best[size - 1 - rank] != expected) return false;
    }
    return true;
  }

  void complain(std::string_view what, const RawFrame& raw) {
    if (!complaint_.empty()) return;
    complaint_ = venue_->instrument().name + ", frame " + std::to_string(frames) + ": ";
    complaint_.append(what).append(": ").append(raw.json.substr(0, 400));
  }

  const SimulatedVenue* venue_;
  Decimal tick_ = decimal(1, venue_->instrument().price_format);
  Decimal lot_ = decimal(1, venue_->instrument().quantity_format);
  FrameParser parser_;
  DepthSync sync_;
  OrderBook book_;
  const RawFrame* raw_ = nullptr;
  std::int64_t last_time_ns_ = 0;
  std::int64_t last_event_ms_ = 0;
  std::optional<std::uint64_t> last_depth_id_;
  std::optional<std::uint64_t> last_trade_id_;
  std::optional<BookTicker> ticker_;
  std::string complaint_;
};

}  // namespace arbitrage::testing
