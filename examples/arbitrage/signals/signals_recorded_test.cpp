// From venues to the CSV without a runtime: what the shipped parameters make of the recorded day
// and of the simulated venue.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arbitrage/signals/arbitrage_detector.hpp"
#include "arbitrage/signals/quote_feed_test.hpp"
#include "arbitrage/signals/signal_log.hpp"
#include "arbitrage/signals/signals_test.hpp"
#include "arbitrage/signals/spread_strategy.hpp"
#include "arbitrage/venue/replay_venue.hpp"
#include "arbitrage/venue/simulated_venue.hpp"
#include "mycelium/base/random.hpp"

namespace arbitrage {
namespace {

namespace fs = std::filesystem;
using testing::QuoteFeed;

const std::vector<std::string> kInstruments = {"spot_btcusdt", "usdm_btcusdt", "cm_btcusd_perp",
                                               "spot_ethusdt", "usdm_ethusdt", "cm_ethusd_perp"};
constexpr std::size_t kMarketsPerAsset = 3;

/// Where the recordings are, or an empty path.
fs::path recordings() {
  const char* named = std::getenv("MYCELIUM_DATA_DIR");
  const fs::path data =
      named != nullptr ? fs::path{named} : fs::path{MYCELIUM_SOURCE_DIR} / "../shared/data";
  const fs::path folder = data / "binance-raw-20240808";
  return fs::is_directory(folder) ? folder : fs::path{};
}

/// Detector, strategy and what they publish, for one asset, with the shipped parameters.
class AssetChain {
 public:
  AssetChain(std::uint32_t asset, Decimal quantity) : asset_{asset} {
    for (std::uint32_t market = 0; market < kMarketsPerAsset; ++market) {
      instruments_.push_back(asset * kMarketsPerAsset + market);
    }
    DetectorOptions detector;
    detector.index = asset;
    detector.instruments = instruments_;
    detector_ = std::make_unique<ArbitrageDetector>(detector, signals_.publisher(),
                                                    watermarks_.publisher(), detector_board_);
    StrategyOptions strategy;
    strategy.index = asset;
    strategy.detector = asset;
    strategy.instruments = instruments_;
    strategy.quantity = quantity;
    board_ = std::make_shared<StrategyBoard>(strategy);
    strategy_ =
        std::make_unique<SpreadStrategy>(board_, updates_.publisher(), watermarks_.publisher());
  }

  void take(const Quote& quote, SignalLog& log) {
    detector_->handle(quote);
    pass_on(log);
  }
  void finish(SignalLog& log) {
    for (const std::uint32_t instrument : instruments_)
      detector_->advance({EventTime::end(), instrument});
    pass_on(log);
    log.advance({EventTime::end(), asset_});
  }

  [[nodiscard]] const StrategyBoard& board() const { return *board_; }
  [[nodiscard]] const DetectorBoard& detector_board() const { return *detector_board_; }

 private:
  void pass_on(SignalLog& log) {
    for (const Signal& signal : testing::take(signals_)) strategy_->act(signal);
    for (const StrategyUpdate& update : testing::take(updates_)) log.push(update);
    log.advance({detector_->watermark(), asset_});
  }

