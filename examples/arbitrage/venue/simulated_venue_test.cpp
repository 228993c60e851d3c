#include "arbitrage/venue/simulated_venue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "arbitrage/market/depth_sync.hpp"
#include "arbitrage/market/frame.hpp"
#include "arbitrage/venue/simulated_venue_test.hpp"

namespace arbitrage {
namespace {

using std::chrono::seconds;
using testing::Consumer;
using testing::FrameHash;

constexpr std::array<std::string_view, 6> kInstruments = {"spot_btcusdt",   "spot_ethusdt",
                                                          "usdm_btcusdt",   "usdm_ethusdt",
                                                          "cm_btcusd_perp", "cm_ethusd_perp"};

std::unique_ptr<SimulatedVenue> open(std::string_view instrument,
                                     const SimulatedVenueOptions& options = {}) {
  return SimulatedVenue::open(instrument, options).value();
}

std::uint64_t hash_of(SimulatedVenue& venue) {
  FrameHash hash;
  while (venue.next_time()) hash.add(*venue.next());
  return hash.value();
}

TEST(SimulatedVenue, OneMillionFramesOfSeedOneAreFixedAndItsBooksAreTheVenues) {
  // Given the six instruments of seed 1 without an end, merged by time (ties by place in the list)
  std::vector<std::unique_ptr<SimulatedVenue>> venues;
  std::vector<Consumer> consumers;
  for (const std::string_view name : kInstruments) {
    venues.push_back(open(name, {.seed = 1, .duration = seconds{0}}));
    consumers.emplace_back(*venues.back());
  }
  // When a million frames are rebuilt from their text; every update compares all levels with the
  // venue's
  FrameHash hash;
  for (int count = 0; count < 1'000'000; ++count) {
    const auto next = std::ranges::min_element(
        venues, {}, [](const auto& venue) { return venue->next_time().value(); });
    const auto index = static_cast<std::size_t>(next - venues.begin());
    const RawFrame frame = venues[index]->next().value();
    hash.add(frame);
    consumers[index].take(frame);
  }
  // Then nothing was wrong with any of them
  for (const Consumer& consumer : consumers) {
    EXPECT_EQ(consumer.complaint(), "");
    EXPECT_EQ(consumer.sync().counts().gaps, 0U);
    // Every update behind the snapshot was compared.
    EXPECT_EQ(consumer.books_compared, consumer.updates - consumer.before_snapshot.size());
    EXPECT_GE(consumer.books_compared, 10'000U);
    // Tickers meet their depth frame on either side of it.
    EXPECT_GE(consumer.tickers_compared, 500U);
    EXPECT_GE(consumer.tickers_after_depth, 100U);
    EXPECT_GE(consumer.tickers_compared - consumer.tickers_after_depth, 100U);
  }
  // And the bytes are these, on every machine and compiler
  EXPECT_EQ(hash.value(), 7457045079502211819U);
}

TEST(SimulatedVenue, BeginsLikeARecordingWithFramesBeforeItsSnapshot) {
  for (const std::string_view name : kInstruments) {
    const auto venue = open(name, {.duration = seconds{2}});
    Consumer consumer{*venue};
    while (venue->next_time()) consumer.take(*venue->next());
    ASSERT_EQ(consumer.complaint(), "");
    ASSERT_TRUE(consumer.snapshot_at_frame.has_value()) << name;
    // Some updates are older than the snapshot, one bridges it, the rest goes on.
    EXPECT_GT(*consumer.snapshot_at_frame, 3U) << name;
    EXPECT_GE(consumer.sync().counts().dropped, 1U) << name;
    EXPECT_TRUE(std::ranges::any_of(consumer.before_snapshot, [&](const DepthUpdate& update) {
      return update.first_id <= consumer.snapshot_id && consumer.snapshot_id < update.last_id;
    })) << name;
    EXPECT_GT(consumer.books_compared, 10U) << name;
  }
}

TEST(SimulatedVenue, SameSeedSameBytesOtherSeedOtherBytes) {
  for (const std::string_view name : kInstruments) {
    const auto hash = [&](std::uint64_t seed) {
      return hash_of(*open(name, {.seed = seed, .frames = 2'000}));
    };
    EXPECT_EQ(hash(1), hash(1)) << name;
    EXPECT_NE(hash(1), hash(2)) << name;
  }
}

TEST(SimulatedVenue, LookingAtTheNextTimeOrTheSnapshotChangesNothing) {
  const auto quiet = open("usdm_btcusdt", {.frames = 2'000});
  const auto looked_at = open("usdm_btcusdt", {.frames = 2'000});
  FrameHash hash;
  while (const auto time = looked_at->next_time()) {
    EXPECT_EQ(looked_at->next_time(), time);
    EXPECT_TRUE(looked_at->snapshot().has_value());
    const RawFrame frame = looked_at->next().value();
    EXPECT_EQ(frame.time_ns, *time);
    hash.add(frame);
  }
  EXPECT_EQ(hash.value(), hash_of(*quiet));
}

TEST(SimulatedVenue, ASnapshotLetsAFreshBookGoOnToTheSameEnd) {
  for (const std::string_view name : kInstruments) {
    const auto venue = open(name, {.frames = 6'000});
    Consumer first{*venue};
    // Several times, since the snapshot may fall between two updates or into one.
    for (int restart = 0; restart < 20; ++restart) {
      Consumer fresh{*venue};
      const std::string answer = venue->snapshot().value();
      fresh.take({.time_ns = venue->next_time().value(), .json = answer});
      for (int count = 0; count < 250; ++count) {
        const RawFrame frame = venue->next().value();
        first.take(frame);
        // The venue's own first snapshot is of no use to a book in step.
        if (!frame.json.starts_with(R"({"lastUpdateId")")) fresh.take(frame);
      }
      ASSERT_EQ(fresh.complaint(), "") << name << ", restart " << restart;
      ASSERT_FALSE(fresh.sync().needs_snapshot()) << name << ", restart " << restart;
      ASSERT_EQ(fresh.sync().counts().gaps, 0U) << name << ", restart " << restart;
      ASSERT_TRUE(restart == 0 || fresh.book() == first.book()) << name << ", " << restart;
    }
    EXPECT_EQ(first.complaint(), "");
  }
}

TEST(SimulatedVenue, TheFirstTradeAfterATickerIsAtThatTickersBest) {
  for (const std::string_view name : kInstruments) {
    const auto venue = open(name, {.frames = 20'000});
    FrameParser parser;
    std::optional<BookTicker> ticker;
    int compared = 0;
    while (venue->next_time()) {
      const Frame frame = parser.parse(venue->next()->json).value();
      if (const auto* trade = std::get_if<Trade>(&frame)) {
        if (!ticker) continue;
        ASSERT_EQ(trade->price, trade->buyer_is_maker ? ticker->bid.price : ticker->ask.price);
        ticker.reset();
        ++compared;
      } else if (const auto* top = std::get_if<BookTicker>(&frame)) {
        ticker = *top;
      }
    }
    EXPECT_GT(compared, 100) << name;
  }
}

TEST(SimulatedVenue, IsAsBusyAsTheRecording) {
  // Recorded frames per second: depth, trade, bookTicker.
  constexpr std::array<std::array<double, 3>, 6> kRecorded = {{{10.0, 28.2, 81.0},
                                                               {9.9, 17.7, 69.6},
                                                               {19.0, 61.8, 191.7},
                                                               {19.1, 40.8, 156.6},
                                                               {78.1, 6.6, 55.7},
                                                               {66.6, 5.0, 46.0}}};
  constexpr double kSeconds = 300;  // The default duration.
  double all = 0;
  for (std::size_t index = 0; index < kInstruments.size(); ++index) {
    const auto venue = open(kInstruments[index]);
    Consumer consumer{*venue};
    while (venue->next_time()) consumer.take(*venue->next());
    const auto depth = consumer.sync().counts().applied + consumer.sync().counts().dropped;
    EXPECT_NEAR(static_cast<double>(depth) / kSeconds / kRecorded[index][0], 1, 0.1);
    EXPECT_NEAR(static_cast<double>(consumer.trades) / kSeconds / kRecorded[index][1], 1, 0.25);
    EXPECT_NEAR(static_cast<double>(consumer.tickers) / kSeconds / kRecorded[index][2], 1, 0.1);
    all += static_cast<double>(consumer.frames);
  }
  EXPECT_NEAR(all / kSeconds, 960, 40);
}

TEST(SimulatedVenue, VenuesOfOneAssetDifferByTheBasis) {
  // Sampled every 10 ms for five minutes, in bp.
  const auto middles = [](std::string_view name) {
    const auto venue = open(name);
    std::vector<double> result;
    std::int64_t sample_ns = SimulatedVenueOptions{}.start_ns + 10'000'000;
    while (const auto time = venue->next_time()) {
      const auto bid = venue->book().best(simulated::Side::bid).price;
      const auto ask = venue->book().best(simulated::Side::ask).price;
      for (; sample_ns <= *time; sample_ns += 10'000'000) {
        result.push_back(static_cast<double>((bid + ask) * venue->instrument().tick_e4));
      }
      EXPECT_TRUE(venue->next().has_value());
    }
    return result;
  };
  const auto expect_basis = [](const std::vector<double>& of, const std::vector<double>& over,
                               double mean, double deviation) {
    const std::size_t count = std::min(of.size(), over.size());
    double sum = 0;
    double squares = 0;
    for (std::size_t index = 0; index < count; ++index) {
      const double bp = (of[index] / over[index] - 1) * 10'000;
      sum += bp;
      squares += bp * bp;
    }
    const double middle = sum / static_cast<double>(count);
    EXPECT_NEAR(middle, mean, 0.6);
    EXPECT_NEAR(std::sqrt(squares / static_cast<double>(count) - middle * middle), deviation, 0.25);
  };
  for (const std::string asset : {"btc", "eth"}) {
    const auto spot = middles("spot_" + asset + "usdt");
    EXPECT_GT(spot.size(), 29'000U);
    expect_basis(middles("usdm_" + asset + "usdt"), spot, -3.8, 0.8);
    expect_basis(middles("cm_" + asset + "usd_perp"), spot, -1.9, 0.95);
  }
}

TEST(SimulatedVenue, EndsAtItsLimits) {
  const auto count = [](const SimulatedVenueOptions& options) {
    const auto venue = open("spot_ethusdt", options);
    std::uint64_t frames = 0;
    for (; venue->next_time(); ++frames) EXPECT_TRUE(venue->next().has_value());
    EXPECT_EQ(venue->end_error(), "");
    return frames;
  };
  EXPECT_EQ(count({.frames = 123}), 123U);
  const std::uint64_t in_five_seconds = count({.duration = seconds{5}});
  EXPECT_GT(in_five_seconds, 300U);
  EXPECT_EQ(count({.frames = 1'000'000, .duration = seconds{5}}), in_five_seconds);
}

TEST(SimulatedVenue, AllFramesLieBetweenStartAndEnd) {
  const SimulatedVenueOptions options{.start_ns = 5'000'000'000, .duration = seconds{5}};
  const auto venue = open("cm_btcusd_perp", options);
  std::int64_t last_ns = options.start_ns;
  while (const auto time = venue->next_time()) {
    last_ns = *time;
    ASSERT_GE(last_ns, options.start_ns);
    ASSERT_TRUE(venue->next().has_value());
  }
  // The rest of the last event may trail by microseconds.
  EXPECT_LT(last_ns, options.start_ns + 5'000'100'000);
  EXPECT_GT(last_ns, options.start_ns + 4'900'000'000);
}

TEST(SimulatedVenue, RefusesWhatItCannotMake) {
  EXPECT_EQ(make_simulated_venue("kraken_btcusd").error().code, "unknown_instrument");
  EXPECT_EQ(make_simulated_venue("spot_btcusdt", {.start_ns = -1}).error().code, "bad_option");
  EXPECT_EQ(make_simulated_venue("spot_btcusdt", {.start_ns = INT64_MAX}).error().code,
            "bad_option");
  EXPECT_EQ(make_simulated_venue("spot_btcusdt", {.duration = seconds{-1}}).error().code,
            "bad_option");
  EXPECT_TRUE(make_simulated_venue("usdm_solusdt").has_value());
}

TEST(SimulatedVenueDeathTest, NextNeedsAFrame) {
  const auto venue = open("spot_btcusdt", {.frames = 1});
  ASSERT_TRUE(venue->next().has_value());
  EXPECT_DEATH(EXPECT_FALSE(venue->next().has_value()), "a venue that has not ended");
}

}  // namespace
}  // namespace arbitrage
