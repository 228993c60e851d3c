#include "providers/venue_channel.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "providers/feed_frame.hpp"

namespace providers {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> play(const VenueData& data, std::vector<std::string>* faults = nullptr) {
  auto channel = VenueChannel::open("usdm_btcusdt", data);
  std::vector<std::string> frames;
  while (channel->next_at()) {
    const VenueChannel::Event event = channel->next();
    if (!event.fault) {
      frames.push_back(event.frame);
    } else if (faults != nullptr) {
      faults->push_back(std::string{name_of(*event.fault)} + " before " +
                        std::to_string(frames.size() + 1));
    }
  }
  frames.push_back(channel->end());
  return frames;
}

TEST(VenueChannel, NumbersItsFramesWithoutAGapUpToItsEnd) {
  const auto frames = play({.duration = 1s});
  ASSERT_GT(frames.size(), 100U);
  std::int64_t time_ns = 0;
  for (std::size_t index = 0; index + 1 < frames.size(); ++index) {
    const auto frame = read_frame(frames[index]);
    ASSERT_TRUE(frame.has_value()) << frames[index];
    EXPECT_EQ(frame->kind, FrameKind::update);
    EXPECT_EQ(frame->sequence, index + 1);
    EXPECT_GE(frame->time_ns, time_ns);
    time_ns = frame->time_ns;
  }
  const auto end = read_frame(frames.back());
  EXPECT_EQ(end->kind, FrameKind::end);
  EXPECT_EQ(end->sequence, frames.size() - 1);
}

TEST(VenueChannel, EqualOptionsGiveEqualStreamsAndAnotherSeedAnother) {
  EXPECT_EQ(play({.seed = 7, .duration = 1s}), play({.seed = 7, .duration = 1s}));
  EXPECT_NE(play({.seed = 7, .duration = 1s}), play({.seed = 8, .duration = 1s}));
}

TEST(VenueChannel, EndsAfterSoManyFrames) {
  EXPECT_EQ(play({.duration = 0s, .frames = 10}).size(), 11U);
}

TEST(VenueChannel, AFaultStandsBeforeTheFramesBehindItsTimeAndChangesNone) {
  const VenueData data{.duration = 1s,
                       .faults = {{"usdm_btcusdt", 600ms, FaultKind::hang},
                                  {"usdm_btcusdt", 0ms, FaultKind::corrupt},
                                  {"spot_btcusdt", 100ms, FaultKind::drop},
                                  {"usdm_btcusdt", 2s, FaultKind::drop}}};
  std::vector<std::string> faults;
  const auto frames = play(data, &faults);
  EXPECT_EQ(frames, play({.duration = 1s}));
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_EQ(faults[0], "corrupt before 1");
  EXPECT_TRUE(faults[1].starts_with("hang before "));
}

TEST(VenueChannel, ASnapshotStandsForTheFramesBeforeIt) {
  auto channel = VenueChannel::open("usdm_btcusdt", {});
  const std::string first = channel->snapshot();
  EXPECT_EQ(read_frame(first)->sequence, 0U);
  for (int count = 0; count < 5; ++count) static_cast<void>(channel->next());
  const std::string later = channel->snapshot();
  EXPECT_EQ(read_frame(later)->kind, FrameKind::snapshot);
  EXPECT_EQ(read_frame(later)->sequence, 5U);
}

TEST(VenueChannel, AnInstrumentThatThereIsNotIsRefused) {
  EXPECT_EQ(VenueChannel::open("usdm", {}).error().code, "unknown_instrument");
}

}  // namespace
}  // namespace providers
