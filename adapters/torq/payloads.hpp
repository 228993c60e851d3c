#pragma once

#include <algorithm>
#include <array>
#include <boost/describe/class.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "adapters/torq/wide.hpp"
#include "mycelium/protocol/message.hpp"

// Every payload of Torq Protocol V2 as a message of the bus. Where the bytes stand is in
// wire_layout.hpp. Reserved bytes and padding are no fields: they are written as zero and not read.
// Exchange prices and sizes are in 1e-8; amounts on chain are native units, with their decimals
// beside them. Numbers that name something, such as `side` or `status`, are kept as they came.
//
// The message id is 0x5400 + the TLV type; 0x5400 itself is a TLV that is kept as bytes.
namespace torq {

struct Trade {
  std::uint64_t asset_id{};
  std::int64_t price{};
  std::int64_t volume{};
  std::uint64_t timestamp_ns{};
  std::uint16_t venue{};
  std::uint8_t asset_type{};
  std::uint8_t side{};  ///< 0 buy, 1 sell.
  friend bool operator==(const Trade&, const Trade&) = default;
};
MYCELIUM_MESSAGE(Trade, 0x5401, "torq.trade", asset_id, price, volume, timestamp_ns, venue,
                 asset_type, side)

struct Quote {
  std::uint64_t asset_id{};
  std::int64_t bid_price{};
  std::int64_t bid_size{};
  std::int64_t ask_price{};
  std::int64_t ask_size{};
  std::uint64_t timestamp_ns{};
  std::uint16_t venue{};
  std::uint8_t asset_type{};
  friend bool operator==(const Quote&, const Quote&) = default;
};
MYCELIUM_MESSAGE(Quote, 0x5402, "torq.quote", asset_id, bid_price, bid_size, ask_price, ask_size,
                 timestamp_ns, venue, asset_type)

struct BookLevel {
  std::int64_t price{};
  std::int64_t size{};
  std::uint32_t orders{};
  friend bool operator==(const BookLevel&, const BookLevel&) = default;
};
BOOST_DESCRIBE_STRUCT(BookLevel, (), (price, size, orders))

struct BookSide {
  static constexpr std::size_t kLevelsMax = 50;
  std::uint16_t count{};  ///< As sent; `used` never reads beyond what there is.
  std::array<BookLevel, kLevelsMax> levels{};

