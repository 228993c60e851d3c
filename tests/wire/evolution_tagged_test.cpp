// Versions of a message that read each other; the expectations stand in evolution/*.json.
#include "tests/wire/evolution_case.hpp"

namespace mycelium::wire_test {
namespace {

namespace case_13 {
namespace before {

struct Order {
  std::uint32_t id = 0;
  std::string note = "none";
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", id, note)
}  // namespace before
namespace after {

struct Order {
  std::uint32_t id = 0;
  std::string note = "none";
  std::string desk = "house";
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", id, note, desk)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTaggedFields, FieldAdded) {
  expect_evolution("13-field-added", before::Order{5, "hi"}, after::Order{6, "ho", "mine"});
}
}  // namespace case_13

namespace case_14 {
namespace before {

struct Order {
  std::uint32_t id = 0;
  std::string note = "none";
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", id, note)
}  // namespace before
namespace after {

struct Order {
  std::vector<std::int16_t> curve;
  std::uint32_t id = 0;
  std::string note = "none";
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", curve, id, note)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTaggedFields, FieldAddedBeforeOthers) {
  expect_evolution("14-field-added-before-others", before::Order{5, "hi"},
                   after::Order{{1, -1}, 6, "ho"});
}
}  // namespace case_14

namespace case_15 {
namespace before {

struct Order {
  std::uint32_t id = 0;
  std::string note = "none";
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", id, note)
}  // namespace before
namespace after {

struct Order {
  static constexpr bool kTagged = true;
  std::uint32_t id = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", id)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTaggedFields, FieldRemoved) {
  expect_evolution("15-field-removed", before::Order{5, "hi"}, after::Order{6});
}
}  // namespace case_15

namespace case_16 {
namespace before {

struct Order {
  std::string note;
  std::optional<std::uint32_t> limit;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", note, limit)
}  // namespace before
namespace after {

struct Order {
  std::string note;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", note)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTaggedFields, OptionalFieldRemoved) {
  expect_evolution("16-optional-field-removed", before::Order{"hi", 8}, after::Order{"ho"});
}
}  // namespace case_16

namespace case_17 {
namespace before {

struct Order {
  std::uint32_t id = 0;
  std::string note = "none";
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", id, note)
}  // namespace before
namespace after {

struct Order {
  std::uint32_t id = 0;
  std::string remark = "none";
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", id, remark)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTaggedFields, FieldRenamed) {
  expect_evolution("17-field-renamed", before::Order{5, "hi"}, after::Order{6, "ho"});
}
}  // namespace case_17

namespace case_18 {
namespace before {

struct Order {
  std::uint32_t id = 0;
  std::string note = "none";
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", id, note)
}  // namespace before
namespace after {

struct Order {
  std::string note = "none";
  std::uint32_t id = 0;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", note, id)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTaggedFields, FieldsReordered) {
  expect_evolution("18-fields-reordered", before::Order{5, "hi"}, after::Order{"ho", 6});
}
}  // namespace case_18

namespace case_19 {
namespace before {

struct Order {
  std::uint32_t id = 0;
  std::string note;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", id, note)
}  // namespace before
namespace after {

struct Order {
  std::uint64_t id = 0;
  std::string note;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", id, note)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTaggedFields, NumberWidened) {
  expect_evolution("19-number-widened", before::Order{5, "hi"}, after::Order{6, "ho"});
}
}  // namespace case_19

namespace case_20 {
namespace before {

struct Order {
  std::uint32_t id = 0;
  std::string note;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", id, note)
}  // namespace before
namespace after {

struct Order {
  std::int32_t id = 0;
  std::string note;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", id, note)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTaggedFields, SignChanged) {
  expect_evolution("20-sign-changed", before::Order{5, "hi"}, after::Order{-6, "ho"});
}
}  // namespace case_20

namespace case_21 {
namespace before {

struct Order {
  std::uint32_t id = 0;
  std::string note = "none";
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", id, note)
}  // namespace before
namespace after {

struct Order {
  std::uint32_t id = 0;
  std::optional<std::string> note;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", id, note)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTaggedFields, FieldBecameOptional) {
  expect_evolution("21-field-became-optional", before::Order{5, "hi"},
                   after::Order{6, std::nullopt});
}
}  // namespace case_21

namespace case_22 {
namespace before {

struct Order {
  std::uint32_t id = 0;
  std::optional<std::string> note;
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", id, note)
}  // namespace before
namespace after {

struct Order {
  std::uint32_t id = 0;
  std::string note = "none";
};
MYCELIUM_MESSAGE(Order, 901, "desk.order", id, note)
}  // namespace after
// Promises: W3, W6
TEST(EvolutionOfTaggedFields, FieldIsOptionalNoMore) {
  expect_evolution("22-field-is-optional-no-more", before::Order{5, std::nullopt},
                   after::Order{6, "ho"});
}
}  // namespace case_22

}  // namespace
}  // namespace mycelium::wire_test
