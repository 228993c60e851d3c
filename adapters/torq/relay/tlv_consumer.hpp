#pragma once

#include <array>
#include <concepts>
#include <utility>

#include "adapters/torq/message.hpp"

namespace torq {

/// Runs an existing relay consumer, a callback that takes a `Tlv`, unchanged as a supervised actor:
/// the bus messages `Ms` come to it as the TLVs that a relay would have brought.
///
///     system.spawn("legacy", [](mycelium::Context& context) {
///       context.subscribe<Trade>();
///       return TlvConsumer<mycelium::Messages<Trade, RawTlv>, Consumer>{Consumer{}};
///     });
///
/// What the callback throws is the actor's failure, and it is restarted; the factory makes its new
/// state. `Ms`: payloads, and `RawTlv` for vendors' and unknown types. The view that a callback
/// gets holds during the call. Thread-safety: none; it belongs to its actor. Memory: none of its
/// own.
template <typename Ms, std::invocable<const Tlv&> Callback>
class TlvConsumer {
 public:
  using Handles = Ms;

  explicit TlvConsumer(Callback callback) : callback_{std::move(callback)} {}

  template <mycelium::Message M>
    requires(Ms::template kContains<M>)
  void handle(const M& message) {
    if constexpr (Payload<M>) {
      std::array<std::byte, WireLayout<M>::kBytes> bytes;
      encode(message, bytes.data());
      callback_(Tlv{WireLayout<M>::kType, bytes});
    } else {
      static_assert(std::is_same_v<M, RawTlv>, "a relay's consumer takes payloads of Torq");
      callback_(Tlv{message.type, message.bytes});
    }
  }

 private:
  Callback callback_;
};

}  // namespace torq