  [[nodiscard]] std::span<const BookLevel> used() const noexcept {
    return std::span{levels}.first(std::min<std::size_t>(count, kLevelsMax));
  }
  friend bool operator==(const BookSide&, const BookSide&) = default;
};
BOOST_DESCRIBE_STRUCT(BookSide, (), (count, levels))

struct OrderBook {
  std::uint64_t timestamp_ns{};
  std::uint64_t sequence{};
  std::int64_t precision{};
  std::uint64_t asset_id{};
  std::uint16_t venue{};
  std::uint8_t asset_type{};
  BookSide bids{};
  BookSide asks{};
  friend bool operator==(const OrderBook&, const OrderBook&) = default;
};
MYCELIUM_MESSAGE(OrderBook, 0x5403, "torq.order_book", timestamp_ns, sequence, precision, asset_id,
                 venue, asset_type, bids, asks)

struct PoolLiquidity {
  static constexpr std::size_t kReservesMax = 8;
  std::uint64_t timestamp_ns{};
  std::uint16_t reserve_count{};  ///< As sent; may be beyond what there is.
  std::array<U128, kReservesMax> reserves{};
  Address pool{};
  std::uint16_t venue{};
  friend bool operator==(const PoolLiquidity&, const PoolLiquidity&) = default;
};
MYCELIUM_MESSAGE(PoolLiquidity, 0x540A, "torq.pool_liquidity", timestamp_ns, reserve_count,
                 reserves, pool, venue)

struct PoolSwap {
  U128 amount_in{};
  U128 amount_out{};
  U128 liquidity_after{};
  std::uint64_t timestamp_ns{};
  std::uint64_t block{};
  std::int32_t tick_after{};
  std::uint16_t venue{};
  std::uint8_t decimals_in{};
  std::uint8_t decimals_out{};
  Address pool{};
  Address token_in{};
  Address token_out{};
  std::array<std::uint8_t, 32> sqrt_price_x96{};  ///< Little-endian.
  friend bool operator==(const PoolSwap&, const PoolSwap&) = default;
};
MYCELIUM_MESSAGE(PoolSwap, 0x540B, "torq.pool_swap", amount_in, amount_out, liquidity_after,
                 timestamp_ns, block, tick_after, venue, decimals_in, decimals_out, pool, token_in,
                 token_out, sqrt_price_x96)

struct PoolMint {
  U128 liquidity{};
  U128 amount0{};
  U128 amount1{};
  std::uint64_t timestamp_ns{};
  std::int32_t tick_lower{};
  std::int32_t tick_upper{};
  std::uint16_t venue{};
  std::uint8_t decimals0{};
  std::uint8_t decimals1{};
  Address pool{};
  Address provider{};
  Address token0{};
  Address token1{};
  friend bool operator==(const PoolMint&, const PoolMint&) = default;
};
MYCELIUM_MESSAGE(PoolMint, 0x540C, "torq.pool_mint", liquidity, amount0, amount1, timestamp_ns,
                 tick_lower, tick_upper, venue, decimals0, decimals1, pool, provider, token0,
                 token1)

struct PoolBurn {
  U128 liquidity{};
  U128 amount0{};
  U128 amount1{};
  std::uint64_t timestamp_ns{};
  std::int32_t tick_lower{};
  std::int32_t tick_upper{};
  std::uint16_t venue{};
  std::uint8_t decimals0{};
  std::uint8_t decimals1{};
  Address pool{};
  Address provider{};
  Address token0{};
  Address token1{};
  friend bool operator==(const PoolBurn&, const PoolBurn&) = default;
};
MYCELIUM_MESSAGE(PoolBurn, 0x540D, "torq.pool_burn", liquidity, amount0, amount1, timestamp_ns,
                 tick_lower, tick_upper, venue, decimals0, decimals1, pool, provider, token0,
                 token1)

struct PoolTick {
  std::int64_t liquidity_net{};
  std::uint64_t sqrt_price{};
  std::uint64_t timestamp_ns{};
  std::int32_t tick{};
  std::uint16_t venue{};
  Address pool{};
  friend bool operator==(const PoolTick&, const PoolTick&) = default;
};
MYCELIUM_MESSAGE(PoolTick, 0x540E, "torq.pool_tick", liquidity_net, sqrt_price, timestamp_ns, tick,
                 venue, pool)

struct PoolState {
  U128 reserve0{};
  U128 reserve1{};
  U128 sqrt_price_x96{};
  U128 liquidity{};
  std::uint64_t block{};
  std::uint64_t timestamp_ns{};
  std::int32_t tick{};
  std::uint32_t fee{};
  std::uint16_t venue{};
  std::uint8_t pool_type{};
  std::uint8_t decimals0{};
  std::uint8_t decimals1{};
  Address pool{};
  Address token0{};
  Address token1{};
  friend bool operator==(const PoolState&, const PoolState&) = default;
};
MYCELIUM_MESSAGE(PoolState, 0x540F, "torq.pool_state", reserve0, reserve1, sqrt_price_x96,
                 liquidity, block, timestamp_ns, tick, fee, venue, pool_type, decimals0, decimals1,
                 pool, token0, token1)

struct PoolSync {
  U128 reserve0{};
  U128 reserve1{};
  std::uint64_t timestamp_ns{};
  std::uint64_t block{};
  std::uint16_t venue{};
  std::uint8_t decimals0{};
  std::uint8_t decimals1{};
  Address pool{};
  Address token0{};
  Address token1{};
  friend bool operator==(const PoolSync&, const PoolSync&) = default;
};
MYCELIUM_MESSAGE(PoolSync, 0x5410, "torq.pool_sync", reserve0, reserve1, timestamp_ns, block, venue,
                 decimals0, decimals1, pool, token0, token1)

struct GasPrice {
  std::uint64_t block{};
  std::uint64_t timestamp_ns{};
  std::uint32_t gas_gwei{};
  std::uint32_t base_fee_gwei{};
  std::uint32_t priority_fee_gwei{};
  std::uint16_t network{};
  friend bool operator==(const GasPrice&, const GasPrice&) = default;
};
MYCELIUM_MESSAGE(GasPrice, 0x5412, "torq.gas_price", block, timestamp_ns, gas_gwei, base_fee_gwei,
                 priority_fee_gwei, network)

/// Opaque: 16 bytes.
struct SignalIdentity {
  std::array<std::uint8_t, 16> bytes{};
  friend bool operator==(const SignalIdentity&, const SignalIdentity&) = default;
};
MYCELIUM_MESSAGE(SignalIdentity, 0x5414, "torq.signal_identity", bytes)

/// Opaque: 32 bytes.
struct Economics {
  std::array<std::uint8_t, 32> bytes{};
  friend bool operator==(const Economics&, const Economics&) = default;
};
MYCELIUM_MESSAGE(Economics, 0x5416, "torq.economics", bytes)

struct ArbitrageSignal {
  std::uint16_t strategy{};
  std::uint64_t id{};
  std::uint32_t chain{};
  std::array<Address, 2> pools{};
  std::array<std::uint16_t, 2> venues{};
  std::array<Address, 2> tokens{};
  std::int64_t profit{};
  std::int64_t capital{};
  std::uint16_t spread_bps{};
  std::int64_t dex_fees{};
  std::int64_t gas{};
  std::int64_t slippage{};
  std::int64_t net{};
  std::uint16_t tolerance_bps{};
  std::uint32_t max_gas{};
  std::uint32_t valid_until{};
  std::uint16_t priority{};
  std::uint64_t timestamp_ns{};
  friend bool operator==(const ArbitrageSignal&, const ArbitrageSignal&) = default;
};
MYCELIUM_MESSAGE(ArbitrageSignal, 0x5420, "torq.arbitrage_signal", strategy, id, chain, pools,
                 venues, tokens, profit, capital, spread_bps, dex_fees, gas, slippage, net,
                 tolerance_bps, max_gas, valid_until, priority, timestamp_ns)

/// Opaque: 32 bytes.
struct OrderRequest {
  std::array<std::uint8_t, 32> bytes{};
  friend bool operator==(const OrderRequest&, const OrderRequest&) = default;
};
MYCELIUM_MESSAGE(OrderRequest, 0x5428, "torq.order_request", bytes)

/// Opaque: 32 bytes.
struct Fill {
  std::array<std::uint8_t, 32> bytes{};
  friend bool operator==(const Fill&, const Fill&) = default;
};
MYCELIUM_MESSAGE(Fill, 0x542A, "torq.fill", bytes)

/// Opaque: 16 bytes.
struct Heartbeat {
  std::array<std::uint8_t, 16> bytes{};
  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};
MYCELIUM_MESSAGE(Heartbeat, 0x5464, "torq.heartbeat", bytes)

struct InstrumentId {
  std::uint64_t id{};
  std::uint16_t venue{};
  std::uint8_t type{};
  friend bool operator==(const InstrumentId&, const InstrumentId&) = default;
};
BOOST_DESCRIBE_STRUCT(InstrumentId, (), (id, venue, type))

struct StateInvalidation {
  static constexpr std::size_t kInstrumentsMax = 16;
  std::uint64_t sequence{};
  std::uint64_t timestamp_ns{};
  std::uint16_t count{};  ///< As sent; `used` never reads beyond what there is.
  std::array<InstrumentId, kInstrumentsMax> instruments{};
  std::uint16_t venue{};
  std::uint8_t reason{};

