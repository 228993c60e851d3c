#include "arbitrage/view/output_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <thread>

#include "arbitrage/signals/signals_test.hpp"

namespace arbitrage {
namespace {

namespace fs = std::filesystem;
using testing::content_of;
using ::testing::HasSubstr;
using testing::ScratchFolder;

std::ptrdiff_t files_in(const fs::path& folder) {
  return std::distance(fs::directory_iterator{folder}, fs::directory_iterator{});
}

void put(const fs::path& path, std::string_view text) { std::ofstream{path} << text; }

TEST(OutputFile, TakesThePlaceOfTheOldOneAndLeavesNothingElse) {
  const ScratchFolder folder{"output"};
  const fs::path path = folder.file("out.json");
  put(path, "old and much longer");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_TRUE(write_file(path, "new").has_value());
  EXPECT_EQ(content_of(path), "new");
  EXPECT_EQ(files_in(path.parent_path()), 1);
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST(OutputFile, ASymbolicLinkStaysOne) {
  const ScratchFolder folder{"output"};
  put(folder.file("real"), "old");
  fs::create_symlink(folder.file("real"), folder.file("link"));
  ASSERT_TRUE(write_file(folder.file("link"), "new").has_value());
  EXPECT_TRUE(fs::is_symlink(folder.file("link")));
  EXPECT_EQ(content_of(folder.file("real")), "new");
  // Also one to nothing yet.
  fs::create_symlink(folder.file("later"), folder.file("dangling"));
  ASSERT_TRUE(write_file(folder.file("dangling"), "new").has_value());
  EXPECT_TRUE(fs::is_symlink(folder.file("dangling")));
  EXPECT_EQ(content_of(folder.file("later")), "new");
}

TEST(OutputFile, AFullDiskIsAnErrorThatNamesIt) {
  const auto written = write_file("/dev/full", "text");
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, "write_failed");
  EXPECT_THAT(written.error().message,
              HasSubstr("\"/dev/full\" failed: No space left on device; make room"));
}

TEST(OutputFile, AFileThatOutgrowsItsLimitLeavesTheOldOneWhole) {
  const ScratchFolder folder{"output"};
  const fs::path path = folder.file("out.json");
  put(path, "old");
  // Given a limit on the size of files, in a process of its own
  const auto write_beyond_limit = [&] {
    const rlimit limit{4, 4};
    std::signal(SIGXFSZ, SIG_IGN);
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(3);
    const auto written = write_file(path, "new and too long");
    ::_exit(written.has_value() ? 1 : written.error().code == "write_failed" ? 0 : 2);
  };
  EXPECT_EXIT(write_beyond_limit(), ::testing::ExitedWithCode(0), "");
  EXPECT_EQ(content_of(path), "old");
  EXPECT_EQ(files_in(path.parent_path()), 1);
}

TEST(OutputFile, APipeIsWrittenDirectly) {
  const ScratchFolder folder{"output"};
  const fs::path path = folder.file("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  ASSERT_TRUE(check_writable(path).has_value());
  std::string read;
  std::thread reader{[&] { read = content_of(path); }};
  EXPECT_TRUE(write_file(path, "through the pipe").has_value());
  reader.join();
  EXPECT_EQ(read, "through the pipe");
  EXPECT_TRUE(fs::is_fifo(path));
}

TEST(OutputFile, StandardOutputKeepsWhatWasPrintedBefore) {
  const ScratchFolder folder{"output"};
  const fs::path path = folder.file("stdout");
  const auto print_and_write = [&] {
    if (std::freopen(path.c_str(), "w", stdout) == nullptr) ::_exit(3);
    std::printf("before ");
    const bool written = write_file("/dev/stdout", "summary").has_value();
    std::printf(" after");
    std::fflush(stdout);
    ::_exit(written ? 0 : 1);
  };
  EXPECT_EXIT(print_and_write(), ::testing::ExitedWithCode(0), "");
  EXPECT_EQ(content_of(path), "before summary after");
}

TEST(OutputFile, WhereNothingCanBeWrittenBothSaySo) {
  const ScratchFolder folder{"output"};
  put(folder.file("file"), "text");
  for (const fs::path& path :
       {folder.file("missing") / "out.json", folder.file("file") / "out.json", folder.file("."),
        folder.file(""), fs::path{}}) {
    for (const auto& refused : {check_writable(path), write_file(path, "text")}) {
      ASSERT_FALSE(refused.has_value()) << path;
      EXPECT_EQ(refused.error().code, "not_writable") << path;
      EXPECT_THAT(refused.error().message,
                  HasSubstr("cannot write to \"" + path.string() + "\": "));
    }
  }
}

TEST(OutputFile, TheCheckChangesNothing) {
  const ScratchFolder folder{"output"};
  put(folder.file("file"), "text");
  EXPECT_TRUE(check_writable(folder.file("file")).has_value());
  EXPECT_TRUE(check_writable(folder.file("new")).has_value());
  EXPECT_TRUE(check_writable("/dev/full").has_value());
  EXPECT_TRUE(check_writable("/dev/stdout").has_value());
  EXPECT_TRUE(check_writable("in_the_working_folder.json").has_value());
  EXPECT_EQ(content_of(folder.file("file")), "text");
  EXPECT_EQ(files_in(folder.file("file").parent_path()), 1);
  EXPECT_FALSE(fs::exists("in_the_working_folder.json"));
}

}  // namespace
}  // namespace arbitrage
