#include "arbitrage/venue/simulated_instrument.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace arbitrage::simulated {
namespace {

TEST(FindInstrument, ReadsMarketAndAssetFromTheName) {
  const Instrument spot = find_instrument("spot_btcusdt").value();
  EXPECT_EQ(spot.market, Market::spot);
  EXPECT_EQ(spot.asset, "btc");
  EXPECT_EQ(spot.symbol, "BTCUSDT");
  EXPECT_EQ(find_instrument("usdm_ethusdt").value().stream, "ethusdt");
  const Instrument cm = find_instrument("cm_ethusd_perp").value();
  EXPECT_EQ(cm.market, Market::cm);
  EXPECT_EQ(cm.symbol, "ETHUSD_PERP");
  EXPECT_EQ(cm.pair, "ETHUSD");
}

TEST(FindInstrument, KnowsAnyAssetAndGivesItOnePriceOnAllMarkets) {
  const Instrument spot = find_instrument("spot_solusdt").value();
  EXPECT_GE(spot.price_e4, 1'000'000);
  EXPECT_LT(spot.price_e4, 10'000'000);
  EXPECT_EQ(find_instrument("usdm_solusdt").value().price_e4, spot.price_e4);
  EXPECT_EQ(find_instrument("cm_solusd_perp").value().price_e4, spot.price_e4);
  EXPECT_EQ(find_instrument("spot_1inchusdt").value().asset, "1inch");
}

TEST(FindInstrument, RefusesOtherNamesAndNamesThem) {
  for (const std::string_view name :
       {"", "btcusdt", "spot_btcusd", "spot_usdt", "spot_busdt", "SPOT_BTCUSDT", "spot_BTCusdt",
        "cm_btcusdt", "usdm_btcusd_perp", "spot_abcdefghijklmusdt", "spot_b-cusdt", "cm_usd_perp",
        "spot_usd", "kraken_btcusdt", "spot_btcusdt ", "cm_perp"}) {
    const auto found = find_instrument(name);
    ASSERT_FALSE(found.has_value()) << name;
    EXPECT_EQ(found.error().code, "unknown_instrument");
    EXPECT_NE(found.error().message.find("'" + std::string{name} + "'"), std::string::npos);
  }
}

TEST(StreamSeed, DiffersBySeedAndByName) {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    for (const std::string_view name : {"", "btc", "eth", "etg", "orders of spot_btcusdt"}) {
      seeds.insert(stream_seed(seed, name));
    }
  }
  EXPECT_EQ(seeds.size(), 500U);
}

}  // namespace
}  // namespace arbitrage::simulated
