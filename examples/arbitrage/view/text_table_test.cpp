#include "arbitrage/view/text_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace arbitrage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TextTable fruit(int rows = 2) {
  TextTable table{{{"FRUIT", Align::left}, {"COUNT", Align::right, 5}, {"NOTE", Align::left, 1}}};
  const std::vector<std::vector<TableCell>> all{{{"pear"}, {"7"}, {"ripe"}},
                                                {{"apple"}, {"1,000"}, {"green"}}};
  for (int row = 0; row < rows; ++row)
    table.add_row(all[static_cast<std::size_t>(row) % all.size()]);
  return table;
}

std::vector<std::string> texts(const TextTable& table, std::size_t columns, std::size_t lines_max) {
  std::vector<std::string> all;
  for (const TextLine& line : table.lines(columns, lines_max)) {
    all.push_back(line.render(columns, {.colour = false, .unicode = true}));
  }
  return all;
}

TEST(TextTable, AlignsItsColumns) {
  EXPECT_THAT(texts(fruit(), 80, 80), ElementsAre("FRUIT  COUNT  NOTE ",  //
                                                  "pear       7  ripe ",  //
                                                  "apple  1,000  green"));
}

TEST(TextTable, SpareColumnsGoBeforeTheRestMovesTogether) {
  EXPECT_THAT(texts(fruit(), 18, 80), ElementsAre("FRUIT  COUNT", "pear       7", "apple  1,000"));
  EXPECT_THAT(texts(fruit(), 11, 80), ElementsAre("FRUIT COUNT", "pear      7", "apple 1,000"));
}

TEST(TextTable, ThenTheLowestRankGoesAndTheFirstColumnStays) {
  EXPECT_THAT(texts(fruit(), 10, 80), ElementsAre("FRUIT", "pear ", "apple"));
  EXPECT_THAT(texts(fruit(), 3, 80), ElementsAre("FR…", "pe…", "ap…"));
}

TEST(TextTable, SaysHowManyRowsAreMissing) {
  EXPECT_THAT(texts(fruit(5), 11, 4),
              ElementsAre("FRUIT COUNT", "pear      7", "apple 1,000", "... 3 more"));
  EXPECT_EQ(texts(fruit(5), 80, 6).size(), 6U);
}

TEST(TextTable, IsEmptyWhereNotEvenARowFits) {
  EXPECT_THAT(texts(fruit(5), 80, 2), IsEmpty());
  EXPECT_THAT(texts(fruit(0), 80, 80), IsEmpty());
  EXPECT_EQ(texts(fruit(1), 80, 2).size(), 2U);
}

TEST(TextTable, RestlessColumnsKeepTheirWidth) {
  TextTable table{{{"N", Align::right, 0, 5}}};
  table.add_row({{"1"}});
  EXPECT_THAT(texts(table, 80, 80), ElementsAre("    N", "    1"));
}

TEST(TextTableDeathTest, RefusesARowOfAnotherSize) {
  EXPECT_DEATH(fruit().add_row({{"plum"}}), "a cell for each column");
}

}  // namespace
}  // namespace arbitrage
