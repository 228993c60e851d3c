#include "arbitrage/venue/recording.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/base/random.hpp"

namespace arbitrage {
namespace {

namespace fs = std::filesystem;

std::string compressed(std::string_view text) {
  std::string archive(ZSTD_compressBound(text.size()), '\0');
  archive.resize(ZSTD_compress(archive.data(), archive.size(), text.data(), text.size(), 3));
  return archive;
}

/// A folder that is removed with the test.
class RecordingTest : public testing::Test {
 protected:
  RecordingTest() {
    const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path{testing::TempDir()} / fmt::format("mycelium_recording_{}", test.name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~RecordingTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  fs::path write(const std::string& name, std::string_view bytes) const {
    const fs::path path = folder_ / name;
    std::ofstream{path, std::ios::binary} << bytes;
    return path;
  }

  fs::path folder_;
};

struct Read {
  std::vector<std::pair<std::int64_t, std::string>> frames;
  std::vector<std::string> bad_lines;
};

Read read_all(Recording& recording) {
  Read read;
  while (const auto time = recording.next_time()) {
    const auto line = recording.next();
    if (line) {
      EXPECT_EQ(line->time_ns, *time);
      read.frames.emplace_back(line->time_ns, line->json);
    } else {
      EXPECT_EQ(line.error().code, "bad_line");
      read.bad_lines.push_back(line.error().message);
    }
  }
  EXPECT_EQ(recording.next_time(), std::nullopt);
  return read;
}

std::string code_of(const mycelium::Result<Recording>& result) {
  return result ? "opened" : result.error().code;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_F(RecordingTest, ReadsLinesInOrder) {
  auto recording = Recording::open({write("a.zst", compressed("10 {\"a\":1}\n10 {}\n25 x y\n"))});
  ASSERT_TRUE(recording.has_value()) << recording.error().message;
  EXPECT_EQ(recording->next_time(), 10);
  EXPECT_EQ(recording->next_time(), 10) << "looking does not consume";
  const Read read = read_all(*recording);
  EXPECT_EQ(read.frames, (std::vector<std::pair<std::int64_t, std::string>>{
                             {10, "{\"a\":1}"}, {10, "{}"}, {25, "x y"}}));
  EXPECT_TRUE(read.bad_lines.empty());
  EXPECT_EQ(recording->end_error(), "");
  EXPECT_EQ(recording->lines_read(), 3U);
  EXPECT_EQ(recording->bytes_read(), recording->bytes_total());
}

TEST_F(RecordingTest, ReadsSeveralFilesAsOneAndFramesOfOneArchiveTogether) {
  const auto first = write("a.zst", compressed("1 a\n2 b") + compressed("c\n3 d\n"));
  const auto empty = write("b.zst", compressed(""));
  const auto last = write("c.zst", compressed("3 e\n"));
  auto recording = Recording::open({first, empty, last});
  ASSERT_TRUE(recording.has_value());
  const Read read = read_all(*recording);
  EXPECT_EQ(read.frames, (std::vector<std::pair<std::int64_t, std::string>>{
                             {1, "a"}, {2, "bc"}, {3, "d"}, {3, "e"}}));
  EXPECT_EQ(recording->end_error(), "");
  EXPECT_EQ(recording->bytes_total(),
            fs::file_size(first) + fs::file_size(empty) + fs::file_size(last));
}

TEST_F(RecordingTest, ReadsLinesLongerThanItsWindow) {
  std::string text;
  std::vector<std::pair<std::int64_t, std::string>> expected;
  mycelium::Random random{3};
  for (std::int64_t line = 1; line <= 60; ++line) {
    const std::size_t bytes =
        random.below(3) == 0 ? random.below(3 * Recording::kWindowBytes) : random.below(300);
    expected.emplace_back(line, std::string(bytes, static_cast<char>('a' + line % 26)));
    text += fmt::format("{} {}\n", line, expected.back().second);
  }
  auto recording = Recording::open({write("a.zst", compressed(text))});
  ASSERT_TRUE(recording.has_value());
  EXPECT_EQ(read_all(*recording).frames, expected);
}

TEST_F(RecordingTest, ReportsBadLinesAndGoesOn) {
  auto recording = Recording::open({write(
      "a.zst",
      compressed("5 a\nno time\n7\n99999999999999999999 b\n\n-3 c\n4 late\n6 d\n6x e\n8 torn"))});
  ASSERT_TRUE(recording.has_value());
  const Read read = read_all(*recording);
  EXPECT_EQ(read.frames, (std::vector<std::pair<std::int64_t, std::string>>{{5, "a"}, {6, "d"}}));
  ASSERT_EQ(read.bad_lines.size(), 8U);
  EXPECT_TRUE(contains(read.bad_lines[0], "a.zst, line 2: it does not begin with a time"))
      << read.bad_lines[0];
  EXPECT_TRUE(contains(read.bad_lines[1], "line 3: no space follows its time"))
      << read.bad_lines[1];
  EXPECT_TRUE(contains(read.bad_lines[2], "line 4: it does not begin with a time"))
      << read.bad_lines[2];
  EXPECT_TRUE(contains(read.bad_lines[5], "line 7: its time is before")) << read.bad_lines[5];
  EXPECT_TRUE(contains(read.bad_lines[7], "line 10: it is torn")) << read.bad_lines[7];
  EXPECT_EQ(recording->lines_read(), 10U);
}

TEST_F(RecordingTest, ABadLineHasTheTimeOfTheLineBeforeIt) {
  auto recording = Recording::open({write("a.zst", compressed("bad\n5 a\n4 late\n"))});
  ASSERT_TRUE(recording.has_value());
  EXPECT_EQ(recording->next_time(), 0);
  EXPECT_FALSE(recording->next().has_value());
  EXPECT_EQ(recording->next_time(), 5);
  EXPECT_TRUE(recording->next().has_value());
  EXPECT_EQ(recording->next_time(), 5);
  EXPECT_FALSE(recording->next().has_value());
}

TEST_F(RecordingTest, TimeDoesNotRunBackwardsAcrossFilesEither) {
  auto recording = Recording::open(
      {write("a.zst", compressed("5 a\n")), write("b.zst", compressed("4 b\n6 c\n"))});
  ASSERT_TRUE(recording.has_value());
  const Read read = read_all(*recording);
  EXPECT_EQ(read.frames.size(), 2U);
  ASSERT_EQ(read.bad_lines.size(), 1U);
  EXPECT_TRUE(contains(read.bad_lines[0], "b.zst, line 1:")) << read.bad_lines[0];
}

TEST_F(RecordingTest, SkipsALineBeyondTheLimitWithoutKeepingIt) {
  const std::string text = "1 a\n2 " + std::string(3 * Recording::kLineBytesMax, 'x') + "\n3 b\n";
  auto recording = Recording::open({write("a.zst", compressed(text))});
  ASSERT_TRUE(recording.has_value());
  const Read read = read_all(*recording);
  EXPECT_EQ(read.frames, (std::vector<std::pair<std::int64_t, std::string>>{{1, "a"}, {3, "b"}}));
  ASSERT_EQ(read.bad_lines.size(), 1U);
  EXPECT_TRUE(contains(read.bad_lines[0], "line 2: it is longer than")) << read.bad_lines[0];
}

TEST_F(RecordingTest, ReadsATruncatedArchiveAsFarAsItGoesThenTheNextFile) {
  // Given an archive of many blocks that lost its second half
  std::string text;
  mycelium::Random random{9};
  for (int line = 1; line <= 60'000; ++line) text += fmt::format("{} {:x}\n", line, random.next());
  const std::string archive = compressed(text);
  const auto torn = write("torn.zst", std::string_view{archive}.substr(0, archive.size() / 2));
  const auto whole = write("whole.zst", compressed("70000 next\n"));
  auto recording = Recording::open({torn, whole});
  ASSERT_TRUE(recording.has_value());
  // Then what is readable comes, the file is named, and the next one is read
  const Read read = read_all(*recording);
  EXPECT_GT(read.frames.size(), 10'000U);
  EXPECT_LT(read.frames.size(), 50'000U);
  EXPECT_EQ(read.frames.back().second, "next");
  EXPECT_LE(read.bad_lines.size(), 1U) << "at most the line where the archive ends";
  EXPECT_TRUE(contains(recording->end_error(), "torn.zst is truncated")) << recording->end_error();
  EXPECT_FALSE(contains(recording->end_error(), "whole.zst")) << recording->end_error();
}

TEST_F(RecordingTest, ReportsADamagedArchiveByName) {
  std::string archive = compressed("1 a\n");
  archive += "this is no zstd frame";
  auto recording = Recording::open({write("a.zst", archive), write("b.zst", archive)});
  ASSERT_TRUE(recording.has_value());
  const Read read = read_all(*recording);
  EXPECT_EQ(read.frames.size(), 2U);
  EXPECT_TRUE(contains(recording->end_error(), "a.zst is damaged")) << recording->end_error();
  EXPECT_TRUE(contains(recording->end_error(), "b.zst is damaged")) << recording->end_error();
}

TEST_F(RecordingTest, RefusesToOpenWhatItCannotPlay) {
  const auto good = write("good.zst", compressed("1 a\n"));
  EXPECT_EQ(code_of(Recording::open({good})), "opened");
  EXPECT_EQ(code_of(Recording::open({good, folder_ / "missing.zst"})), "file_not_found");
  EXPECT_EQ(code_of(Recording::open({folder_})), "file_not_found");
  EXPECT_EQ(code_of(Recording::open({write("text.zst", "1 {}\n")})), "not_zstd");
  EXPECT_EQ(code_of(Recording::open({write("empty.zst", "")})), "not_zstd");
  const auto refused = Recording::open({folder_ / "missing.zst"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(contains(refused.error().message, "missing.zst")) << refused.error().message;
}

TEST_F(RecordingTest, OfNoFilesIsEmpty) {
  auto recording = Recording::open({});
  ASSERT_TRUE(recording.has_value());
  EXPECT_EQ(recording->next_time(), std::nullopt);
}

TEST_F(RecordingTest, FindsTheFilesOfAnInstrumentByDate) {
  for (const char* name : {"spot_btc_20240810.nsjson.zst", "spot_btc_20240809.nsjson.zst",
                           "spot_btc_2024080.nsjson.zst", "spot_btc_2024080x.nsjson.zst",
                           "spot_btc_20240811.nsjson", "spot_btc_perp_20240809.nsjson.zst",
                           "xspot_btc_20240809.nsjson.zst", "spot_btc_.nsjson.zst"}) {
    write(name, "");
  }
  const auto found = find_recordings(folder_, "spot_btc");
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(*found, (std::vector{folder_ / "spot_btc_20240809.nsjson.zst",
                                 folder_ / "spot_btc_20240810.nsjson.zst"}));
  EXPECT_TRUE(find_recordings(folder_, "spot_eth").value().empty());
  const auto missing = find_recordings(folder_ / "nowhere", "spot_btc");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, "directory_not_found");
}

}  // namespace
}  // namespace arbitrage
