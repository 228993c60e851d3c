#include "arbitrage/venue/recording.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

#include "mycelium/base/assert.hpp"

namespace arbitrage {

namespace {

namespace fs = std::filesystem;
using mycelium::fail;
using mycelium::Result;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

struct FreeDecoder {
  void operator()(ZSTD_DCtx* decoder) const { ZSTD_freeDCtx(decoder); }
};

bool is_eight_digits(std::string_view text) {
  return text.size() == 8 &&
         std::ranges::all_of(text, [](char symbol) { return symbol >= '0' && symbol <= '9'; });
}

/// Checks that a file can be read and begins like a zstd archive; its size.
Result<std::uint64_t> look_at(const fs::path& path) {
  constexpr std::array<unsigned char, 4> kMagic = {0x28, 0xB5, 0x2F, 0xFD};  // RFC 8878, 3.1.1.
  std::error_code problem;
  if (!fs::is_regular_file(path, problem)) {
    return fail(
        "file_not_found",
        fmt::format("recording {} is no file; check the folder of recordings", path.string()));
  }
  const std::uint64_t bytes = fs::file_size(path, problem);
  const File file{std::fopen(path.c_str(), "rb")};
  if (!file || problem) {
    return fail("not_readable",
                fmt::format("recording {} cannot be read; check its permissions", path.string()));
  }
  std::array<unsigned char, 4> magic{};
  if (std::fread(magic.data(), 1, magic.size(), file.get()) != magic.size() || magic != kMagic) {
    return fail("not_zstd", fmt::format("recording {} is no zstd archive; compress it with zstd",
                                        path.string()));
  }
  return bytes;
}

}  // namespace

Result<std::vector<fs::path>> find_recordings(const fs::path& folder, std::string_view instrument) {
  constexpr std::string_view kSuffix = ".nsjson.zst";
  const std::string prefix = fmt::format("{}_", instrument);
  std::error_code problem;
  std::vector<fs::path> found;
  fs::directory_iterator entry{folder, problem};
  for (; !problem && entry != fs::directory_iterator{}; entry.increment(problem)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(kSuffix)) continue;
    if (name.size() < prefix.size() + kSuffix.size()) continue;
    const std::string_view date =
        std::string_view{name}.substr(prefix.size(), name.size() - prefix.size() - kSuffix.size());
    if (is_eight_digits(date)) found.push_back(entry->path());
  }
  if (problem) {
    return fail(
        "directory_not_found",
        fmt::format("the folder of recordings {} cannot be listed ({}); name an existing one",
                    folder.string(), problem.message()));
  }
  std::ranges::sort(found);  // Same folder and prefix, so by date.
  return found;
}

/// One compressed file, read in pieces.
class Recording::Archive {
 public:
  explicit Archive(const fs::path& path)
      : file_{std::fopen(path.c_str(), "rb")}, decoder_{ZSTD_createDCtx()} {
    MYCELIUM_ASSERT(decoder_ != nullptr, "out of memory for a zstd decoder");
    if (!file_) problem_ = "can no longer be opened";
    compressed_.resize(ZSTD_DStreamInSize());
  }

  /// Decompresses up to `room` bytes; 0 at the end, after which problem() is final.
  std::size_t read(char* to, std::size_t room) {
    ZSTD_outBuffer output{to, room, 0};
    while (problem_.empty() && output.pos < output.size) {
      if (input_.pos == input_.size && !refill()) break;
      const std::size_t result = ZSTD_decompressStream(decoder_.get(), &output, &input_);
      if (ZSTD_isError(result) != 0U) {
        problem_ = fmt::format("is damaged ({})", ZSTD_getErrorName(result));
      }
      inside_frame_ = result != 0;
    }
    return output.pos;
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] std::uint64_t bytes_read() const {
    return bytes_read_ - (input_.size - input_.pos);
  }

 private:
  bool refill() {
    const std::size_t bytes = std::fread(compressed_.data(), 1, compressed_.size(), file_.get());
    input_ = {compressed_.data(), bytes, 0};
    bytes_read_ += bytes;
    if (bytes > 0) return true;
    if (std::ferror(file_.get()) != 0) {
      problem_ = "cannot be read to its end (input error)";
    } else if (inside_frame_) {
      problem_ = "is truncated";
    }
    return false;
  }

  File file_;
  std::unique_ptr<ZSTD_DCtx, FreeDecoder> decoder_;
  std::vector<char> compressed_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
  std::uint64_t bytes_read_ = 0;
  bool inside_frame_ = false;
  std::string problem_;
};

Recording::Recording(std::vector<fs::path> files, std::uint64_t bytes_total)
    : files_{std::move(files)}, bytes_total_{bytes_total}, window_(kWindowBytes) {}
