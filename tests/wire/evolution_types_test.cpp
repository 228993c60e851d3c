// Versions of a message that read each other; the expectations stand in evolution/*.json.
#include "tests/wire/evolution_case.hpp"

namespace mycelium::wire_test {
namespace {

namespace case_23 {
namespace before {
enum class Side : std::uint8_t { buy, sell };
BOOST_DESCRIBE_ENUM(Side, buy, sell)
struct Order {
  Side side = Side::buy;
  std::string note;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", side, note)
}  // namespace before
namespace after {
enum class Side : std::uint8_t { buy, sell, both };
BOOST_DESCRIBE_ENUM(Side, buy, sell, both)
struct Order {
  Side side = Side::buy;
  std::string note;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", side, note)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTypes, EnumeratorAdded) {
  expect_evolution("23-enumerator-added", before::Order{before::Side::sell, "hi"},
                   after::Order{after::Side::both, "ho"});
}
}  // namespace case_23

namespace case_24 {
namespace before {
enum class Side : std::uint8_t { buy, sell };
BOOST_DESCRIBE_ENUM(Side, buy, sell)
struct Order {
  Side side = Side::buy;
  std::string note;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", side, note)
}  // namespace before
namespace after {
enum class Side : std::uint8_t { sell, buy };
BOOST_DESCRIBE_ENUM(Side, sell, buy)
struct Order {
  Side side = Side::buy;
  std::string note;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", side, note)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTypes, EnumeratorsExchanged) {
  expect_evolution("24-enumerators-exchanged", before::Order{before::Side::sell, "hi"},
                   after::Order{after::Side::sell, "ho"});
}
}  // namespace case_24

namespace case_25 {
namespace before {

struct Order {
  std::variant<std::int64_t, std::string> price;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", price)
}  // namespace before
namespace after {

struct Order {
  std::variant<std::int64_t, std::string, double> price;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", price)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTypes, AlternativeAdded) {
  expect_evolution("25-alternative-added", before::Order{"hi"}, after::Order{0.5});
}
}  // namespace case_25

namespace case_26 {
namespace before {

struct Order {
  std::variant<std::int64_t, std::string> price;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", price)
}  // namespace before
namespace after {

struct Order {
  std::variant<std::string, std::int64_t> price;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", price)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTypes, AlternativesExchanged) {
  expect_evolution("26-alternatives-exchanged", before::Order{"hi"}, after::Order{"ho"});
}
}  // namespace case_26

namespace case_27 {
namespace before {

struct Order {
  std::array<std::int32_t, 2> pair{};
  std::string note;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", pair, note)
}  // namespace before
namespace after {

struct Order {
  std::array<std::int32_t, 3> pair{};
  std::string note;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", pair, note)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTypes, ArrayLonger) {
  expect_evolution("27-array-longer", before::Order{{1, 2}, "hi"}, after::Order{{1, 2, 3}, "ho"});
}
}  // namespace case_27

namespace case_28 {
namespace before {
struct Leg {
  std::string symbol;
};
BOOST_DESCRIBE_STRUCT(Leg, (), (symbol))
struct Order {
  std::vector<Leg> legs;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", legs)
}  // namespace before
namespace after {
struct Leg {
  std::string symbol;
  std::int32_t ratio = 1;
};
BOOST_DESCRIBE_STRUCT(Leg, (), (symbol, ratio))
struct Order {
  std::vector<Leg> legs;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", legs)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTypes, StructureGrewInsideAList) {
  expect_evolution("28-structure-grew-inside-a-list", before::Order{{{"a"}, {"b"}}},
                   after::Order{{{"c", 7}}});
}
}  // namespace case_28

namespace case_29 {
namespace before {
struct Leg {
  std::string symbol;
  std::int32_t ratio = 1;
};
BOOST_DESCRIBE_STRUCT(Leg, (), (symbol, ratio))
struct Order {
  std::vector<Leg> legs;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", legs)
}  // namespace before
namespace after {
struct Leg {
  std::string symbol;
};
BOOST_DESCRIBE_STRUCT(Leg, (), (symbol))
struct Order {
  std::vector<Leg> legs;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", legs)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTypes, StructureLostAFieldInsideAList) {
  expect_evolution("29-structure-lost-a-field-inside-a-list", before::Order{{{"a", 2}}},
                   after::Order{{{"c"}}});
}
}  // namespace case_29

namespace case_30 {
namespace before {

struct Order {
  std::string note;
  std::vector<std::uint8_t> raw;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", note, raw)
}  // namespace before
namespace after {

struct Order {
  FixedString<6> note;
  std::vector<std::uint8_t> raw;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", note, raw)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTypes, TextGotABound) {
  expect_evolution("30-text-got-a-bound", before::Order{"a long note", {1, 2}},
                   after::Order{"short", {3}});
}
}  // namespace case_30

namespace case_31 {
namespace before {

struct Order {
  std::string note;
  std::vector<std::uint8_t> raw;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", note, raw)
}  // namespace before
namespace after {

struct Order {
  std::string note;
  FixedVector<std::uint8_t, 2> raw;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", note, raw)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTypes, ListGotABound) {
  expect_evolution("31-list-got-a-bound", before::Order{"hi", {1, 2, 3}}, after::Order{"ho", {3}});
}
}  // namespace case_31

}  // namespace
}  // namespace mycelium::wire_test
