#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "arbitrage/market/depth_sync.hpp"
#include "arbitrage/market/frame.hpp"
#include "arbitrage/market/order_book.hpp"
#include "arbitrage/messages.hpp"
#include "arbitrage/venue/venue.hpp"

// For tests: what feed and book actors make of a venue, without a runtime.
namespace arbitrage::testing {

/// One instrument's way from raw frames to quotes: parser, depth synchronisation, book.
class QuoteFeed {
 public:
  QuoteFeed(std::uint32_t instrument, const std::string& name, std::unique_ptr<Venue> venue)
      : instrument_{instrument},
        sync_{name.starts_with("spot_") ? DepthChain::spot : DepthChain::futures},
        venue_{std::move(venue)} {}

  /// When the next frame comes; nothing at the end.
  [[nodiscard]] std::optional<std::int64_t> next_time() { return venue_->next_time(); }

  /// Handles the next frame; a quote when the best prices changed. Requires: next_time() has a
  /// value.
  [[nodiscard]] std::optional<Quote> step() {
    const auto line = venue_->next();
    ++sequence_;
    if (!line) return std::nullopt;
    const auto frame = parser_.parse(line->json);
    if (!frame) return std::nullopt;
    if (const auto* const* snapshot = std::get_if<const DepthSnapshot*>(&*frame)) {
      if (!sync_.needs_snapshot() || !sync_.on_snapshot(**snapshot)) return std::nullopt;
      book_.reset(**snapshot);
      while (const DepthUpdate* update = sync_.next_buffered()) book_.apply(*update);
    } else if (const auto* const* update = std::get_if<const DepthUpdate*>(&*frame)) {
      if (sync_.on_update(**update) != UpdateOutcome::apply) return std::nullopt;
      book_.apply(**update);
    } else {
      return std::nullopt;
    }
    return changed_quote(line->time_ns);
  }

 private:
  std::optional<Quote> changed_quote(std::int64_t time_ns) {
    const Level bid = book_.best_bid().value_or(Level{});
    const Level ask = book_.best_ask().value_or(Level{});
    if (bid == bid_ && ask == ask_) return std::nullopt;
    bid_ = bid;
    ask_ = ask;
    return Quote{EventTime{time_ns, instrument_, sequence_}, /*read_ns=*/0, instrument_, bid, ask};
  }

  std::uint32_t instrument_;
  FrameParser parser_;
  DepthSync sync_;
  OrderBook book_;
  std::unique_ptr<Venue> venue_;
  std::uint64_t sequence_ = 0;
  Level bid_;
  Level ask_;
};

/// All feeds' quotes in the order of their frames' times, ties to the lower feed. `take(quote)` for
/// each.
template <typename Take>
void play(std::vector<QuoteFeed>& feeds, Take&& take) {
  while (true) {
    QuoteFeed* next = nullptr;
    std::int64_t next_ns = 0;
    for (QuoteFeed& feed : feeds) {
      const std::optional<std::int64_t> time = feed.next_time();
      if (time && (next == nullptr || *time < next_ns)) {
        next = &feed;
        next_ns = *time;
      }
    }
    if (next == nullptr) return;
    if (const std::optional<Quote> quote = next->step()) take(*quote);
  }
}

}  // namespace arbitrage::testing
