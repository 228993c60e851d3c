#include "arbitrage/signals/signal_recorder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arbitrage/signals/signals_test.hpp"

namespace arbitrage {
namespace {

using testing::content_of;
using ::testing::HasSubstr;
using testing::ScratchFolder;
using testing::units;

const std::string kFirstLine =
    "time_ns,source,sequence,strategy,kind,first,second,basis_bp,band_low_bp,band_high_bp,first_"
    "bid,"
    "first_ask,second_bid,second_ask,position,pnl\n";

StrategyUpdate update(std::uint32_t strategy, std::int64_t time_ns,
                      SignalKind kind = SignalKind::enter_long) {
  return {.signal = {.at = {time_ns, 2, 77},
                     .read_ns = 5,
                     .kind = kind,
                     .pair = 0,
                     .first = 0,
                     .second = 1,
                     .basis = -37'650,
                     .band_low = -10'000,
                     .band_high = 1,
                     .first_bid = {units(61'685) + 99'000'000, units(1)},
                     .first_ask = {units(61'686), units(2)},
                     .second_bid = {units(61'659) + 70'000'000, units(3)},
                     .second_ask = {units(61'659) + 80'000'000, units(4)}},
          .strategy = strategy,
          .position = -1'000'000,
          .pnl = 12'345};
}

std::string line_of(std::int64_t time_ns, const std::string& strategy, const std::string& kind) {
  return std::to_string(time_ns) + ",2,77," + strategy + "," + kind +
         ",spot_btcusdt,usdm_btcusdt,-3.765,-1,0.0001,61685.99,61686,61659.7,61659.8,-0.01,0."
         "00012345\n";
}

class SignalRecording : public ::testing::Test {
 protected:
  void open(const std::filesystem::path& path,
            SignalNames names = {{"spot_btcusdt", "usdm_btcusdt"}, {"btc", "eth"}}) {
    auto opened = SignalLog::open(path, std::move(names));
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    log_ = *opened;
  }

  ScratchFolder folder_{std::string{"recording_"} +
                        ::testing::UnitTest::GetInstance()->current_test_info()->name()};
  std::filesystem::path path_ = folder_.file("signals.csv");
  std::shared_ptr<SignalLog> log_;
};

TEST_F(SignalRecording, WritesExactDecimalsInEventTimeOrder) {
  // Given two strategies of which one is ahead
  open(path_);
  log_->push(update(1, 30, SignalKind::exit));
  log_->push(update(0, 10));
  log_->push(update(0, 40, SignalKind::enter_short));
  // Then only what no strategy can bring an earlier one for is in the file, complete at a watermark
  log_->advance({EventTime::end_of(35), 1});
  EXPECT_EQ(content_of(path_),
            kFirstLine + line_of(10, "btc", "enter_long") + line_of(30, "eth", "exit"));
  EXPECT_EQ(log_->signals(), 2U);
  EXPECT_EQ(log_->bytes(), content_of(path_).size());
  EXPECT_EQ(log_->watermark(), EventTime::end_of(35));
  // And the rest at the end
  ASSERT_TRUE(log_->close().has_value());
  EXPECT_EQ(content_of(path_), kFirstLine + line_of(10, "btc", "enter_long") +
                                   line_of(30, "eth", "exit") + line_of(40, "btc", "enter_short"));
  EXPECT_EQ(log_->sha256().size(), 64U);
}

TEST_F(SignalRecording, QuotesNamesThatNeedItAndNumbersInstrumentsWithoutOne) {
  open(path_, {{"spot,\"btc\""}, {"b\nc"}});
  log_->push(update(0, 10));
  ASSERT_TRUE(log_->close().has_value());
  EXPECT_THAT(content_of(path_), HasSubstr("10,2,77,\"b\nc\",enter_long,\"spot,\"\"btc\"\"\",1,"));
}

TEST_F(SignalRecording, CountsWhatComesTooLateAndFailsInTheEnd) {
  open(path_);
  log_->push(update(0, 10));
  log_->push(update(0, 9));
  log_->push(update(2, 10));  // There is no such strategy.
  log_->advance({EventTime::end(), 2});
  const auto closed = log_->close();
  ASSERT_FALSE(closed.has_value());
  EXPECT_EQ(closed.error().code, "late_updates");
  EXPECT_THAT(closed.error().message, HasSubstr("lacks 2 signals"));
  EXPECT_EQ(log_->late(), 2U);
  EXPECT_EQ(content_of(path_), kFirstLine + line_of(10, "btc", "enter_long"));
}

TEST_F(SignalRecording, AnUnwritablePathIsRefusedBeforeAnythingStarts) {
  const auto opened = SignalLog::open(folder_.file("missing") / "signals.csv", {{}, {"btc"}});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, "not_writable");
}

TEST_F(SignalRecording, ARestartedRecorderNeitherLosesNorDoublesALine) {
  open(path_);
  mycelium::Topic<Watermark> progress{"progress"};
  {
    SignalRecorder first{log_, mycelium::Publisher<Watermark>{progress}};
    first.handle(update(0, 10));
    first.handle(update(1, 20));
  }
  {
    SignalRecorder second{log_, mycelium::Publisher<Watermark>{progress}};
    second.handle(update(0, 30));
    second.handle(update(1, 40));
  }
  ASSERT_TRUE(log_->close().has_value());
  EXPECT_EQ(content_of(path_),
            kFirstLine + line_of(10, "btc", "enter_long") + line_of(20, "eth", "enter_long") +
                line_of(30, "btc", "enter_long") + line_of(40, "eth", "enter_long"));
}

TEST_F(SignalRecording, AsAnActorTellsHowFarItHasCome) {
  open(path_);
  mycelium::System system{testing::manual_drive()};
  auto progress = system.subscriber<Watermark>("recorder.progress");
  auto recorder = system.spawn("recorder", [log = log_](mycelium::Context& context) {
    return SignalRecorder{log, context.publisher<Watermark>("recorder.progress")};
  });
  ASSERT_TRUE(system.await_started(*recorder.cell()));
  ASSERT_EQ(recorder.try_send(update(1, 10)), mycelium::SendResult::ok);
  ASSERT_EQ(recorder.try_send(Watermark{EventTime::end_of(20), 0}), mycelium::SendResult::ok);
  ASSERT_EQ(recorder.try_send(Watermark{EventTime::end_of(30), 1}), mycelium::SendResult::ok);
  ASSERT_EQ(recorder.try_send(Watermark{EventTime::end_of(31), 1}), mycelium::SendResult::ok);
  testing::run(system);
  // The second strategy alone brings it to its own event, the first one then to 20.
  std::vector<EventTime> places;
  while (auto watermark = progress.try_next()) {
    EXPECT_EQ(watermark->input, 0U);
    places.push_back(watermark->upto);
  }
  ASSERT_FALSE(places.empty());
  EXPECT_TRUE(std::ranges::is_sorted(places));
  EXPECT_EQ(places.back(), EventTime::end_of(20));
  EXPECT_EQ(content_of(path_), kFirstLine + line_of(10, "eth", "enter_long"));
}

TEST_F(SignalRecording, OnAFullDiskTheJobGoesOnAndFailsInTheEnd) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  open("/dev/full");
  mycelium::System system{testing::manual_drive()};
  auto progress = system.subscriber<Watermark>("recorder.progress");
  auto recorder = system.spawn("recorder", [log = log_](mycelium::Context& context) {
    return SignalRecorder{log, context.publisher<Watermark>("recorder.progress")};
  });
  ASSERT_TRUE(system.await_started(*recorder.cell()));
  for (std::int64_t time_ns = 10; time_ns < 15; ++time_ns) {
    ASSERT_EQ(recorder.try_send(update(0, time_ns)), mycelium::SendResult::ok);
    for (const std::uint32_t strategy : {0U, 1U}) {
      ASSERT_EQ(recorder.try_send(Watermark{EventTime::end_of(time_ns), strategy}),
                mycelium::SendResult::ok);
    }
  }
  ::testing::internal::CaptureStdout();
  testing::run(system);
  const std::string printed = ::testing::internal::GetCapturedStdout();
  // One message, all lines counted, progress all the same
  EXPECT_THAT(printed, HasSubstr("No space left on device"));
  EXPECT_EQ(printed.find("No space left"), printed.rfind("No space left"));
  EXPECT_EQ(log_->signals(), 5U);
  EXPECT_EQ(log_->lost(), 6U);  // And the first line.
  EventTime last = EventTime::beginning();
  while (auto watermark = progress.try_next()) last = watermark->upto;
  EXPECT_EQ(last, EventTime::end_of(14));
  const auto closed = log_->close();
  ASSERT_FALSE(closed.has_value());
  EXPECT_EQ(closed.error().code, "write_failed");
}

}  // namespace
}  // namespace arbitrage
