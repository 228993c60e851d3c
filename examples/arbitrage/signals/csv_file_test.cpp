#include "arbitrage/signals/csv_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>

#include "arbitrage/signals/signals_test.hpp"

namespace arbitrage {
namespace {

using testing::content_of;
using ::testing::HasSubstr;
using testing::ScratchFolder;

TEST(CsvFile, HoldsTheLinesAndKnowsTheirSum) {
  ScratchFolder folder{"csv_sum"};
  auto file = CsvFile::open(folder.file("out.csv"));
  ASSERT_TRUE(file.has_value()) << file.error().message;
  file->append("abc\n");
  EXPECT_EQ(file->sha256(), "");
  ASSERT_TRUE(file->close().has_value());
  EXPECT_EQ(content_of(folder.file("out.csv")), "abc\n");
  EXPECT_EQ(file->bytes(), 4U);
  // `printf 'abc\n' | sha256sum`
  EXPECT_EQ(file->sha256(), "edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb");
  EXPECT_TRUE(file->close().has_value());
}

TEST(CsvFile, TheSumIsThatOfTheBytesHoweverTheyWereWritten) {
  ScratchFolder folder{"csv_pieces"};
  auto whole = CsvFile::open(folder.file("whole.csv"));
  auto pieces = CsvFile::open(folder.file("pieces.csv"));
  ASSERT_TRUE(whole.has_value() && pieces.has_value());
  whole->append("1\n2\n3\n");
  for (const char* const line : {"1\n", "2\n", "3\n"}) {
    pieces->append(line);
    pieces->flush();
  }
  ASSERT_TRUE(whole->close().has_value() && pieces->close().has_value());
  EXPECT_EQ(pieces->sha256(), whole->sha256());
}

TEST(CsvFile, AnEmptyFileHasTheSumOfNothing) {
  ScratchFolder folder{"csv_empty"};
  auto file = CsvFile::open(folder.file("out.csv"));
  ASSERT_TRUE(file.has_value());
  ASSERT_TRUE(file->close().has_value());
  EXPECT_EQ(file->sha256(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(CsvFile, EmptiesWhatWasThereBefore) {
  ScratchFolder folder{"csv_again"};
  {
    auto file = CsvFile::open(folder.file("out.csv"));
    ASSERT_TRUE(file.has_value());
    file->append("a longer line of an earlier run\n");
  }
  auto file = CsvFile::open(folder.file("out.csv"));
  ASSERT_TRUE(file.has_value());
  file->append("new\n");
  file->flush();
  EXPECT_EQ(content_of(folder.file("out.csv")), "new\n");
}

TEST(CsvFile, WritesWholeLinesWhereverABlockIsFull) {
  ScratchFolder folder{"csv_blocks"};
  auto file = CsvFile::open(folder.file("out.csv"));
  ASSERT_TRUE(file.has_value());
  std::string expected;
  for (int index = 0; index < 20'000; ++index) {
    const std::string line = std::to_string(index * 7919) + ",x\n";
    file->append(line);
    expected += line;
    if (index % 997 == 0) {
      const std::string so_far = content_of(folder.file("out.csv"));
      EXPECT_TRUE(so_far.empty() || so_far.ends_with('\n'));
    }
  }
  EXPECT_GT(file->bytes(), CsvFile::kBlockBytes);  // Did not wait for the end.
  ASSERT_TRUE(file->close().has_value());
  EXPECT_EQ(content_of(folder.file("out.csv")), expected);
  EXPECT_EQ(file->bytes(), expected.size());
  EXPECT_EQ(file->lines_lost(), 0U);
}

TEST(CsvFile, SurvivesBeingMoved) {
  ScratchFolder folder{"csv_move"};
  auto first = CsvFile::open(folder.file("first.csv"));
  auto second = CsvFile::open(folder.file("second.csv"));
  ASSERT_TRUE(first.has_value() && second.has_value());
  first->append("1\n");
  second->append("2\n");
  *second = std::move(*first);
  EXPECT_EQ(content_of(folder.file("second.csv")), "2\n");
  second->append("3\n");
  ASSERT_TRUE(second->close().has_value());
  EXPECT_EQ(content_of(folder.file("first.csv")), "1\n3\n");
}

TEST(CsvFile, RefusesAPathThatCannotBeWrittenTo) {
  ScratchFolder folder{"csv_refused"};
  for (const std::filesystem::path& path :
       {folder.file("missing") / "out.csv", folder.file(""), std::filesystem::path{}}) {
    const auto file = CsvFile::open(path);
    ASSERT_FALSE(file.has_value()) << path;
    EXPECT_EQ(file.error().code, "not_writable");
    EXPECT_THAT(file.error().message, HasSubstr('"' + path.string() + '"'));
    EXPECT_THAT(file.error().message, HasSubstr("name a file in a folder that exists"));
  }
}

TEST(CsvFile, AFullDiskIsReportedOnceAndCountsItsLines) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  auto file = CsvFile::open("/dev/full");
  ASSERT_TRUE(file.has_value()) << file.error().message;
  file->append("1\n2\n");
  EXPECT_FALSE(file->error().has_value());
  file->flush();
  ASSERT_TRUE(file->error().has_value());
  EXPECT_EQ(file->error()->code, "write_failed");
  EXPECT_THAT(file->error()->message, HasSubstr("\"/dev/full\""));
  EXPECT_THAT(file->error()->message, HasSubstr("No space left on device"));
  file->append("3\n");
  const auto closed = file->close();
  ASSERT_FALSE(closed.has_value());
  EXPECT_EQ(closed.error().code, "write_failed");
  EXPECT_THAT(closed.error().message, HasSubstr("3 lines are missing"));
  EXPECT_EQ(file->lines_lost(), 3U);
  EXPECT_EQ(file->bytes(), 0U);
  // The sum is that of what is in the file: nothing.
  EXPECT_EQ(file->sha256(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_FALSE(file->close().has_value());
}

TEST(CsvFileDeathTest, TakesWholeLinesOnlyWhileOpen) {
  ScratchFolder folder{"csv_death"};
  auto file = CsvFile::open(folder.file("out.csv"));
  ASSERT_TRUE(file.has_value());
  EXPECT_DEATH(file->append("no end"), "lines are appended whole");
  ASSERT_TRUE(file->close().has_value());
  EXPECT_DEATH(file->append("1\n"), "takes no more lines");
}

}  // namespace
}  // namespace arbitrage
