#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mycelium/base/result.hpp"

namespace arbitrage {

/// A text file that is written line by line, with the SHA-256 of its bytes.
///
/// Lines are gathered and written in blocks; a block always ends with a line, so the file is never
/// left inside of one while there is room on the disk. The first failure to write ends the writing
/// for good: the file then is a true beginning of what it should be, later lines are counted as
/// lost, and `close` says so.
/// ```
/// auto file = CsvFile::open("signals.csv");   // before anything starts
/// file->append("1,2\n");  file->flush();
/// if (auto closed = file->close(); !closed) report(closed.error());
/// ```
/// Thread-safety: none. Memory: kBlockBytes and a line.
class CsvFile {
 public:
  static constexpr std::size_t kBlockBytes = std::size_t{64} << 10;

  /// Makes the file, or empties it. Errors: `not_writable` with the path and the system's reason;
  /// `no_sha256` where the crypto library refuses to compute one.
  [[nodiscard]] static mycelium::Result<CsvFile> open(const std::filesystem::path& path);

  CsvFile(CsvFile&&) noexcept;
  CsvFile& operator=(CsvFile&&) noexcept;
  /// Writes what is left, as `close`.
  ~CsvFile();

  /// Adds lines. Requires: `lines` ends with a line end; the file is not closed.
  void append(std::string_view lines);
  /// Hands all lines so far to the system.
  void flush();

  /// Writes what is left and closes the file; the sum is known from now on. Errors: `write_failed`,
  /// what went wrong first and how many lines are missing. Calling it again gives the same answer.
  mycelium::Result<void> close();

  /// Lines that were appended and are not in the file, and never will be.
  [[nodiscard]] std::uint64_t lines_lost() const noexcept { return lines_lost_; }
  /// Bytes in the file.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  /// What went wrong first, or nothing.
  [[nodiscard]] const std::optional<mycelium::Error>& error() const noexcept { return error_; }
  /// Of the bytes in the file, 64 hexadecimal digits; empty before `close`.
  [[nodiscard]] const std::string& sha256() const noexcept { return sha256_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  class Digest;  // Keeps OpenSSL out of this header.

  CsvFile(std::filesystem::path path, int descriptor, std::unique_ptr<Digest> digest);
  void fail(int system_error);

  std::filesystem::path path_;
  int descriptor_;  // -1 once closed.
  std::unique_ptr<Digest> digest_;
  std::string block_;  // Whole lines that wait to be written.
  std::uint64_t bytes_ = 0;
  std::uint64_t lines_lost_ = 0;
  std::optional<mycelium::Error> error_;
  std::string sha256_;
};

}  // namespace arbitrage
