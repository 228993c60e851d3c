#pragma once

#include <array>
#include <boost/describe/members.hpp>
#include <boost/mp11/list.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "adapters/torq/bytes.hpp"
#include "adapters/torq/payloads.hpp"

// Where the fields of each payload stand on the wire, and from that: encode and decode.
namespace torq {

/// How large a TLV of a type may be.
enum class SizeRule : std::uint8_t {
  unknown,  ///< No type that is known.
  fixed,    ///< One size; any other is `bad_size`.
  any,      ///< One size is read as the payload; any other is kept as bytes.
};

/// A field of `P` and how many bytes stand before it.
template <typename P, typename F>
struct FieldAt {
  std::size_t offset;
  F P::* member;
};

/// Specialised for each payload: `kType`, `kBytes`, `kRule`, `kFields`; for parts of payloads:
/// `kBytes`, `kFields`.
template <typename P>
struct WireLayout;

template <typename P>
concept Payload = requires { WireLayout<P>::kType; };

namespace detail {

template <std::uint8_t kTypeNumber, std::size_t kSize, SizeRule kSizeRule = SizeRule::fixed>
struct LayoutOf {
  static constexpr std::uint8_t kType = kTypeNumber;
  static constexpr std::size_t kBytes = kSize;
  static constexpr SizeRule kRule = kSizeRule;
};

template <typename F>
struct WireBytes {
  static constexpr std::size_t kValue = [] {
    if constexpr (std::is_integral_v<F>) return sizeof(F);
    if constexpr (!std::is_integral_v<F>) return WireLayout<F>::kBytes;
  }();
};
template <>
struct WireBytes<U128> {
  static constexpr std::size_t kValue = 16;
};
template <typename F, std::size_t kCount>
struct WireBytes<std::array<F, kCount>> {
  static constexpr std::size_t kValue = kCount * WireBytes<F>::kValue;
};

// Integers, U128 and bytes stand on the wire as in memory.
template <typename F>
inline constexpr bool kIsPlain = std::is_integral_v<F> || std::is_same_v<F, U128>;
template <std::size_t kCount>
inline constexpr bool kIsPlain<std::array<std::uint8_t, kCount>> = true;

template <typename P>
void put(std::byte* to, const P& value) noexcept;
template <typename P>
void take(const std::byte* from, P& value) noexcept;

template <typename F, std::size_t kCount>
void put(std::byte* to, const std::array<F, kCount>& values) noexcept {
  for (const F& value : values) {
    put(to, value);
    to += WireBytes<F>::kValue;
  }
}
template <typename F, std::size_t kCount>
void take(const std::byte* from, std::array<F, kCount>& values) noexcept {
  for (F& value : values) {
    take(from, value);
    from += WireBytes<F>::kValue;
  }
}

template <typename P>
void put(std::byte* to, const P& value) noexcept {
  if constexpr (kIsPlain<P>) {
    std::memcpy(to, &value, sizeof(P));
  } else {
    std::apply([&](const auto&... field) { (put(to + field.offset, value.*field.member), ...); },
               WireLayout<P>::kFields);
  }
}
template <typename P>
void take(const std::byte* from, P& value) noexcept {
  if constexpr (kIsPlain<P>) {
    std::memcpy(&value, from, sizeof(P));
  } else {
    std::apply([&](const auto&... field) { (take(from + field.offset, value.*field.member), ...); },
               WireLayout<P>::kFields);
  }
}

}  // namespace detail

/// Writes the payload's `kBytes` bytes; what is no field becomes zero.
template <Payload P>
void encode(const P& payload, std::byte* to) noexcept {
  std::memset(to, 0, WireLayout<P>::kBytes);
  detail::put(to, payload);
}

/// Reads the payload from its `kBytes` bytes.
template <Payload P>
[[nodiscard]] P decode(const std::byte* from) noexcept {
  P payload;
  detail::take(from, payload);
  return payload;
}

template <>
struct WireLayout<Trade> : detail::LayoutOf<1, 40> {
  static constexpr std::tuple kFields{
      FieldAt{0, &Trade::asset_id}, FieldAt{8, &Trade::price},
      FieldAt{16, &Trade::volume},  FieldAt{24, &Trade::timestamp_ns},
      FieldAt{32, &Trade::venue},   FieldAt{34, &Trade::asset_type},
      FieldAt{36, &Trade::side}};
};

template <>
struct WireLayout<Quote> : detail::LayoutOf<2, 56> {
  static constexpr std::tuple kFields{
      FieldAt{0, &Quote::asset_id},  FieldAt{8, &Quote::bid_price},
      FieldAt{16, &Quote::bid_size}, FieldAt{24, &Quote::ask_price},
      FieldAt{32, &Quote::ask_size}, FieldAt{40, &Quote::timestamp_ns},
      FieldAt{48, &Quote::venue},    FieldAt{50, &Quote::asset_type}};
};

template <>
struct WireLayout<BookLevel> {
  static constexpr std::size_t kBytes = 24;
  static constexpr std::tuple kFields{FieldAt{0, &BookLevel::price}, FieldAt{8, &BookLevel::size},
                                      FieldAt{16, &BookLevel::orders}};
};

template <>
struct WireLayout<BookSide> {
  static constexpr std::size_t kBytes = 1208;
  static constexpr std::tuple kFields{FieldAt{0, &BookSide::count}, FieldAt{8, &BookSide::levels}};
};

template <>
struct WireLayout<OrderBook> : detail::LayoutOf<3, 2456, SizeRule::any> {
  static constexpr std::tuple kFields{
      FieldAt{0, &OrderBook::timestamp_ns}, FieldAt{8, &OrderBook::sequence},
      FieldAt{16, &OrderBook::precision},   FieldAt{24, &OrderBook::asset_id},
      FieldAt{32, &OrderBook::venue},       FieldAt{34, &OrderBook::asset_type},
      FieldAt{40, &OrderBook::bids},        FieldAt{1248, &OrderBook::asks}};
};

template <>
struct WireLayout<PoolLiquidity> : detail::LayoutOf<10, 208, SizeRule::any> {
  static constexpr std::tuple kFields{
      FieldAt{0, &PoolLiquidity::timestamp_ns}, FieldAt{16, &PoolLiquidity::reserve_count},
      FieldAt{32, &PoolLiquidity::reserves}, FieldAt{160, &PoolLiquidity::pool},
      FieldAt{192, &PoolLiquidity::venue}};
};

template <>
struct WireLayout<PoolSwap> : detail::LayoutOf<11, 208, SizeRule::any> {
  static constexpr std::tuple kFields{
      FieldAt{0, &PoolSwap::amount_in},        FieldAt{16, &PoolSwap::amount_out},
      FieldAt{32, &PoolSwap::liquidity_after}, FieldAt{48, &PoolSwap::timestamp_ns},
      FieldAt{56, &PoolSwap::block},           FieldAt{64, &PoolSwap::tick_after},
      FieldAt{68, &PoolSwap::venue},           FieldAt{70, &PoolSwap::decimals_in},
      FieldAt{71, &PoolSwap::decimals_out},    FieldAt{80, &PoolSwap::pool},
      FieldAt{112, &PoolSwap::token_in},       FieldAt{144, &PoolSwap::token_out},
      FieldAt{176, &PoolSwap::sqrt_price_x96}};
};

namespace detail {

// A mint and a burn say the same of opposite directions.
template <typename P>
struct LiquidityFields {
  static constexpr std::tuple kFields{
      FieldAt{0, &P::liquidity},     FieldAt{16, &P::amount0},    FieldAt{32, &P::amount1},
      FieldAt{48, &P::timestamp_ns}, FieldAt{56, &P::tick_lower}, FieldAt{60, &P::tick_upper},
      FieldAt{64, &P::venue},        FieldAt{66, &P::decimals0},  FieldAt{67, &P::decimals1},
      FieldAt{80, &P::pool},         FieldAt{112, &P::provider},  FieldAt{144, &P::token0},
      FieldAt{176, &P::token1}};
};

}  // namespace detail

template <>
struct WireLayout<PoolMint> : detail::LayoutOf<12, 208, SizeRule::any>,
                              detail::LiquidityFields<PoolMint> {};
template <>
struct WireLayout<PoolBurn> : detail::LayoutOf<13, 208, SizeRule::any>,
                              detail::LiquidityFields<PoolBurn> {};

template <>
struct WireLayout<PoolTick> : detail::LayoutOf<14, 64> {
  static constexpr std::tuple kFields{
      FieldAt{0, &PoolTick::liquidity_net}, FieldAt{8, &PoolTick::sqrt_price},
      FieldAt{16, &PoolTick::timestamp_ns}, FieldAt{24, &PoolTick::tick},
      FieldAt{28, &PoolTick::venue},        FieldAt{32, &PoolTick::pool}};
};

template <>
struct WireLayout<PoolState> : detail::LayoutOf<15, 192> {
  static constexpr std::tuple kFields{
      FieldAt{0, &PoolState::reserve0},        FieldAt{16, &PoolState::reserve1},
      FieldAt{32, &PoolState::sqrt_price_x96}, FieldAt{48, &PoolState::liquidity},
      FieldAt{64, &PoolState::block},          FieldAt{72, &PoolState::timestamp_ns},
      FieldAt{80, &PoolState::tick},           FieldAt{84, &PoolState::fee},
      FieldAt{88, &PoolState::venue},          FieldAt{90, &PoolState::pool_type},
      FieldAt{91, &PoolState::decimals0},      FieldAt{92, &PoolState::decimals1},
      FieldAt{96, &PoolState::pool},           FieldAt{128, &PoolState::token0},
      FieldAt{160, &PoolState::token1}};
};

template <>
struct WireLayout<PoolSync> : detail::LayoutOf<16, 160, SizeRule::any> {
  static constexpr std::tuple kFields{
      FieldAt{0, &PoolSync::reserve0},      FieldAt{16, &PoolSync::reserve1},
      FieldAt{32, &PoolSync::timestamp_ns}, FieldAt{40, &PoolSync::block},
      FieldAt{48, &PoolSync::venue},        FieldAt{50, &PoolSync::decimals0},
      FieldAt{51, &PoolSync::decimals1},    FieldAt{64, &PoolSync::pool},
      FieldAt{96, &PoolSync::token0},       FieldAt{128, &PoolSync::token1}};
};

template <>
struct WireLayout<GasPrice> : detail::LayoutOf<18, 32> {
  static constexpr std::tuple kFields{FieldAt{0, &GasPrice::block},
                                      FieldAt{8, &GasPrice::timestamp_ns},
                                      FieldAt{16, &GasPrice::gas_gwei},
                                      FieldAt{20, &GasPrice::base_fee_gwei},
                                      FieldAt{24, &GasPrice::priority_fee_gwei},
                                      FieldAt{28, &GasPrice::network}};
};

template <>
struct WireLayout<SignalIdentity> : detail::LayoutOf<20, 16> {
  static constexpr std::tuple kFields{FieldAt{0, &SignalIdentity::bytes}};
};
template <>
struct WireLayout<Economics> : detail::LayoutOf<22, 32> {
  static constexpr std::tuple kFields{FieldAt{0, &Economics::bytes}};
};

template <>
struct WireLayout<ArbitrageSignal> : detail::LayoutOf<32, 170> {
  static constexpr std::tuple kFields{
      FieldAt{0, &ArbitrageSignal::strategy},     FieldAt{2, &ArbitrageSignal::id},
      FieldAt{10, &ArbitrageSignal::chain},       FieldAt{14, &ArbitrageSignal::pools},
      FieldAt{54, &ArbitrageSignal::venues},      FieldAt{58, &ArbitrageSignal::tokens},
      FieldAt{98, &ArbitrageSignal::profit},      FieldAt{106, &ArbitrageSignal::capital},
      FieldAt{114, &ArbitrageSignal::spread_bps}, FieldAt{116, &ArbitrageSignal::dex_fees},
      FieldAt{124, &ArbitrageSignal::gas},        FieldAt{132, &ArbitrageSignal::slippage},
      FieldAt{140, &ArbitrageSignal::net},        FieldAt{148, &ArbitrageSignal::tolerance_bps},
      FieldAt{150, &ArbitrageSignal::max_gas},    FieldAt{154, &ArbitrageSignal::valid_until},
      FieldAt{158, &ArbitrageSignal::priority},   FieldAt{162, &ArbitrageSignal::timestamp_ns}};
};

template <>
struct WireLayout<OrderRequest> : detail::LayoutOf<40, 32> {
  static constexpr std::tuple kFields{FieldAt{0, &OrderRequest::bytes}};
};
template <>
struct WireLayout<Fill> : detail::LayoutOf<42, 32> {
  static constexpr std::tuple kFields{FieldAt{0, &Fill::bytes}};
};
template <>
struct WireLayout<Heartbeat> : detail::LayoutOf<100, 16> {
  static constexpr std::tuple kFields{FieldAt{0, &Heartbeat::bytes}};
};

template <>
struct WireLayout<InstrumentId> {
  static constexpr std::size_t kBytes = 12;
  static constexpr std::tuple kFields{FieldAt{0, &InstrumentId::id},
                                      FieldAt{8, &InstrumentId::venue},
                                      FieldAt{10, &InstrumentId::type}};
};

template <>
struct WireLayout<StateInvalidation> : detail::LayoutOf<106, 224> {
  static constexpr std::tuple kFields{
      FieldAt{0, &StateInvalidation::sequence}, FieldAt{8, &StateInvalidation::timestamp_ns},
      FieldAt{16, &StateInvalidation::count},   FieldAt{24, &StateInvalidation::instruments},
      FieldAt{216, &StateInvalidation::venue},  FieldAt{218, &StateInvalidation::reason}};
};

template <>
struct WireLayout<SystemHealth> : detail::LayoutOf<107, 48> {
  static constexpr std::tuple kFields{
      FieldAt{0, &SystemHealth::timestamp_ns},  FieldAt{8, &SystemHealth::connections},
      FieldAt{12, &SystemHealth::message_rate}, FieldAt{16, &SystemHealth::error_count},
      FieldAt{24, &SystemHealth::source},       FieldAt{25, &SystemHealth::status},
      FieldAt{26, &SystemHealth::cpu_percent},  FieldAt{27, &SystemHealth::memory_percent}};
};

template <>
struct WireLayout<TraceContext> : detail::LayoutOf<108, 32> {
  static constexpr std::tuple kFields{
      FieldAt{0, &TraceContext::start_ns}, FieldAt{8, &TraceContext::current_ns},
      FieldAt{16, &TraceContext::source},  FieldAt{17, &TraceContext::depth},
      FieldAt{18, &TraceContext::stages},  FieldAt{24, &TraceContext::trace_id}};
};

template <>
struct WireLayout<RecoveryRequest> : detail::LayoutOf<110, 24> {
  static constexpr std::tuple kFields{
      FieldAt{0, &RecoveryRequest::last_sequence}, FieldAt{8, &RecoveryRequest::current_sequence},
      FieldAt{16, &RecoveryRequest::consumer}, FieldAt{20, &RecoveryRequest::request_type}};
};

namespace detail {

// Every described field has a place, in order, without overlap, inside the payload.
template <typename P>
consteval bool is_laid_out() {
  using Members = boost::describe::describe_members<P, boost::describe::mod_public>;
  if (std::tuple_size_v<decltype(WireLayout<P>::kFields)> != boost::mp11::mp_size<Members>::value)
    return false;
  std::size_t end = 0;
  bool ordered = true;
  std::apply(
      [&]<typename... F>(const FieldAt<P, F>&... field) {
        ((ordered = ordered && field.offset >= end, end = field.offset + WireBytes<F>::kValue),
         ...);
      },
      WireLayout<P>::kFields);
  return ordered && end <= WireLayout<P>::kBytes;
}

}  // namespace detail

/// Every payload, once, in the order of the types.
using AllPayloads =
    boost::mp11::mp_list<Trade, Quote, OrderBook, PoolLiquidity, PoolSwap, PoolMint, PoolBurn,
                         PoolTick, PoolState, PoolSync, GasPrice, SignalIdentity, Economics,
                         ArbitrageSignal, OrderRequest, Fill, Heartbeat, StateInvalidation,
                         SystemHealth, TraceContext, RecoveryRequest>;

static_assert(
    []<typename... Ps>(boost::mp11::mp_list<Ps...>) {
      return (detail::is_laid_out<Ps>() && ...) &&
             ((mycelium::kTraits<Ps>.id == 0x5400 + WireLayout<Ps>::kType) && ...);
    }(AllPayloads{}),
    "a payload's layout leaves out a field, overlaps, is too long or has the id of another type");
static_assert(detail::is_laid_out<BookLevel>() && detail::is_laid_out<BookSide>() &&
              detail::is_laid_out<InstrumentId>());

}  // namespace torq
