#include "arbitrage/view/summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "arbitrage/signals/signals_test.hpp"
#include "arbitrage/view/json_writer.hpp"
#include "arbitrage/view/screen_test.hpp"

namespace arbitrage {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// One instrument and one strategy: short enough to be read.
Summary small_summary() {
  Figures figures = testing::six_instruments();
  figures.instruments.resize(1);
  figures.strategies.resize(1);
  figures.frames = 332'200;
  figures.bad_frames = 1;
  figures.missed = 2;
  figures.restarts = 3;
  figures.dropped = 4;
  figures.dead_letters = 5;
  return Summary::of(figures, 1'003'000'400ns, "7677925a");
}

constexpr std::string_view kGolden = R"({
  "frames": 332200,
  "bad_frames": 1,
  "missed": 2,
  "signals": 1290,
  "restarts": 3,
  "dropped": 4,
  "dead_letters": 5,
  "seconds": 1.003000,
  "signals_sha256": "7677925a",
  "frames_per_second": 331206,
  "latency_ns": {
    "p50": 12345,
    "p99": 3240000
  },
  "strategies": {
    "strategy.btc": {
      "position": "-0.01",
      "pnl": "1234.56",
      "signals": 1234
    }
  },
  "instruments": {
    "spot_btcusdt": {
      "frames": 41249,
      "depth_applied": 3449,
      "depth_dropped": 2,
      "trades": 9757,
      "traded_quantity": "212.03315",
      "taker_buy_quantity": "96.65118",
      "last_update_id": 50093421584,
      "best_bid": ["61685.99", "1.0087"],
      "best_ask": ["61686", "2.29327"],
      "levels": [1209, 2196],
      "ticker_matches": [564, 564]
    }
  }
}
)";

TEST(Summary, JsonIsAsPromisedToTheByte) { EXPECT_EQ(small_summary().to_json(), kGolden); }

TEST(Summary, JsonIsReadByAParserWhateverTheNames) {
  Summary summary = Summary::of(testing::six_instruments(), 2s, "");
  const std::string wild = "quote \" backslash \\ line\n bell\a and é";
  summary.instruments[3].name = wild;
  summary.strategies.clear();
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  ASSERT_EQ(parser.parse(summary.to_json()).get(root), simdjson::SUCCESS);
  std::uint64_t frames_per_second = 0;
  ASSERT_EQ(root["frames_per_second"].get(frames_per_second), simdjson::SUCCESS);
  EXPECT_EQ(frames_per_second, 247'494U / 2);
  simdjson::dom::object instruments;
  ASSERT_EQ(root["instruments"].get(instruments), simdjson::SUCCESS);
  EXPECT_EQ(instruments.size(), 6U);
  std::string_view bid;
  ASSERT_EQ(instruments.at_key(wild)["best_bid"].at(0).get(bid), simdjson::SUCCESS);
  EXPECT_EQ(bid, "61685.99");
  simdjson::dom::object strategies;
  ASSERT_EQ(root["strategies"].get(strategies), simdjson::SUCCESS);
  EXPECT_EQ(strategies.size(), 0U);
}

TEST(Summary, ARunWithoutTimeHasNoRate) {
  Summary summary;
  summary.frames = 7;
  EXPECT_EQ(summary.frames_per_second(), 0U);
  EXPECT_THAT(summary.to_json(), HasSubstr("\"seconds\": 0.000000,"));
  summary.duration = -1ns;
  EXPECT_THAT(summary.to_json(), HasSubstr("\"seconds\": 0.000000,"));
}

TEST(Summary, TheTextFitsAnyTerminal) {
  const std::string text =
      Summary::of(testing::six_instruments(), 1s, std::string(64, 'f')).to_text();
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    EXPECT_LE(end - begin, 80U) << text.substr(begin, end - begin);
    begin = end + 1;
  }
}

TEST(Summary, TheTextIsAlignedForPeople) {
  EXPECT_EQ(small_summary().to_text(), R"(332,200 frames in 1.003000 s: 331,206 a second
1 bad, 2 missed, 3 restarts, 4 dropped, 5 dead letters
1,290 signals
sha256 7677925a
feed to strategy p50 12.3 us, p99 3.24 ms

INSTRUMENT    FRAMES  BAD  MISSED  TRADES   BEST BID   BEST ASK  TICKERS
spot_btcusdt  41,249    0       0   9,757  61,685.99  61,686.00  564/564

STRATEGY      POSITION        PNL  SIGNALS
strategy.btc     -0.01  +1,234.56    1,234
)");
}

TEST(Summary, IsWrittenToItsFile) {
  const testing::ScratchFolder folder{"summary"};
  ASSERT_TRUE(write_summary(folder.file("summary.json"), small_summary()).has_value());
  EXPECT_EQ(testing::content_of(folder.file("summary.json")), kGolden);
}

TEST(JsonWriter, WritesNothingIntoEmptyThings) {
  JsonWriter json;
  json.begin_object();
  json.key("none").begin_object().end_object();
  json.key("list").begin_array().end_array();
  json.key("after").number(1);
  json.end_object();
  EXPECT_EQ(json.text(), "{\n  \"none\": {},\n  \"list\": [],\n  \"after\": 1\n}");
}

}  // namespace
}  // namespace arbitrage
