#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mycelium/base/result.hpp"

namespace arbitrage::simulated {

/// The three Binance markets whose wire format is imitated.
enum class Market : std::uint8_t {
  spot,  ///< `spot_btcusdt`: linear, quantities in the asset.
  usdm,  ///< `usdm_btcusdt`: USD-margined perpetual.
  cm,    ///< `cm_btcusd_perp`: coin-margined perpetual, quantities in contracts.
};

/// How an integer becomes a decimal text: `decimals` digits behind the point, then `zeros` more.
///
/// {2, 6}: 6183763 -> "61837.63000000".  {0, 0}: 35 -> "35".
struct NumberFormat {
  int decimals = 0;  ///< 0 to 8; without decimals there is no point and no zeros.
  int zeros = 0;     ///< 0 to 8.
};

/// How busy an instrument is and what its book looks like. Rates are those of the market's
/// recording of 2024-08-08; times in ns, prices in ticks, quantities in lots.
struct Flow {
  std::int64_t action_ns = 0;  ///< Mean time between two actions that move the top of the book.
  std::int64_t depth_ns = 0;   ///< Shortest time between two depth frames.
  std::int64_t depth_jitter_ns = 0;   ///< Added to it at random, up to this much.
  std::uint64_t trades_per_1024 = 0;  ///< How many of 1,024 actions are market orders.
  std::int64_t sweep_trades_max =
      0;  ///< Trades when the price moves through levels; the rest are cancels.
  std::int64_t deep_per_action = 0;  ///< Mean changes behind the top with every action ...
  std::int64_t deep_per_depth = 0;   ///< ... and before every depth frame.
  std::int64_t trade_lots = 0;       ///< Mean size of a market order.
  std::int64_t level_lots = 0;       ///< Mean size of a level.
  std::uint64_t id_step_max = 1;     ///< A change takes an id 1 to this much above the last one.
  std::size_t levels_min = 0;        ///< Levels of one side, never fewer.
  std::size_t levels_max = 0;        ///< ... and never more, once a change has settled.
};

/// How the instrument's price wanders around the asset's. Basis points in millionths: 1 bp =
/// 1'000'000.
struct Basis {
  std::int64_t mean = 0;
  std::int64_t drift_step_max = 0;     ///< Largest step of the slow part, each 10 ms.
  std::int64_t excursion_min = 0;      ///< Size of an excursion when it starts, either sign.
  std::int64_t excursion_max = 0;      ///< Same; 0 = this instrument has none.
  std::uint64_t excursion_one_in = 0;  ///< One starts in this many 10 ms steps on average.
};

/// Everything that makes one simulated instrument differ from another. A value, set once.
struct Instrument {
  Market market = Market::spot;
  std::string name;              ///< `usdm_btcusdt`
  std::string asset;             ///< `btc`
  std::string stream;            ///< `btcusdt`, `btcusd_perp`
  std::string symbol;            ///< `BTCUSDT`, `BTCUSD_PERP`
  std::string pair;              ///< `BTCUSD`; empty unless COIN-M.
  NumberFormat price_format;     ///< Of a price in ticks.
  NumberFormat quantity_format;  ///< Of a quantity in lots.
  std::int64_t price_e4 = 0;     ///< Where the asset's price starts, in 1/10,000 USD.
  std::int64_t tick_e4 = 0;      ///< Price step in 1/10,000 USD.
  std::int64_t width_ticks = 0;  ///< How far behind the top new orders reach.
  Flow flow;
  Basis basis;
};

/// The instrument of a name: `spot_<asset>usdt`, `usdm_<asset>usdt` or `cm_<asset>usd_perp`, the
/// asset in 2 to 12 lower-case letters and digits. btc and eth have the recording's prices, ticks
/// and sizes; any other asset a made-up price between 100 and 1,000 USD. Errors:
/// `unknown_instrument`.
mycelium::Result<Instrument> find_instrument(std::string_view name);

/// A number that depends on the seed and on every byte of the name: one independent random stream
/// each.
std::uint64_t stream_seed(std::uint64_t seed, std::string_view name);

}  // namespace arbitrage::simulated
