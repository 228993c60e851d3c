#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "arbitrage/market/frame.hpp"
#include "mycelium/actor/system.hpp"
#include "providers/feed_link.hpp"
#include "providers/messages.hpp"
#include "providers/timeline.hpp"

namespace providers {

/// The three providers of the example, named as the venue's instruments.
inline constexpr std::array<std::string_view, 3> kProviders{"spot_btcusdt", "usdm_btcusdt",
                                                            "cm_btcusd_perp"};

/// What a provider is made from; its incarnations share it.
struct ProviderOptions {
  std::uint32_t index = 0;     ///< In `kProviders`.
  FeedLinks* links = nullptr;  ///< Outlives the provider.
  std::shared_ptr<Timeline> timeline = std::make_shared<Timeline>();
  /// A venue that says nothing for this long, or up to twice as long, is a failure.
  std::chrono::nanoseconds silence_max = std::chrono::seconds{2};

  [[nodiscard]] std::string name() const { return std::string{kProviders[index]}; }
};

/// Brings one instrument's frames from the venue to the topic `market.NAME`, in their order.
///
/// `Start`, `Pause` and `Stop` are handled while the connection is read (`WebsocketLinks`), and
/// also while a frame waits for a subscriber without room: the handler of frames is a coroutine,
/// and these messages are interleaved with it. Meanwhile its mailbox fills and the connection stops
/// reading, so nothing is dropped on the way to a `block` subscriber.
///
/// A lost connection, a frame that cannot be read and a venue that has fallen silent are failures:
/// it throws, and who supervises it decides. The next incarnation begins with what the last one had
/// been told to do, and connects at once when it was running. The end of the object closes its
/// connection. When the venue has sent all, its work is done.
class Provider {
 public:
  using Handles =
      mycelium::Messages<Start, Pause, Stop, LinkUp, FrameReceived, LinkLost, SilenceCheck>;
  using Interleaved = mycelium::Messages<Start, Pause, Stop>;

  Provider(ProviderOptions options, mycelium::Context& context);

  void on_start(mycelium::Context& context);
  void handle(const Start&, mycelium::Context& context);
  void handle(const Pause&);
  void handle(const Stop&);
  void handle(const LinkUp& up, mycelium::Context& context);
  mycelium::Task<> handle(const FrameReceived& received, mycelium::Context& context);
  void handle(const LinkLost& lost);
  void handle(const SilenceCheck&, mycelium::Context& context);

  /// What the next incarnation begins with.
  struct State {
    enum class Mode : std::uint8_t { stopped, paused, running };
    Mode mode = Mode::stopped;
    std::uint64_t sequence = 0;  // Of the last frame handled.
  };
  [[nodiscard]] State snapshot() const noexcept { return state_; }
  void restore(const State& state) noexcept { state_ = state; }

 private:
  using Mode = State::Mode;

  void open_link(mycelium::Context& context);
  [[nodiscard]] MarketData read(const std::string& text, mycelium::Context& context);
  [[noreturn]] void fail(mycelium::Instant noticed, const std::string& why);

  const ProviderOptions options_;
  const mycelium::Publisher<MarketData> publisher_;
  arbitrage::FrameParser parser_;
  State state_;
  std::uint32_t links_opened_ = 0;  // By this incarnation.
  std::uint64_t session_ = 0;       // Of the present connection.
  bool is_first_ = false;           // The next message is the first of this connection.
  bool has_heard_ = false;          // Something has come since the last look.
  std::unique_ptr<FeedLink> link_;
};

}  // namespace providers
