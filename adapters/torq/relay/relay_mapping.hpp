#pragma once

#include <functional>
#include <type_traits>

#include "adapters/torq/message_builder.hpp"

namespace torq {

/// Declares: a relay's payload `P` becomes the bus message `M`, made by `kConvert`. With `RawTlv`
/// as `P`: every TLV that no other entry takes.
template <typename P, mycelium::Message M = P, auto kConvert = std::identity{}>
struct Receive {
  static_assert(Payload<P> || std::is_same_v<P, RawTlv>, "a relay carries payloads of Torq");
  using Wire = P;
  using Local = M;
  [[nodiscard]] static M convert(const P& payload) { return kConvert(payload); }
};

/// Declares: the bus message `M` is sent to the relay as payload `P`, made by `kConvert`, one
/// message each.
template <mycelium::Message M, typename P = M, auto kConvert = std::identity{}>
struct Send {
  static_assert(Payload<P> || std::is_same_v<P, RawTlv>, "a relay carries payloads of Torq");
  using Wire = P;
  using Local = M;
  [[nodiscard]] static P convert(const M& message) { return kConvert(message); }
};

/// What crosses between a relay and the bus, by type:
///
///     using Mapping = RelayMapping<Receives<Receive<Trade>, Receive<Quote, app::Quote, to_quote>>,
///                                  Sends<Send<ArbitrageSignal>>>;
template <typename... Entries>
struct Receives {};
template <typename... Entries>
struct Sends {};
template <typename ReceiveList, typename SendList = Sends<>>
struct RelayMapping;

namespace detail {

template <typename T, typename... Ts>
inline constexpr int kCountOf = (0 + ... + static_cast<int>(std::is_same_v<T, Ts>));

}  // namespace detail

template <typename... Ins, typename... Outs>
struct RelayMapping<Receives<Ins...>, Sends<Outs...>> {
  static_assert(((detail::kCountOf<typename Ins::Wire, typename Ins::Wire...> == 1) && ...),
                "a payload is received once: one entry for each");
  static_assert(((detail::kCountOf<typename Outs::Local, typename Outs::Local...> == 1) && ...),
                "a message is sent once: one entry for each");
  using ReceiveList = Receives<Ins...>;
  using SendList = Sends<Outs...>;
  /// The bus messages that are sent.
  using Sent = mycelium::Messages<typename Outs::Local...>;
  /// Some message goes both ways: on one topic it would go round for ever.
  static constexpr bool kHasLoops =
      ((detail::kCountOf<typename Ins::Local, typename Outs::Local...> > 0) || ...);
};

}  // namespace torq
