#include "providers/provider.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "mycelium/testing/probe.hpp"
#include "mycelium/testing/test_system.hpp"
#include "providers/actor_run.hpp"
#include "providers/venue_channel.hpp"

namespace providers {
namespace {

using namespace std::chrono_literals;
using mycelium::Context;
using mycelium::SendResult;
using mycelium::testing::Probe;
using mycelium::testing::TestSystem;

/// Connections that a test answers for.
class FakeLinks final : public FeedLinks {
 public:
  struct Opened {
    std::string channel;
    LinkReceiver receiver;
    std::uint64_t session;
    bool is_paused = false;
    bool is_closed = false;
  };

  std::unique_ptr<FeedLink> open(const std::string& channel, const LinkReceiver& receiver,
                                 std::uint64_t session) override {
    opened.push_back(std::make_shared<Opened>(Opened{channel, receiver, session}));
    return std::make_unique<Link>(opened.back());
  }

  std::vector<std::shared_ptr<Opened>> opened;

 private:
  class Link final : public FeedLink {
   public:
    explicit Link(std::shared_ptr<Opened> opened) : opened_{std::move(opened)} {}
    ~Link() override { opened_->is_closed = true; }
    void pause() override { opened_->is_paused = true; }
    void resume() override { opened_->is_paused = false; }

   private:
    std::shared_ptr<Opened> opened_;
  };
};

/// The three providers in their tree, on a clock of the test's own.
class ProviderTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kRestartsMax = 3;
  static constexpr std::size_t kIndex = 1;

  ProviderTest() {
    probe_.subscribe<MarketData>("market.*", {.overflow = mycelium::Overflow::block});
    for (std::size_t index = 0; index < kProviders.size(); ++index) {
      providers_[index].index = static_cast<std::uint32_t>(index);
      providers_[index].links = &links_;
      channels_.push_back(*VenueChannel::open(kProviders[index], {}));
    }
    feeds_ = test_.supervise(feeds_tree(providers_, kRestartsMax));
    test_.run_until_idle();
  }

  [[nodiscard]] ControlRef provider(std::size_t index = kIndex) {
    return *test_.system().lookup<Start, Pause, Stop>(kProviders[index]);
  }
  template <typename M>
  void tell(M message, std::size_t index = kIndex) {
    ASSERT_EQ(provider(index).try_send_urgent(message), SendResult::ok);
    test_.run_until_idle();
  }
  // What comes from a connection, in the order of the calls.
  template <typename M>
  void bring(const FakeLinks::Opened& link, M message) {
    ASSERT_EQ(link.receiver.try_send(std::move(message)), SendResult::ok);
  }
  void bring_frame(const FakeLinks::Opened& link, std::size_t index = kIndex) {
    bring(link, FrameReceived{link.session, channels_[index].next().frame});
  }
  // A connection that has brought its snapshot and two frames.
  FakeLinks::Opened& live(std::size_t index = kIndex) {
    tell(Start{}, index);
    FakeLinks::Opened& link = *links_.opened.back();
    bring(link, LinkUp{link.session});
    bring(link, FrameReceived{link.session, channels_[index].snapshot()});
    bring_frame(link, index);
    bring_frame(link, index);
    test_.run_until_idle();
    return link;
  }
  void lose(const FakeLinks::Opened& link) {
    bring(link, LinkLost{link.session, 0, "gone"});
    test_.run_until_idle();
  }
  [[nodiscard]] std::uint64_t restarts_of(std::size_t index) {
    return provider(index).cell()->restart_count.value();
  }
  [[nodiscard]] std::vector<std::uint64_t> sequences() const {
    std::vector<std::uint64_t> all;
    for (const MarketData& data : probe_.messages<MarketData>()) all.push_back(data.sequence);
    return all;
  }

