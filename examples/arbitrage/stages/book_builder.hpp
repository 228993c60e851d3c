#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "arbitrage/market/order_book.hpp"
#include "arbitrage/market/ticker_match.hpp"
#include "arbitrage/messages.hpp"
#include "arbitrage/stages/instrument_board.hpp"
#include "mycelium/actor/context.hpp"
#include "mycelium/actor/stage_output.hpp"

namespace arbitrage {

/// Keeps the order book of one instrument and publishes its best prices whenever they change.
///
/// Compares the book with the venue's own tickers on the way. Has one input, so what arrives is in
/// event order already.
class BookBuilder {
 public:
  using Handles =
      mycelium::Messages<BookReset, BookChange, TradePrint, VenueTicker, Watermark, Retry>;

  /// `index` is the instrument's; `board` outlives restarts.
  BookBuilder(std::uint32_t index, std::shared_ptr<InstrumentBoard> board,
              mycelium::Publisher<Quote> quotes, mycelium::Publisher<Watermark> watermarks);

  void on_start(mycelium::Context& context);
  void handle(const BookReset& reset);
  void handle(const BookChange& change);
  void handle(const TradePrint& print);
  void handle(const VenueTicker& ticker);
  void handle(const Watermark& watermark, mycelium::Context& context);
  void handle(const Retry&, mycelium::Context& context) { output_.retry(context); }

  [[nodiscard]] const OrderBook& book() const noexcept { return book_; }

 private:
  void publish_if_changed(const EventTime& at, std::int64_t read_ns);
  void count_matches();

  const std::uint32_t index_;
  const std::shared_ptr<InstrumentBoard> board_;
  OrderBook book_;
  TickerMatch matches_;
  std::uint64_t compared_counted_ = 0;
  std::uint64_t equal_counted_ = 0;
  Level bid_{};
  Level ask_{};
  mycelium::Publisher<Quote> quotes_;
  mycelium::StageOutput output_;
};

}  // namespace arbitrage
