// The rebuild of the six recorded markets against the golden table that comes with the recordings.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "arbitrage/market/depth_sync.hpp"
#include "arbitrage/market/frame.hpp"
#include "arbitrage/market/order_book.hpp"
#include "arbitrage/market/ticker_match.hpp"
#include "arbitrage/venue/replay_venue.hpp"

namespace arbitrage {
namespace {

namespace fs = std::filesystem;

struct Golden {
  std::string instrument;
  DepthChain chain;
  std::uint64_t frames, depth, trades, tickers, snapshot_id, applied, dropped, last_id;
  std::string bid_price, bid_quantity, ask_price, ask_quantity;
  std::size_t bid_levels, ask_levels;
  std::string traded, taker_bought;
  std::uint64_t matches;
};

const std::vector<Golden> kGolden = {
    {"cm_btcusd_perp", DepthChain::futures, 48270, 26847, 2286, 19136, 1007198635033, 26824, 23,
     1007202248021, "61668.6", "1380", "61668.7", "871", 1110, 1123, "83241", "35603", 1124},
    {"cm_ethusd_perp", DepthChain::futures, 40454, 22909, 1732, 15812, 1007198635066, 22887, 22,
     1007202247937, "2682.01", "1990", "2682.02", "2018", 1029, 943, "249559", "115762", 1345},
    {"spot_btcusdt", DepthChain::spot, 41249, 3451, 9757, 28040, 50093239218, 3449, 2, 50093421584,
     "61685.99", "1.0087", "61686", "2.29327", 1209, 2196, "212.03315", "96.65118", 564},
    {"spot_ethusdt", DepthChain::spot, 33618, 3434, 6106, 24077, 35346513512, 3432, 2, 35346671849,
     "2682.5", "3.3168", "2682.51", "48.9739", 1195, 1158, "2261.3149", "953.0359", 577},
    {"usdm_btcusdt", DepthChain::futures, 93954, 6551, 21313, 66089, 5123107852948, 6547, 4,
     5123135475514, "61659.7", "1.486", "61659.8", "0.981", 5018, 4578, "2429.366", "1251.576",
     629},
    {"usdm_ethusdt", DepthChain::futures, 74655, 6586, 14076, 53992, 5123107856276, 6581, 5,
     5123135545737, "2681.38", "8.486", "2681.39", "22.624", 3181, 3013, "9164.948", "4960.564",
     551},
};

/// Where the recordings are, or an empty path.
fs::path recordings() {
  const char* named = std::getenv("MYCELIUM_DATA_DIR");  // NOLINT(concurrency-mt-unsafe)
  const fs::path data =
      named != nullptr ? fs::path{named} : fs::path{MYCELIUM_SOURCE_DIR} / "../shared/data";
  const fs::path folder = data / "binance-raw-20240808";
  return fs::is_directory(folder) ? folder : fs::path{};
}

/// What a feed and a book do with the frames of one instrument.
class Rebuild {
 public:
  explicit Rebuild(DepthChain chain) : sync{chain} {}

  void frame(std::string_view json) {
    ++frames;
    auto parsed = parser.parse(json);
    if (!parsed) {
      ++bad_frames;
      return;
    }
    std::visit(*this, *parsed);
  }

  void operator()(const DepthSnapshot* snapshot) {
    if (!sync.needs_snapshot()) return;
    if (!sync.on_snapshot(*snapshot)) {
      ++refused_snapshots;
      return;
    }
    snapshot_id = snapshot->last_update_id;
    book.reset(*snapshot);
    while (const DepthUpdate* update = sync.next_buffered()) apply(*update);
  }
  void operator()(const DepthUpdate* update) {
    ++depth;
    if (sync.on_update(*update) == UpdateOutcome::apply) apply(*update);
  }
  void operator()(const Trade& trade) {
    ++trades;
    traded += trade.quantity;
    if (!trade.buyer_is_maker) taker_bought += trade.quantity;
  }
  void operator()(const BookTicker& ticker) {
    ++tickers;
    match.on_ticker(ticker);
  }

  FrameParser parser;
  DepthSync sync;
  OrderBook book;
  TickerMatch match;
  std::uint64_t frames = 0, bad_frames = 0, depth = 0, trades = 0, tickers = 0;
  std::uint64_t snapshot_id = 0, refused_snapshots = 0, crossed = 0;
  Decimal traded = 0, taker_bought = 0;

 private:
  void apply(const DepthUpdate& update) {
    book.apply(update);
    const Level bid = book.best_bid().value_or(Level{});
    const Level ask = book.best_ask().value_or(Level{});
    if (bid.price >= ask.price) ++crossed;
    match.on_book(update.last_id, bid, ask);
  }
};

std::unique_ptr<ReplayVenue> open_venue(const fs::path& folder, const std::string& instrument) {
  auto files = find_recordings(folder, instrument);
  if (!files || files->size() != 1) return nullptr;
  return ReplayVenue::open(std::move(*files)).value_or(nullptr);
}

class GoldenTest : public testing::TestWithParam<Golden> {
 protected:
  void SetUp() override {
    folder_ = recordings();
    if (folder_.empty()) {
      GTEST_SKIP() << "no recorded data: set MYCELIUM_DATA_DIR to the folder that holds "
                      "binance-raw-20240808/";
    }
    venue_ = open_venue(folder_, GetParam().instrument);
    ASSERT_NE(venue_, nullptr) << "no single readable recording of " << GetParam().instrument
                               << " in " << folder_;
  }

  /// Plays up to `frames_max` frames.
  void play(Rebuild& rebuild, std::uint64_t frames_max = UINT64_MAX) {
    for (; frames_max > 0 && venue_->next_time(); --frames_max) {
      const auto line = venue_->next();
      ASSERT_TRUE(line.has_value()) << line.error().message;
      rebuild.frame(line->json);
    }
  }