  FakeLinks links_;
  std::array<ProviderOptions, kProviders.size()> providers_{};
  std::vector<VenueChannel> channels_;
  TestSystem test_;
  Probe<MarketData> probe_{test_};
  mycelium::SupervisorRef feeds_;
};

TEST_F(ProviderTest, ConnectsWhenItIsToldToAndPassesOnWhatComes) {
  EXPECT_TRUE(links_.opened.empty());
  live();
  ASSERT_EQ(links_.opened.size(), 1U);
  EXPECT_EQ(links_.opened[0]->channel, kProviders[kIndex]);
  EXPECT_EQ(sequences(), (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_EQ(probe_.messages<MarketData>()[0].kind, DataKind::snapshot);
  EXPECT_EQ(providers_[kIndex].timeline->count(Step::first_message), 1U);
}

TEST_F(ProviderTest, PauseKeepsTheConnectionStopClosesItAndStartGoesOn) {
  FakeLinks::Opened& link = live();
  tell(Pause{});
  EXPECT_TRUE(link.is_paused);
  tell(Start{});
  EXPECT_FALSE(link.is_paused);
  EXPECT_FALSE(link.is_closed);
  EXPECT_EQ(links_.opened.size(), 1U);
  tell(Stop{});
  EXPECT_TRUE(link.is_closed);
  bring_frame(link);  // Was on its way: of a connection that is closed.
  test_.run_until_idle();
  EXPECT_EQ(sequences().size(), 3U);
  tell(Pause{});
  tell(Start{});
  ASSERT_EQ(links_.opened.size(), 2U);
  EXPECT_FALSE(links_.opened[1]->is_paused);
  EXPECT_NE(links_.opened[1]->session, link.session);
  EXPECT_EQ(restarts_of(kIndex), 0U);
}

// Promises: S1, S9
TEST_F(ProviderTest, OnlyTheOneThatFailedIsRestartedAndItConnectsAgain) {
  for (std::size_t index = 0; index < kProviders.size(); ++index) live(index);
  FakeLinks::Opened& link = *links_.opened[kIndex];
  bring(link, LinkLost{link.session, 0, "gone"});
  bring_frame(*links_.opened[0], 0);
  bring_frame(*links_.opened[2], 2);
  test_.run_until_idle();
  EXPECT_TRUE(link.is_closed);
  ASSERT_EQ(links_.opened.size(), 4U);
  EXPECT_EQ(links_.opened[3]->channel, kProviders[kIndex]);
  EXPECT_FALSE(links_.opened[3]->is_closed);
  EXPECT_EQ(restarts_of(kIndex), 1U);
  for (const std::size_t other : {0U, 2U}) {
    EXPECT_EQ(restarts_of(other), 0U);
    EXPECT_FALSE(links_.opened[other]->is_closed);
    EXPECT_EQ(providers_[other].timeline->count(Step::lost), 0U);
  }
  EXPECT_EQ(sequences().size(), 11U);  // Two more than the nine of the beginning.
}

// Promises: L4
TEST_F(ProviderTest, TheNextIncarnationKnowsWhereTheLastOneStood) {
  lose(live());
  FakeLinks::Opened& again = *links_.opened.back();
  static_cast<void>(channels_[kIndex].next());  // Was sent meanwhile, to nobody.
  bring(again, LinkUp{again.session});
  bring(again, FrameReceived{again.session, channels_[kIndex].snapshot()});
  test_.run_until_idle();
  const auto outages = outages_of(providers_[kIndex].timeline->notes());
  ASSERT_EQ(outages.size(), 1U);
  EXPECT_EQ(outages[0].why, "gone");
  EXPECT_EQ(outages[0].sequence, 2U);
  EXPECT_EQ(outages[0].missed, 1U);
  EXPECT_TRUE(outages[0].recovered.has_value());
}

TEST_F(ProviderTest, WhatAnEarlierConnectionHadSentIsNotTakenForNews) {
  FakeLinks::Opened& link = live();
  bring(link, FrameReceived{link.session, "F 3"});  // Fails.
  bring_frame(link);                                // Waits in the mailbox over the restart.
  test_.run_until_idle();
  EXPECT_EQ(links_.opened.size(), 2U);
  EXPECT_EQ(sequences(), (std::vector<std::uint64_t>{0, 1, 2}));
}

TEST_F(ProviderTest, AFrameThatIsTornIsAFailure) {
  FakeLinks::Opened& link = live();
  const std::string whole = channels_[kIndex].next().frame;
  bring(link, FrameReceived{link.session, whole.substr(0, whole.size() / 2)});
  test_.run_until_idle();
  EXPECT_TRUE(link.is_closed);
  EXPECT_EQ(restarts_of(kIndex), 1U);
  EXPECT_EQ(links_.opened.size(), 2U);
}

TEST_F(ProviderTest, AVenueThatFallsSilentIsAFailureAndOneThatWasPausedIsNot) {
  FakeLinks::Opened& link = live();
  FakeLinks::Opened& paused = live(0);
  tell(Pause{}, 0);
  test_.advance(1900ms);
  EXPECT_FALSE(link.is_closed);
  test_.advance(2200ms);
  EXPECT_TRUE(link.is_closed);
  EXPECT_FALSE(paused.is_closed);
  EXPECT_EQ(restarts_of(kIndex), 1U);
  EXPECT_EQ(restarts_of(0), 0U);
}

TEST_F(ProviderTest, APausedOneThatFailsWaitsForItsStart) {
  FakeLinks::Opened& link = live();
  tell(Pause{});
  lose(link);
  EXPECT_EQ(restarts_of(kIndex), 1U);
  EXPECT_EQ(links_.opened.size(), 1U);
  tell(Start{});
  EXPECT_EQ(links_.opened.size(), 2U);
}

// Promises: S5, S6
TEST_F(ProviderTest, WaitsLongerAfterEachFailureAndThenTakesTheTreeDown) {
  tell(Start{});
  lose(*links_.opened.back());  // The first restart is at once.
  ASSERT_EQ(links_.opened.size(), 2U);
  for (const auto longest : {10ms, 20ms}) {
    lose(*links_.opened.back());
    const std::size_t before = links_.opened.size();
    test_.advance(longest / 2);  // Chance takes away a fifth at most.
    EXPECT_EQ(links_.opened.size(), before);
    test_.advance(longest / 2);
    EXPECT_EQ(links_.opened.size(), before + 1);
  }
  EXPECT_FALSE(test_.system().failure().has_value());
  lose(*links_.opened.back());
  ASSERT_TRUE(test_.system().failure().has_value());
  EXPECT_NE(test_.system().failure()->message.find("gone"), std::string::npos);
  EXPECT_TRUE(test_.system().stop_requested());
}

// Promises: S2, S7
TEST_F(ProviderTest, TheTreeStopsWhenAllHaveSeenTheEnd) {
  for (std::size_t index = 0; index < kProviders.size(); ++index) {
    EXPECT_FALSE(test_.system().actors().size() == 1);
    FakeLinks::Opened& link = live(index);
    bring(link, FrameReceived{link.session, "E 2 5"});
    test_.run_until_idle();
    EXPECT_TRUE(link.is_closed);
  }
  EXPECT_EQ(test_.system().actors().size(), 1U);  // The probe.
  EXPECT_FALSE(test_.system().failure().has_value());
}

/// Takes a second for each message, and has room for one more.
class SlowReader {
 public:
  using Handles = mycelium::Messages<MarketData>;
  explicit SlowReader(std::vector<std::uint64_t>& seen) : seen_{seen} {}
  void on_start(Context& context) {
    context.subscribe<MarketData>("market.*", {.overflow = mycelium::Overflow::block});
  }
  mycelium::Task<> handle(const MarketData& data, Context& context) {
    seen_.push_back(data.sequence);
    co_await context.sleep(kSecond);
  }

 private:
  static constexpr std::chrono::seconds kSecond{1};
  std::vector<std::uint64_t>& seen_;
};

// Promises: D7, D8
TEST_F(ProviderTest, ControlsAreHandledWhileAFrameWaitsForRoomAndNoneIsLost) {
  std::vector<std::uint64_t> seen;
  const auto worker = provider().cell()->worker->index();
  test_.spawn("slow", [&](Context&) { return SlowReader{seen}; },
              {.mailbox = {.capacity = 1}, .worker = worker});
  test_.run_until_idle();
  FakeLinks::Opened& link = live();
  EXPECT_EQ(seen.size(), 1U);  // One is handled, one waits, and one has found no room.
  tell(Pause{});
  EXPECT_TRUE(link.is_paused);
  tell(Start{});
  EXPECT_FALSE(link.is_paused);
  test_.advance(1500ms);
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{0, 1}));
  tell(Stop{});
  EXPECT_TRUE(link.is_closed);
  test_.advance(3s);
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{0, 1, 2}));
}

}  // namespace
}  // namespace providers
