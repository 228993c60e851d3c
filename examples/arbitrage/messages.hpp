#pragma once

#include <cstdint>

#include "arbitrage/market/frame.hpp"
#include "mycelium/bus/event_time.hpp"
#include "mycelium/bus/outbox.hpp"
#include "mycelium/bus/watermark.hpp"
#include "mycelium/protocol/message.hpp"

// The contract of the example: every message that its actors exchange. Instruments are named by
// their index in the order of the topology's feeds. `read_ns` is the monotonic time at which the
// frame behind a message was read, for measuring latency only: no result depends on it.
namespace arbitrage {

using mycelium::EventTime;
using mycelium::Retry;
/// Its `input` is an instrument, a detector or a strategy.
using mycelium::Watermark;

/// A depth snapshot that the feed has accepted: the book starts again from it.
struct BookReset {
  EventTime at;
  std::int64_t read_ns;
  DepthSnapshot snapshot;
};
MYCELIUM_MESSAGE(BookReset, 101, "book.reset", at, read_ns, snapshot)

/// A depth update that is the next one for the book.
struct BookChange {
  EventTime at;
  std::int64_t read_ns;
  DepthUpdate update;
};
MYCELIUM_MESSAGE(BookChange, 102, "book.change", at, read_ns, update)

struct TradePrint {
  EventTime at;
  Trade trade;
};
MYCELIUM_MESSAGE(TradePrint, 103, "market.trade", at, trade)

/// The venue's own best prices, to compare the rebuilt book with.
struct VenueTicker {
  EventTime at;
  BookTicker ticker;
};
MYCELIUM_MESSAGE(VenueTicker, 104, "market.ticker", at, ticker)

/// The best prices of one instrument have changed.
struct Quote {
  EventTime at;
  std::int64_t read_ns;
  std::uint32_t instrument;
  Level bid;
  Level ask;
};
MYCELIUM_MESSAGE(Quote, 105, "market.quote", at, read_ns, instrument, bid, ask)

/// What to do with a pair of instruments whose basis has left its band, or has come back.
enum class SignalKind : std::uint8_t {
  enter_long,   ///< The basis is too low: buy the first, sell the second.
  enter_short,  ///< The basis is too high: sell the first, buy the second.
  exit,         ///< It is back inside: close.
};

/// The basis of `first` over `second`, in 1e-8 of the price of `second`.
struct Signal {
  EventTime at;
  std::int64_t read_ns;
  SignalKind kind;
  std::uint32_t pair;    ///< Index of the pair within its detector.
  std::uint32_t first;   ///< Instrument.
  std::uint32_t second;  ///< Instrument.
  std::int64_t basis;
  std::int64_t band_low;
  std::int64_t band_high;
  Level first_bid;
  Level first_ask;
  Level second_bid;
  Level second_ask;
};
MYCELIUM_MESSAGE(Signal, 106, "arbitrage.signal", at, read_ns, kind, pair, first, second, basis,
                 band_low, band_high, first_bid, first_ask, second_bid, second_ask)

/// A signal, and where the strategy stands after it.
struct StrategyUpdate {
  Signal signal;
  std::uint32_t strategy;  ///< Index in the order of the topology's strategies.
  Decimal position;  ///< Units of the base asset in the first legs of all pairs: above 0 long,
                     ///< below 0 short.
  Decimal pnl;       ///< Realised and open at the signal's prices, in the quote currency.
};
MYCELIUM_MESSAGE(StrategyUpdate, 107, "arbitrage.strategy", signal, strategy, position, pnl)

/// Feeds may send what was recorded up to and with this time.
struct Grant {
  std::int64_t until_ns;
};
MYCELIUM_MESSAGE(Grant, 109, "replay.grant", until_ns)

/// The replay clock to itself: some wall time has passed.
struct Tick {};
MYCELIUM_MESSAGE(Tick, 111, "replay.tick")

}  // namespace arbitrage
