#include "arbitrage/venue/simulated_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <ranges>

#include "mycelium/base/assert.hpp"

namespace arbitrage::simulated {
namespace {

// The fixed words of the longest frame head with a long symbol stay below half of this.
constexpr std::size_t kFrameFixedBytes = 1'024;
constexpr std::size_t kLevelBytesMax = 2 * kNumberBytesMax + 8;

// These take the place to write at and return the end. The place is a local variable everywhere: a
// member would have to be loaded and stored around every character written, which may alias it.
char* put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* put(char* out, std::uint64_t value) { return std::to_chars(out, out + 20, value).ptr; }

char* put(char* out, std::int64_t value) { return put(out, static_cast<std::uint64_t>(value)); }

/// Ends a list whose elements each end with a comma.
char* close_list(char* out) {
  if (out[-1] == ',') --out;
  *out = ']';
  return out + 1;
}

}  // namespace

char* TextBuffer::room_for(std::size_t bytes) {
  if (text_.size() - size_ < bytes) text_.resize(std::max(text_.size() * 2, size_ + bytes));
  return text_.data() + size_;
}

char* write_number(char* out, std::int64_t value, NumberFormat format) {
  MYCELIUM_DASSERT(value >= 0, "prices and quantities are not negative");
  constexpr std::string_view kZeros =
      "00000000";  // Copied in whole: a fixed size is one instruction.
  const auto decimals = static_cast<std::size_t>(format.decimals);
  char* end = put(out, value);
  if (decimals == 0) return end;
  auto digits = static_cast<std::size_t>(end - out);
  if (digits <= decimals) {  // 35 with 3 decimals: 0035, so that there is a whole part.
    const std::size_t missing = decimals + 1 - digits;
    std::memmove(out + missing, out, digits);
    std::memset(out, '0', missing);
    digits += missing;
  }
  char* const point = out + (digits - decimals);
  std::array<char, kZeros.size()> fraction;
  std::memcpy(fraction.data(), point, fraction.size());
  *point = '.';
  std::memcpy(point + 1, fraction.data(), fraction.size());
  end = point + 1 + decimals;
  std::memcpy(end, kZeros.data(), kZeros.size());
  return end + format.zeros;
}

FrameWriter::FrameWriter(const Instrument& it)
    : market_{it.market},
      price_format_{it.price_format},
      quantity_format_{it.quantity_format},
      symbol_{fmt::format(R"(,"s":"{}")", it.symbol)} {
  const auto head = [&](std::string_view stream, std::string_view fields) {
    return fmt::format(R"({{"stream":"{}@{}","data":{{{})", it.stream, stream, fields);
  };
  trade_head_ = head("trade", R"("e":"trade","E":)");
  const bool spot = market_ == Market::spot;
  depth_head_ = head(spot ? "depth@100ms" : "depth@0ms", R"("e":"depthUpdate","E":)");
  ticker_head_ =
      head("bookTicker", market_ == Market::usdm ? R"("e":"bookTicker","u":)" : R"("u":)");
  depth_symbol_ = symbol_;
  ticker_symbol_ = symbol_;
  if (market_ == Market::cm) {
    const std::string pair = fmt::format(R"(,"ps":"{}")", it.pair);
    depth_symbol_ += pair;
    ticker_symbol_ = R"(,"e":"bookTicker")" + symbol_ + pair;
    snapshot_symbol_ = fmt::format(R"(,"symbol":"{}","pair":"{}")", it.symbol, it.pair);
  }
  ticker_symbol_ += R"(,"b":")";
}

void FrameWriter::trade(TextBuffer& out, const TradePrint& trade, VenueTime time) const {
  const bool spot = market_ == Market::spot;
  char* at = out.room_for(kFrameFixedBytes);
  at = put(at, trade_head_);
  at = put(at, time.event_ms);
  if (!spot) {
    at = put(at, R"(,"T":)");
    at = put(at, time.transaction_ms);
  }
  at = put(at, symbol_);
  at = put(at, R"(,"t":)");
  at = put(at, trade.trade_id);
  at = put(at, R"(,"p":")");
  at = write_number(at, trade.price, price_format_);
  at = put(at, R"(","q":")");
  at = write_number(at, trade.quantity, quantity_format_);
  if (spot) {
    at = put(at, R"(","T":)");
    at = put(at, time.transaction_ms);
  } else {
    at = put(at, R"(","X":"MARKET")");
  }
  at = put(at, trade.buyer_is_maker ? R"(,"m":true)" : R"(,"m":false)");
  out.commit(put(at, spot ? R"(,"M":true}})" : "}}"));
}

