#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "arbitrage/messages.hpp"
#include "arbitrage/signals/spread_ledger.hpp"
#include "mycelium/actor/context.hpp"
#include "mycelium/actor/stage_output.hpp"
#include "mycelium/base/result.hpp"
#include "mycelium/config/setting_spec.hpp"
#include "mycelium/config/settings.hpp"
#include "mycelium/telemetry/counter.hpp"
#include "mycelium/telemetry/histogram.hpp"

namespace arbitrage {

/// What a SpreadStrategy trades.
struct StrategyOptions {
  std::uint32_t index = 0;     ///< Its own, in the order of the topology's strategies.
  std::uint32_t detector = 0;  ///< Whose signals it follows: the `input` of its watermarks.
  std::vector<std::uint32_t> instruments;  ///< The detector's.

  /// Of the base asset in each leg: about 600 USD of BTC; set 0.1 or so for ETH.
  Decimal quantity = kDecimalScale / 100;
  /// On every leg, in 1e-8 of its notional: 0.1 bp, as a large market maker pays.
  std::int64_t fee = 1'000;

  /// The keys that `from` reads, for the check of a topology.
  [[nodiscard]] static std::vector<mycelium::SettingSpec> settings();
  /// The defaults with what is set; `index`, `detector` and `instruments` are the caller's to fill
  /// in. Errors: as Settings, and `setting_invalid` for a value out of range.
  [[nodiscard]] static mycelium::Result<StrategyOptions> from(const mycelium::Settings& settings);
};

/// One strategy's account and figures, which outlive its restarts.
///
/// Thread-safety: the ledger and all writing by the strategy; the figures may be read by any
/// thread.
class StrategyBoard {
 public:
  /// Requires: options as StrategyOptions::from gives them, with the instruments filled in.
  explicit StrategyBoard(StrategyOptions options)
      : options_{std::move(options)},
        ledger_{options_.instruments, options_.quantity, options_.fee} {}

  // Any thread. Relaxed: figures for people, each by itself.
  [[nodiscard]] Decimal position() const noexcept {
    return position_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] Decimal pnl() const noexcept { return pnl_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t signals() const noexcept { return signals_.value(); }
  /// Signals on instruments that are none of its own: not traded.
  [[nodiscard]] std::uint64_t foreign() const noexcept { return foreign_.value(); }
  /// ns from reading the frame behind a signal to its arrival here.
  [[nodiscard]] const mycelium::Histogram& latency() const noexcept { return latency_; }
  [[nodiscard]] const StrategyOptions& options() const noexcept { return options_; }

 private:
  friend class SpreadStrategy;

  const StrategyOptions options_;
  SpreadLedger ledger_;
  std::atomic<Decimal> position_{0};
  std::atomic<Decimal> pnl_{0};
  mycelium::Counter signals_;
  mycelium::Counter foreign_;
  mycelium::Histogram latency_;
};

/// Turns a detector's signals into positions and PnL, and says after each where it stands.
///
/// Follows one detector, whose signals come in event-time order; so its own updates do, and its
/// watermark is the detector's. A restarted strategy goes on with the account on its board.
/// Thread-safety: none.
class SpreadStrategy {
 public:
  using Handles = mycelium::Messages<Signal, Watermark, Retry>;

  /// Requires: a board of this strategy's own.
  SpreadStrategy(std::shared_ptr<StrategyBoard> board, mycelium::Publisher<StrategyUpdate> updates,
                 mycelium::Publisher<Watermark> watermarks);

  /// Measures the signal's way, then acts.
  void handle(const Signal& signal, mycelium::Context& context);
  /// Forwards the watermark of its detector; others are not for this strategy.
  void handle(const Watermark& watermark, mycelium::Context& context);
  void handle(const Retry&, mycelium::Context& context) { output_.retry(context); }

  /// Trades and publishes: what a signal means, without a runtime.
  void act(const Signal& signal);

 private:
  std::shared_ptr<StrategyBoard> board_;
  mycelium::Publisher<StrategyUpdate> updates_;
  mycelium::StageOutput output_;
};

}  // namespace arbitrage
