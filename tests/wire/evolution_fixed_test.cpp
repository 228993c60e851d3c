// Versions of a message that read each other; the expectations stand in evolution/*.json.
#include "tests/wire/evolution_case.hpp"

namespace mycelium::wire_test {
namespace {

namespace case_01 {
namespace before {

struct Order {
  std::int64_t bid = 0;
  std::uint8_t side = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", bid, side)
}  // namespace before
namespace after {

struct Order {
  std::int64_t bid = 0;
  std::uint8_t side = 0;
  std::uint16_t lot = 100;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", bid, side, lot)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfFixedLayouts, FixedFieldAddedAtTheEnd) {
  expect_evolution("01-fixed-field-added-at-the-end", before::Order{5, 1}, after::Order{6, 2, 7});
}
}  // namespace case_01

namespace case_02 {
namespace before {

struct Order {
  std::int64_t bid = 0;
  std::int64_t ask = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", bid, ask)
}  // namespace before
namespace after {

struct Order {
  std::int64_t bid = 0;
  std::int64_t size = 0;
  std::int64_t ask = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", bid, size, ask)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfFixedLayouts, FixedFieldAddedInTheMiddle) {
  expect_evolution("02-fixed-field-added-in-the-middle", before::Order{5, 6},
                   after::Order{5, 9, 6});
}
}  // namespace case_02

namespace case_03 {
namespace before {

struct Order {
  std::int64_t bid = 0;
  std::int64_t ask = 4;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", bid, ask)
}  // namespace before
namespace after {

struct Order {
  std::int64_t bid = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", bid)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfFixedLayouts, FixedLastFieldRemoved) {
  expect_evolution("03-fixed-last-field-removed", before::Order{5, 6}, after::Order{7});
}
}  // namespace case_03

namespace case_04 {
namespace before {

struct Order {
  std::int64_t bid = 0;
  std::int64_t ask = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", bid, ask)
}  // namespace before
namespace after {

struct Order {
  std::int64_t ask = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", ask)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfFixedLayouts, FixedFirstFieldRemoved) {
  expect_evolution("04-fixed-first-field-removed", before::Order{5, 6}, after::Order{7});
}
}  // namespace case_04

namespace case_05 {
namespace before {

struct Order {
  std::int64_t bid = 0;
  std::int64_t ask = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", bid, ask)
}  // namespace before
namespace after {

struct Order {
  std::int64_t ask = 0;
  std::int64_t bid = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", ask, bid)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfFixedLayouts, FixedFieldsReordered) {
  expect_evolution("05-fixed-fields-reordered", before::Order{5, 6}, after::Order{7, 8});
}
}  // namespace case_05

namespace case_06 {
namespace before {

struct Order {
  std::int32_t bid = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", bid)
}  // namespace before
namespace after {

struct Order {
  std::int64_t bid = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", bid)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfFixedLayouts, FixedTypeChanged) {
  expect_evolution("06-fixed-type-changed", before::Order{-1}, after::Order{-2});
}
}  // namespace case_06

namespace case_07 {
namespace before {

struct Order {
  std::int64_t bid = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", bid)
}  // namespace before
namespace after {

struct Order {
  std::int64_t best_bid = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", best_bid)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfFixedLayouts, FixedFieldRenamed) {
  expect_evolution("07-fixed-field-renamed", before::Order{5}, after::Order{6});
}
}  // namespace case_07

namespace case_08 {
namespace before {
struct Level {
  std::int64_t price = 0;
};
BOOST_DESCRIBE_STRUCT(Level, (), (price))
struct Order {
  Level level{};
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", level)
}  // namespace before
namespace after {
struct Level {
  std::int64_t price = 0;
  std::int64_t size = 3;
};
BOOST_DESCRIBE_STRUCT(Level, (), (price, size))
struct Order {
  Level level{};
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", level)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfFixedLayouts, FixedStructureGrew) {
  expect_evolution("08-fixed-structure-grew", before::Order{{5}}, after::Order{{6, 7}});
}
}  // namespace case_08

namespace case_09 {
namespace before {
enum class Side : std::uint8_t { buy, sell };
BOOST_DESCRIBE_ENUM(Side, buy, sell)
struct Order {
  Side side = Side::buy;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", side)
}  // namespace before
namespace after {
enum class Side : std::uint8_t { buy, sell, both };
BOOST_DESCRIBE_ENUM(Side, buy, sell, both)
struct Order {
  Side side = Side::buy;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", side)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfFixedLayouts, FixedEnumeratorAdded) {
  expect_evolution("09-fixed-enumerator-added", before::Order{before::Side::sell},
                   after::Order{after::Side::both});
}
}  // namespace case_09

namespace case_10 {
namespace before {

struct Order {
  FixedString<7> symbol;
  std::uint32_t lot = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", symbol, lot)
}  // namespace before
namespace after {

struct Order {
  FixedString<15> symbol;
  std::uint32_t lot = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", symbol, lot)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfFixedLayouts, FixedStringLonger) {
  expect_evolution("10-fixed-string-longer", before::Order{"BTC", 5},
                   after::Order{"BTCUSDT_PERP", 6});
}
}  // namespace case_10

namespace case_11 {
namespace before {

struct Order {
  std::int64_t bid = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", bid)
}  // namespace before
namespace after {

struct Order {
  std::int64_t bid = 0;
  std::string note;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", bid, note)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfFixedLayouts, FixedBecomesTagged) {
  expect_evolution("11-fixed-becomes-tagged", before::Order{5}, after::Order{6, "x"});
}
}  // namespace case_11

namespace case_12 {
namespace before {

struct Order {
  std::uint32_t lot = 0;
  std::uint8_t side = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", lot, side)
}  // namespace before
namespace after {

struct Order {
  std::uint32_t lot = 0;
  std::uint8_t side = 0;
  std::uint8_t kind = 9;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", lot, side, kind)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfFixedLayouts, FixedFieldAddedWherePaddingWas) {
  expect_evolution("12-fixed-field-added-where-padding-was", before::Order{5, 1},
                   after::Order{6, 0, 2});
}
}  // namespace case_12

}  // namespace
}  // namespace mycelium::wire_test
