#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arbitrage/messages.hpp"
#include "arbitrage/signals/csv_file.hpp"
#include "mycelium/base/result.hpp"
#include "mycelium/bus/aligner.hpp"
#include "mycelium/telemetry/counter.hpp"

namespace arbitrage {

/// The names behind the numbers in messages.
struct SignalNames {
  std::vector<std::string> instruments;  ///< In the order of the topology's feeds.
  std::vector<std::string> strategies;  ///< In the order of the topology's strategies; one or more.
};

/// All strategies' updates in event-time order, as one CSV file. Outlives the recorder that feeds
/// it, restarts included.
///
///     line = time_ns ',' source ',' sequence ',' strategy ',' kind ',' first ',' second ','
///            basis_bp ',' band_low_bp ',' band_high_bp ',' first_bid ',' first_ask ',' second_bid
///            ',' second_ask ',' position ',' pnl '\n'
///
/// after a first line with these names. `source` is the feed, `sequence` its count of what it has
/// sent: together they name the event that gave rise to the signal; decimals are exact and as short
/// as can be; a name with a comma or quote is quoted (RFC 4180).
///
/// Made before anything starts, fed by one recorder, closed when everything has stopped.
/// Thread-safety: none, but for the functions under "Any thread".
class SignalLog {
 public:
  /// Makes the file and writes the first line. Errors: as CsvFile::open. Requires: names of one
  /// strategy or more.
  [[nodiscard]] static mycelium::Result<std::shared_ptr<SignalLog>> open(
      const std::filesystem::path& path, SignalNames names);

  SignalLog(CsvFile file, SignalNames names);

  /// An update of a strategy, in that strategy's order; written when no other can bring an earlier
  /// one.
  void push(const StrategyUpdate& update);
  /// The strategy `watermark.input` brings nothing before this any more. Writes what has become
  /// safe and hands it to the system, so that the file then has every line before `watermark()`.
  void advance(const Watermark& watermark);
  [[nodiscard]] EventTime watermark() const { return aligner_.watermark(); }

  /// Writes what still waits, in order, and closes the file. Errors: as CsvFile::close, and
  /// `late_updates` when updates came too late for their place in the order, or too far ahead.
  mycelium::Result<void> close();

  /// What went wrong first while writing, or nothing.
  [[nodiscard]] const std::optional<mycelium::Error>& error() const noexcept {
    return file_.error();
  }
  /// Of the file's bytes; empty before `close`.
  [[nodiscard]] const std::string& sha256() const noexcept { return file_.sha256(); }

  // Any thread.
  /// Signals recorded; those that a full disk swallowed are in `lost` too.
  [[nodiscard]] std::uint64_t signals() const noexcept { return signals_.value(); }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_.value(); }
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.value(); }
  /// Updates refused because their strategy had promised to be further, is too far ahead of the
  /// others, or is unknown: not in the file.
  [[nodiscard]] std::uint64_t late() const noexcept { return late_.value(); }

 private:
  void release();
  void write(const StrategyUpdate& update);
  void append_instrument(std::uint32_t instrument);
  void show_figures();

  CsvFile file_;
  SignalNames names_;  // As they stand in the file, quoted where needed.
  mycelium::Aligner<StrategyUpdate> aligner_;
  std::string line_;
  mycelium::Counter signals_;
  mycelium::Counter bytes_;
  mycelium::Counter lost_;
  mycelium::Counter late_;
};

}  // namespace arbitrage
