#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arbitrage/venue/simulated_book.hpp"
#include "arbitrage/venue/simulated_instrument.hpp"

namespace arbitrage::simulated {

/// A buffer of text that grows to the largest content and is then reused. Thread-safety: none.
class TextBuffer {
 public:
  void clear() { size_ = 0; }
  std::size_t size() const { return size_; }
  std::string_view view(std::size_t from, std::size_t bytes) const {
    return {text_.data() + from, bytes};
  }

  /// The end of the text, with room for this many more bytes. Invalidates views.
  char* room_for(std::size_t bytes);
  /// Makes the bytes up to `end` part of the text. Requires: written into the room.
  void commit(const char* end) { size_ = static_cast<std::size_t>(end - text_.data()); }

 private:
  std::vector<char> text_;
  std::size_t size_ = 0;
};

/// Writes a number in its format and returns the end; `{2, 6}`: 6183763 -> `61837.63000000`.
/// Requires: value >= 0 and room for kNumberBytesMax, of which bytes behind the end may be
/// overwritten.
char* write_number(char* out, std::int64_t value, NumberFormat format);
inline constexpr std::size_t kNumberBytesMax = 48;

/// When something happened on the venue's clock, ms since the epoch.
struct VenueTime {
  std::int64_t event_ms = 0;        ///< `E`: when the venue sent it.
  std::int64_t transaction_ms = 0;  ///< `T`: when the matching engine did it.
};

struct DepthIds {
  std::uint64_t first = 0;     ///< `U`
  std::uint64_t last = 0;      ///< `u`
  std::uint64_t previous = 0;  ///< `pu`, the `u` of the frame before; futures only.
};

struct TradePrint {
  std::uint64_t trade_id = 0;
  std::int64_t price = 0;     ///< Ticks.
  std::int64_t quantity = 0;  ///< Lots.
  bool buyer_is_maker = false;
};

/// Writes the frames of one instrument byte for byte as Binance does, field order included.
///
/// Combined-stream envelopes `{"stream":"btcusdt@trade","data":{...}}` for trade, bookTicker and
/// depth; a REST answer without envelope for the snapshot. Source: Binance's API documentation and
/// recordings. Thread-safety: none. Allocates only while buffers grow.
class FrameWriter {
 public:
  explicit FrameWriter(const Instrument& instrument);

  // Each appends one whole frame.
  void trade(TextBuffer& out, const TradePrint& trade, VenueTime time) const;
  /// Requires: both sides have a level.
  void ticker(TextBuffer& out, const SimulatedBook& book, std::uint64_t id, VenueTime time) const;
  /// The changes of the book since it last forgot them.
  void depth(TextBuffer& out, SimulatedBook& book, const DepthIds& ids, VenueTime time) const;
  /// Every level, best first.
  void snapshot(TextBuffer& out, const SimulatedBook& book, std::uint64_t id, VenueTime time) const;

 private:
  /// One level and a comma.
  char* level(char* out, const BookLevel& level) const;
  char* side(char* out, const SimulatedBook& book, Side side) const;
  /// Binance orders changed bids downwards on spot and upwards on futures, asks always upwards.
  char* changes(char* out, std::span<const BookLevel> worst_first, bool best_first) const;

  Market market_;
  NumberFormat price_format_;
  NumberFormat quantity_format_;
  // The constant text of a frame up to its first number, made once.
  std::string trade_head_;
  std::string ticker_head_;
  std::string ticker_symbol_;  // `,"s":"BTCUSDT","b":"`: follows the update id.
  std::string depth_head_;
  std::string symbol_;        // `,"s":"BTCUSDT"`
  std::string depth_symbol_;  // The same; with the pair on COIN-M.
  std::string snapshot_symbol_;
};

}  // namespace arbitrage::simulated
