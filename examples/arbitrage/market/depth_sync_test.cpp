#include "arbitrage/market/depth_sync.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <tuple>
#include <vector>

namespace arbitrage {
namespace {

using enum UpdateOutcome;

DepthUpdate spot(std::uint64_t first_id, std::uint64_t last_id) {
  return DepthUpdate{.first_id = first_id,
                     .last_id = last_id,
                     .previous_id = {},
                     .event_time_ms = 0,
                     .bids = {},
                     .asks = {}};
}

DepthUpdate futures(std::uint64_t previous_id, std::uint64_t first_id, std::uint64_t last_id) {
  DepthUpdate update = spot(first_id, last_id);
  update.previous_id = previous_id;
  return update;
}

DepthSnapshot snapshot_at(std::uint64_t last_update_id) {
  return DepthSnapshot{.last_update_id = last_update_id,
                       .bids = {{.price = 100, .quantity = 1}, {.price = 99, .quantity = 1}},
                       .asks = {{.price = 101, .quantity = 1}, {.price = 102, .quantity = 1}}};
}

std::string code_of(const mycelium::Result<void>& result) {
  return result ? "accepted" : result.error().code;
}

/// The last ids of what is to be applied after a snapshot.
std::vector<std::uint64_t> drain(DepthSync& sync) {
  std::vector<std::uint64_t> ids;
  while (const DepthUpdate* update = sync.next_buffered()) ids.push_back(update->last_id);
  return ids;
}

TEST(DepthSync, BuffersUntilTheSnapshotThenAppliesWhatIsNewer) {
  // Given three buffered updates, of which the snapshot covers the first and half of the second
  DepthSync sync{DepthChain::spot};
  EXPECT_TRUE(sync.needs_snapshot());
  EXPECT_EQ(sync.on_update(spot(1, 5)), buffered);
  EXPECT_EQ(sync.on_update(spot(6, 9)), buffered);
  EXPECT_EQ(sync.on_update(spot(10, 12)), buffered);
  EXPECT_EQ(sync.next_buffered(), nullptr);
  // When the snapshot arrives
  EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(7))), "accepted");
  // Then the rest is handed out in order, and the stream goes on
  EXPECT_FALSE(sync.needs_snapshot());
  EXPECT_EQ(drain(sync), (std::vector<std::uint64_t>{9, 12}));
  EXPECT_EQ(sync.on_update(spot(13, 13)), apply);
  EXPECT_EQ(sync.last_update_id(), 13U);
  EXPECT_EQ(sync.counts().applied, 3U);
  EXPECT_EQ(sync.counts().dropped, 1U);
}

TEST(DepthSync, DropsSpotUpdatesUpToTheSnapshotAndAppliesTheNextId) {
  DepthSync sync{DepthChain::spot};
  EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(7))), "accepted");
  EXPECT_EQ(sync.on_update(spot(3, 6)), dropped);
  EXPECT_EQ(sync.on_update(spot(5, 7)), dropped);
  EXPECT_EQ(sync.on_update(spot(8, 9)), apply);
  EXPECT_EQ(sync.on_update(spot(8, 9)), dropped);
  EXPECT_EQ(sync.counts().dropped, 3U);
}

TEST(DepthSync, SeesASpotGapRightAfterTheSnapshot) {
  DepthSync sync{DepthChain::spot};
  EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(7))), "accepted");
  EXPECT_EQ(sync.on_update(spot(9, 10)), gap);
  EXPECT_TRUE(sync.needs_snapshot());
}

TEST(DepthSync, AGapMakesTheBookStaleUntilTheNextSnapshot) {
  // Given a synchronised book
  DepthSync sync{DepthChain::spot};
  EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(10))), "accepted");
  EXPECT_EQ(sync.on_update(spot(11, 12)), apply);
  // When an update is lost
  EXPECT_EQ(sync.on_update(spot(14, 15)), gap);
  EXPECT_TRUE(sync.needs_snapshot());
  EXPECT_EQ(sync.on_update(spot(16, 17)), buffered);
  // Then a snapshot from before the loss does not help, a later one does
  EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(12))), "old_snapshot");
  EXPECT_TRUE(sync.needs_snapshot());
  EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(13))), "accepted");
  EXPECT_EQ(drain(sync), (std::vector<std::uint64_t>{15, 17}));
  EXPECT_EQ(sync.counts().gaps, 1U);
  EXPECT_EQ(sync.counts().applied, 3U);
}