Recording::Recording(Recording&&) noexcept = default;
Recording& Recording::operator=(Recording&&) noexcept = default;
Recording::~Recording() = default;

Result<Recording> Recording::open(std::vector<fs::path> files) {
  std::uint64_t bytes_total = 0;
  for (const fs::path& path : files) {
    auto bytes = look_at(path);
    if (!bytes) return std::unexpected{std::move(bytes).error()};
    bytes_total += *bytes;
  }
  return Recording{std::move(files), bytes_total};
}

std::optional<std::int64_t> Recording::next_time() {
  if (!prepare()) return std::nullopt;
  return frame_.time_ns;
}

Result<RawFrame> Recording::next() {
  const bool any = prepare();
  MYCELIUM_ASSERT(any, "next() at the end of the recording; ask next_time() first");
  ++lines_read_;
  if (std::exchange(pending_, Pending::nothing) == Pending::frame) return frame_;
  return fail("bad_line", fmt::format("recording {}, line {}: {}; the line is skipped",
                                      files_[file_index_].string(), line_number_, problem_));
}

std::uint64_t Recording::bytes_read() const {
  return bytes_of_read_files_ + (archive_ ? archive_->bytes_read() : 0);
}

/// Makes the next line pending, across files; false at the end of the last one.
bool Recording::prepare() {
  while (pending_ == Pending::nothing) {
    if (archive_ == nullptr) {
      if (file_index_ == files_.size()) return false;
      archive_ = std::make_unique<Archive>(files_[file_index_]);
      line_number_ = 0;
    }
    if (!find_line()) close_archive();
  }
  return true;
}

/// Makes the file's next line pending; false when the file has none left.
bool Recording::find_line() {
  std::size_t searched = begin_;
  for (;;) {
    const void* newline = std::memchr(window_.data() + searched, '\n', end_ - searched);
    if (newline != nullptr) {
      const auto at = static_cast<std::size_t>(static_cast<const char*>(newline) - window_.data());
      const std::string_view line{window_.data() + begin_, at - begin_};
      begin_ = at + 1;
      take_line(line);
      return true;
    }
    const std::size_t without_end = end_ - begin_;
    if (without_end > kLineBytesMax) {
      skip_long_line();
      return true;
    }
    if (!fill()) {
      if (without_end == 0) return false;
      begin_ = end_;
      refuse_line("it is torn, its end is missing");
      return true;
    }
    searched = begin_ + without_end;
  }
}

/// Reads more bytes behind those that wait, which move to the front; false at the end of the file.
bool Recording::fill() {
  std::memmove(window_.data(), window_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ == window_.size()) window_.resize(2 * window_.size());
  const std::size_t bytes = archive_->read(window_.data() + end_, window_.size() - end_);
  end_ += bytes;
  return bytes > 0;
}

/// Drops everything up to the next line end without keeping it.
void Recording::skip_long_line() {
  const void* newline = nullptr;
  do {
    begin_ = end_;
    if (!fill()) break;
    newline = std::memchr(window_.data(), '\n', end_);
  } while (newline == nullptr);
  if (newline != nullptr) {
    begin_ = static_cast<std::size_t>(static_cast<const char*>(newline) - window_.data()) + 1;
  }
  refuse_line("it is longer than 16 MiB");
}

void Recording::take_line(std::string_view line) {
  std::int64_t time = 0;
  const auto [stop, problem] = std::from_chars(line.data(), line.data() + line.size(), time);
  const auto digits = static_cast<std::size_t>(stop - line.data());
  if (problem != std::errc{} || time < 0) return refuse_line("it does not begin with a time in ns");
  if (digits == line.size() || line[digits] != ' ') {
    return refuse_line("no space follows its time");
  }
  if (time < frame_.time_ns) return refuse_line("its time is before that of the line before it");
  ++line_number_;
  frame_ = RawFrame{.time_ns = time, .json = line.substr(digits + 1)};
  pending_ = Pending::frame;
}

void Recording::refuse_line(std::string_view reason) {
  ++line_number_;
  problem_ = reason;
  pending_ = Pending::bad_line;
}

void Recording::close_archive() {
  if (!archive_->problem().empty()) {
    end_error_ += fmt::format("{}recording {} {}: it was read up to line {}; fetch it again",
                              end_error_.empty() ? "" : "; ", files_[file_index_].string(),
                              archive_->problem(), line_number_);
  }
  bytes_of_read_files_ += archive_->bytes_read();
  archive_.reset();
  begin_ = 0;
  end_ = 0;
  ++file_index_;
}

}  // namespace arbitrage
