#include "mycelium/protocol/message_text.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>

#include "mycelium/protocol/message_equality.hpp"
#include "mycelium/protocol/wire_samples.hpp"

namespace mycelium {
namespace {

enum class Plain : std::uint8_t { buy, sell };
struct Undescribed {
  int number;
};
struct Quote {
  std::string market;
  wire_samples::Level best;
  Plain plain;
  wire_samples::Side side;
  bool firm;
  std::uint8_t flags;
  Undescribed other;
  std::shared_ptr<int> owned;
};
MYCELIUM_MESSAGE(Quote, 721, "test.quote", market, best, plain, side, firm, flags, other, owned)

struct Numbers {
  double ratio;
  std::int64_t large;
  std::vector<std::optional<std::int32_t>> few;
  std::chrono::milliseconds wait;
};
MYCELIUM_MESSAGE(Numbers, 722, "test.numbers", ratio, large, few, wait)

/// Described by hand, as the runtime's own messages are.
struct ByHand {};
[[maybe_unused]] constexpr MessageTraits mycelium_message_traits(const ByHand*) {
  return {723, "test.by_hand", "ByHand"};
}

using wire_samples::Side;

TEST(MessageText, NamesEveryFieldAndPrintsWhatCanBePrinted) {
  const Quote quote{"usdm", {105, 5}, Plain::sell, Side::sell, true, 7, {1}, nullptr};
  EXPECT_EQ(text_of(quote),
            "Quote{market = \"usdm\", best = {price = 105, quantity = 5}, plain = 1, side = sell, "
            "firm = true, flags = 7, other = ..., owned = ...}");
  EXPECT_EQ(fmt::format("{}", quote), text_of(quote));
  EXPECT_EQ(text_of(wire_samples::Heartbeat{}), "Heartbeat{}");
  EXPECT_EQ(text_of(ByHand{}), "ByHand{}");  // Its name is all that is known.
}

TEST(MessageText, GivesJsonThatAnyoneReads) {
  const Quote quote{
      "a\"b\\\n\x01\xC3\xA9\xFF", {105, 5}, Plain::sell, Side::sell, true, 7, {1}, {}};
  EXPECT_EQ(fmt::format("{:j}", quote),
            "{\"market\": \"a\\\"b\\\\\\n\\u0001\xC3\xA9\\ufffd\", \"best\": {\"price\": 105, "
            "\"quantity\": 5}, \"plain\": 1, \"side\": \"sell\", \"firm\": true, \"flags\": 7, "
            "\"other\": null, \"owned\": null}");
  const Numbers numbers{std::numeric_limits<double>::infinity(),
                        INT64_MIN,
                        {1, std::nullopt},
                        std::chrono::milliseconds{-5}};
  EXPECT_EQ(json_of(numbers),
            R"({"ratio": null, "large": -9223372036854775808, "few": [1, null], "wait": -5})");
  EXPECT_EQ(json_of(ByHand{}), "{}");
}

TEST(MessageText, AnEnumWithoutANameForItsValueIsItsNumber) {
  Quote quote{};
  quote.side = static_cast<Side>(9);
  EXPECT_NE(text_of(quote).find("side = 9"), std::string::npos);
}

TEST(MessageEquality, ComparesEveryFieldOfEveryDepth) {
  Random random{6};
  const wire_samples::Order order = wire_samples::random_order(random);
  EXPECT_TRUE(same_fields(order, order));
  const auto differs = [&](auto change) {
    wire_samples::Order other = order;
    change(other);
    return !same_fields(order, other);
  };
  EXPECT_TRUE(differs([](auto& other) { ++other.id; }));
  EXPECT_TRUE(differs([](auto& other) { other.tag = "something else"; }));
  EXPECT_TRUE(differs([](auto& other) { other.price = std::string{"something else"}; }));
  EXPECT_TRUE(differs([](auto& other) { other.legs.emplace_back(); }));
  EXPECT_TRUE(differs([](auto& other) { ++other.book.best[1].quantity; }));
  EXPECT_TRUE(differs([](auto& other) { other.marks[1] = !other.marks[1]; }));
}

}  // namespace
}  // namespace mycelium
