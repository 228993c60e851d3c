#include "arbitrage/signals/arbitrage_detector.hpp"

#include <algorithm>
#include <utility>

#include "arbitrage/signals/wide.hpp"
#include "mycelium/base/assert.hpp"

namespace arbitrage {
namespace {

// Of each instrument. Grants let a feed run ahead of the others by some hundred quotes.
constexpr std::size_t kQuotesWaitingMax = std::size_t{1} << 20;

// The middle of one market over the middle of the other, in 1e-8 of the latter, rounded towards 0
// and no further from it than a band counts. Requires: prices above 0. The products stay below
// 2^92.
std::int64_t basis_between(const Level& first_bid, const Level& first_ask, const Level& second_bid,
                           const Level& second_ask) {
  const Wide first = Wide{first_bid.price} + first_ask.price;  // Twice the middle; the two cancel.
  const Wide second = Wide{second_bid.price} + second_ask.price;
  const std::int64_t basis = saturate((first - second) * kDecimalScale / second);
  return std::clamp(basis, -BasisBand::kBasisMax, BasisBand::kBasisMax);
}

// Both ends of the band. Requires: 0 <= deviations <= 100 (as a Decimal).
std::pair<std::int64_t, std::int64_t> ends_of(const Band& band, Decimal deviations) {
  const std::int64_t reach = saturate(Wide{band.deviation} * deviations / kDecimalScale);
  return {band.mean - reach, band.mean + reach};
}

}  // namespace

ArbitrageDetector::ArbitrageDetector(DetectorOptions options, mycelium::Publisher<Signal> signals,
                                     mycelium::Publisher<Watermark> watermarks,
                                     std::shared_ptr<DetectorBoard> board)
    : options_{std::move(options)},
      signals_{signals},
      board_{std::move(board)},
      output_{watermarks, options_.index},
      aligner_{options_.instruments.size(), kQuotesWaitingMax} {
  MYCELIUM_ASSERT(options_.instruments.size() >= 2, "a detector compares two instruments or more");
  for (const std::uint32_t instrument : options_.instruments) {
    MYCELIUM_ASSERT(position_of(instrument) == markets_.size(), "an instrument is given once");
    markets_.push_back({.instrument = instrument});
  }
  for (std::size_t first = 0; first < markets_.size(); ++first) {
    for (std::size_t second = first + 1; second < markets_.size(); ++second) {
      pairs_.push_back({.first = first, .second = second, .band = BasisBand{options_.band}});
    }
  }
}

std::size_t ArbitrageDetector::position_of(std::uint32_t instrument) const {
  const auto found = std::ranges::find(markets_, instrument, &Market::instrument);
  return static_cast<std::size_t>(found - markets_.begin());
}

void ArbitrageDetector::handle(const Quote& quote) {
  const std::size_t input = position_of(quote.instrument);
  if (input == markets_.size()) {
    board_->foreign.add();
    return;
  }
  if (aligner_.push(input, quote.at, quote) != mycelium::AlignResult::ok) {
    board_->late.add();
    return;
  }
  board_->quotes.add();
  release();
}

void ArbitrageDetector::handle(const Watermark& watermark, mycelium::Context& context) {
  advance(watermark);
  output_.forward(aligner_.watermark());
  output_.settle(context);
}

void ArbitrageDetector::advance(const Watermark& watermark) {
  const std::size_t input = position_of(watermark.input);
  if (input == markets_.size()) return;
  aligner_.advance(input, watermark.upto);
  release();
}

void ArbitrageDetector::release() {
  aligner_.release([this](const Quote& quote) { take(quote); });
}

void ArbitrageDetector::take(const Quote& quote) {
  const std::size_t position = position_of(quote.instrument);
  Market& market = markets_[position];
  market.updated_ns = quote.at.time_ns;
  market.bid = quote.bid;
  market.ask = quote.ask;
  market.usable = quote.bid.price > 0 && quote.ask.price > quote.bid.price;
  for (std::uint32_t index = 0; index < pairs_.size(); ++index) {
    if (pairs_[index].first == position || pairs_[index].second == position) look_at(index, quote);
  }
}

bool ArbitrageDetector::is_usable(const Market& market, std::int64_t now_ns) const {
  return market.usable && Wide{now_ns} - market.updated_ns <= options_.band.hold_max.count();
}

void ArbitrageDetector::look_at(std::uint32_t pair_index, const Quote& quote) {
  Pair& pair = pairs_[pair_index];
  const std::int64_t now_ns = quote.at.time_ns;
  const Market& first = markets_[pair.first];
  const Market& second = markets_[pair.second];
  if (!is_usable(first, now_ns) || !is_usable(second, now_ns)) {
    board_->stale.add();
    pair.band.interrupt(now_ns);
    return;
  }
  const std::int64_t basis = basis_between(first.bid, first.ask, second.bid, second.ask);
  pair.band.update(now_ns, basis);
  if (!pair.band.band() || now_ns < pair.silent_until_ns) return;
  const Band& band = *pair.band.band();
  const auto [low, high] = ends_of(band, options_.deviations);
  switch (pair.stance) {
    case Stance::flat:
      if (basis < low - options_.cost) {
        pair.stance = Stance::long_first;
        signal(SignalKind::enter_long, pair_index, basis, low, high, quote);
      } else if (basis > high + options_.cost) {
        pair.stance = Stance::short_first;
        signal(SignalKind::enter_short, pair_index, basis, low, high, quote);
      }
      return;
    case Stance::long_first:
    case Stance::short_first:
      if (pair.stance == Stance::long_first ? basis >= band.mean : basis <= band.mean) {
        pair.stance = Stance::flat;
        signal(SignalKind::exit, pair_index, basis, low, high, quote);
      }
      return;
  }
}

void ArbitrageDetector::signal(SignalKind kind, std::uint32_t pair_index, std::int64_t basis,
                               std::int64_t band_low, std::int64_t band_high, const Quote& cause) {
  Pair& pair = pairs_[pair_index];
  const Market& first = markets_[pair.first];
  const Market& second = markets_[pair.second];
  pair.silent_until_ns = saturate(Wide{cause.at.time_ns} + options_.pause.count());
  board_->signals.add();
  output_.publish(signals_, Signal{.at = cause.at,
                                   .read_ns = cause.read_ns,
                                   .kind = kind,
                                   .pair = pair_index,
                                   .first = first.instrument,
                                   .second = second.instrument,
                                   .basis = basis,
                                   .band_low = band_low,
                                   .band_high = band_high,
                                   .first_bid = first.bid,
                                   .first_ask = first.ask,
                                   .second_bid = second.bid,
                                   .second_ask = second.ask});
}

}  // namespace arbitrage
