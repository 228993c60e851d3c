#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "arbitrage/messages.hpp"
#include "arbitrage/signals/basis_band.hpp"
#include "arbitrage/signals/detector_options.hpp"
#include "mycelium/actor/context.hpp"
#include "mycelium/actor/stage_output.hpp"
#include "mycelium/bus/aligner.hpp"
#include "mycelium/telemetry/counter.hpp"

namespace arbitrage {

/// What a detector has done, its restarts included. Written by the detector, read by any thread.
struct DetectorBoard {
  mycelium::Counter quotes;  ///< Taken.
  mycelium::Counter late;    ///< Quotes refused because their input had promised to be further, or
                             ///< was too far ahead of the others: lost.
  mycelium::Counter
      foreign;  ///< Quotes of instruments that are none of its own: not for this detector.
  mycelium::Counter stale;  ///< Looks at a pair of which one side had no usable price.
  mycelium::Counter signals;
};

/// Watches every pair of one asset's markets, and says when the basis between the two leaves its
/// band.
///
/// The basis of a pair is the middle price of the first over that of the second, in 1e-8. A signal
/// to enter is published when it is further than `deviations` standard deviations and `cost` from
/// the rolling mean, one to exit when it is back at the mean. Quotes are handled in event-time
/// order, whatever order they arrive in (see mycelium::Aligner).
///
/// The class does not know where it runs. In a loop:
///
///     for (auto quote : subscriber) detector.handle(*quote);     // released when no market can
///     bring an earlier one detector.advance(Watermark{EventTime::end(), instrument});   // an
///     input has ended
///
/// A quote with a side missing, or crossed, or older than `band.hold_max` silences its pairs until
/// it is replaced. COIN-M prices are in USD per coin like the others, so the middles compare
/// directly. A restarted detector starts with empty bands and no memory of open pairs.
/// Thread-safety: none. Memory: a band per pair, and what waits for slower inputs.
class ArbitrageDetector {
 public:
  using Handles = mycelium::Messages<Quote, Watermark, Retry>;

  /// Requires: two or more instruments, none twice.
  ArbitrageDetector(DetectorOptions options, mycelium::Publisher<Signal> signals,
                    mycelium::Publisher<Watermark> watermarks,
                    std::shared_ptr<DetectorBoard> board = std::make_shared<DetectorBoard>());

  void handle(const Quote& quote);
  void handle(const Watermark& watermark, mycelium::Context& context);
  void handle(const Retry&, mycelium::Context& context) { output_.retry(context); }

  /// What a watermark means for the signals, without forwarding it. `input` is the instrument;
  /// others are not for this detector.
  void advance(const Watermark& watermark);
  /// Nothing that this detector publishes from now on is before this.
  [[nodiscard]] EventTime watermark() const { return aligner_.watermark(); }

 private:
  /// The present prices of one instrument.
  struct Market {
    std::uint32_t instrument = 0;
    std::int64_t updated_ns = 0;
    Level bid{};
    Level ask{};
    bool usable = false;
  };
  enum class Stance : std::uint8_t { flat, long_first, short_first };
  struct Pair {
    std::size_t first;  // Positions in markets_.
    std::size_t second;
    BasisBand band;
    Stance stance = Stance::flat;
    std::int64_t silent_until_ns = 0;
  };

  [[nodiscard]] std::size_t position_of(std::uint32_t instrument) const;
  [[nodiscard]] bool is_usable(const Market& market, std::int64_t now_ns) const;
  void release();
  void take(const Quote& quote);
  void look_at(std::uint32_t pair_index, const Quote& quote);
  void signal(SignalKind kind, std::uint32_t pair_index, std::int64_t basis, std::int64_t band_low,
              std::int64_t band_high, const Quote& cause);

  DetectorOptions options_;
  mycelium::Publisher<Signal> signals_;
  std::shared_ptr<DetectorBoard> board_;
  mycelium::StageOutput output_;
  mycelium::Aligner<Quote> aligner_;
  std::vector<Market> markets_;
  std::vector<Pair> pairs_;
};

}  // namespace arbitrage
