#include "arbitrage/market/frame.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "mycelium/base/random.hpp"

namespace arbitrage {
namespace {

const std::string kSpotDepth =
    R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":189,"u":202,)"
    R"("b":[["61737.63000000","0.00000000"],["61730.17","1.5"]],"a":[["61837.64000000","1.54698000"]]}})";
const std::string kFuturesDepth =
    R"({"stream":"btcusd_perp@depth@0ms","data":{"e":"depthUpdate","E":1723161257440,"T":1723161257432,)"
    R"("s":"BTCUSD_PERP","ps":"BTCUSD","U":260,"u":565,"pu":198,"b":[],"a":[["61817.9","0"]]}})";
const std::string kTrade =
    R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,)"
    R"("p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}})";
const std::string kTicker =
    R"({"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000",)"
    R"("B":"3.78826000","a":"61837.64000000","A":"1.54698000"}})";
const std::string kSnapshot =
    R"({"lastUpdateId":50093239218,"bids":[["61837.63","3.78826"],["61837.62","0.617"]],"asks":[["61837.64","1"]]})";

constexpr Level level(Decimal price, Decimal quantity) {
  return {.price = price, .quantity = quantity};
}

std::string code_of(FrameParser& parser, std::string_view json) {
  const auto frame = parser.parse(json);
  return frame ? "accepted" : frame.error().code;
}

TEST(FrameParser, ReadsASpotDepthUpdate) {
  FrameParser parser;
  const auto frame = parser.parse(kSpotDepth);
  ASSERT_TRUE(frame.has_value()) << frame.error().message;
  const DepthUpdate& update = *std::get<const DepthUpdate*>(*frame);
  EXPECT_EQ(update.first_id, 189U);
  EXPECT_EQ(update.last_id, 202U);
  EXPECT_EQ(update.previous_id, std::nullopt);
  EXPECT_EQ(update.event_time_ms, 1723161255208);
  EXPECT_EQ(update.bids,
            (std::vector{level(6'173'763'000'000, 0), level(6'173'017'000'000, 150'000'000)}));
  EXPECT_EQ(update.asks, (std::vector{level(6'183'764'000'000, 154'698'000)}));
}

TEST(FrameParser, ReadsAFuturesDepthUpdateAndForgetsTheOneBefore) {
  FrameParser parser;
  ASSERT_TRUE(parser.parse(kFuturesDepth).has_value());
  {
    const auto frame = parser.parse(kSpotDepth);
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(std::get<const DepthUpdate*>(*frame)->previous_id, std::nullopt);
  }
  const auto frame = parser.parse(kFuturesDepth);
  ASSERT_TRUE(frame.has_value()) << frame.error().message;
  const DepthUpdate& update = *std::get<const DepthUpdate*>(*frame);
  EXPECT_EQ(update.previous_id, 198U);
  EXPECT_TRUE(update.bids.empty());
  EXPECT_EQ(update.asks, (std::vector{level(6'181'790'000'000, 0)}));
}

TEST(FrameParser, ReadsATrade) {
  FrameParser parser;
  const auto frame = parser.parse(kTrade);
  ASSERT_TRUE(frame.has_value()) << frame.error().message;
  const Trade& trade = std::get<Trade>(*frame);
  EXPECT_EQ(trade.trade_id, 3735683259U);
  EXPECT_EQ(trade.price, 6'183'763'000'000);
  EXPECT_EQ(trade.quantity, 2'000'000);
  EXPECT_TRUE(trade.buyer_is_maker);
}

TEST(FrameParser, ReadsABookTicker) {
  FrameParser parser;
  const auto frame = parser.parse(kTicker);
  ASSERT_TRUE(frame.has_value()) << frame.error().message;
  const BookTicker& ticker = std::get<BookTicker>(*frame);
  EXPECT_EQ(ticker.update_id, 50093239212U);
  EXPECT_EQ(ticker.bid, level(6'183'763'000'000, 378'826'000));
  EXPECT_EQ(ticker.ask, level(6'183'764'000'000, 154'698'000));
}