void FrameWriter::ticker(TextBuffer& out, const SimulatedBook& book, std::uint64_t id,
                         VenueTime time) const {
  const BookLevel bid = book.best(Side::bid);
  const BookLevel ask = book.best(Side::ask);
  char* at = out.room_for(kFrameFixedBytes);
  at = put(at, ticker_head_);
  at = put(at, id);
  at = put(at, ticker_symbol_);
  at = write_number(at, bid.price, price_format_);
  at = put(at, R"(","B":")");
  at = write_number(at, bid.quantity, quantity_format_);
  at = put(at, R"(","a":")");
  at = write_number(at, ask.price, price_format_);
  at = put(at, R"(","A":")");
  at = write_number(at, ask.quantity, quantity_format_);
  at = put(at, R"(")");
  if (market_ != Market::spot) {
    at = put(at, R"(,"T":)");
    at = put(at, time.transaction_ms);
    at = put(at, R"(,"E":)");
    at = put(at, time.event_ms);
  }
  out.commit(put(at, "}}"));
}

void FrameWriter::depth(TextBuffer& out, SimulatedBook& book, const DepthIds& ids,
                        VenueTime time) const {
  const bool spot = market_ == Market::spot;
  const auto bids = book.changes(Side::bid);
  const auto asks = book.changes(Side::ask);
  char* at = out.room_for(kFrameFixedBytes + (bids.size() + asks.size()) * kLevelBytesMax);
  at = put(at, depth_head_);
  at = put(at, time.event_ms);
  if (!spot) {
    at = put(at, R"(,"T":)");
    at = put(at, time.transaction_ms);
  }
  at = put(at, depth_symbol_);
  at = put(at, R"(,"U":)");
  at = put(at, ids.first);
  at = put(at, R"(,"u":)");
  at = put(at, ids.last);
  if (!spot) {
    at = put(at, R"(,"pu":)");
    at = put(at, ids.previous);
  }
  at = put(at, R"(,"b":)");
  at = changes(at, bids, spot);
  at = put(at, R"(,"a":)");
  at = changes(at, asks, true);
  out.commit(put(at, "}}"));
}

void FrameWriter::snapshot(TextBuffer& out, const SimulatedBook& book, std::uint64_t id,
                           VenueTime time) const {
  const std::size_t levels = book.size(Side::bid) + book.size(Side::ask);
  char* at = out.room_for(kFrameFixedBytes + levels * kLevelBytesMax);
  at = put(at, R"({"lastUpdateId":)");
  at = put(at, id);
  if (market_ != Market::spot) {
    at = put(at, R"(,"E":)");
    at = put(at, time.event_ms);
    at = put(at, R"(,"T":)");
    at = put(at, time.transaction_ms);
  }
  at = put(at, snapshot_symbol_);
  at = put(at, R"(,"bids":)");
  at = side(at, book, Side::bid);
  at = put(at, R"(,"asks":)");
  at = side(at, book, Side::ask);
  out.commit(put(at, "}"));
}

char* FrameWriter::level(char* out, const BookLevel& level) const {
  out = put(out, R"([")");
  out = write_number(out, level.price, price_format_);
  out = put(out, R"(",")");
  out = write_number(out, level.quantity, quantity_format_);
  return put(out, R"("],)");
}

char* FrameWriter::side(char* out, const SimulatedBook& book, Side side) const {
  *out++ = '[';
  for (std::size_t rank = 0; rank < book.size(side); ++rank)
    out = level(out, book.level(side, rank));
  return close_list(out);
}

char* FrameWriter::changes(char* out, std::span<const BookLevel> worst_first,
                           bool best_first) const {
  *out++ = '[';
  if (best_first) {
    for (const BookLevel& changed : worst_first | std::views::reverse) out = level(out, changed);
  } else {
    for (const BookLevel& changed : worst_first) out = level(out, changed);
  }
  return close_list(out);
}

}  // namespace arbitrage::simulated
