#include "mycelium/testing/message_text.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "mycelium/actor/down.hpp"

namespace mycelium::testing {
namespace {

enum class Side : std::uint8_t { buy, sell };
struct Level {
  std::int64_t cents;
  double amount;
};
BOOST_DESCRIBE_STRUCT(Level, (), (cents, amount))
struct Undescribed {
  int number;
};
struct Quote {
  std::string market;
  Level best;
  Side side;
  bool firm;
  std::uint8_t flags;
  Undescribed other;
  std::shared_ptr<int> owned;
};
MYCELIUM_MESSAGE(Quote, 721, "test.quote", market, best, side, firm, flags, other, owned)
struct Nothing {};
MYCELIUM_MESSAGE(Nothing, 722, "test.nothing")

TEST(MessageText, NamesEveryFieldAndPrintsWhatCanBePrinted) {
  EXPECT_EQ(text_of(Quote{"usdm", {105, 0.5}, Side::sell, true, 7, {1}, nullptr}),
            "Quote{market = \"usdm\", best = {cents = 105, amount = 0.5}, side = 1, firm = true, "
            "flags = 7, other = ..., owned = ...}");
  EXPECT_EQ(text_of(Nothing{}), "Nothing{}");
  EXPECT_EQ(text_of(Down{}), "Down{}");  // Described by hand: its name is all that is known.
}

}  // namespace
}  // namespace mycelium::testing