TEST(DepthSync, AGapInTheBufferGivesUpWhatCameBeforeIt) {
  DepthSync sync{DepthChain::spot};
  EXPECT_EQ(sync.on_update(spot(1, 5)), buffered);
  EXPECT_EQ(sync.on_update(spot(8, 9)), buffered);
  EXPECT_EQ(sync.counts().gaps, 1U);
  EXPECT_EQ(sync.counts().discarded, 1U);
  EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(3))), "old_snapshot");
  EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(7))), "accepted");
  EXPECT_EQ(drain(sync), (std::vector<std::uint64_t>{9}));
}

TEST(DepthSync, FuturesDropWhatIsBelowTheSnapshotAndKeepWhatReachesIt) {
  DepthSync sync{DepthChain::futures};
  EXPECT_EQ(sync.on_update(futures(90, 93, 99)), buffered);
  EXPECT_EQ(sync.on_update(futures(99, 105, 110)), buffered);
  EXPECT_EQ(sync.on_update(futures(110, 113, 120)), buffered);
  EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(110))), "accepted");
  EXPECT_EQ(drain(sync), (std::vector<std::uint64_t>{110, 120}));
  EXPECT_EQ(sync.counts().dropped, 1U);
  EXPECT_EQ(sync.on_update(futures(120, 125, 130)), apply);
  EXPECT_EQ(sync.on_update(futures(120, 125, 130)), dropped);
}

TEST(DepthSync, FuturesRequireTheChainOfPreviousIds) {
  DepthSync sync{DepthChain::futures};
  EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(100))), "accepted");
  EXPECT_EQ(sync.on_update(futures(90, 95, 110)), apply);
  // The ids of futures have holes, so the first id says nothing; the previous id does.
  EXPECT_EQ(sync.on_update(futures(110, 150, 160)), apply);
  EXPECT_EQ(sync.on_update(futures(161, 162, 170)), gap);
}

TEST(DepthSync, FuturesWithoutPreviousIdAreAGap) {
  DepthSync sync{DepthChain::futures};
  EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(100))), "accepted");
  EXPECT_EQ(sync.on_update(futures(90, 95, 110)), apply);
  EXPECT_EQ(sync.on_update(spot(111, 112)), gap);
}

TEST(DepthSync, ContinuesFromAVenuesOwnSnapshotInTheMiddleOfAStream) {
  // The venue answers with the id of its last update; for futures the next first id lies beyond a
  // hole.
  DepthSync sync{DepthChain::futures};
  EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(200))), "accepted");
  EXPECT_EQ(sync.on_update(futures(200, 210, 220)), apply);
  DepthSync again{DepthChain::futures};
  EXPECT_EQ(again.on_update(futures(200, 210, 220)), buffered);
  EXPECT_EQ(code_of(again.on_snapshot(snapshot_at(200))), "accepted");
  EXPECT_EQ(drain(again), (std::vector<std::uint64_t>{220}));
  DepthSync late{DepthChain::futures};
  EXPECT_EQ(code_of(late.on_snapshot(snapshot_at(200))), "accepted");
  EXPECT_EQ(late.on_update(futures(201, 210, 220)), gap);
}

TEST(DepthSync, AsksForAnotherSnapshotWhenItDoesNotReachTheBuffer) {
  for (const DepthChain chain : {DepthChain::spot, DepthChain::futures}) {
    DepthSync sync{chain};
    EXPECT_EQ(sync.on_update(futures(40, 50, 60)), buffered);
    EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(39))), "old_snapshot");
    EXPECT_EQ(sync.counts().dropped, 0U);
    EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(50))), "accepted");
    EXPECT_EQ(drain(sync), (std::vector<std::uint64_t>{60}));
  }
}

