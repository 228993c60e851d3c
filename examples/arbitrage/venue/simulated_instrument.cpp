#include "arbitrage/venue/simulated_instrument.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace arbitrage::simulated {
namespace {

constexpr std::int64_t kBasisPoint = 1'000'000;
constexpr std::int64_t kMicrosecond = 1'000;
constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::size_t kAssetMin = 2;
constexpr std::size_t kAssetMax = 12;

/// The asset between prefix and suffix, or nothing.
std::optional<std::string_view> asset_between(std::string_view name, std::string_view prefix,
                                              std::string_view suffix) {
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return std::nullopt;
  if (name.size() < prefix.size() + suffix.size()) return std::nullopt;
  const auto asset = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (asset.size() < kAssetMin || asset.size() > kAssetMax) return std::nullopt;
  if (!std::ranges::all_of(asset, allowed)) return std::nullopt;
  return asset;
}

std::string upper(std::string_view text) {
  std::string result{text};
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

void set_spot(Instrument& it) {
  const bool btc = it.asset == "btc";
  it.price_format = {.decimals = 2, .zeros = 6};
  it.quantity_format =
      btc ? NumberFormat{.decimals = 5, .zeros = 3} : NumberFormat{.decimals = 4, .zeros = 4};
  it.tick_e4 = 100;
  it.flow = {.action_ns = (btc ? 12'340 : 14'360) * kMicrosecond,
             .depth_ns = 99'900 * kMicrosecond,
             .depth_jitter_ns = 200 * kMicrosecond,
             .trades_per_1024 = btc ? 285U : 175U,
             .sweep_trades_max = 2,
             .deep_per_action = 4,
             .deep_per_depth = 4,
             .trade_lots = btc ? 2'170 : 3'700,
             .level_lots = btc ? 100'000 : 150'000,
             .id_step_max = 1,
             .levels_min = 30,
             .levels_max = 130};
}

void set_usdm(Instrument& it) {
  const bool btc = it.asset == "btc";
  it.price_format =
      btc ? NumberFormat{.decimals = 1, .zeros = 1} : NumberFormat{.decimals = 2, .zeros = 0};
  it.quantity_format = {.decimals = 3, .zeros = 0};
  it.tick_e4 = btc ? 1'000 : 100;
  it.flow = {.action_ns = (btc ? 5'215 : 6'385) * kMicrosecond,
             .depth_ns = 50 * kMillisecond,
             .depth_jitter_ns = 5 * kMillisecond,
             .trades_per_1024 = btc ? 320U : 255U,
             .sweep_trades_max = 2,
             .deep_per_action = 5,
             .deep_per_depth = 4,
             .trade_lots = btc ? 114 : 651,
             .level_lots = btc ? 3'000 : 20'000,
             .id_step_max = 20,
             .levels_min = 40,
             .levels_max = 180};
  it.basis = {.mean = -38 * kBasisPoint / 10,
              .drift_step_max = 22'000,
              .excursion_min = 2 * kBasisPoint,
              .excursion_max = 45 * kBasisPoint / 10,
              .excursion_one_in = 430};
}

void set_cm(Instrument& it) {
  const bool btc = it.asset == "btc";
  it.price_format = {.decimals = btc ? 1 : 2, .zeros = 0};
  it.quantity_format = {.decimals = 0, .zeros = 0};
  it.tick_e4 = btc ? 1'000 : 100;
  it.flow = {.action_ns = (btc ? 17'970 : 21'740) * kMicrosecond,
             .depth_ns = (btc ? 9'800 : 11'000) * kMicrosecond,
             .depth_jitter_ns = (btc ? 6'000 : 8'000) * kMicrosecond,
             .trades_per_1024 = btc ? 75U : 55U,
             .sweep_trades_max = 1,
             .deep_per_action = 3,
             .deep_per_depth = 5,
             .trade_lots = btc ? 36 : 144,
             .level_lots = btc ? 700 : 1'500,
             .id_step_max = 30,
             .levels_min = 20,
             .levels_max = 100};
  it.basis = {.mean = -19 * kBasisPoint / 10,
              .drift_step_max = 26'000,
              .excursion_min = 2 * kBasisPoint,
              .excursion_max = 5 * kBasisPoint,
              .excursion_one_in = 400};
}

/// In 1/10,000 USD.
std::int64_t start_price(std::string_view asset) {
  if (asset == "btc") return 618'000'000;
  if (asset == "eth") return 26'830'000;
  const auto cents = 10'000 + stream_seed(0, asset) % 90'000;
  return static_cast<std::int64_t>(cents) * 100;
}

}  // namespace

mycelium::Result<Instrument> find_instrument(std::string_view name) {
  Instrument it;
  it.name = name;
  if (const auto asset = asset_between(name, "spot_", "usdt")) {
    it.market = Market::spot;
    it.asset = *asset;
    set_spot(it);
  } else if (const auto usdm_asset = asset_between(name, "usdm_", "usdt")) {
    it.market = Market::usdm;
    it.asset = *usdm_asset;
    set_usdm(it);
  } else if (const auto cm_asset = asset_between(name, "cm_", "usd_perp")) {
    it.market = Market::cm;
    it.asset = *cm_asset;
    set_cm(it);
  } else {
    return mycelium::fail("unknown_instrument",
                          fmt::format("the simulated venue knows no instrument '{}'; use "
                                      "spot_<asset>usdt, usdm_<asset>usdt or "
                                      "cm_<asset>usd_perp with the asset in {} to {} lower-case "
                                      "letters or digits, e.g. spot_btcusdt",
                                      name, kAssetMin, kAssetMax));
  }
  it.stream = it.market == Market::cm ? it.asset + "usd_perp" : it.asset + "usdt";
  it.symbol = upper(it.stream);
  if (it.market == Market::cm) it.pair = upper(it.asset) + "USD";
  it.price_e4 = start_price(it.asset);
  // 30 bp, as far as the recorded order flow mostly reaches; wide enough for all levels at least.
  it.width_ticks = std::max(it.price_e4 / it.tick_e4 * 30 / 10'000,
                            static_cast<std::int64_t>(it.flow.levels_max) * 2);
  return it;
}

std::uint64_t stream_seed(std::uint64_t seed, std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325U ^ seed;  // FNV-1a, started from the seed.
  for (const char c : name) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001B3U;
  }
  // FNV's low bits are weak in the last byte; fold the seed in once more, spread over all bits.
  return hash ^ (seed * 0x9E3779B97F4A7C15U);
}

}  // namespace arbitrage::simulated
