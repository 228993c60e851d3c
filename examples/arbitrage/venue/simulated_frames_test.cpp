#include "arbitrage/venue/simulated_frames.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace arbitrage::simulated {
namespace {

std::string number(std::int64_t value, NumberFormat format) {
  std::array<char, kNumberBytesMax> text{};
  return {text.data(), write_number(text.data(), value, format)};
}

/// What a writer appends, as a string.
template <typename Write>
std::string written(Write write) {
  TextBuffer out;
  write(out);
  return std::string{out.view(0, out.size())};
}

Instrument instrument(std::string_view name) { return find_instrument(name).value(); }

TEST(WriteNumber, PutsThePointAndTheZeros) {
  EXPECT_EQ(number(6'183'763, {.decimals = 2, .zeros = 6}), "61837.63000000");
  EXPECT_EQ(number(2'000, {.decimals = 5, .zeros = 3}), "0.02000000");
  EXPECT_EQ(number(618'002, {.decimals = 1, .zeros = 1}), "61800.20");
  EXPECT_EQ(number(1'165, {.decimals = 3, .zeros = 0}), "1.165");
  EXPECT_EQ(number(1'645, {.decimals = 0, .zeros = 0}), "1645");
}

TEST(WriteNumber, HasAWholePartForSmallNumbers) {
  EXPECT_EQ(number(0, {.decimals = 0, .zeros = 0}), "0");
  EXPECT_EQ(number(0, {.decimals = 3, .zeros = 0}), "0.000");
  EXPECT_EQ(number(5, {.decimals = 8, .zeros = 0}), "0.00000005");
  EXPECT_EQ(number(999, {.decimals = 3, .zeros = 0}), "0.999");
  EXPECT_EQ(number(1'000, {.decimals = 3, .zeros = 0}), "1.000");
  EXPECT_EQ(number(INT64_MAX, {.decimals = 8, .zeros = 8}), "92233720368.5477580700000000");
}

// The expected texts below are lines of a recording of the three markets, byte for byte.

TEST(FrameWriter, WritesSpotFramesAsBinanceDoes) {
  const FrameWriter writer{instrument("spot_btcusdt")};
  EXPECT_EQ(
      written([&](TextBuffer& out) {
        writer.trade(
            out,
            {.trade_id = 3735683259, .price = 6'183'763, .quantity = 2'000, .buyer_is_maker = true},
            {.event_ms = 1723161255343, .transaction_ms = 1723161255342});
      }),
      R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,)"
      R"("p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}})");

  SimulatedBook book{8};
  book.set(Side::bid, {.price = 6'183'763, .quantity = 378'826});
  book.set(Side::ask, {.price = 6'183'764, .quantity = 154'698});
  EXPECT_EQ(
      written([&](TextBuffer& out) { writer.ticker(out, book, 50093239212, {}); }),
      R"({"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000",)"
      R"("B":"3.78826000","a":"61837.64000000","A":"1.54698000"}})");

  SimulatedBook changed{8};
  changed.set(Side::bid, {.price = 5'565'387, .quantity = 0});
  changed.set(Side::ask, {.price = 6'186'250, .quantity = 5'019});
  changed.set(Side::ask, {.price = 6'183'804, .quantity = 32'332});
  changed.set(Side::ask, {.price = 6'186'251, .quantity = 0});
  EXPECT_EQ(
      written([&](TextBuffer& out) {
        writer.depth(out, changed, {.first = 50093239203, .last = 50093239207, .previous = 1},
                     {.event_ms = 1723161255308, .transaction_ms = 1});
      }),
      R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255308,"s":"BTCUSDT",)"
      R"("U":50093239203,"u":50093239207,"b":[["55653.87000000","0.00000000"]],)"
      R"("a":[["61838.04000000","0.32332000"],["61862.50000000","0.05019000"],["61862.51000000","0.00000000"]]}})");
}

TEST(FrameWriter, WritesUsdMFramesAsBinanceDoes) {
  const FrameWriter writer{instrument("usdm_ethusdt")};
  EXPECT_EQ(
      written([&](TextBuffer& out) {
        writer.trade(
            out,
            {.trade_id = 4308068523, .price = 268'162, .quantity = 1'000, .buyer_is_maker = true},
            {.event_ms = 1723161256560, .transaction_ms = 1723161256560});
      }),
      R"({"stream":"ethusdt@trade","data":{"e":"trade","E":1723161256560,"T":1723161256560,"s":"ETHUSDT",)"
      R"("t":4308068523,"p":"2681.62","q":"1.000","X":"MARKET","m":true}})");

  SimulatedBook book{8};
  book.set(Side::bid, {.price = 268'162, .quantity = 1'165});
  book.set(Side::ask, {.price = 268'163, .quantity = 73'077});
  EXPECT_EQ(
      written([&](TextBuffer& out) {
        writer.ticker(out, book, 5123107838717,
                      {.event_ms = 1723161256311, .transaction_ms = 1723161256310});
      }),
      R"({"stream":"ethusdt@bookTicker","data":{"e":"bookTicker","u":5123107838717,"s":"ETHUSDT",)"
      R"("b":"2681.62","B":"1.165","a":"2681.63","A":"73.077","T":1723161256310,"E":1723161256311}})");
}

TEST(FrameWriter, WritesCoinMFramesAsBinanceDoes) {
  const FrameWriter writer{instrument("cm_btcusd_perp")};
  EXPECT_EQ(
      written([&](TextBuffer& out) {
        writer.trade(
            out, {.trade_id = 849714402, .price = 618'048, .quantity = 4, .buyer_is_maker = false},
            {.event_ms = 1723161257687, .transaction_ms = 1723161257679});
      }),
      R"({"stream":"btcusd_perp@trade","data":{"e":"trade","E":1723161257687,"T":1723161257679,)"
      R"("s":"BTCUSD_PERP","t":849714402,"p":"61804.8","q":"4","X":"MARKET","m":false}})");

  SimulatedBook book{8};
  book.set(Side::bid, {.price = 618'047, .quantity = 35});
  book.set(Side::ask, {.price = 618'048, .quantity = 1'645});
  EXPECT_EQ(
      written([&](TextBuffer& out) {
        writer.ticker(out, book, 1007198632021,
                      {.event_ms = 1723161257476, .transaction_ms = 1723161257465});
      }),
      R"({"stream":"btcusd_perp@bookTicker","data":{"u":1007198632021,"e":"bookTicker","s":"BTCUSD_PERP",)"
      R"("ps":"BTCUSD","b":"61804.7","B":"35","a":"61804.8","A":"1645","T":1723161257465,"E":1723161257476}})");

  SimulatedBook changed{8};
  changed.set(Side::bid, {.price = 617'985, .quantity = 0});
  changed.set(Side::bid, {.price = 617'865, .quantity = 89});
  changed.set(Side::bid, {.price = 617'973, .quantity = 0});
  changed.set(Side::bid, {.price = 617'945, .quantity = 1'572});
  changed.set(Side::ask, {.price = 618'177, .quantity = 44});
  changed.set(Side::ask, {.price = 618'014, .quantity = 0});
  EXPECT_EQ(
      written([&](TextBuffer& out) {
        writer.depth(out, changed,
                     {.first = 1007198631847, .last = 1007198631985, .previous = 1007198631835},
                     {.event_ms = 1723161257476, .transaction_ms = 1723161257462});
      }),
      R"({"stream":"btcusd_perp@depth@0ms","data":{"e":"depthUpdate","E":1723161257476,"T":1723161257462,)"
      R"("s":"BTCUSD_PERP","ps":"BTCUSD","U":1007198631847,"u":1007198631985,"pu":1007198631835,)"
      R"("b":[["61786.5","89"],["61794.5","1572"],["61797.3","0"],["61798.5","0"]],)"
      R"("a":[["61801.4","0"],["61817.7","44"]]}})");
}

TEST(FrameWriter, WritesSnapshotsBestFirstWithEveryLevel) {
  const auto snapshot = [](std::string_view name, std::uint64_t id) {
    SimulatedBook book{8};
    for (const std::int64_t price : {98, 100, 99}) {
      book.set(Side::bid, {.price = price, .quantity = 1});
    }
    book.set(Side::ask, {.price = 102, .quantity = 3});
    book.set(Side::ask, {.price = 101, .quantity = 2});
    const FrameWriter writer{instrument(name)};
    return written([&](TextBuffer& out) {
      writer.snapshot(out, book, id, {.event_ms = 1723161257835, .transaction_ms = 1723161257823});
    });
  };
  EXPECT_EQ(
      snapshot("cm_btcusd_perp", 1007198635033),
      R"({"lastUpdateId":1007198635033,"E":1723161257835,"T":1723161257823,"symbol":"BTCUSD_PERP","pair":"BTCUSD",)"
      R"("bids":[["10.0","1"],["9.9","1"],["9.8","1"]],"asks":[["10.1","2"],["10.2","3"]]})");
  EXPECT_EQ(snapshot("usdm_ethusdt", 7),
            R"({"lastUpdateId":7,"E":1723161257835,"T":1723161257823,)"
            R"("bids":[["1.00","0.001"],["0.99","0.001"],["0.98","0.001"]],)"
            R"("asks":[["1.01","0.002"],["1.02","0.003"]]})");
  EXPECT_EQ(
      snapshot("spot_ethusdt", 8),
      R"({"lastUpdateId":8,"bids":[["1.00000000","0.00010000"],["0.99000000","0.00010000"],["0.98000000","0.00010000"]],)"
      R"("asks":[["1.01000000","0.00020000"],["1.02000000","0.00030000"]]})");
}

TEST(FrameWriter, WritesAnEmptySideAsAnEmptyList) {
  SimulatedBook book{8};
  book.set(Side::ask, {.price = 101, .quantity = 2});
  const FrameWriter writer{instrument("usdm_btcusdt")};
  const std::string frame = written([&](TextBuffer& out) { writer.depth(out, book, {}, {}); });
  EXPECT_TRUE(frame.ends_with(R"("b":[],"a":[["10.10","0.002"]]}})")) << frame;
}

TEST(TextBuffer, KeepsItsContentWhenItGrows) {
  TextBuffer text;
  std::string expected;
  for (int round = 0; round < 1'000; ++round) {
    const std::string piece(static_cast<std::size_t>(round), static_cast<char>('a' + round % 26));
    text.commit(std::ranges::copy(piece, text.room_for(piece.size())).out);
    expected += piece;
  }
  EXPECT_EQ(text.view(0, text.size()), expected);
  text.clear();
  EXPECT_EQ(text.size(), 0U);
}

}  // namespace
}  // namespace arbitrage::simulated