  fs::path folder_;
  std::unique_ptr<ReplayVenue> venue_;
};

TEST_P(GoldenTest, RebuildsTheRecordedMarketExactly) {
  const Golden& golden = GetParam();
  Rebuild rebuild{golden.chain};
  play(rebuild);
  EXPECT_EQ(venue_->end_error(), "");
  EXPECT_EQ(rebuild.bad_frames, 0U);
  EXPECT_EQ(rebuild.frames, golden.frames);
  EXPECT_EQ(rebuild.depth, golden.depth);
  EXPECT_EQ(rebuild.trades, golden.trades);
  EXPECT_EQ(rebuild.tickers, golden.tickers);
  EXPECT_EQ(rebuild.snapshot_id, golden.snapshot_id);
  EXPECT_EQ(rebuild.refused_snapshots, 0U);
  EXPECT_EQ(rebuild.sync.counts().applied, golden.applied);
  EXPECT_EQ(rebuild.sync.counts().dropped, golden.dropped);
  EXPECT_EQ(rebuild.sync.counts().gaps, 0U);
  EXPECT_EQ(rebuild.sync.counts().discarded, 0U);
  EXPECT_EQ(rebuild.sync.last_update_id(), golden.last_id);
  EXPECT_EQ(rebuild.crossed, 0U);
  const Level bid = rebuild.book.best_bid().value_or(Level{});
  const Level ask = rebuild.book.best_ask().value_or(Level{});
  EXPECT_EQ(format_decimal(bid.price), golden.bid_price);
  EXPECT_EQ(format_decimal(bid.quantity), golden.bid_quantity);
  EXPECT_EQ(format_decimal(ask.price), golden.ask_price);
  EXPECT_EQ(format_decimal(ask.quantity), golden.ask_quantity);
  EXPECT_EQ(rebuild.book.bids().size(), golden.bid_levels);
  EXPECT_EQ(rebuild.book.asks().size(), golden.ask_levels);
  EXPECT_EQ(format_decimal(rebuild.traded), golden.traded);
  EXPECT_EQ(format_decimal(rebuild.taker_bought), golden.taker_bought);
  EXPECT_EQ(rebuild.match.compared(), golden.matches);
  EXPECT_EQ(rebuild.match.equal(), golden.matches);
  EXPECT_EQ(rebuild.match.forgotten(), 0U);
  EXPECT_EQ(venue_->bytes_read(), venue_->bytes_total());
}

TEST_P(GoldenTest, AFreshBookContinuesFromTheVenuesOwnSnapshot) {
  const Golden& golden = GetParam();
  Rebuild whole{golden.chain};
  play(whole);
  for (const std::uint64_t frames_before : {1'000U, 30'000U}) {
    // Given a venue that a feed left after some frames
    venue_ = open_venue(folder_, golden.instrument);
    Rebuild first{golden.chain};
    play(first, frames_before);
    // When a fresh feed starts from the venue's own snapshot
    const auto snapshot = venue_->snapshot();
    ASSERT_TRUE(snapshot.has_value()) << snapshot.error().message;
    Rebuild second{golden.chain};
    second.frame(*snapshot);
    // Then it has the first one's book, sees no gap, and ends with the book of an undisturbed run
    EXPECT_EQ(second.book, first.book);
    EXPECT_EQ(second.sync.last_update_id(), first.sync.last_update_id());
    play(second);
    EXPECT_EQ(second.bad_frames, 0U);
    EXPECT_EQ(second.sync.counts().gaps, 0U);
    EXPECT_EQ(second.frames - 1 + frames_before, golden.frames);
    EXPECT_EQ(second.book, whole.book);
    EXPECT_EQ(second.sync.last_update_id(), whole.sync.last_update_id());
  }
}

TEST_P(GoldenTest, UpdatesMissedBeforeTheVenuesSnapshotDoNotMatter) {
  const Golden& golden = GetParam();
  Rebuild whole{golden.chain};
  play(whole);
  // Given a feed that was down for 2,000 frames
  venue_ = open_venue(folder_, golden.instrument);
  Rebuild first{golden.chain};
  play(first, 10'000);
  for (int missed = 0; missed < 2'000 && venue_->next_time(); ++missed)
    std::ignore = venue_->next();
  // When it starts again with a snapshot
  Rebuild second{golden.chain};
  second.frame(venue_->snapshot().value_or(""));
  play(second);
  // Then it ends with the same book
  EXPECT_EQ(second.sync.counts().gaps, 0U);
  EXPECT_EQ(second.book, whole.book);
}

INSTANTIATE_TEST_SUITE_P(Recorded, GoldenTest, testing::ValuesIn(kGolden),
                         [](const auto& test) { return test.param.instrument; });

/// For profiling, without an assertion on time: `--gtest_also_run_disabled_tests
/// --gtest_filter='*RebuildsAllSix*'`.
TEST(Throughput, DISABLED_RebuildsAllSixRecordingsTenTimes) {
  const fs::path folder = recordings();
  if (folder.empty()) GTEST_SKIP() << "no recorded data: set MYCELIUM_DATA_DIR";
  std::uint64_t frames = 0;
  for (int round = 0; round < 10; ++round) {
    for (const Golden& golden : kGolden) {
      auto venue = open_venue(folder, golden.instrument);
      ASSERT_NE(venue, nullptr);
      Rebuild rebuild{golden.chain};
      while (venue->next_time()) {
        if (const auto line = venue->next()) rebuild.frame(line->json);
      }
      frames += rebuild.frames;
    }
  }
  EXPECT_EQ(frames, 3'322'000U);
}

}  // namespace
}  // namespace arbitrage