TEST(FrameParser, ReadsASnapshotThatHasNoEnvelope) {
  FrameParser parser;
  const auto frame = parser.parse(kSnapshot);
  ASSERT_TRUE(frame.has_value()) << frame.error().message;
  const DepthSnapshot& snapshot = *std::get<const DepthSnapshot*>(*frame);
  EXPECT_EQ(snapshot.last_update_id, 50093239218U);
  EXPECT_EQ(snapshot.bids, (std::vector{level(6'183'763'000'000, 378'826'000),
                                        level(6'183'762'000'000, 61'700'000)}));
  EXPECT_EQ(snapshot.asks, (std::vector{level(6'183'764'000'000, 100'000'000)}));
}

TEST(FrameParser, DoesNotCareAboutWhiteSpaceOrTheOrderOfFields) {
  FrameParser parser;
  const auto frame = parser.parse(
      R"( { "data" : { "a" : [ [ "2" , "3" ] ] , "b":[ ["1.5",  "0"],["1","4"] ], "u":9, "U":8, "E":7 , "extra":{"b":[1]} },
          "stream" : "x@depth" } )");
  ASSERT_TRUE(frame.has_value()) << frame.error().message;
  const DepthUpdate& update = *std::get<const DepthUpdate*>(*frame);
  EXPECT_EQ(update.last_id, 9U);
  EXPECT_EQ(update.bids, (std::vector{level(150'000'000, 0), level(100'000'000, 400'000'000)}));
  EXPECT_EQ(update.asks, (std::vector{level(200'000'000, 300'000'000)}));
}

TEST(FrameParser, RefusesBytesThatAreNoJson) {
  FrameParser parser;
  for (const char* json : {"", " ", "{", "}", "nonsense", "[]", "42", "\"text\"",
                           "{\"stream\":", "\xff\xfe{}", R"({"stream":"x@trade","data":[]})",
                           R"({"stream":5,"data":{}})", R"({"lastUpdateId":1,"bids":{},"asks":[]})",
                           R"({"lastUpdateId":1,"bids":[1],"asks":[]})"}) {
    EXPECT_EQ(code_of(parser, json), "bad_json") << json;
  }
  EXPECT_EQ(code_of(parser, kTrade + "}"), "bad_json");
  EXPECT_EQ(code_of(parser, kTrade + kTrade), "bad_json");
  std::string no_bool = kTrade;
  no_bool.replace(no_bool.find("true"), 4, "1234");
  EXPECT_EQ(code_of(parser, no_bool), "bad_json");
}

TEST(FrameParser, RefusesEveryTornFrame) {
  FrameParser parser;
  for (const std::string& whole : {kSpotDepth, kFuturesDepth, kTrade, kTicker, kSnapshot}) {
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
      EXPECT_NE(code_of(parser, whole.substr(0, bytes)), "accepted") << whole.substr(0, bytes);
    }
    EXPECT_EQ(code_of(parser, whole), "accepted");
  }
}

TEST(FrameParser, NamesAnUnknownStream) {
  FrameParser parser;
  const auto frame = parser.parse(R"({"stream":"btcusdt@kline_1m","data":{}})");
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error().code, "unknown_stream");
  EXPECT_NE(frame.error().message.find("btcusdt@kline_1m"), std::string::npos);
  EXPECT_EQ(code_of(parser, R"({"stream":"btcusdt","data":{}})"), "unknown_stream");
  EXPECT_EQ(code_of(parser, R"({"result":null,"id":1})"), "unknown_stream");
  EXPECT_EQ(code_of(parser, "{}"), "unknown_stream");
}

