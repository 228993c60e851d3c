#include "mycelium/protocol/decimal.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mycelium/protocol/codec.hpp"
#include "mycelium/protocol/compatibility.hpp"
#include "mycelium/protocol/message_equality.hpp"
#include "mycelium/protocol/message_text.hpp"
#include "mycelium/protocol/schema_of.hpp"

namespace mycelium {
namespace {

using Price = Decimal<8>;
static_assert(sizeof(Price) == 8 && std::is_trivially_copyable_v<Price>);
static_assert(Price{"61685.99"}.units() == 6'168'599'000'000);
static_assert(Price{"-0.5"} < Price{} && Price{"1"}.units() == Price::kUnitsOfOne);

struct Fill {
  Price price;
  Decimal<2> fee;
  std::array<Decimal<3>, 2> sizes;
};
MYCELIUM_MESSAGE(Fill, 761, "test.fill", price, fee, sizes)

struct Order {
  std::string id;
  std::optional<Price> limit;
  std::vector<Decimal<3>> slices;
};
MYCELIUM_MESSAGE(Order, 762, "test.order", id, limit, slices)

const Fill kFill{{"61685.99"}, {"-0.05"}, {"1", "2.25"}};

template <Message M>
void expect_round_trip(const M& message, std::size_t bytes) {
  std::array<std::byte, 256> buffer{};
  const Result<std::size_t> encoded = encode(message, buffer);
  ASSERT_TRUE(encoded) << encoded.error().message;
  EXPECT_EQ(*encoded, bytes);
  const Result<M> decoded = decode<M>(std::span{buffer}.first(*encoded));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_TRUE(same_fields(*decoded, message));
}

std::string parse_or_error(std::string_view text) {
  const Result<Price> price = Price::parse(text);
  return price ? price->text() : price.error().message;
}

TEST(Decimal, ReadsAndPrintsExactly) {
  for (const char* text : {"0", "61685.99", "-0.00000001", "92233720368.54775807",
                           "-92233720368.54775808", "100", "0.1"})
    EXPECT_EQ(parse_or_error(text), text);
  EXPECT_EQ(parse_or_error("007.500"), "7.5");
  EXPECT_EQ(parse_or_error("-0"), "0");
  EXPECT_EQ(parse_or_error("1.000000000000"), "1");
  EXPECT_EQ(Decimal<18>::of_units(std::numeric_limits<std::int64_t>::min()).text(),
            "-9.223372036854775808");
}

TEST(Decimal, SaysWhatIsWrongWithAText) {
  for (const char* text : {"", "-", ".5", "5.", "1e5", "+1", " 1", "1.2.3", "--1", "1,5", "0x10"})
    EXPECT_EQ(parse_or_error(text),
              fmt::format("\"{}\" is no decimal number; write 61685.99 or the like", text));
  EXPECT_EQ(parse_or_error("0.123456789"),
            "\"0.123456789\" has more than 8 digits behind its point");
  for (const char* text :
       {"92233720368.54775808", "-92233720368.54775809", "99999999999999999999999999"})
    EXPECT_EQ(
        parse_or_error(text),
        fmt::format("\"{}\" is too large for a decimal with 8 digits behind its point", text));
}

TEST(Decimal, AddsAndMultipliesExactly) {
  Price sum;
  for (int index = 0; index < 10; ++index) sum += Price{"0.1"};
  EXPECT_EQ(sum, Price{"1"});
  EXPECT_EQ(Price{"0.3"} - Price{"0.1"} * 3, Price{});
  EXPECT_EQ(-Price{"2.5"} + 2 * Price{"1.25"}, Price{});
}

// Promises: W1
TEST(Decimal, TravelsInAFixedLayout) {
  static_assert(kWireForm<Fill> == WireForm::fixed);
  expect_round_trip(kFill, 32);
}

// Promises: W1
TEST(Decimal, TravelsInTaggedFields) {
  const Order order{"a", Price{"-7.5"}, {"1", "0.125"}};
  expect_round_trip(order, 50);
}

TEST(Decimal, IsPrintedAsANumberAndInJsonAsAText) {
  EXPECT_EQ(text_of(kFill), "Fill{price = 61685.99, fee = -0.05, sizes = [1, 2.25]}");
  EXPECT_EQ(json_of(kFill), R"({"price": "61685.99", "fee": "-0.05", "sizes": ["1", "2.25"]})");
  EXPECT_EQ(fmt::format("{:>6}", Price{"1.5"}), "   1.5");
}

TEST(Decimal, AnotherNumberOfDigitsIsABreakingChange) {
  const Schema before{{describe_message<Order>()}};
  const auto read = parse_schema(json_of(before));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, before);
  EXPECT_EQ(text_of(before.messages[0].fields[1].type), "optional<decimal<8>>");
  Schema after = before;
  after.messages[0].fields[1].type.parts[0].count = 6;
  const CompatibilityReport changed = compare_schemas(before, after);
  ASSERT_EQ(changed.findings.size(), 1U);
  EXPECT_EQ(changed.findings[0].sentence,
            "message Order, field limit: changed from decimal<8> to decimal<6>; give the changed "
            "field a new name and keep the old one");
  EXPECT_FALSE(changed.findings[0].new_reads_old || changed.findings[0].old_reads_new);
}

}  // namespace
}  // namespace mycelium
