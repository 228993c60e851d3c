#pragma once

#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "arbitrage/view/figures.hpp"
#include "arbitrage/view/screen.hpp"

// For tests of this folder: what a person would see of the bytes that are written to a terminal.
namespace arbitrage::testing {

/// Without the escape sequences that begin with `ESC [`.
[[nodiscard]] inline std::string without_escapes(std::string_view bytes) {
  std::string text;
  for (std::size_t index = 0; index < bytes.size(); ++index) {
    if (bytes[index] != '\x1b') {
      text += bytes[index];
      continue;
    }
    for (index += 2; index < bytes.size() && std::isalpha(bytes[index]) == 0;) ++index;
  }
  return text;
}

/// Code points of UTF-8 text.
[[nodiscard]] inline std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  for (const char byte : text) count += (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

/// A terminal as ECMA-48 and xterm describe it, as far as the live view uses one: anything else is
/// counted as unknown.
class ModelScreen final : public Screen {
 public:
  explicit ModelScreen(ScreenSize size, ScreenStyle style = {.colour = true, .unicode = true})
      : size_{size}, style_{style}, rows_(static_cast<std::size_t>(size.rows)) {}

  [[nodiscard]] ScreenSize size() const override { return size_; }
  [[nodiscard]] ScreenStyle style() const override { return style_; }
  void write(std::string_view bytes) override {
    ++writes_;
    while (!bytes.empty()) {
      if (bytes.starts_with("\x1b[")) {
        bytes.remove_prefix(2);
        const std::size_t length = end_of_sequence(bytes);
        control(bytes.substr(0, length));
        bytes.remove_prefix(length);
        continue;
      }
      std::size_t length = 1;
      while (length < bytes.size() && (static_cast<unsigned char>(bytes[length]) & 0xC0U) == 0x80U)
        ++length;
      put(bytes.substr(0, length));
      bytes.remove_prefix(length);
    }
  }

  /// The user changes the window: rows are cut or added at the bottom, as on a terminal without
  /// reflow.
  void resize(ScreenSize size) {
    size_ = size;
    rows_.resize(static_cast<std::size_t>(size.rows));
    row_ = std::min(row_, rows_.size() - 1);
  }

  /// Line `row` from the top, 0 the first, without blanks at its end.
  [[nodiscard]] std::string line(std::size_t row) const { return text_of(rows_.at(row)); }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> all;
    for (const Row& row : rows_) all.push_back(text_of(row));
    return all;
  }
  /// What has scrolled away, the oldest first.
  [[nodiscard]] std::vector<std::string> history() const {
    std::vector<std::string> all;
    for (const Row& row : history_) all.push_back(text_of(row));
    return all;
  }
  [[nodiscard]] std::size_t cursor_row() const { return row_; }
  [[nodiscard]] bool cursor_visible() const { return cursor_visible_; }
  [[nodiscard]] bool wraps() const { return wraps_; }
  [[nodiscard]] int writes() const { return writes_; }
  [[nodiscard]] int unknown() const { return unknown_; }

 private:
  using Row = std::vector<std::string>;  // A cell each.

  static std::size_t end_of_sequence(std::string_view bytes) {
    std::size_t length = 0;
    while (length < bytes.size() && std::isalpha(bytes[length]) == 0) ++length;
    return std::min(length + 1, bytes.size());
  }
  static std::string text_of(const Row& row) {
    std::string text;
    for (const std::string& cell : row) text += cell.empty() ? " " : cell;
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  }

  void put(std::string_view cell) {
    if (cell == "\r") {
      column_ = 0;
    } else if (cell == "\n") {
      column_ = 0;  // The line discipline adds the carriage return.
      feed();
    } else {
      const auto columns = static_cast<std::size_t>(size_.columns);
      if (column_ == columns) {
        if (wraps_) {
          column_ = 0;
          feed();
        } else {
          column_ = columns - 1;
        }
      }
      Row& row = rows_[row_];
      if (row.size() <= column_) row.resize(column_ + 1);
      row[column_++] = cell;
    }
  }
  void feed() {
    if (++row_ < rows_.size()) return;
    row_ = rows_.size() - 1;
    history_.push_back(rows_.front());
    rows_.erase(rows_.begin());
    rows_.emplace_back();
  }
  void control(std::string_view sequence) {
    const char last = sequence.back();
    const std::string_view values = sequence.substr(0, sequence.size() - 1);
    if (last == 'm' || values == "?2026") return;
    if (last == 'H') {
      row_ = values.empty() ? 0 : std::stoul(std::string{values}) - 1;
      row_ = std::min(row_, rows_.size() - 1);
      column_ = 0;
    } else if (last == 'K' && values.empty()) {
      // On the last cell, also when it has just been filled.
      const std::size_t from = std::min(column_, static_cast<std::size_t>(size_.columns) - 1);
      if (rows_[row_].size() > from) rows_[row_].resize(from);
    } else if (last == 'J' && values.empty()) {
      if (rows_[row_].size() > column_) rows_[row_].resize(column_);
      for (std::size_t row = row_ + 1; row < rows_.size(); ++row) rows_[row].clear();
    } else if (last == 'J' && values == "2") {
      for (Row& row : rows_) row.clear();
    } else if (values == "?25") {
      cursor_visible_ = last == 'h';
    } else if (values == "?7") {
      wraps_ = last == 'h';
    } else {
      ++unknown_;
    }
  }

  ScreenSize size_;
  ScreenStyle style_;
  std::vector<Row> rows_;
  std::vector<Row> history_;
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  bool cursor_visible_ = true;
  bool wraps_ = true;
  int writes_ = 0;
  int unknown_ = 0;
};

/// The figures of six instruments, two strategies and eighteen actors, half way.
[[nodiscard]] inline Figures six_instruments() {
  constexpr Decimal kBid = 6'168'599'000'000;
  Figures figures;
  figures.source = "recordings in /data/binance-raw-20240808";
  figures.speed = 10;
  figures.start_ns = 1'723'161'254'000'000'000;
  figures.time_ns = figures.start_ns + 172'500'000'000;
  figures.progress_ppm = 500'000;
  const auto add_actor = [&](const std::string& name, std::uint64_t handled) {
    figures.actors.push_back({.name = name,
                              .state = mycelium::ActorState::running,
                              .worker = 1,
                              .handled = handled,
                              .depth = 3,
                              .depth_high_water = 161,
                              .restarts = 0,
                              .dead_letters = 0});
  };
  for (const char* name : {"spot_btcusdt", "usdm_btcusdt", "cm_btcusd_perp", "spot_ethusdt",
                           "usdm_ethusdt", "cm_ethusd_perp"}) {
    InstrumentFigures instrument;
    instrument.name = name;
    instrument.frames = 41'249;
    instrument.depth_applied = 3'449;
    instrument.depth_dropped = 2;
    instrument.trades = 9'757;
    instrument.traded_quantity = 21'203'315'000;
    instrument.taker_buy_quantity = 9'665'118'000;
    instrument.last_update_id = 50'093'421'584;
    instrument.best_bid = {kBid, 100'870'000};
    instrument.best_ask = {kBid + 1'000'000, 229'327'000};
    instrument.bid_levels = 1209;
    instrument.ask_levels = 2196;
    instrument.tickers_equal = 564;
    instrument.tickers_compared = 564;
    instrument.progress_ppm = 500'000;
    figures.frames += instrument.frames;
    figures.instruments.push_back(instrument);
    add_actor(std::string{"book."} + name, 12'345);
    add_actor(std::string{"feed."} + name, 41'249);
  }
  figures.strategies = {{"strategy.btc", -1'000'000, 123'456'000'000, 1'234},
                        {"strategy.eth", 0, -500'000'000, 56}};
  for (const char* name :
       {"clock", "detector.btc", "detector.eth", "recorder", "strategy.btc", "strategy.eth"}) {
    add_actor(name, 777);
  }
  figures.latency = {1'290, 12'345, 3'240'000};
  figures.signals = 1'290;
  return figures;
}

}  // namespace arbitrage::testing