TEST(FrameParser, NamesAMissingField) {
  FrameParser parser;
  const struct {
    const std::string& frame;
    std::string field;
  } cases[] = {{kSpotDepth, "E"},
               {kSpotDepth, "U"},
               {kSpotDepth, "u"},
               {kSpotDepth, "b"},
               {kSpotDepth, "a"},
               {kTrade, "t"},
               {kTrade, "p"},
               {kTrade, "q"},
               {kTrade, "m"},
               {kTicker, "u"},
               {kTicker, "b"},
               {kTicker, "B"},
               {kTicker, "a"},
               {kTicker, "A"},
               {kSnapshot, "bids"},
               {kSnapshot, "asks"},
               {kSnapshot, "lastUpdateId"},
               {kTrade, "data"}};
  for (const auto& [whole, field] : cases) {
    std::string json = whole;
    json.replace(json.find(fmt::format("\"{}\":", field)), field.size() + 3, "\"other\":");
    const auto frame = parser.parse(json);
    ASSERT_FALSE(frame.has_value()) << json;
    EXPECT_EQ(frame.error().code, "missing_field") << json;
    EXPECT_NE(frame.error().message.find(fmt::format("\"{}\"", field)), std::string::npos)
        << frame.error().message;
  }
}

TEST(FrameParser, RefusesNumbersThatCannotBe) {
  FrameParser parser;
  const auto with_level = [](std::string_view pair) {
    return fmt::format(
        R"({{"stream":"x@depth","data":{{"E":1,"U":1,"u":2,"b":[["7","7"],{}],"a":[]}}}})", pair);
  };
  EXPECT_EQ(code_of(parser, with_level(R"(["1","2"])")), "accepted");
  for (const char* pair :
       {R"(["1"])", R"(["1","2","3"])", "[]", R"(["1",2])", R"([1,"2"])", R"(["x","2"])",
        R"(["","2"])", R"(["-1","2"])", R"(["1","-0.00000001"])", R"(["0","2"])",
        R"(["1.123456789","2"])", R"(["99999999999999","2"])", R"(["1.","2"])", R"(["1",null])",
        R"(["1",["2"]])", R"(["12345678901","99999999999"])"}) {
    EXPECT_EQ(code_of(parser, with_level(pair)), "bad_number") << pair;
  }
  const auto with_ids = [](std::string_view first, std::string_view last) {
    return fmt::format(R"({{"stream":"x@depth","data":{{"E":1,"U":{},"u":{},"b":[],"a":[]}}}})",
                       first, last);
  };
  EXPECT_EQ(code_of(parser, with_ids("2", "2")), "accepted");
  EXPECT_EQ(code_of(parser, with_ids("3", "2")), "bad_number");
  EXPECT_EQ(code_of(parser, with_ids("-1", "2")), "bad_number");
  EXPECT_EQ(code_of(parser, with_ids("1.5", "2")), "bad_number");
  EXPECT_EQ(code_of(parser, with_ids("1", "99999999999999999999")), "bad_number");
  EXPECT_EQ(code_of(parser, with_ids("\"1\"", "2")), "bad_number");
}

TEST(FrameParser, ReadsLongNumbersByTheGeneralWay) {
  FrameParser parser;
  const auto frame = parser.parse(
      R"({"lastUpdateId":1,"bids":[["12345678901.5","0001.5000000000"]],"asks":[["1","00000000000000000000002"]]})");
  ASSERT_TRUE(frame.has_value()) << frame.error().message;
  const DepthSnapshot& snapshot = *std::get<const DepthSnapshot*>(*frame);
  EXPECT_EQ(snapshot.bids, (std::vector{level(1'234'567'890'150'000'000, 150'000'000)}));
  EXPECT_EQ(snapshot.asks, (std::vector{level(100'000'000, 200'000'000)}));
}

TEST(FrameParser, RefusesAFrameBeyondItsLimit) {
  FrameParser parser;
  EXPECT_EQ(code_of(parser, std::string(FrameParser::kFrameBytesMax + 1, ' ')), "frame_too_large");
}

TEST(FrameParser, SurvivesAnyChangedByte) {
  constexpr std::uint64_t kSeed = 5;
  mycelium::Random random{kSeed};
  FrameParser parser;
  const std::string frames[] = {kSpotDepth, kFuturesDepth, kTrade, kTicker, kSnapshot};
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string json = frames[random.below(5)];
    for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
      json[random.below(json.size())] = static_cast<char>(random.below(256));
    }
    if (parser.parse(json)) ++accepted;
  }
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, 20'000);
  EXPECT_EQ(code_of(parser, kTrade), "accepted") << "a bad frame must leave nothing behind";
}

}  // namespace
}  // namespace arbitrage
