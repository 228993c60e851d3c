#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arbitrage/venue/venue.hpp"
#include "mycelium/base/result.hpp"

namespace arbitrage {

/// The recordings of `instrument` in `folder`, by date: files named
/// `<instrument>_<yyyymmdd>.nsjson.zst`. Empty when there are none. Errors: `directory_not_found`.
[[nodiscard]] mycelium::Result<std::vector<std::filesystem::path>> find_recordings(
    const std::filesystem::path& folder, std::string_view instrument);

/// Reads the recorded frames of one instrument, file after file, as a stream.
///
/// A file is a zstd archive of lines: `line = ns ' ' json '\n'`, where `ns` is the local time of
/// receipt since the epoch in decimal. A line that is none (no time, no space, no line end, longer
/// than kLineBytesMax, earlier than the line before it) is a bad line: reported, and the rest goes
/// on. A file that turns out to be truncated or damaged is read as far as it is readable, then
/// reported in end_error(), and the next file is read.
/// ```
/// auto recording = Recording::open({"spot_btcusdt_20240808.nsjson.zst"});
/// while (recording->next_time()) {
///   if (auto frame = recording->next()) use(frame->time_ns, frame->json);
/// }
/// ```
/// Thread-safety: none. Memory: a window of kWindowBytes that grows to the longest line, and zstd's
/// window.
class Recording {
 public:
  /// A depth snapshot with 5,000 levels a side is below 1 MiB; the rest is room for other venues.
  static constexpr std::size_t kLineBytesMax = std::size_t{16} << 20;
  /// Small enough to stay in the second-level cache with its frames.
  static constexpr std::size_t kWindowBytes = std::size_t{256} << 10;

  /// Opens the files, to be read in this order. Errors: `file_not_found`, `not_readable`,
  /// `not_zstd`, each with the file's name; every file is looked at now, so that a job does not
  /// fail in its middle.
  [[nodiscard]] static mycelium::Result<Recording> open(std::vector<std::filesystem::path> files);

  Recording(Recording&&) noexcept;
  Recording& operator=(Recording&&) noexcept;
  ~Recording();

  /// The time of the next line, without consuming it; a bad line has the time of the line before it
  /// (0 when it is the first). Nothing at the end of the last file.
  [[nodiscard]] std::optional<std::int64_t> next_time();

  /// Consumes the next line; its text is valid until the next call of any function but the getters
  /// below. Requires: next_time() has a value. Errors: `bad_line` with file, line number and
  /// reason.
  [[nodiscard]] mycelium::Result<RawFrame> next();

  /// Which files ended early, and why; empty after a clean end.
  [[nodiscard]] const std::string& end_error() const { return end_error_; }
  /// Lines consumed so far, bad ones included.
  [[nodiscard]] std::uint64_t lines_read() const { return lines_read_; }
  /// Compressed bytes of all files, and those taken from them so far.
  [[nodiscard]] std::uint64_t bytes_total() const { return bytes_total_; }
  [[nodiscard]] std::uint64_t bytes_read() const;
  [[nodiscard]] const std::vector<std::filesystem::path>& files() const { return files_; }

 private:
  class Archive;  // One file being decompressed.
  enum class Pending : std::uint8_t { nothing, frame, bad_line };

  explicit Recording(std::vector<std::filesystem::path> files, std::uint64_t bytes_total);

  bool prepare();
  bool find_line();
  bool fill();
  void skip_long_line();
  void take_line(std::string_view line);
  void refuse_line(std::string_view reason);
  void close_archive();

  std::vector<std::filesystem::path> files_;
  std::uint64_t bytes_total_ = 0;
  std::size_t file_index_ = 0;  // The file of `archive_`, or the next to open.
  std::unique_ptr<Archive> archive_;
  std::uint64_t bytes_of_read_files_ = 0;
  std::uint64_t lines_read_ = 0;
  std::uint64_t line_number_ = 0;  // Within the file, from 1.
  std::string end_error_;

  std::vector<char> window_;  // Holds decompressed, not yet consumed bytes [begin_, end_).
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  Pending pending_ = Pending::nothing;
  RawFrame frame_;  // The pending line; keeps the last line's time.
  std::string_view problem_;
};

}  // namespace arbitrage