  std::uint32_t asset_;
  std::vector<std::uint32_t> instruments_;
  mycelium::testing::Capture<Signal> signals_;
  mycelium::testing::Capture<Watermark> watermarks_;
  mycelium::testing::Capture<StrategyUpdate> updates_;
  std::shared_ptr<DetectorBoard> detector_board_ = std::make_shared<DetectorBoard>();
  std::shared_ptr<StrategyBoard> board_;
  std::unique_ptr<ArbitrageDetector> detector_;
  std::unique_ptr<SpreadStrategy> strategy_;
};

/// What one run has made.
struct Outcome {
  std::string sha256;
  std::array<std::uint64_t, 2> signals{};
  std::array<Decimal, 2> pnl{};
  std::uint64_t late = 0;
};

/// Runs all quotes through both assets' chains into a file.
Outcome run_chains(const std::vector<Quote>& quotes, const fs::path& path) {
  auto log = SignalLog::open(path, {kInstruments, {"btc", "eth"}}).value();
  AssetChain btc{0, kDecimalScale / 100};
  AssetChain eth{1, kDecimalScale / 10};
  for (const Quote& quote : quotes) {
    (quote.instrument < kMarketsPerAsset ? btc : eth).take(quote, *log);
  }
  btc.finish(*log);
  eth.finish(*log);
  const auto closed = log->close();
  EXPECT_TRUE(closed.has_value()) << closed.error().message;
  EXPECT_EQ(log->signals(), btc.board().signals() + eth.board().signals());
  return {.sha256 = log->sha256(),
          .signals = {btc.board().signals(), eth.board().signals()},
          .pnl = {btc.board().pnl(), eth.board().pnl()},
          .late = btc.detector_board().late.value() + eth.detector_board().late.value()};
}

std::vector<Quote> quotes_of(std::vector<QuoteFeed> feeds) {
  std::vector<Quote> quotes;
  testing::play(feeds, [&](const Quote& quote) { quotes.push_back(quote); });
  return quotes;
}

/// The same quotes, each instrument's in order, the instruments mixed anew: as threads might
/// deliver them.
std::vector<Quote> shuffled(const std::vector<Quote>& quotes, std::uint64_t seed) {
  std::vector<std::deque<Quote>> waiting(kInstruments.size());
  for (const Quote& quote : quotes) waiting[quote.instrument].push_back(quote);
  mycelium::Random random{seed};
  std::vector<Quote> mixed;
  while (mixed.size() < quotes.size()) {
    auto& from = waiting[random.below(waiting.size())];
    for (auto count = random.below(300); count > 0 && !from.empty(); --count) {
      mixed.push_back(from.front());
      from.pop_front();
    }
  }
  return mixed;
}

TEST(RecordedSignals, TheShippedParametersFindSignalsInTheRecordedDay) {
  const fs::path folder = recordings();
  if (folder.empty()) {
    GTEST_SKIP()
        << "no recorded data: set MYCELIUM_DATA_DIR to the folder that holds binance-raw-20240808/";
  }
  std::vector<QuoteFeed> feeds;
  for (std::uint32_t index = 0; index < kInstruments.size(); ++index) {
    auto files = find_recordings(folder, kInstruments[index]);
    ASSERT_TRUE(files.has_value() && files->size() == 1)
        << "no single recording of " << kInstruments[index];
    auto venue = ReplayVenue::open(std::move(*files));
    ASSERT_TRUE(venue.has_value()) << venue.error().message;
    feeds.emplace_back(index, kInstruments[index], std::move(*venue));
  }
  testing::ScratchFolder scratch{"recorded_signals"};
  const std::vector<Quote> quotes = quotes_of(std::move(feeds));
  const Outcome outcome = run_chains(quotes, scratch.file("signals.csv"));
  for (const std::uint64_t signals : outcome.signals) {
    EXPECT_GE(signals, 100U);
    EXPECT_LE(signals, 600U);
  }
  for (const Decimal pnl : outcome.pnl) EXPECT_NE(pnl, 0);
  EXPECT_EQ(outcome.late, 0U);
  // The bytes are known, and do not depend on who delivers what first
  EXPECT_EQ(outcome.sha256, "70814b46097264bbcc7be81166d319f8ef706915226d88296b1f683df758bb14");
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const Outcome again = run_chains(shuffled(quotes, seed), scratch.file("again.csv"));
    EXPECT_EQ(again.sha256, outcome.sha256) << "seed " << seed;
    EXPECT_EQ(again.late, 0U);
  }
}

TEST(RecordedSignals, TheShippedParametersFindSignalsInTheSimulatedVenue) {
  std::vector<QuoteFeed> feeds;
  for (std::uint32_t index = 0; index < kInstruments.size(); ++index) {
    auto venue = make_simulated_venue(kInstruments[index],
                                      {.seed = 1, .duration = std::chrono::seconds{120}});
    ASSERT_TRUE(venue.has_value()) << venue.error().message;
    feeds.emplace_back(index, kInstruments[index], std::move(*venue));
  }
  testing::ScratchFolder scratch{"simulated_signals"};
  const std::vector<Quote> quotes = quotes_of(std::move(feeds));
  const Outcome outcome = run_chains(quotes, scratch.file("signals.csv"));
  for (const std::uint64_t signals : outcome.signals) {
    EXPECT_GE(signals, 20U);
    EXPECT_LE(signals, 5'000U);
  }
  EXPECT_EQ(outcome.late, 0U);
  EXPECT_EQ(run_chains(shuffled(quotes, 1), scratch.file("again.csv")).sha256, outcome.sha256);
}

}  // namespace
}  // namespace arbitrage
