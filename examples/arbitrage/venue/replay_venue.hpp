#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arbitrage/venue/recording.hpp"
#include "arbitrage/venue/venue.hpp"
#include "mycelium/base/result.hpp"

namespace arbitrage {

/// One instrument's market as it was recorded.
///
/// Plays the recording's lines; the consumer sets the pace. Its own book, which a feed asks for
/// after a restart, is rebuilt by reading the recording again up to the present line, so that
/// playing costs nothing for it. Thread-safety: none. Memory: see Recording.
class ReplayVenue final : public Venue {
 public:
  /// Plays the files one after the other. Errors: as Recording::open.
  [[nodiscard]] static mycelium::Result<std::unique_ptr<ReplayVenue>> open(
      std::vector<std::filesystem::path> files);

  explicit ReplayVenue(Recording recording) : recording_{std::move(recording)} {}

  std::optional<std::int64_t> next_time() override { return recording_.next_time(); }
  mycelium::Result<RawFrame> next() override { return recording_.next(); }

  /// The recorded snapshot with every later update up to the present line applied. Where the
  /// recording lacks updates, the book goes on with those that follow; the next recorded snapshot
  /// makes it exact again. Errors: `no_snapshot` while none has been played, or when updates are
  /// missing here and a recorded snapshot follows soon (wait for the one in the stream, do not ask
  /// again for every frame); else as Recording::open. O(what was played): about a second per
  /// million frames.
  mycelium::Result<std::string> snapshot() override;

  std::string_view end_error() const override { return recording_.end_error(); }
  /// Unknown before the end: 0. Progress goes by bytes.

  /// By compressed bytes.
  std::uint64_t progress_ppm() const override {
    return bytes_total() == 0 ? 0 : bytes_read() * 1'000'000 / bytes_total();
  }

  /// Compressed bytes of all files, and those played so far.
  [[nodiscard]] std::uint64_t bytes_total() const { return recording_.bytes_total(); }
  [[nodiscard]] std::uint64_t bytes_read() const { return recording_.bytes_read(); }

 private:
  Recording recording_;
};

}  // namespace arbitrage