TEST(DepthSync, RefusesSnapshotsThatCannotBe) {
  const auto refused = [](auto&& spoil) {
    DepthSync sync{DepthChain::spot};
    DepthSnapshot snapshot = snapshot_at(10);
    spoil(snapshot);
    std::string code = code_of(sync.on_snapshot(snapshot));
    EXPECT_EQ(sync.needs_snapshot(), code != "accepted");
    return code;
  };
  EXPECT_EQ(refused([](DepthSnapshot&) {}), "accepted");
  EXPECT_EQ(refused([](DepthSnapshot& s) { s.bids.clear(); }), "accepted");
  EXPECT_EQ(refused([](DepthSnapshot& s) { s.bids[0].price = 101; }), "crossed_snapshot");
  EXPECT_EQ(refused([](DepthSnapshot& s) { s.bids[0].price = 200; }), "crossed_snapshot");
  EXPECT_EQ(refused([](DepthSnapshot& s) { s.bids[1].price = 100; }), "bad_snapshot");
  EXPECT_EQ(refused([](DepthSnapshot& s) { std::swap(s.bids[0], s.bids[1]); }), "bad_snapshot");
  EXPECT_EQ(refused([](DepthSnapshot& s) { std::swap(s.asks[0], s.asks[1]); }), "bad_snapshot");
  EXPECT_EQ(refused([](DepthSnapshot& s) { s.asks[1].quantity = 0; }), "bad_snapshot");
  EXPECT_EQ(refused([](DepthSnapshot& s) { s.bids[1].price = 0; }), "bad_snapshot");
}

TEST(DepthSync, DoesNotNeedASnapshotWhileInStep) {
  DepthSync sync{DepthChain::spot};
  EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(10))), "accepted");
  EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(11))), "unneeded_snapshot");
  EXPECT_EQ(sync.last_update_id(), 10U);
}

TEST(DepthSync, AFullBufferGivesUpItsOldestUpdates) {
  // Given ten updates more than the buffer holds
  constexpr std::uint64_t kUpdates = DepthSync::kBufferedUpdatesMax + 10;
  DepthSync sync{DepthChain::spot};
  for (std::uint64_t id = 1; id <= kUpdates; ++id)
    EXPECT_EQ(sync.on_update(spot(id, id)), buffered);
  EXPECT_EQ(sync.counts().discarded, 10U);
  // Then a snapshot from before them is too old, and a later one finds the others in order
  EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(9))), "old_snapshot");
  EXPECT_EQ(code_of(sync.on_snapshot(snapshot_at(10))), "accepted");
  const auto ids = drain(sync);
  ASSERT_EQ(ids.size(), DepthSync::kBufferedUpdatesMax);
  for (std::size_t index = 0; index < ids.size(); ++index) ASSERT_EQ(ids[index], 11 + index);
}

TEST(DepthSync, BoundsTheLevelsOfTheBufferToo) {
  DepthSync sync{DepthChain::spot};
  DepthUpdate large = spot(1, 1);
  large.bids.assign(DepthSync::kBufferedLevelsMax / 2, Level{.price = 1, .quantity = 1});
  for (std::uint64_t id = 1; id <= 5; ++id) {
    large.first_id = large.last_id = id;
    EXPECT_EQ(sync.on_update(large), buffered);
  }
  EXPECT_EQ(sync.counts().discarded, 3U);
}

TEST(DepthSync, KeepsTheOrderWhenTheBufferIsUsedAgainAndGrows) {
  DepthSync sync{DepthChain::spot};
  std::uint64_t id = 0;
  // Sizes that make the buffer grow while its first update is somewhere in its middle.
  for (const std::uint64_t updates : {3U, 2U, 5U, 1U, 8U, 3U, 13U, 20U}) {
    // Each round loses one update, buffers some, and is saved by a snapshot
    const std::uint64_t first = id + 2;
    for (id = first; id < first + updates; ++id) std::ignore = sync.on_update(spot(id, id));
    --id;
    ASSERT_EQ(code_of(sync.on_snapshot(snapshot_at(first))), "accepted");
    const auto ids = drain(sync);
    ASSERT_EQ(ids.size(), updates - 1);
    for (std::size_t index = 0; index < ids.size(); ++index)
      ASSERT_EQ(ids[index], first + 1 + index);
  }
}

}  // namespace
}  // namespace arbitrage
