#include "arbitrage/stages/book_builder.hpp"

#include <utility>

#include "arbitrage/stages/topics.hpp"

namespace arbitrage {

BookBuilder::BookBuilder(std::uint32_t index, std::shared_ptr<InstrumentBoard> board,
                         mycelium::Publisher<Quote> quotes,
                         mycelium::Publisher<Watermark> watermarks)
    : index_{index}, board_{std::move(board)}, quotes_{quotes}, output_{watermarks, index} {}

void BookBuilder::on_start(mycelium::Context& context) {
  const std::string& name = board_->name;
  context.subscribe<BookReset>(topics::for_instrument<BookReset>(name), kLosesNothing);
  context.subscribe<BookChange>(topics::for_instrument<BookChange>(name), kLosesNothing);
  context.subscribe<TradePrint>(topics::for_instrument<TradePrint>(name), kLosesNothing);
  context.subscribe<VenueTicker>(topics::for_instrument<VenueTicker>(name), kLosesNothing);
  context.subscribe<Watermark>(topics::watermark_of("feed." + name), kLosesNothing);
}

void BookBuilder::handle(const BookReset& reset) {
  book_.reset(reset.snapshot);
  board_->last_update_id.set(static_cast<std::int64_t>(reset.snapshot.last_update_id));
  publish_if_changed(reset.at, reset.read_ns);
}

void BookBuilder::handle(const BookChange& change) {
  book_.apply(change.update);
  board_->depth_applied.add();
  board_->last_update_id.set(static_cast<std::int64_t>(change.update.last_id));
  publish_if_changed(change.at, change.read_ns);
  matches_.on_book(change.update.last_id, bid_, ask_);
  count_matches();
}

void BookBuilder::handle(const TradePrint& print) {
  board_->trades.add();
  board_->traded_quantity.add(print.trade.quantity);
  if (!print.trade.buyer_is_maker) board_->taker_buy_quantity.add(print.trade.quantity);
}

void BookBuilder::handle(const VenueTicker& ticker) {
  matches_.on_ticker(ticker.ticker);
  count_matches();
}

void BookBuilder::handle(const Watermark& watermark, mycelium::Context& context) {
  output_.forward(watermark.upto);
  output_.settle(context);
}

void BookBuilder::count_matches() {
  board_->tickers_compared.add(matches_.compared() -
                               std::exchange(compared_counted_, matches_.compared()));
  board_->tickers_equal.add(matches_.equal() - std::exchange(equal_counted_, matches_.equal()));
}

void BookBuilder::publish_if_changed(const EventTime& at, std::int64_t read_ns) {
  const Level bid = book_.best_bid().value_or(Level{});
  const Level ask = book_.best_ask().value_or(Level{});
  board_->bid_levels.set(static_cast<std::int64_t>(book_.bids().size()));
  board_->ask_levels.set(static_cast<std::int64_t>(book_.asks().size()));
  if (bid == bid_ && ask == ask_) return;
  bid_ = bid;
  ask_ = ask;
  board_->bid_price.set(bid.price);
  board_->bid_quantity.set(bid.quantity);
  board_->ask_price.set(ask.price);
  board_->ask_quantity.set(ask.quantity);
  output_.publish(quotes_, Quote{at, read_ns, index_, bid, ask});
}

}  // namespace arbitrage
