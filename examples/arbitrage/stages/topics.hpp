#pragma once

#include <string>
#include <string_view>

#include "mycelium/bus/any_topic.hpp"
#include "mycelium/protocol/message.hpp"

namespace arbitrage {

/// How every stage subscribes: whoever publishes waits until there is room, so that the result
/// depends on the data alone.
inline constexpr mycelium::SubscriptionOptions kLosesNothing{mycelium::Overflow::block};

}  // namespace arbitrage

/// The names of the example's topics: one per instrument where a message concerns one, and one per
/// stage for watermarks.
namespace arbitrage::topics {

/// `market.quote.spot_btcusdt`
template <mycelium::Message M>
[[nodiscard]] std::string for_instrument(std::string_view instrument) {
  return std::string{mycelium::kTraits<M>.topic} + "." + std::string{instrument};
}

/// `watermark.book.spot_btcusdt`: what the stage of this actor name promises.
[[nodiscard]] inline std::string watermark_of(std::string_view actor) {
  return "watermark." + std::string{actor};
}

/// `arbitrage.signal.detector.btc`: what this detector says.
[[nodiscard]] inline std::string signals_of(std::string_view detector) {
  return "arbitrage.signal." + std::string{detector};
}

/// How far the last stage has come.
inline constexpr std::string_view kProgress = "watermark.recorder";

}  // namespace arbitrage::topics