  [[nodiscard]] std::span<const InstrumentId> used() const noexcept {
    return std::span{instruments}.first(std::min<std::size_t>(count, kInstrumentsMax));
  }
  friend bool operator==(const StateInvalidation&, const StateInvalidation&) = default;
};
MYCELIUM_MESSAGE(StateInvalidation, 0x546A, "torq.state_invalidation", sequence, timestamp_ns,
                 count, instruments, venue, reason)

struct SystemHealth {
  std::uint64_t timestamp_ns{};
  std::uint32_t connections{};
  std::uint32_t message_rate{};
  std::uint32_t error_count{};
  std::uint8_t source{};
  std::uint8_t status{};  ///< 0 ok, 1 degraded, 2 unhealthy, 3 unknown.
  std::uint8_t cpu_percent{};
  std::uint8_t memory_percent{};
  friend bool operator==(const SystemHealth&, const SystemHealth&) = default;
};
MYCELIUM_MESSAGE(SystemHealth, 0x546B, "torq.system_health", timestamp_ns, connections,
                 message_rate, error_count, source, status, cpu_percent, memory_percent)

struct TraceContext {
  std::uint64_t start_ns{};
  std::uint64_t current_ns{};
  std::uint8_t source{};
  std::uint8_t depth{};
  std::uint8_t stages{};
  std::array<std::uint8_t, 8> trace_id{};
  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};
MYCELIUM_MESSAGE(TraceContext, 0x546C, "torq.trace_context", start_ns, current_ns, source, depth,
                 stages, trace_id)

struct RecoveryRequest {
  std::uint64_t last_sequence{};
  std::uint64_t current_sequence{};
  std::uint32_t consumer{};
  std::uint32_t request_type{};
  friend bool operator==(const RecoveryRequest&, const RecoveryRequest&) = default;
};
MYCELIUM_MESSAGE(RecoveryRequest, 0x546E, "torq.recovery_request", last_sequence, current_sequence,
                 consumer, request_type)

/// Any TLV as it came: a vendor's, one of an unknown type, or one whose size is not the usual one.
struct RawTlv {
  std::uint8_t type{};
  std::vector<std::byte> bytes{};
  friend bool operator==(const RawTlv&, const RawTlv&) = default;
};
MYCELIUM_MESSAGE(RawTlv, 0x5400, "torq.raw", type, bytes)

}  // namespace torq
