#include "arbitrage/market/ticker_match.hpp"

namespace arbitrage {

TickerMatch::TickerMatch() {
  tickers_.ring = std::make_unique<std::array<BookTicker, kWaitingMax>>();
  books_.ring = std::make_unique<std::array<BookTicker, kWaitingMax>>();
}

void TickerMatch::on_ticker(const BookTicker& ticker) { meet(ticker, tickers_, books_); }

void TickerMatch::on_book(std::uint64_t last_id, const Level& bid, const Level& ask) {
  meet(BookTicker{.update_id = last_id, .bid = bid, .ask = ask}, books_, tickers_);
}

void TickerMatch::meet(const BookTicker& entry, Waiting& own, Waiting& other) {
  if (own.any && entry.update_id <= own.last_id) return;
  own.any = true;
  own.last_id = entry.update_id;
  // Nothing of ours will come below this id again, so the other side's older entries have no
  // partner.
  while (other.count > 0 && (*other.ring)[other.first].update_id < entry.update_id) {
    other.first = (other.first + 1) % kWaitingMax;
    --other.count;
  }
  if (other.count > 0) {
    const BookTicker& partner = (*other.ring)[other.first];
    if (partner.update_id != entry.update_id) return;  // The other stream is past this id.
    ++compared_;
    if (partner.bid == entry.bid && partner.ask == entry.ask) ++equal_;
    other.first = (other.first + 1) % kWaitingMax;
    --other.count;
    return;
  }
  if (other.any && other.last_id >= entry.update_id) return;
  if (own.count == 0) own.first = 0;  // Start over, so that few cache lines are touched.
  if (own.count == kWaitingMax) {
    own.first = (own.first + 1) % kWaitingMax;
    --own.count;
    ++forgotten_;
  }
  (*own.ring)[(own.first + own.count) % kWaitingMax] = entry;
  ++own.count;
}

}  // namespace arbitrage
