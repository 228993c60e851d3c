#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "arbitrage/market/decimal.hpp"
#include "mycelium/base/result.hpp"

namespace arbitrage {

/// One price level. In updates the quantity is absolute, and 0 removes the level.
struct Level {
  Decimal price = 0;
  Decimal quantity = 0;

  constexpr bool operator==(const Level&) const = default;
};

/// A full picture of a book, as the REST interface answers: bids from high to low, asks from low to
/// high (as received; `DepthSync` checks it).
struct DepthSnapshot {
  std::uint64_t last_update_id = 0;
  std::vector<Level> bids;
  std::vector<Level> asks;
};

/// The levels that changed between two update ids.
struct DepthUpdate {
  std::uint64_t first_id = 0;                ///< `U`; never above last_id.
  std::uint64_t last_id = 0;                 ///< `u`
  std::optional<std::uint64_t> previous_id;  ///< `pu`: last_id of the update before; futures only.
  std::int64_t event_time_ms = 0;            ///< `E`: the venue's clock, ms since the epoch.
  std::vector<Level> bids;
  std::vector<Level> asks;
};

/// One trade.
struct Trade {
  std::uint64_t trade_id = 0;
  Decimal price = 0;
  Decimal quantity = 0;
  bool buyer_is_maker = false;  ///< True: the taker sold. False: the taker bought.
};

/// The best level of both sides at one update id. A side without orders has price and quantity 0.
struct BookTicker {
  std::uint64_t update_id = 0;
  Level bid;
  Level ask;
};

/// One parsed frame. The pointers are the parser's own storage, valid until its next `parse`.
using Frame = std::variant<const DepthSnapshot*, const DepthUpdate*, Trade, BookTicker>;

/// Turns the bytes of one received Binance frame into a `Frame`.
///
/// Understands the combined-stream envelope `{"stream":"btcusdt@depth@100ms","data":{...}}` with
/// the streams `depth`, `trade` and `bookTicker` of spot and futures, and the REST depth snapshot,
/// which has no envelope. Fields that are not needed are skipped without a look inside. Source:
/// Binance's public API documentation (July 2026).
///
/// ```
/// FrameParser parser;
/// if (auto frame = parser.parse(bytes)) std::visit(handler, *frame); else ++bad_frames;
/// ```
/// Any bytes may come in; nothing but a typed error comes of them.
/// Thread-safety: none; one parser per feed. Memory: buffers as large as the largest frame so far,
/// reused; nothing is allocated once they have grown, errors excepted.
class FrameParser {
 public:
  /// A depth snapshot with 5,000 levels a side is below 1 MiB; the rest is room for other venues.
  static constexpr std::size_t kFrameBytesMax = std::size_t{16} << 20;

  FrameParser();
  ~FrameParser();
  FrameParser(FrameParser&&) noexcept;
  FrameParser& operator=(FrameParser&&) noexcept;

  /// Errors: `bad_json` (not JSON, or torn), `unknown_stream` (neither a known stream nor a
  /// snapshot), `missing_field`, `bad_number` (no exact decimal or integer, a negative quantity, a
  /// price that is not positive, U above u), `frame_too_large`. O(length of the frame).
  [[nodiscard]] mycelium::Result<Frame> parse(std::string_view json);

 private:
  struct Document;  // The JSON parser with its buffers; keeps simdjson out of this header.

  std::unique_ptr<Document> document_;
  DepthSnapshot snapshot_;
  DepthUpdate update_;
};

}  // namespace arbitrage
