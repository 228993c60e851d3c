#include "arbitrage/venue/replay_venue.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <fstream>
#include <string>
#include <tuple>
#include <vector>

namespace arbitrage {
namespace {

namespace fs = std::filesystem;

std::string snapshot_line(std::uint64_t id, std::string_view bids, std::string_view asks) {
  return fmt::format(R"({{"lastUpdateId":{},"bids":[{}],"asks":[{}]}})", id, bids, asks);
}

std::string spot_line(std::uint64_t first_id, std::uint64_t last_id, std::string_view bids,
                      std::string_view asks) {
  return fmt::format(R"({{"stream":"x@depth","data":{{"E":1,"U":{},"u":{},"b":[{}],"a":[{}]}}}})",
                     first_id, last_id, bids, asks);
}

std::string futures_line(std::uint64_t previous, std::uint64_t last_id, std::string_view bids) {
  return fmt::format(
      R"({{"stream":"x@depth","data":{{"E":1,"U":{},"u":{},"pu":{},"b":[{}],"a":[]}}}})", last_id,
      last_id, previous, bids);
}

class ReplayVenueTest : public testing::Test {
 protected:
  ReplayVenueTest() {
    const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path{testing::TempDir()} / fmt::format("mycelium_replay_{}", test.name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~ReplayVenueTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  /// A venue over one file with these frames, one nanosecond apart.
  std::unique_ptr<ReplayVenue> venue_of(const std::vector<std::string>& frames) const {
    std::string text;
    for (std::size_t index = 0; index < frames.size(); ++index)
      text += fmt::format("{} {}\n", index + 1, frames[index]);
    std::string archive(ZSTD_compressBound(text.size()), '\0');
    archive.resize(ZSTD_compress(archive.data(), archive.size(), text.data(), text.size(), 3));
    const fs::path path = folder_ / "frames.zst";
    std::ofstream{path, std::ios::binary} << archive;
    auto venue = ReplayVenue::open({path});
    EXPECT_TRUE(venue.has_value());
    return std::move(*venue);
  }

  static void play(ReplayVenue& venue, int frames) {
    for (; frames > 0; --frames) {
      ASSERT_TRUE(venue.next_time().has_value());
      std::ignore = venue.next();
    }
  }

  fs::path folder_;
};

std::string snapshot_of(ReplayVenue& venue) {
  const auto snapshot = venue.snapshot();
  return snapshot ? *snapshot : snapshot.error().code;
}

TEST_F(ReplayVenueTest, HasNoBookBeforeTheRecordedSnapshot) {
  const auto venue = venue_of({spot_line(1, 2, "", ""), snapshot_line(2, R"(["9","1"])", "")});
  EXPECT_EQ(snapshot_of(*venue), "no_snapshot");
  play(*venue, 1);
  EXPECT_EQ(snapshot_of(*venue), "no_snapshot");
  play(*venue, 1);
  EXPECT_EQ(snapshot_of(*venue), R"({"lastUpdateId":2,"bids":[["9","1"]],"asks":[]})");
}

TEST_F(ReplayVenueTest, AppliesWhatIsNewerThanTheSnapshotEvenIfItCameBefore) {
  const auto venue =
      venue_of({spot_line(1, 2, R"(["8","8"])", ""), spot_line(3, 4, R"(["7","7"])", ""),
                snapshot_line(2, R"(["9","1"])", R"(["10","1"])"), "no frame at all",
                spot_line(5, 6, R"(["9","0"])", R"(["11","2"])")});
  play(*venue, 3);
  EXPECT_EQ(snapshot_of(*venue),
            R"({"lastUpdateId":4,"bids":[["9","1"],["7","7"]],"asks":[["10","1"]]})");
  play(*venue, 1);
  EXPECT_EQ(snapshot_of(*venue),
            R"({"lastUpdateId":4,"bids":[["9","1"],["7","7"]],"asks":[["10","1"]]})");
  play(*venue, 1);
  EXPECT_EQ(snapshot_of(*venue),
            R"({"lastUpdateId":6,"bids":[["7","7"]],"asks":[["10","1"],["11","2"]]})");
  EXPECT_EQ(venue->next_time(), std::nullopt);
}

TEST_F(ReplayVenueTest, KnowsTheBookOfFuturesToo) {
  const auto venue =
      venue_of({snapshot_line(20, R"(["9","1"])", ""), futures_line(10, 15, R"(["5","5"])"),
                futures_line(15, 25, R"(["6","6"])"), futures_line(25, 40, R"(["7","7"])")});
  play(*venue, 2);
  EXPECT_EQ(snapshot_of(*venue), R"({"lastUpdateId":20,"bids":[["9","1"]],"asks":[]})");
  play(*venue, 2);
  EXPECT_EQ(snapshot_of(*venue),
            R"({"lastUpdateId":40,"bids":[["9","1"],["7","7"],["6","6"]],"asks":[]})");
}

TEST_F(ReplayVenueTest, AGapDoesNotStopTheVenueAndNeverCrossesItsBook) {
  // The update that removed the ask at 10 is missing.
  const auto venue =
      venue_of({snapshot_line(2, R"(["9","1"])", R"(["10","1"],["12","1"])"),
                spot_line(7, 8, R"(["11","3"])", ""), spot_line(9, 9, "", R"(["9","4"])")});
  play(*venue, 2);
  EXPECT_EQ(snapshot_of(*venue),
            R"({"lastUpdateId":8,"bids":[["11","3"],["9","1"]],"asks":[["12","1"]]})");
  play(*venue, 1);
  EXPECT_EQ(snapshot_of(*venue), R"({"lastUpdateId":9,"bids":[],"asks":[["9","4"],["12","1"]]})");
}

TEST_F(ReplayVenueTest, AfterAGapTheNextRecordedSnapshotCounts) {
  const auto venue = venue_of(
      {snapshot_line(2, R"(["9","1"])", ""), spot_line(3, 3, R"(["8","1"])", ""),
       spot_line(50, 51, R"(["7","1"])", ""), spot_line(52, 53, R"(["6","1"])", ""),
       snapshot_line(51, R"(["7","1"],["5","2"])", ""), spot_line(54, 54, R"(["4","1"])", "")});
  play(*venue, 3);
  EXPECT_EQ(snapshot_of(*venue), "no_snapshot") << "the recorded one is about to come";
  play(*venue, 2);
  EXPECT_EQ(snapshot_of(*venue),
            R"({"lastUpdateId":53,"bids":[["7","1"],["6","1"],["5","2"]],"asks":[]})");
  play(*venue, 1);
  EXPECT_EQ(snapshot_of(*venue),
            R"({"lastUpdateId":54,"bids":[["7","1"],["6","1"],["5","2"],["4","1"]],"asks":[]})");
}

TEST_F(ReplayVenueTest, AskingForTheBookDoesNotMoveTheReplay) {
  const auto venue =
      venue_of({snapshot_line(2, R"(["9","1"])", ""), spot_line(3, 3, R"(["8","1"])", "")});
  play(*venue, 1);
  EXPECT_EQ(venue->next_time(), 2);
  const std::string before = snapshot_of(*venue);
  EXPECT_EQ(before, R"({"lastUpdateId":2,"bids":[["9","1"]],"asks":[]})")
      << "a line looked at is not consumed";
  EXPECT_EQ(snapshot_of(*venue), before);
  EXPECT_EQ(venue->next_time(), 2);
  EXPECT_EQ(venue->end_error(), "");
}

TEST_F(ReplayVenueTest, SaysWhyItCannotAnswerWhenTheRecordingIsGone) {
  const auto venue = venue_of({snapshot_line(2, R"(["9","1"])", "")});
  play(*venue, 1);
  fs::remove(folder_ / "frames.zst");
  EXPECT_EQ(snapshot_of(*venue), "file_not_found");
}

}  // namespace
}  // namespace arbitrage
